"""Time to 99 % of MNIST's test images: after the step has been recorded, and from a cold start."""

import statistics
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import torch

from cnnbook import models
from cnnbook.datasets import load
from cnnbook.datasets.batches import Batches
from cnnbook.device import Stopwatch, choose_device, current
from cnnbook.experiments.recipes import RECIPES
from cnnbook.training import Trainer
from cnnbook.training.loop import TrainingLoop
from cnnbook.training.placement import placed
from cnnbook.training.precision import kernels
from cnnbook.training.steps import classification_step
from tests.gpu.kit.found import begin

COLD = """
import time
started = time.perf_counter()
import torch
from cnnbook import models
from cnnbook.datasets import load
from cnnbook.experiments.recipes import RECIPES
from cnnbook.training import Trainer
imported = time.perf_counter()
recipe = RECIPES[{name!r}]
torch.manual_seed(0)
model, trainer = models.build(recipe.model), Trainer(recipe.config)
trainer.fit(model, load("mnist", "train"))
trained = time.perf_counter()
accuracy = trainer.evaluate(model, load("mnist", "test")).accuracy
print(imported - started, trained - imported, accuracy)
"""


def main() -> None:
    """Train each recipe with several seeds."""
    findings, small = begin()
    seeds, rounds = (1, 1) if small else (20, 3)
    found: dict[str, Any] = {}
    for name in reversed(RECIPES):  # the fastest first
        found[name] = {"warm": [], "cold": []}
        for seed in range(seeds):
            found[name]["warm"].append(_recorded(name, seed, small))
            findings.add(to_99=found)
        warm = found[name]["warm"]
        seconds = [each["seconds"] for each in warm]
        scores = [100 * each["accuracy"] for each in warm]
        findings.add(
            f"- {name}: {statistics.mean(scores):.3f} % (least {min(scores):.2f}, {seeds} seeds) "
            f"in {statistics.median(seconds):.4f} s of training ({min(seconds):.4f} to "
            f"{max(seconds):.4f}), {warm[0]['unrecorded'] or 'recorded'}, {warm[0]['precision']}; "
            f"recording took {warm[0]['recording']:.2f} s the first time, then "
            f"{statistics.median(each['recording'] for each in warm):.2f} s"
        )
    for name in list(reversed(RECIPES))[:1]:  # each takes as long as importing torch does
        for _ in range(rounds):
            found[name]["cold"].append(_cold(name))
        cold = found[name]["cold"]
        findings.add(
            f"- {name}, cold: "
            + ", ".join(
                f"{each['seconds']:.2f} s to {100 * each['accuracy']:.2f} %" for each in cold
            )
            + f", imports {statistics.median(each['imports'] for each in cold):.1f} s apart",
            to_99=found,
        )


def _cold(name: str) -> dict[str, float]:
    """A training in a process of its own, from reading the files to the trained network."""
    result = subprocess.run(
        [sys.executable, "-c", COLD.format(name=name)], capture_output=True, text=True, check=True
    )
    imports, seconds, accuracy = map(float, result.stdout.split())
    return {"imports": imports, "seconds": seconds, "accuracy": accuracy}


def _recorded(name: str, seed: int, small: bool) -> dict[str, Any]:
    """The training of a recipe with its step recorded ahead, the steps alone being timed."""
    recipe = RECIPES[name]
    train, test = load("mnist", "train"), load("mnist", "test")
    config = replace(recipe.config, seed=seed, max_steps=10 if small else recipe.config.max_steps)
    trainer = Trainer(config)
    device = choose_device()
    torch.manual_seed(seed)
    model = models.build(recipe.model)
    trainer.mean_std = train.mean_std() if config.normalize is True else None
    batches = Batches(
        train, config.batch_size, device, shuffle=True, seed=seed, mean_std=trainer.mean_std,
        channels_last=True,
    )  # fmt: skip
    with (
        current(device),
        kernels(trainer.precision, device),
        placed(model, device, channels_last=True),
    ):
        adapting = time.perf_counter()
        if isinstance(model, models.WhitenedCNN):
            model.adapt(batches.batch(slice(0, 2_000))[0])
        adapting = time.perf_counter() - adapting
        step = classification_step(model, 10, config, device, trainer.precision)
        loop = TrainingLoop(step, config, batches, device)
        with Stopwatch(device) as recording:
            loop.prepare()
        with Stopwatch(device) as training:
            while not loop.finished:
                loop.run_epoch()
                loop.end_epoch()
    return {
        "seconds": training.seconds,
        "recording": recording.seconds,
        "adapting": adapting,
        "unrecorded": loop.unrecorded,
        "precision": trainer.precision,
        "accuracy": trainer.evaluate(model, test).accuracy,
    }


if __name__ == "__main__":
    main()
