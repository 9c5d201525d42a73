"""Answers to the exercises on modern training: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403


def batch_norm(maps: Tensor, axes: tuple[int, ...] = (0, 2, 3), correction: int = 0) -> Tensor:
    mean = maps.mean(dim=axes, keepdim=True)
    variance = maps.var(dim=axes, keepdim=True, correction=correction)
    return (maps - mean) / (variance + 1e-5).sqrt()


def smooth(label: int, classes: int, share: float) -> Tensor:
    target = torch.full((classes,), share / classes)
    target[label] += 1 - share
    return target


def average(weights: Tensor, decay: float) -> Tensor:
    value = weights[0]
    for weight in weights[1:]:
        value = decay * value + (1 - decay) * weight
    return value


def moved(image: Tensor, down: int, right: int) -> Tensor:
    result = torch.zeros_like(image)
    height, width = image.shape
    for i in range(height):
        for j in range(width):
            if 0 <= i - down < height and 0 <= j - right < width:
                result[i, j] = image[i - down, j - right]
    return result


def to_the_others(label: int, classes: int, share: float) -> Tensor:
    target = torch.full((classes,), share / (classes - 1))
    target[label] = 1 - share
    return target


def grown(image: Tensor, down: int, right: int) -> Tensor:
    sides = (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0))
    return torch.nn.functional.pad(image, sides)


SOLUTIONS: dict[str, Any] = {
    "modern_training.batch_norm": batch_norm,
    "modern_training.smooth": smooth,
    "modern_training.average": average,
    "modern_training.moved": moved,
}
WRONG: list[tuple[str, Any, str]] = [
    ("modern_training.batch_norm", lambda m: batch_norm(m, (0, 1, 2, 3)), "All channels"),
    ("modern_training.batch_norm", lambda m: batch_norm(m, (2, 3)), "Each image"),
    ("modern_training.batch_norm", lambda m: batch_norm(m, (0,)), "Each place"),
    ("modern_training.batch_norm", lambda m: batch_norm(m, correction=1), "not by one less"),
    (
        "modern_training.batch_norm",
        lambda m: m - m.mean(dim=(0, 2, 3), keepdim=True),
        "now divide by the deviation",
    ),
    ("modern_training.smooth", to_the_others, "you gave it to the others"),
    ("modern_training.smooth", lambda y, k, s: smooth(y, k, 0.0), "without smoothing"),
    ("modern_training.smooth", lambda y, k, s: smooth(y, k, 1 - s), "swapped"),
    (
        "modern_training.smooth",
        lambda y, k, s: smooth(y, k, 0.0) + s / k,
        "was not taken from the right class",
    ),
    ("modern_training.average", lambda w, d: average(w, 1 - d), "you gave it to the new"),
    ("modern_training.average", lambda w, d: w.mean(), "plain mean"),
    ("modern_training.average", lambda w, d: w[-1], "the last weight"),
    (
        "modern_training.average",
        lambda w, d: average(torch.cat([torch.zeros(1), w]), d),
        "begins with the first weight",
    ),
    ("modern_training.moved", lambda x, d, r: torch.roll(x, (d, r), (0, 1)), "other side"),
    ("modern_training.moved", lambda x, d, r: moved(x, -d, -r), "the other way"),
    ("modern_training.moved", lambda x, d, r: moved(x, r, d), "swapped"),
    ("modern_training.moved", grown, "shape has to stay"),
]
