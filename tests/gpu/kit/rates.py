"""Images a second of the note's network, by batch, number format and whether steps are recorded."""

from typing import Any

import torch

from cnnbook import models
from cnnbook.datasets import load
from cnnbook.datasets.batches import Batches
from cnnbook.device import Stopwatch, choose_device, current
from cnnbook.training import TrainConfig, Trainer
from cnnbook.training.loop import TrainingLoop
from cnnbook.training.placement import placed
from cnnbook.training.precision import kernels
from cnnbook.training.steps import classification_step
from tests.gpu.kit.found import begin


def main() -> None:
    """Measure the second epoch, for each combination."""
    findings, small = begin()
    found: list[dict[str, Any]] = []
    findings.add(
        "| model | batch | format | recorded | images/s | µs a step |", "|---|---|---|---|---|---|"
    )
    formats = ("fp32", "tf32", "bf16") if choose_device().type == "cuda" else ("fp32", "bf16")
    wanted: list[tuple[str, int, str, str]] = [
        ("note-003", batch, precision, "auto")
        for batch in ((64,) if small else (64, 256, 1024, 4096))
        for precision in formats
    ]
    wanted += [("note-003", 64, "fp32", "off"), ("note-003", 64, "bf16", "off")]
    if not small:
        wanted += [("note-003", 256, "bf16", "off"), ("whitened", 4096, "bf16", "auto")]
    for model, batch, precision, graphs in wanted:
        rate = _rate(model, batch, precision, graphs, small)
        found.append(rate)
        findings.add(
            f"| {model} | {batch} | {precision} | {rate['recorded']} | "
            f"{rate['images_per_second']:,.0f} | {rate['microseconds']:.0f} |",
            rates=found,
        )


def _rate(name: str, batch: int, precision: str, graphs: str, small: bool) -> dict[str, Any]:
    data = load("mnist", "train")
    if small:
        data = data.subset(range(1_000))
    config = TrainConfig(epochs=2, batch_size=batch, precision=precision, cuda_graphs=graphs)  # type: ignore[arg-type]
    trainer, device = Trainer(config), choose_device()
    torch.manual_seed(0)
    model = models.build(name)
    batches = Batches(data, batch, device, shuffle=True, channels_last=True)
    with (
        current(device),
        kernels(trainer.precision, device),
        placed(model, device, channels_last=True),
    ):
        step = classification_step(model, 10, config, device, trainer.precision)
        loop = TrainingLoop(step, config, batches, device)
        seconds = []
        for _ in range(config.epochs):
            with Stopwatch(device) as watch:
                loop.run_epoch()
            loop.end_epoch()
            seconds.append(watch.seconds)
    best = min(seconds[1:])
    return {
        "model": name,
        "batch": batch,
        "precision": precision,
        "recorded": loop.unrecorded is None,
        "images_per_second": len(data) / best,
        "microseconds": 1e6 * best / len(batches),
    }


if __name__ == "__main__":
    main()
