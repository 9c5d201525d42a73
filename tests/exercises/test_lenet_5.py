"""Answers to the exercises on LeNet-5: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403


def table_parameters(table: list[list[int]], kernel_size: int) -> int:
    return sum(len(row) for row in table) * kernel_size**2 + len(table)


def c5_side(side: int) -> int:
    return (side - 32) // 4 + 1


def answers(features: Tensor, codes: Tensor, limit: float) -> Tensor:
    distances = (features[:, None] - codes).square().sum(dim=2)
    nearest = distances.min(dim=1)
    return torch.where(nearest.values > limit, -1, nearest.indices)


def penalty_gradient(penalties: Tensor, label: int, j: float) -> Tensor:
    everything = torch.cat([-penalties, torch.tensor([-j])])
    gradient = -everything.softmax(dim=0)[:-1]
    gradient[label] += 1
    return gradient


def distances(features: Tensor, codes: Tensor) -> Tensor:
    return (features[:, None] - codes).square().sum(dim=2)


def one(penalties: Tensor, label: int) -> Tensor:
    right = torch.zeros(len(penalties))
    right[label] = 1
    return right


SOLUTIONS: dict[str, Any] = {
    "lenet_5.table_parameters": table_parameters,
    "lenet_5.c5_side": c5_side,
    "lenet_5.answers": answers,
    "lenet_5.penalty_gradient": penalty_gradient,
}
WRONG: list[tuple[str, Any, str]] = [
    ("lenet_5.table_parameters", lambda t, k: sum(map(len, t)) * k**2, "a bias as well"),
    ("lenet_5.table_parameters", lambda t, k: sum(map(len, t)) * (k**2 + 1), "not to each"),
    ("lenet_5.table_parameters", lambda t, k: len(t) * (1 + max(map(max, t))) * k**2 + len(t),
     "all connections"),
    ("lenet_5.table_parameters", lambda t, k: len(t) * (k**2 + 1), "one kernel for each"),
    ("lenet_5.table_parameters", lambda t, k: sum(map(len, t)) * k + len(t), "rows"),
    ("lenet_5.table_parameters", 1516, "has to be a function"),
    ("lenet_5.c5_side", lambda s: s - 31, "does not move by one pixel"),
    ("lenet_5.c5_side", lambda s: (s - 4) // 2 - 13, "two layers that halve"),
    ("lenet_5.c5_side", lambda s: (s - 32) // 4, "one place, not none"),
    ("lenet_5.c5_side", lambda s: ((s - 5) // 2 - 5) // 2 - 5, "not five"),
    ("lenet_5.c5_side", lambda s: s // 4, "only S2 and S4"),
    ("lenet_5.c5_side", lambda s: ((s - 4) // 2 - 4) // 2, "C5 is a convolution, too"),
    ("lenet_5.c5_side", lambda s: -(-(s - 28) // 4), "round down"),
    ("lenet_5.answers", lambda f, c, limit: distances(f, c).argmin(1), "Nothing was refused"),
    ("lenet_5.answers",
     lambda f, c, limit: torch.where(
         distances(f, c).amin(1) > limit, -1, distances(f, c).argmax(1)),
     "farthest code"),
    ("lenet_5.answers",
     lambda f, c, limit: torch.where(
         distances(f, c).amin(1) <= limit, -1, distances(f, c).argmin(1)),
     "refuse those that are far"),
    ("lenet_5.answers", lambda f, c, limit: answers(f, c, limit**2), "squared distances"),
    ("lenet_5.answers", lambda f, c, limit: distances(f, c).amin(1), "Those are the distances"),
    ("lenet_5.answers", lambda f, c, limit: answers(f, c, limit * c.shape[1]), "not their mean"),
    ("lenet_5.penalty_gradient", lambda p, label, j: one(p, label) - (-p).softmax(0),
     "cross-entropy's gradient"),
    ("lenet_5.penalty_gradient", lambda p, label, j: -penalty_gradient(p, label, j),
     "sign is turned"),
    ("lenet_5.penalty_gradient",
     lambda p, label, j: penalty_gradient(p, label, j) - one(p, label), "gives 1 to the right"),
    ("lenet_5.penalty_gradient", lambda p, label, j: one(p, label), "first loss's gradient"),
    ("lenet_5.penalty_gradient",
     lambda p, label, j: penalty_gradient(-p, label, -j), "exponents are negative"),
    ("lenet_5.penalty_gradient",
     lambda p, label, j: penalty_gradient(p, label, -j), "not e to the j"),
    ("lenet_5.penalty_gradient",
     lambda p, label, j: torch.cat(
         [penalty_gradient(p, label, j),
          -torch.cat([-p, torch.tensor([-j])]).softmax(0)[-1:]]),
     "leave it out"),
]  # fmt: skip


def test_the_size_of_c5s_map_is_that_of_the_networks_layers() -> None:
    from cnnbook.models.lenet5 import LeNet5

    net = LeNet5()
    for side in (32, 33, 36, 39, 47):
        maps = torch.zeros(1, 1, side, side)
        for layer in (net.c1, net.s2, net.c3, net.s4, net.c5):
            maps = layer(maps)
        assert maps.shape[-1] == c5_side(side)
