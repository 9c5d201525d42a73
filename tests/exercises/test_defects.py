"""Answers to the exercises on faulty cloth: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403


def distance(points: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    away = points - mean
    return torch.einsum("ni,ij,nj->n", away, torch.linalg.inv(covariance), away).sqrt()


def pasted(image: Tensor, other: Tensor, where: Tensor, gain: Tensor) -> Tensor:
    return torch.where(where, (gain * other).clamp(max=1), image)


def region_overlap(regions: Tensor, found: Tensor, first: int = 1) -> Tensor:
    labels = range(first, int(regions.max()) + 1)
    return torch.stack([found[regions == label].float().mean() for label in labels]).mean()


SOLUTIONS: dict[str, Any] = {
    "defects.distance": distance,
    "defects.pasted": pasted,
    "defects.region_overlap": region_overlap,
}
WRONG: list[tuple[str, Any, str]] = [
    ("defects.distance", lambda *a: distance(*a) ** 2, "square"),
    ("defects.distance", lambda p, m, c: (p - m).norm(dim=1), "plain distance"),
    ("defects.distance", lambda p, m, c: distance(p, m, torch.linalg.inv(c)), "inverse"),
    (
        "defects.distance",
        lambda p, m, c: distance(p, m, torch.diag(c.diagonal())),
        "vary together",
    ),
    ("defects.distance", lambda p, m, c: distance(p, 0 * m, c), "subtracted"),
    ("defects.pasted", lambda i, o, w, g: pasted(i, o, ~w, g), "everywhere else"),
    ("defects.pasted", lambda i, o, w, g: torch.where(w, g * o, i), "white"),
    (
        "defects.pasted",
        lambda i, o, w, g: (g * torch.where(w, o, i)).clamp(max=1),
        "not to the whole",
    ),
    ("defects.pasted", lambda i, o, w, g: (i + g * o * w).clamp(max=1), "covers"),
    ("defects.pasted", lambda i, o, w, g: torch.where(w, o, i), "no part in it"),
    ("defects.region_overlap", lambda r, f: f[r > 0].float().mean(), "pools the pixels"),
    ("defects.region_overlap", lambda r, f: region_overlap(r, f, 0), "is the ground"),
    (
        "defects.region_overlap",
        lambda r, f: torch.stack(
            [f[r == k].any().float() for k in range(1, int(r.max()) + 1)]
        ).mean(),
        "touched",
    ),
    ("defects.region_overlap", lambda r, f: (r > 0)[f].float().mean(), "lies in regions"),
]
