"""Answers to the exercises on pictures from above: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403


def f1(ious: Tensor) -> float:
    return 2 * int((ious > 0.5).sum()) / sum(ious.shape)


def eight(image: Tensor) -> Tensor:
    turns = [torch.rot90(image, turn) for turn in range(4)]
    return torch.stack([*turns, *(turned.flip(1) for turned in turns)])


def clockwise(image: Tensor) -> Tensor:
    turns = [torch.rot90(image, -turn) for turn in range(4)]
    return torch.stack([*turns, *(turned.flip(1) for turned in turns)])


def mirrored_first(image: Tensor) -> Tensor:
    return torch.stack([torch.rot90(each, k) for each in (image, image.flip(1)) for k in range(4)])


def mirrored_along(*axes: int) -> Any:
    return lambda image: torch.cat([eight(image)[:4], eight(image)[:4].flip(*axes)])


SOLUTIONS: dict[str, Any] = {"aerial.by_hand": 12 / 28, "aerial.f1": f1, "aerial.eight": eight}
WRONG: list[tuple[str, Any, str]] = [
    ("aerial.by_hand", 12, "divide it by the union"),
    ("aerial.by_hand", 0.6, "marks beside it"),
    ("aerial.by_hand", 0.3, "both areas together"),
    ("aerial.by_hand", 16 / 28, "wrong pixels"),
    ("aerial.by_hand", 0.9, "Count the pixels"),
    ("aerial.by_hand", [0.1, 0.2], "One number"),
    ("aerial.f1", lambda ious: float((ious > 0.5).sum() / ious.shape[0]), "precision"),
    ("aerial.f1", lambda ious: float((ious > 0.5).sum() / ious.shape[1]), "recall"),
    ("aerial.f1", lambda ious: 2 * (ious >= 0.5).sum() / sum(ious.shape), "exactly 0.5"),
    ("aerial.f1", lambda ious: 2 * (ious > 0).any(0).sum() / sum(ious.shape), "To touch"),
    ("aerial.f1", lambda ious: f1(ious) / (2 - f1(ious)), "counts a found house once"),
    ("aerial.f1", lambda ious: ious.max(dim=0).values.mean(), "mean of IoUs"),
    ("aerial.eight", clockwise, "against the clock"),
    ("aerial.eight", mirrored_first, "another order"),
    ("aerial.eight", mirrored_along(1), "top and bottom"),
    ("aerial.eight", mirrored_along(1, 2), "first four again"),
    ("aerial.eight", lambda image: eight(image)[:4], "four turns"),
]
