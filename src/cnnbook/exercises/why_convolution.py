"""Checks for the chapter "Why not connect every pixel to every unit?"."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._answers import described
from ._kit import call, compare, exercise
from .cases import with_lists


@exercise("why_convolution.mlp_parameters")
def check_mlp_parameters(answer: Any) -> str:
    """A function mlp_parameters(widths): weights and biases of fully connected layers."""
    cases = [[5, 4, 3, 2], [3, 2], [1, 1], [7, 7, 7], [784, 128, 10], [2, 7], [5, 3, 5, 2, 9]]
    for widths in cases:
        inputs = {"widths": torch.tensor(widths)}
        pairs = list(pairwise(widths))
        layers = [nn.Linear(*pair) for pair in pairs]
        due = sum(parameter.numel() for layer in layers for parameter in layer.parameters())
        weights = sum(a * b for a, b in pairs)
        product = 1
        for width in widths:
            product *= width
        result = call(with_lists(answer), "mlp_parameters(widths)", inputs)
        compare(
            result,
            due,
            described(inputs),
            {
                "The biases are missing: one for each unit.": weights,
                "The inputs have no biases; the units of the layers have.": weights + sum(widths),
                "One bias a layer was counted; each unit has its own.": weights + len(pairs),
                "A bias for each input of a layer was counted; it is one for each unit.": (
                    weights + sum(widths[:-1])
                ),
                "All widths were multiplied. Each layer has a product of two, and these are "
                "added.": product,
                "The last layer has biases as well.": weights + sum(widths[1:-1]),
                "That is the number of biases; the weights are missing.": sum(widths[1:]),
            },
        )
    return f"It agrees with PyTorch's layers for {len(cases)} networks."


@exercise("why_convolution.three_ways")
def check_three_ways(answer: Any) -> str:
    """A function three_ways(n, k): weights of full, local and shared connections."""
    cases = [(5, 3), (28, 5), (4, 1), (3, 3), (1000, 10)]
    for n, k in cases:
        inputs = {"n": torch.tensor(n), "k": torch.tensor(k)}
        result = call(answer, "three_ways(n, k)", inputs)
        due = _ways(n, k, n - k + 1)
        compare(
            result,
            due,
            described(inputs),
            {
                "The window fits at n - k + 1 places along an axis, not at n.": _ways(n, k, n),
                "The window fits at n - k + 1 places along an axis, not at n - k.": (
                    _ways(n, k, n - k)
                ),
                "The window fits into whole tiles only; it moves by one pixel at a time.": (
                    _ways(n, k, n // k)
                ),
                "The image has two axes: there are (n - k + 1) ** 2 units.": torch.tensor(
                    [n * n * (n - k + 1), k * k * (n - k + 1), k * k]
                ).double(),
                "Sharing saves weights for all units: k * k are left.": torch.stack(
                    [due[0], due[1], due[1]]
                ),
                "That order is turned around: every pixel, window, shared.": due.flip(0),
                "An image of n * n pixels was taken for a row of n.": torch.tensor(
                    [n * (n - k + 1), k * (n - k + 1), k]
                ).double(),
            },
        )
    return f"It counts the three ways for {len(cases)} images, a megapixel among them."


@exercise("why_convolution.reordered")
def check_reordered(answer: Any) -> str:
    """A function reordered(weight, order): weights that fit pixels[order]."""
    random = torch.Generator().manual_seed(0)
    shapes = [(2, 4), (1, 5), (6, 6), (3, 8), (10, 784)]
    for units, pixels in shapes:
        weight = torch.randint(-9, 10, (units, pixels), generator=random).float()
        if units > 2:  # the first are whole, so that what came and what was due can be read
            weight = weight * torch.rand(units, pixels, generator=random)
        order = torch.randperm(pixels, generator=random)
        inputs = {"weight": weight, "order": order}
        result = call(answer, "reordered(weight, order)", inputs)
        compare(
            result,
            weight[:, order],
            described(inputs),
            {
                "That is the other direction: there the order would have to be turned around "
                "(argsort).": weight[:, order.argsort()],
                "The units were put into another order; the pixels were mixed, so it is the "
                "columns.": weight[order] if units == pixels else None,
                "The units were reordered by the order turned around; the pixels were mixed, so "
                "it is the columns.": weight[order.argsort()] if units == pixels else None,
                "Those are the weights as they were. The mixed pixels would meet wrong ones.": (
                    weight
                ),
                "Rows and columns are swapped: a row belongs to a unit.": weight[:, order].T,
                "The weights are only reversed; the order says where each one goes.": weight.flip(
                    1
                ),
                "The weights were sorted by size.": weight.sort(dim=1).values,
            },
        )
    return f"The mixed pixels give the old outputs for {len(shapes)} layers."


@exercise("why_convolution.shared_matrix")
def check_shared_matrix(answer: Any) -> str:
    """A function shared_matrix(kernel, size): a convolution in one dimension as a matrix."""
    random = torch.Generator().manual_seed(0)
    cases = [(2, 4), (3, 5), (1, 3), (4, 4), (3, 12)]
    for k, size in cases:
        kernel = (1 + torch.randperm(9, generator=random)[:k]).float()
        if (k, size) not in cases[:2]:
            kernel = kernel * torch.randn(k, generator=random)
        inputs = {"kernel": kernel, "size": torch.tensor(size)}
        result = call(answer, "shared_matrix(kernel, size)", inputs)
        due = _band(kernel, size)
        local = due.clone()
        local[due != 0] = torch.arange(1.0, int((due != 0).sum()) + 1)
        wrapped = torch.stack([F.pad(kernel, (0, size - k)).roll(i) for i in range(size)])
        compare(
            result,
            due,
            described(inputs),
            {
                "The kernel was turned around. PyTorch's convolution lays it on as it is.": _band(
                    kernel.flip(0), size
                ),
                "Rows and columns are swapped: a row belongs to a unit.": due.T,
                "The window ran over the end and came in again at the start: there are only "
                "size - k + 1 places.": wrapped,
                "The last place is missing: there are size - k + 1.": due[:-1],
                "The window moves by its own length; it has to move by one pixel.": (
                    _band(kernel, size, step=k)
                ),
                "Each row begins at the same pixel; row i has to begin at pixel i.": F.pad(
                    kernel.repeat(len(due), 1), (0, size - k)
                ),
                "The rows move to the left; the windows move to the right.": due.flip(0),
                "Every unit got weights of its own.": local,
            },
        )
    return f"It agrees with F.conv1d for {len(cases)} kernels and sizes."


def _ways(n: int, k: int, places: int) -> Tensor:
    units = places**2
    return torch.tensor([n * n * units, k * k * units, k * k]).double()


def _band(kernel: Tensor, size: int, step: int = 1) -> Tensor:
    """The matrix, from what PyTorch's convolution makes of one bright pixel at a time."""
    pixels = torch.eye(size)[:, None]
    return F.conv1d(pixels, kernel[None, None], stride=step)[:, 0].T
