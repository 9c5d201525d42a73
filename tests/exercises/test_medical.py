"""Answers to the exercises on lesions: right ones pass, wrong ones are explained."""

import math
from typing import Any

import torch
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403


def auc(scores: Tensor, lesion: Tensor, tie: float = 0.5) -> Tensor:
    difference = scores[lesion][:, None] - scores[~lesion]
    return ((difference > 0).float() + tie * (difference == 0).float()).mean()


def value(sensitivity: Any, specificity: Any, prevalence: Any) -> Any:
    alarms = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
    return prevalence * sensitivity / alarms


def after_two(sensitivity: Any, specificity: Any, prevalence: Any) -> Any:
    return value(sensitivity, specificity, value(sensitivity, specificity, prevalence))


def threshold(scores: Tensor, lesion: Tensor, specificity: Any, shift: int = 0) -> Tensor:
    ranked = scores[~lesion].sort().values
    place = max(math.ceil(specificity * len(ranked) - 1e-6), 1) - 1 + shift
    return ranked[min(place, len(ranked) - 1)]


SOLUTIONS: dict[str, Any] = {
    "medical.auc": auc,
    "medical.after_two": after_two,
    "medical.threshold_for_specificity": threshold,
}
WRONG: list[tuple[str, Any, str]] = [
    ("medical.auc", lambda s, y: auc(s, y, 0.0), "not nothing"),
    ("medical.auc", lambda s, y: auc(s, y, 1.0), "not a whole"),
    ("medical.auc", lambda s, y: auc(-s, y), "wrong order"),
    ("medical.auc", lambda s, y: auc(s, y) * y.sum() * (~y).sum() / len(y) ** 2, "squared"),
    ("medical.auc", 0.75, "has to be a function"),
    ("medical.after_two", value, "after one alarm"),
    ("medical.after_two", lambda *a: value(*a) ** 2, "do not multiply"),
    ("medical.after_two", lambda *a: 1 - (1 - value(*a)) ** 2, "Both readings"),
    ("medical.after_two", lambda a, b, p: a**2, "healthy patient"),
    (
        "medical.threshold_for_specificity",
        lambda s, y, q: (
            s[y].sort(descending=True).values[max(math.ceil(q * int(y.sum()) - 1e-6), 1) - 1]
        ),
        "wanted sensitivity",
    ),
    ("medical.threshold_for_specificity", lambda s, y, q: threshold(s, y, q, 1), "one place"),
    (
        "medical.threshold_for_specificity",
        lambda s, y, q: threshold(s, torch.zeros_like(y), q),
        "not among all",
    ),
    (
        "medical.threshold_for_specificity",
        lambda s, y, q: -threshold(-s, y, q),
        "wrong end",
    ),
]
