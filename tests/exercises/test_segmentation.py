"""Answers to the exercises on segmentation: right ones pass, wrong ones are explained."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnbook.exercises.segmentation import PREDICTED, TRUE
from tests.exercises.answers import *  # noqa: F403


def held(predicted: Tensor, true: Tensor) -> list[int]:
    return sorted({*predicted.flatten().tolist(), *true.flatten().tolist()})


def iou(predicted: Tensor, true: Tensor, number: int) -> float:
    own, due = predicted == number, true == number
    return float((own & due).sum() / (own | due).sum())


def mean_iou(predicted: Tensor, true: Tensor) -> float:
    values = [iou(predicted, true, number) for number in held(predicted, true)]
    return sum(values) / len(values)


def over_all_numbers(predicted: Tensor, true: Tensor) -> float:
    numbers = held(predicted, true)
    return sum(iou(predicted, true, number) for number in numbers) / (numbers[-1] + 1)


def mean_dice(predicted: Tensor, true: Tensor) -> float:
    values = [iou(predicted, true, number) for number in held(predicted, true)]
    return sum(2 * value / (1 + value) for value in values) / len(values)


def without_ground(predicted: Tensor, true: Tensor) -> float:
    values = [iou(predicted, true, number) for number in held(predicted, true)]
    return sum(values[1:]) / (len(values) - 1)


def mean_recall(predicted: Tensor, true: Tensor) -> float:
    shares = [
        float((predicted == number)[true == number].float().mean()) if (true == number).any() else 0
        for number in held(predicted, true)
    ]
    return sum(shares) / len(shares)


def outline(classes: Tensor) -> Tensor:
    values = classes.float()[None]
    largest = F.max_pool2d(values, 3, stride=1, padding=1)
    smallest = -F.max_pool2d(-values, 3, stride=1, padding=1)
    return (largest != smallest)[0]


def with_a_frame_of_ground(classes: Tensor) -> Tensor:
    return outline(F.pad(classes, (1, 1, 1, 1)))[1:-1, 1:-1]


def four_neighbours(classes: Tensor) -> Tensor:
    result = torch.zeros_like(classes, dtype=torch.bool)
    down, across = classes[1:] != classes[:-1], classes[:, 1:] != classes[:, :-1]
    result[1:] |= down
    result[:-1] |= down
    result[:, 1:] |= across
    result[:, :-1] |= across
    return result


SOLUTIONS: dict[str, Any] = {
    "segmentation.by_hand": 2 / 8,
    "segmentation.mean_iou": mean_iou,
    "segmentation.iou_from_dice": lambda dice: dice / (2 - dice),
    "segmentation.outline": outline,
}
WRONG: list[tuple[str, Any, str]] = [
    ("segmentation.by_hand", 0.4, "Dice coefficient"),
    ("segmentation.by_hand", 2 / 6, "precision"),
    ("segmentation.by_hand", 0.5, "recall"),
    ("segmentation.by_hand", 0.7, "accuracy"),
    ("segmentation.by_hand", 0.2, "twice in the union"),
    ("segmentation.by_hand", 2, "divided by the union"),
    ("segmentation.by_hand", 0.9, "Count the pixels"),
    ("segmentation.by_hand", [1, 2], "One number"),
    ("segmentation.mean_iou", mean_dice, "Dice coefficients"),
    ("segmentation.mean_iou", over_all_numbers, "leave it out"),
    ("segmentation.mean_iou", mean_recall, "was found"),
    ("segmentation.mean_iou", lambda p, t: (p == t).float().mean(), "pixels that are right"),
    ("segmentation.mean_iou", without_ground, "like the others"),
    ("segmentation.mean_iou", 0.5, "has to be a function"),
    ("segmentation.iou_from_dice", lambda dice: 2 * dice / (1 + dice), "turn it round"),
    ("segmentation.iou_from_dice", lambda dice: dice / 2, "halving"),
    ("segmentation.iou_from_dice", lambda dice: dice / (2 + dice), "sign is wrong"),
    ("segmentation.outline", four_neighbours, "there are eight"),
    ("segmentation.outline", with_a_frame_of_ground, "Beyond the border"),
    ("segmentation.outline", lambda classes: outline(classes) & (classes > 0), "too, where"),
    ("segmentation.outline", lambda classes: ~outline(classes), "the others were asked for"),
]


def test_the_small_maps_of_the_page_give_the_due_number() -> None:
    assert iou(PREDICTED, TRUE, 1) == SOLUTIONS["segmentation.by_hand"]
    assert float((PREDICTED == TRUE).float().mean()) == pytest.approx(0.7)
