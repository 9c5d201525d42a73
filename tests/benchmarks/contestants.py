"""The contestants: each is a process of its own, so that none profits from another's settings.

``python contestants.py NAME`` reads requests and writes answers, a line of JSON each.
"""

import contextlib
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from cnnbook import datasets, models
from cnnbook.datasets.batches import Batches
from cnnbook.device import choose_device, freed_memory_kept
from cnnbook.experiments.recipes import RECIPES
from cnnbook.training import TrainConfig, Trainer

NETWORK = "note-003"
BATCH = 64


def mnist_loader(images: int) -> Any:
    """Torchvision's MNIST through ToTensor and a DataLoader, as tutorials do it."""
    import torchvision

    data = torchvision.datasets.MNIST(
        str(datasets.data_folder()), train=True, transform=torchvision.transforms.ToTensor()
    )
    subset = torch.utils.data.Subset(data, range(images))
    return torch.utils.data.DataLoader(subset, batch_size=BATCH, shuffle=True)


def notes_loop(images: int, epochs: int, seed: int) -> nn.Module:
    """The loop of the notes: everything as a beginner is taught."""
    torch.manual_seed(seed)
    device = choose_device()
    loader = mnist_loader(images)
    model = models.build(NETWORK).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    running = 0.0
    for _ in range(epochs):
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            running += loss.item()
    return model


def lightning_loop(images: int, epochs: int, seed: int, *, in_memory: bool = False) -> nn.Module:
    """The same by Lightning, with all that costs time and is not training switched off."""
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = models.build(NETWORK)

        def training_step(self, batch: Any, _: int) -> torch.Tensor:
            inputs, labels = batch
            return F.cross_entropy(self.model(inputs), labels)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=0.001)

    warnings.simplefilter("ignore")
    for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.manual_seed(seed)
    loader = mnist_loader(images)
    if in_memory:
        data = datasets.load("mnist", "train").subset(range(images))
        tensors = torch.utils.data.TensorDataset(data.images / 255, data.labels)
        loader = torch.utils.data.DataLoader(tensors, batch_size=BATCH, shuffle=True)
    module = Module()
    lightning.Trainer(
        max_epochs=epochs, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(module, loader)  # fmt: skip
    trained: nn.Module = module.model
    return trained


def by_trainer(
    model_name: str, config: TrainConfig, images: int, seed: int
) -> tuple[Trainer, nn.Module]:
    """A training by the Trainer: trainer and model."""
    torch.manual_seed(seed)
    model = models.build(model_name)
    trainer = Trainer(replace(config, seed=seed))
    data = datasets.load("mnist", "train")
    trainer.fit(model, data if images == len(data) else data.subset(range(images)))
    return trainer, model


def bare_loop(config: TrainConfig, images: int, seed: int, *, keep: bool = True) -> nn.Module:
    """The steps of the Trainer without anything around them."""
    with freed_memory_kept() if keep else contextlib.nullcontext():
        return _bare_loop(config, images, seed)


def _bare_loop(config: TrainConfig, images: int, seed: int) -> nn.Module:
    device = choose_device()
    torch.manual_seed(seed)
    model = models.build(NETWORK).to(device)
    model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=config.lr, fused=True)
    data = datasets.load("mnist", "train").subset(range(images))
    batches = Batches(data, config.batch_size, device, shuffle=True, channels_last=True)
    model.train()
    for _ in range(config.epochs):
        for inputs, labels in batches:
            loss = F.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return model


SMALL, LARGE = TrainConfig(epochs=1), TrainConfig(epochs=1, batch_size=256)
CONTESTANTS: dict[str, Callable[[int, int, int], Any]] = {
    "the notes' loop": notes_loop,
    "Lightning": lightning_loop,
    "Lightning, images in memory": lambda n, e, s: lightning_loop(n, e, s, in_memory=True),
    "Trainer, batch 64": lambda n, e, s: by_trainer(NETWORK, replace(SMALL, epochs=e), n, s),
    "Trainer, batch 256": lambda n, e, s: by_trainer(NETWORK, replace(LARGE, epochs=e), n, s),
    "Trainer, batch 256, bf16": lambda n, e, s: by_trainer(
        NETWORK, replace(LARGE, epochs=e, precision="bf16"), n, s
    ),
    "bare loop, batch 256": lambda n, e, s: bare_loop(replace(LARGE, epochs=e), n, s),
    "bare loop, freed memory given back": lambda n, e, s: bare_loop(
        replace(LARGE, epochs=e), n, s, keep=False
    ),
}


def answer(name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Do what a request asks for."""
    images, epochs, seed = request["images"], request["epochs"], request["seed"]
    started = time.perf_counter()
    if name in RECIPES:
        made = by_trainer(RECIPES[name].model, RECIPES[name].config, images, seed)
    else:
        made = CONTESTANTS[name](images, epochs, seed)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    accuracy = None
    if request["judge"]:
        test = datasets.load("mnist", "test")
        trainer, model = made if isinstance(made, tuple) else (Trainer(TrainConfig()), made)
        accuracy = trainer.evaluate(model, test).accuracy
    return {"seconds": seconds, "accuracy": accuracy}


def main() -> None:
    """Answer requests until there are no more."""
    name = sys.argv[1]
    datasets.load("mnist", "train")  # reading the files is nobody's training
    threads = torch.get_num_threads()
    print(json.dumps({"ready": name, "threads": threads}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(name, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
