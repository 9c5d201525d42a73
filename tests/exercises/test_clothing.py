"""Answers to the exercises on clothing: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403


def calibration_error(confidence: Tensor, right: Tensor, bins: int) -> Tensor:
    place = (confidence * bins).long().clamp(max=bins - 1)
    gaps = torch.zeros(bins, dtype=torch.float64)
    gaps.index_add_(0, place, (confidence - right).double())
    return gaps.abs().sum() / len(right)


def by_bin(combine: Any) -> Any:
    def function(confidence: Tensor, right: Tensor, bins: int) -> Any:
        place = (confidence * bins).long().clamp(max=bins - 1)
        rows = [place == number for number in sorted(set(place.tolist()))]
        gaps = torch.stack([confidence[row].mean() - right[row].mean() for row in rows])
        return combine(gaps, torch.stack([row.double().mean() for row in rows]))

    return function


def running(confidence: Tensor, right: Tensor, descending: bool = True) -> Tensor:
    order = confidence.argsort(descending=descending)
    return right[order].cumsum(0) / torch.arange(1, len(order) + 1)


def coverage(confidence: Tensor, right: Tensor, accuracy: float) -> Any:
    enough = (running(confidence, right) >= accuracy).nonzero()
    return (enough.max() + 1) / len(right) if len(enough) else 0.0


def until_below(confidence: Tensor, right: Tensor, accuracy: float) -> Any:
    return (running(confidence, right) >= accuracy).long().cumprod(0).sum() / len(right)


def from_below(confidence: Tensor, right: Tensor, accuracy: float) -> Any:
    enough = (running(confidence, right, descending=False) >= accuracy).nonzero()
    return (enough.max() + 1) / len(right) if len(enough) else 0.0


SOLUTIONS: dict[str, Any] = {
    "clothing.by_hand": [5 / 8, 5 / 10],
    "clothing.calibration_error": calibration_error,
    "clothing.coverage": coverage,
}
WRONG: list[tuple[str, Any, str]] = [
    ("clothing.by_hand", [0.5, 0.625], "other way round"),
    ("clothing.by_hand", [7 / 11, 0.7], "first class"),
    ("clothing.by_hand", [9 / 11, 0.9], "second class"),
    ("clothing.by_hand", [5 / 30, 5 / 30], "shares of all 30"),
    ("clothing.by_hand", [3 / 8, 5 / 10], "shares that are wrong"),
    ("clothing.by_hand", [0.4, 0.7], "on the diagonal"),
    ("clothing.by_hand", 0.625, "Two numbers"),
    ("clothing.calibration_error", by_bin(lambda g, w: g.abs().mean()), "Weight each bin"),
    ("clothing.calibration_error", by_bin(lambda g, w: (g * w).sum()), "must not cancel"),
    ("clothing.calibration_error", by_bin(lambda g, w: g.abs().max()), "largest distance"),
    ("clothing.calibration_error", by_bin(lambda g, w: (g * g * w).sum()), "not squared"),
    ("clothing.calibration_error", lambda c, r, b: len(r) * calibration_error(c, r, b), "Divide"),
    ("clothing.coverage", until_below, "go on to the end"),
    ("clothing.coverage", lambda c, r, a: len(r) * coverage(c, r, a), "a share was asked for"),
    ("clothing.coverage", from_below, "Begin with the surest"),
    ("clothing.coverage", lambda c, r, a: (c >= a).double().mean(), "counts probabilities"),
]
