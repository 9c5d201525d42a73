"""What the page on clothing compares with, and has no time for: other methods, no smoothing.

``python -m cnnbook.experiments.clothing results/clothing.json`` makes it anew, in two minutes of a
processor. Everything is judged on the test images of Fashion-MNIST; what is chosen is chosen on
training images that are held out.
"""

import datetime
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import datasets, models
from ..applications.clothing import baseline
from ..applications.clothing.classifier import TRAINING
from ..device import describe_device, describe_processor
from ..training import Trainer

SEEDS = (0, 1, 2)
METHODS = {
    "nearest neighbours": baseline.nearest_neighbours,
    "Gaussians on pixels": baseline.nystroem_ridge,
    "Gaussians on gradients": baseline.gradient_machine,
}


def study(data: str = "fashion-mnist") -> dict[str, Any]:
    """Accuracy of the methods, accuracy and calibration of networks without label smoothing.

    Args:
        data: see :func:`cnnbook.datasets.load`.

    Returns:
        ``"machine"`` and ``"date"``; ``"methods"``: for each its ``"setting"`` and ``"accuracy"``;
        ``"no smoothing"``: for each seed ``"accuracy"``, ``"said"`` (the mean probability of the
        answers) and ``"error"`` (see :func:`calibration_error`).
    """
    train, test = datasets.load(data, "train"), datasets.load(data, "test")
    methods = {}
    for name, method in METHODS.items():
        classes, setting = method(train, test)
        methods[name] = {"setting": setting, "accuracy": _share(classes == test.labels)}
    networks = []
    for seed in SEEDS:
        trainer = Trainer(replace(TRAINING, seed=seed, label_smoothing=0.0))
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            model = models.build("whitened")
        trainer.fit(model, train)
        found = trainer.evaluate(model, test)
        probabilities = found.logits.softmax(dim=1)
        networks.append(
            {
                "accuracy": found.accuracy,
                "said": probabilities.amax(dim=1).mean().item(),
                "error": calibration_error(probabilities, found.labels),
            }
        )
    return {
        "machine": f"{describe_device(trainer.device)}, {describe_processor()}, "
        f"torch {torch.__version__}",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "methods": methods,
        "no smoothing": networks,
    }


def calibration_error(probabilities: Tensor, labels: Tensor, bins: int = 10) -> float:
    """The expected calibration error.

    Answers are sorted into bins of equal width by their probability. In each, the mean of the
    probabilities is compared with the share that is right; the distances are weighted by how many
    answers a bin holds.

    Args:
        probabilities: ``(N, classes)``.
        labels: ``(N,)``.
        bins: how many.

    >>> calibration_error(torch.tensor([[0.75, 0.25], [0.25, 0.75]]), torch.tensor([0, 0]))
    0.25
    """
    said, answers = probabilities.max(dim=1)
    gaps = torch.zeros(bins, dtype=torch.float64)
    gaps.index_add_(
        0, (said * bins).long().clamp(max=bins - 1), said.double() - (answers == labels).double()
    )
    return float(gaps.abs().sum() / len(labels))


def _share(right: Tensor) -> float:
    return right.double().mean().item()


def main(arguments: list[str]) -> int:
    """Write the study to the file that is named; returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m cnnbook.experiments.clothing FILE", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(json.dumps(study(), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
