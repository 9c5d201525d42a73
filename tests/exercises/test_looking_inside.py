"""Answers to the exercises on looking inside: right ones pass, wrong ones are explained."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403

Score = Callable[[Tensor], Tensor]


def strongest(maps: Tensor) -> Tensor:
    found = []
    for channel in range(maps.shape[1]):
        value = maps[:, channel].max()
        found.append((maps[:, channel] == value).nonzero()[0])
    return torch.stack(found)


def flat_places(maps: Tensor) -> Tensor:
    return maps.transpose(0, 1).flatten(1).argmax(dim=1)


def occlusion(score: Score, image: Tensor, size: int) -> Tensor:
    before, drops = size // 2, torch.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            mask = torch.ones(image.shape)
            for i in range(row - before, row + before + 1):
                for j in range(column - before, column + before + 1):
                    if 0 <= i < image.shape[0] and 0 <= j < image.shape[1]:
                        mask[i, j] = 0
            drops[row, column] = score(image) - score(image * mask)
    return drops


def naive_slices(score: Score, image: Tensor, size: int) -> Tensor:
    before, drops = size // 2, torch.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            covered = image.clone()
            covered[row - before : row + before + 1, column - before : column + before + 1] = 0
            drops[row, column] = score(image) - score(covered)
    return drops


def one_copy(score: Score, image: Tensor, size: int) -> Tensor:
    before, drops, covered = size // 2, torch.zeros(image.shape), image.clone()
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            rows = slice(max(row - before, 0), row + before + 1)
            covered[rows, max(column - before, 0) : column + before + 1] = 0
            drops[row, column] = score(image) - score(covered)
    return drops


def from_the_corner(score: Score, image: Tensor, size: int) -> Tensor:
    drops = torch.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            covered = image.clone()
            covered[row : row + size, column : column + size] = 0
            drops[row, column] = score(image) - score(covered)
    return drops


def grad_cam(maps: Tensor, gradient: Tensor) -> Tensor:
    return torch.einsum("chw,c->hw", maps, gradient.mean(dim=(1, 2))).clamp(min=0)


def signed(maps: Tensor, gradient: Tensor) -> Tensor:
    return torch.einsum("chw,c->hw", maps, gradient.mean(dim=(1, 2)))


SOLUTIONS: dict[str, Any] = {
    "looking_inside.index": 0.6,
    "looking_inside.strongest": strongest,
    "looking_inside.occlusion": occlusion,
    "looking_inside.grad_cam": grad_cam,
}
WRONG: list[tuple[str, Any, str]] = [
    ("looking_inside.index", 4.5 / 11.5, "the mean of all four"),
    ("looking_inside.index", 2 / 14, "takes the sum of the others"),
    ("looking_inside.index", 5 / 11, "second largest"),
    ("looking_inside.index", 7 / 9, "the smallest"),
    ("looking_inside.index", 6.0, "divide it by the sum"),
    ("looking_inside.index", 4.0, "a ratio of two means"),
    ("looking_inside.index", 0.75, "the largest alone"),
    ("looking_inside.index", 0.9, "mean of 1, 2 and 3"),
    ("looking_inside.index", [6.0, 2.0], "One number"),
    ("looking_inside.strongest", lambda m: strongest(m)[:, [0, 2, 1]], "swapped"),
    ("looking_inside.strongest", lambda m: strongest(m).T, "along the first axis"),
    ("looking_inside.strongest", lambda m: strongest(-m), "smallest"),
    ("looking_inside.strongest", lambda m: strongest(m.abs()), "absolute"),
    ("looking_inside.strongest", flat_places, "take it apart"),
    ("looking_inside.strongest", lambda m: strongest(m)[:, 1:], "The image is missing"),
    ("looking_inside.strongest", lambda m: strongest(m) + 1, "counted from 0"),
    ("looking_inside.strongest", torch.zeros(3), "has to be a function"),
    ("looking_inside.occlusion", lambda s, x, k: -occlusion(s, x, k), "turned round"),
    ("looking_inside.occlusion", lambda s, x, k: s(x) - occlusion(s, x, k), "subtract it"),
    ("looking_inside.occlusion", one_copy, "fresh copy"),
    ("looking_inside.occlusion", from_the_corner, "centred"),
    ("looking_inside.occlusion", naive_slices, "counts from the"),
    ("looking_inside.occlusion", 3.0, "has to be a function"),
    ("looking_inside.grad_cam", signed, "the ReLU is missing"),
    ("looking_inside.grad_cam", lambda m, g: (g * m).sum(dim=0).relu(), "place by place"),
    (
        "looking_inside.grad_cam",
        lambda m, g: (g.mean((1, 2), keepdim=True) * m).relu().sum(dim=0),
        "comes after the sum",
    ),
    (
        "looking_inside.grad_cam",
        lambda m, g: grad_cam(m, g) * m[0].numel(),
        "not its sum",
    ),
    ("looking_inside.grad_cam", lambda m, g: grad_cam(m, g) / len(m), "not averaged"),
    ("looking_inside.grad_cam", lambda m, g: g.mean(dim=(1, 2)), "multiply the maps"),
    (
        "looking_inside.grad_cam",
        lambda m, g: torch.einsum("chw,c->hw", m, g.mean(dim=(1, 2)).abs()),
        "without their signs",
    ),
]
