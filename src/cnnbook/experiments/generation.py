"""Drawings of several methods, three seeds each, measured in the same ways, once.

``python -m cnnbook.experiments.generation FILE`` writes what the chapter on drawing digits reads.
It takes nine trainings, about five minutes of one core.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..applications.generation.baseline import GaussianDigits
from ..applications.generation.judge import Judge, trained_judge
from ..applications.generation.network import LATENT
from ..applications.generation.predict import CONFIG, KINDS, trained_generator
from ..datasets import load
from ..device import describe_processor, kind_and_format
from ..metrics.generation import class_imbalance, frechet_distance, intra_class_diversity, nearest

SEEDS = (0, 1, 2)
COUNT = 2000
"""Pictures of each method: as many as there are real ones to compare with."""
KNOWN = 20_000
"""Training images among which the second judge looks for the nearest."""


def measured(
    images: Tensor, asked: Tensor, judge: Judge, real: Tensor, known: Tensor, labels: Tensor
) -> dict[str, float]:
    """What is said of drawings.

    Args:
        images: uint8 ``(N, 1, H, W)``.
        asked: the digit that each was to be, ``(N,)``.
        judge: the classifier.
        real: its features of real digits, ``(M, D)``.
        known: images with known labels, among which the nearest is looked for.
        labels: their classes.

    Returns:
        ``recognised``, ``as_asked`` and ``by_nearest`` (the share whose nearest known image is of
        the class asked for), each from 0 to 1; ``rarest`` (the count of the rarest class),
        ``unevenness``, ``variety``, and ``distance`` (Fréchet, squared).
    """
    opinion = judge(images)
    counts = opinion.counts()
    return {
        "recognised": opinion.share,
        "as_asked": opinion.share_as(asked),
        "by_nearest": float((labels[nearest(images, known)[1]] == asked).double().mean()),
        "rarest": int(counts.min()),
        "unevenness": class_imbalance(counts),
        "variety": intra_class_diversity(images, asked),
        "distance": frechet_distance(judge.features(images), real),
    }


def drawings(data: str = "mnist") -> Iterator[tuple[str, int, Tensor, Tensor]]:
    """Method, seed, pictures and what was asked for, one after the other."""
    train, test = load(data, "train"), load(data, "test")
    asked = torch.arange(COUNT) % 10
    yield "real digits", 0, test.images[::5], test.labels[::5]
    for seed in SEEDS:
        for kind in KINDS:
            artist = trained_generator(seed, kind, data)
            yield kind, seed, artist.draw(COUNT, seed=1), asked
            if kind == "convolutional":
                latent = torch.randn(COUNT, LATENT, generator=torch.Generator().manual_seed(1))
                yield "numbers halved", seed, artist.draw_from(latent / 2, asked), asked
    cloud = GaussianDigits.fitted(train, components=20)
    for seed in SEEDS:
        yield "Gaussian clouds", seed, cloud.draw(COUNT, seed), asked


def main(arguments: list[str] | None = None) -> int:
    """Run the study and write its results; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cnnbook.experiments.generation", description=__doc__
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where the results go")
    path = parser.parse_args(arguments).file
    train, test, judge = load("mnist", "train"), load("mnist", "test"), trained_judge()
    others = torch.ones(len(test), dtype=torch.bool)
    others[::5] = False  # those that stand for "real digits"
    real = judge.features(test.images[others])
    known, labels = train.images[:KNOWN], train.labels[:KNOWN]
    runs: list[dict[str, Any]] = []
    for method, seed, images, asked in drawings():
        found = measured(images, asked, judge, real, known, labels)
        runs.append({"method": method, "seed": seed, **found})
        print(method, seed, {name: round(value, 3) for name, value in found.items()}, flush=True)
    about = {
        "machine": f"{describe_processor()}, {kind_and_format()}, torch {torch.__version__}",
        "date": date.today().isoformat(),
        "steps": CONFIG.steps,
        "processor_seconds": round(time.process_time()),
    }
    path.write_text(json.dumps({"about": about, "runs": runs}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
