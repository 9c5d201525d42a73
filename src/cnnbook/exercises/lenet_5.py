"""Checks for the chapter "What was LeNet-5 really?"."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..layers import ConnectionTableConv2d, RBFOutput
from ._answers import described
from ._kit import around, call, compare, exercise
from ._ruled_out import AUTOGRAD, Without
from .cases import Case, check_cases


@exercise("lenet_5.table_parameters")
def check_table_parameters(answer: Any) -> str:
    """A function table_parameters(table, kernel_size): what a layer with a table has to learn."""
    tables: list[tuple[list[tuple[int, ...]], int]] = [
        ([(0, 1), (1, 3), (0, 1, 2)], 5),
        ([(0, 1), (1, 2), (0, 1, 2)], 5),
        ([(0,)], 1),
        ([(0, 2), (1,), (0, 1, 2, 3)], 3),
        ([(0, 1, 2)] * 4, 2),
    ]
    for table, kernel_size in tables:
        in_channels = 1 + max(channel for row in table for channel in row)
        layer = ConnectionTableConv2d(in_channels, table, kernel_size)
        due = sum(parameter.numel() for parameter in layer.parameters())
        kernels, weights = len(layer.weight), layer.weight.numel()
        result = call(
            _with_table(answer, table),
            "table_parameters(table, kernel_size)",
            {"kernel_size": torch.tensor(kernel_size)},
        )
        mistakes = {
            "Each output channel has a bias as well.": weights,
            "A bias belongs to an output channel, not to each of its kernels.": weights + kernels,
            "That is a layer with all connections; count those that the table names.": (
                in_channels * len(table) * kernel_size**2 + len(table)
            ),
            "That is one kernel for each output channel; it has one for each that it sees.": (
                len(table) * (kernel_size**2 + 1)
            ),
            "A kernel has kernel_size rows and kernel_size columns.": (
                kernels * kernel_size + len(table)
            ),
        }
        given = f"table {table} and kernel_size {kernel_size}"
        compare(result, due, given, mistakes)
    return f"It counts the weights of {len(tables)} tables as the layer holds them."


@exercise("lenet_5.c5_side")
def check_c5_side(answer: Any) -> str:
    """A function c5_side(side): rows of C5's maps for a square image."""
    sides = [32, 36, 40, 33, 34, 35, 64, 47, 100]
    cases = [
        Case(
            {"side": side},
            (((side - 4) // 2) - 4) // 2 - 4,
            {
                "C5 does not move by one pixel of the image: S2 and S4 halve the maps.": side - 31,
                "There are two layers that halve, S2 and S4.": (side - 4) // 2 - 4 - 9,
                "For an image of 32 pixels the map has one place, not none.": (side - 32) // 4,
                "A convolution of 5 takes away four rows, not five.": (
                    ((((side - 5) // 2) - 5) // 2) - 5
                ),
                "Convolutions take away rows as well; here only S2 and S4 were counted.": side // 4,
                "C5 is a convolution, too, and takes away four rows.": ((side - 4) // 2 - 4) // 2,
                "Rows that do not fill a window are left out: round down.": -(-(side - 28) // 4),
            },
        )
        for side in sides
    ]
    check_cases(answer, "c5_side(side)", cases)
    return f"It agrees with the network's layers for {len(sides)} sizes, odd ones included."


@exercise("lenet_5.answers")
def check_answers(answer: Any) -> str:
    """A function answers(features, codes, limit): the nearest code, or -1 if all are far away."""
    random = torch.Generator().manual_seed(0)
    settings = [(6, 3, 4, 9.0), (8, 10, 84, 160.0), (5, 4, 2, 0.5), (4, 2, 3, 1000.0)]
    settings += [(1, 3, 4, 6.0), (5, 1, 3, 6.0), (5, 3, 5, 0.0)]
    for count, classes, size, limit in settings:
        codes = _codes(classes, size, random)
        features = torch.randn(count, size, generator=random)
        if limit == 0:
            features[-1] = codes[0]  # not farther than that
        elif count > 1:
            features[0], features[1] = codes[-1] + 0.1, 10 + codes[0]
            # Far by the mean or by the distance itself, not by both: these are told apart.
            features[2] = codes[0] * (1 + ((limit + limit**2 / size) / 2) ** 0.5)
        if limit == 9:  # exactly: the nearest is at 4 + 4 + 1, whose root is exact as well
            features[3] = codes[0] * torch.tensor([3.0, 3.0, 2.0, 1.0])
        inputs = {"features": features, "codes": codes, "limit": torch.tensor(limit)}
        result = call(answer, "answers(features, codes, limit)", inputs)
        penalties = -RBFOutput(codes)(features)
        near, nearest = penalties.min(dim=1)
        mistakes: dict[str, Tensor | None] = {
            "Nothing was refused: where even the nearest code is farther than the limit, the "
            "answer is -1.": nearest,
            "That is the farthest code.": _refused(penalties.argmax(dim=1), near > limit),
            "Those that are near were refused; refuse those that are far.": (
                _refused(nearest, near <= limit)
            ),
            "What is exactly at the limit is not farther than it.": (
                _refused(nearest, near >= limit)
            ),
            "The limit is for squared distances.": _refused(nearest, near.sqrt() > limit),
            "Those are the distances; the number of the nearest code was asked for.": near,
            "The penalty is the sum of the squared differences, not their mean.": (
                _refused(nearest, near / size > limit)
            ),
        }
        compare(result, _refused(nearest, near > limit), described(inputs), mistakes)
    return f"It agrees with the package's distances on {len(settings)} sets of codes."


@exercise("lenet_5.penalty_gradient")
def check_penalty_gradient(answer: Any) -> str:
    """A function penalty_gradient(penalties, label, j): the second loss by each penalty."""
    cases = [
        ([84.0, 85.0, 83.0], 0, 1.0),
        ([0.2, 3.0, 1.5, 40.0], 0, 1.0),
        ([2.0, 0.5], 0, 0.3),
        ([5.0, 1.0, 1.2, 9.0], 2, 3.0),
        ([1.0], 0, 1.0),
    ]
    for numbers, label, j in cases:
        inputs = {
            "penalties": torch.tensor(numbers),
            "label": torch.tensor(label),
            "j": torch.tensor(j),
        }
        signature = "penalty_gradient(penalties, label, j)"
        with Without("That lets autograd work; the gradient was asked for in writing.", *AUTOGRAD):
            result = call(answer, signature, inputs)
        compare(result, *_gradient_and_mistakes(inputs))
    return f"It agrees with autograd on {len(cases)} sets of penalties, far and near."


def _gradient_and_mistakes(
    inputs: Mapping[str, Tensor],
) -> tuple[Tensor, str, dict[str, Tensor | None]]:
    penalties, label, j = inputs["penalties"].double(), int(inputs["label"]), float(inputs["j"])
    leaf = penalties.clone().requires_grad_()
    constant = torch.tensor([-j], dtype=torch.float64)
    loss = leaf[label] + torch.cat([-leaf, constant]).logsumexp(dim=0)
    (due,) = torch.autograd.grad(loss, leaf)
    right = torch.zeros_like(penalties)
    right[label] = 1
    shares = torch.cat([-penalties, constant]).softmax(dim=0)[:-1]
    return (
        due,
        described(inputs),
        {
            "That is cross-entropy's gradient: e to the -j is missing in the sum.": (
                right - (-penalties).softmax(dim=0)
            ),
            "The sign is turned. A small step against the gradient has to make the right "
            "penalty smaller.": -due,
            "The first term gives 1 to the right class.": -shares,
            "That is the first loss's gradient; the logarithm pushes the others away.": right,
            "A larger penalty has the smaller share: the exponents are negative.": (
                right - torch.cat([penalties, -constant]).softmax(dim=0)[:-1]
            ),
            "The constant is e to the -j, not e to the j.": (
                right - torch.cat([-penalties, -constant]).softmax(dim=0)[:-1]
            ),
            "The constant has a share, but no penalty that could change: leave it out.": (
                torch.cat([due, -torch.cat([-penalties, constant]).softmax(dim=0)[-1:]])
            ),
        },
    )


def _codes(classes: int, size: int, random: torch.Generator) -> Tensor:
    """Codes of -1 and 1, no two of them alike."""
    numbers = torch.randperm(2 ** min(size, 12), generator=random)[:classes]
    return (numbers[:, None] >> torch.arange(size) % 12 & 1) * 2.0 - 1


def _refused(nearest: Tensor, far: Tensor) -> Tensor:
    return torch.where(far, -1, nearest)


def _with_table(answer: Any, table: list[tuple[int, ...]]) -> Any:
    """The function, given the table as lists, and a plain integer."""

    def with_table(size: int) -> Any:
        return answer([list(row) for row in table], size)

    return around(answer, with_table)
