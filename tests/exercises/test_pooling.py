"""Answers to the exercises on pooling: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from tests.exercises.answers import *  # noqa: F403


def max_pool2d(image: Tensor, kernel_size: int, stride: int) -> Tensor:
    rows = (image.shape[0] - kernel_size) // stride + 1
    columns = (image.shape[1] - kernel_size) // stride + 1
    output = torch.empty(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            output[i, j] = image[top : top + kernel_size, left : left + kernel_size].max()
    return output


def average_weight(channels: int) -> Tensor:
    return torch.full((channels, 1, 2, 2), 1 / 4)


def max_gradient(image: Tensor, gradient: Tensor) -> Tensor:
    result = torch.zeros_like(image)
    for i in range(gradient.shape[0]):
        for j in range(gradient.shape[1]):
            window = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            row, column = divmod(int(window.argmax()), 2)
            result[2 * i + row, 2 * j + column] = gradient[i, j]
    return result


SOLUTIONS: dict[str, Any] = {
    "pooling.by_hand": [[2, 2], [-2, 5]],
    "pooling.max_pool2d": max_pool2d,
    "pooling.average_weight": average_weight,
    "pooling.max_gradient": max_gradient,
}


def from_zero(image: Tensor, kernel_size: int, stride: int) -> Tensor:
    return max_pool2d(image, kernel_size, stride).clamp(min=0)


def grown(tensor: Tensor) -> Tensor:
    return tensor.repeat_interleave(2, 0).repeat_interleave(2, 1)


def is_largest(image: Tensor) -> Tensor:
    return (image == grown(F.max_pool2d(image[None], 2)[0])).float()


def ceiled(image: Tensor, kernel_size: int, stride: int) -> Tensor:
    below, right = (-(size - kernel_size) % stride for size in image.shape)
    padded = F.pad(image, (0, right, 0, below), value=-torch.inf)
    return max_pool2d(padded, kernel_size, stride)


WRONG: list[tuple[str, Any, str]] = [
    ("pooling.by_hand", [[-0.25, -0.25], [-4, 1.75]], "mean of each window"),
    ("pooling.by_hand", [[-3, -4], [-6, -1]], "smallest"),
    ("pooling.by_hand", [[2, 2], [0, 5]], "Zero is not in that window"),
    ("pooling.by_hand", [[-3, -4], [-6, 5]], "farthest from zero"),
    ("pooling.by_hand", [[1, 0], [-2, 3]], "top left"),
    ("pooling.by_hand", [[2, -2], [2, 5]], "swapped"),
    ("pooling.by_hand", [[2, 0, 2], [2, 3, 3], [-2, 3, 5]], "overlap"),
    ("pooling.by_hand", [2, 2, -2, 5], "(2, 2) was due"),
    ("pooling.max_pool2d", lambda x, k, s: max_pool2d(x, k, k), "stand side by side"),
    ("pooling.max_pool2d", lambda x, k, s: max_pool2d(x, k, 1), "move by one pixel"),
    ("pooling.max_pool2d", from_zero, "Start from the window's own numbers"),
    ("pooling.max_pool2d", lambda x, k, s: F.avg_pool2d(x[None], k, s)[0], "the mean"),
    ("pooling.max_pool2d", lambda x, k, s: -max_pool2d(-x, k, s), "smallest"),
    ("pooling.max_pool2d", ceiled, "beyond the border"),
    ("pooling.max_pool2d", lambda x, k, s: max_pool2d(x, k, s)[:-1, :-1], "is missing"),
    ("pooling.max_pool2d", lambda x, k, s: max_pool2d(x, k, s).T, "swapped"),
    ("pooling.average_weight", lambda c: torch.ones(c, 1, 2, 2), "1/4"),
    ("pooling.average_weight", lambda c: torch.full((c, 1, 2, 2), 1 / (4 * c)), "does not matter"),
    (
        "pooling.average_weight",
        lambda c: 0.25 * torch.eye(c)[:, :, None, None].expand(-1, -1, 2, 2),
        "the second axis is 1",
    ),
    (
        "pooling.average_weight",
        lambda c: torch.full((c, c, 2, 2), 1 / (4 * c)),
        "over all channels as well",
    ),
    ("pooling.average_weight", lambda c: torch.full((c, 2, 2), 0.25), "input channels is missing"),
    ("pooling.average_weight", 0.25, "has to be a function"),
    ("pooling.max_gradient", lambda x, g: grown(g), "all four"),
    ("pooling.max_gradient", lambda x, g: grown(g) / 4, "average pooling"),
    ("pooling.max_gradient", lambda x, g: is_largest(x) * grown(g), "nothing to the others"),
    (
        "pooling.max_gradient",
        lambda x, g: is_largest(x) * grown(g / F.avg_pool2d(is_largest(x)[None], 2)[0] / 4),
        "is not shared",
    ),
    ("pooling.max_gradient", lambda x, g: is_largest(x), "that arrives belongs there"),
    ("pooling.max_gradient", lambda x, g: max_gradient(-torch.ones_like(x), g), "top left"),
    ("pooling.max_gradient", lambda x, g: g, "image's shape"),
    ("pooling.max_gradient", lambda x, g: max_gradient(x, g) * x, "multiplied by the largest"),
]


def test_the_average_weight_averages() -> None:
    images = torch.randn(2, 5, 6, 8, generator=torch.Generator().manual_seed(0))
    pooled = F.conv2d(images, average_weight(5), stride=2, groups=5)
    assert torch.allclose(pooled, F.avg_pool2d(images, 2), atol=1e-6)
