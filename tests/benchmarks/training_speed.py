"""Measure: the notes' own training loop against the Trainer, interleaved, as ratios.

The loop is the one that the notes (and most tutorials) teach: torchvision's MNIST with ToTensor, a
DataLoader of 64, Adam. Both train the notes' network of 215,370 parameters; the rounds alternate,
so that a machine that gets slower or faster does so for both.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
import torchvision
from torch import nn

from cnnbook import datasets, models
from cnnbook.device import choose_device, describe_device
from cnnbook.training import TrainConfig, Trainer


def notes_loop(images: int, seed: int) -> Callable[[], None]:
    """The loop of the notes over the first images of MNIST."""
    data = torchvision.datasets.MNIST(
        str(datasets.data_folder()), train=True, transform=torchvision.transforms.ToTensor()
    )
    device = choose_device()

    def train() -> None:
        torch.manual_seed(seed)
        subset = torch.utils.data.Subset(data, range(images))
        loader = torch.utils.data.DataLoader(subset, batch_size=64, shuffle=True)
        model = models.build("note-003").to(device)
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()

    return train


def trainer_loop(images: int, seed: int) -> Callable[[], None]:
    """The same steps by the Trainer."""
    data = datasets.load("mnist", "train").subset(range(images))

    def train() -> None:
        torch.manual_seed(seed)
        Trainer(TrainConfig(epochs=1, seed=seed)).fit(models.build("note-003"), data)

    return train


def seconds(function: Callable[[], None]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    function()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=12_800)
    options = parser.parse_args()
    contestants = {
        "the notes' loop": notes_loop(options.images, seed=0),
        "Trainer": trainer_loop(options.images, seed=0),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for round_number in range(options.rounds + 1):
        for name, function in contestants.items():
            took = seconds(function)
            if round_number:  # the first round warms up
                times[name].append(took)
    print(
        f"{describe_device(choose_device())}, torch {torch.__version__}, "
        f"{options.rounds} rounds of {options.images} images"
    )
    for name, taken in times.items():
        rate = options.images / statistics.median(taken)
        print(f"{name:16s} {rate:8.0f} images/s (median)")
    ratios = [a / b for a, b in zip(*times.values(), strict=True)]
    print(
        f"ratio, round by round: median {statistics.median(ratios):.2f}, "
        f"{min(ratios):.2f} to {max(ratios):.2f}"
    )


if __name__ == "__main__":
    main()
