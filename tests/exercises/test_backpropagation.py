"""Answers to the exercises on backpropagation: right ones pass, wrong ones are explained."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnbook.exercises.backpropagation import corr2d
from tests.exercises.answers import *  # noqa: F403

Pair = Callable[[Tensor, Tensor], Any]


def stamped(g: Tensor, kernel: Tensor) -> Tensor:
    h, w = kernel.shape
    result = torch.zeros(g.shape[0] + h - 1, g.shape[1] + w - 1)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            result[i : i + h, j : j + w] += g[i, j] * kernel
    return result


def replaced(g: Tensor, kernel: Tensor) -> Tensor:
    h, w = kernel.shape
    result = torch.zeros(g.shape[0] + h - 1, g.shape[1] + w - 1)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            result[i : i + h, j : j + w] = g[i, j] * kernel
    return result


def mean_pool_gradient(g: Tensor, size: int) -> Tensor:
    x = torch.zeros(g.shape[0] * size, g.shape[1] * size, requires_grad=True)
    output = F.avg_pool2d(x[None, None], size)[0, 0]
    return torch.autograd.grad(output, x, g)[0]


def to_the_corner(g: Tensor, size: int) -> Tensor:
    result = torch.zeros(g.shape[0] * size, g.shape[1] * size)
    result[::size, ::size] = g
    return result


def strided(image: Tensor, g: Tensor, stride: int, size: int) -> Tensor:
    """The sum of the chapter, in loops."""
    result = torch.zeros(size, size)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            top, left = i * stride, j * stride
            result += image[top : top + size, left : left + size] * g[i, j]
    return result


def uncut(image: Tensor, g: Tensor, stride: int, size: int) -> Tensor:
    return F.conv2d(image[None, None], g[None, None], dilation=stride)[0, 0]


SOLUTIONS: dict[str, Any] = {
    "backpropagation.kernel_gradient": [[3, -2], [6, 9]],
    "backpropagation.input_gradient": stamped,
    "backpropagation.mean_pool_gradient": mean_pool_gradient,
    "backpropagation.strided": strided,
}

KERNEL = "backpropagation.kernel_gradient"
INPUT = "backpropagation.input_gradient"
MEAN = "backpropagation.mean_pool_gradient"
STRIDED = "backpropagation.strided"
IMAGE = torch.tensor([[1.0, 0, 2], [3, 1, 0], [0, 2, 4]])
G = torch.tensor([[1.0, -1], [0, 2]])


def forward(image: Tensor, kernel: Tensor) -> Tensor:
    windows = image.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
    return (windows * kernel).sum((2, 3))


WRONG: list[tuple[str, Any, str]] = [
    (KERNEL, corr2d(IMAGE, G.flip(0, 1)), "turned upside down"),
    (KERNEL, [[3, 6], [-2, 9]], "rows and columns swapped"),
    (KERNEL, [[-3, 2], [-6, -9]], "the other sign"),
    (KERNEL, corr2d(IMAGE, G.abs()), "one entry of the output's gradient is negative"),
    (KERNEL, [[0.75, -0.5], [1.5, 2.25]], "is a mean over the outputs"),
    (KERNEL, [[5, 3], [6, 7]], "without the output's gradient"),
    (KERNEL, IMAGE[:2, :2] * G, "only the upper left pixels"),
    (KERNEL, [[3, -2], [6, 8]], "At (1, 1) 8 is not it. That weight meets the pixels [[1, 0]"),
    (KERNEL, [3, -2, 6, 9], "has the shape (4,)"),
    (KERNEL, "nine", "not a str"),
    (INPUT, lambda g, k: stamped(g, k.flip(0, 1)), "kernel was turned"),
    (INPUT, replaced, "replaced the earlier one"),
    (INPUT, lambda g, k: stamped(torch.ones_like(g), k), "without the output's gradient"),
    (INPUT, lambda g, k: stamped(g, torch.ones_like(k)), "without the kernel's weights"),
    (
        INPUT,
        lambda g, k: (
            forward(g, k) if len(g) >= len(k) and g.shape[1] >= k.shape[1] else stamped(g, k)
        ),
        "That is the way forward",
    ),
    (INPUT, lambda g, k: stamped(g, k)[:-1, :-1], "last row or column is missing"),
    (INPUT, lambda g, k: stamped(g, k).T, "Rows and columns are swapped"),
    (INPUT, lambda g, k: stamped(g, k) / g.numel(), "were averaged"),
    (INPUT, lambda g, k: None, "returned None"),
    (INPUT, lambda g: g, "raised TypeError"),
    (INPUT, torch.ones(2, 2), "has to be a function"),
    (MEAN, lambda g, size: mean_pool_gradient(g, size) * size**2, "got the whole gradient"),
    (MEAN, lambda g, size: mean_pool_gradient(g, size) * size, "divided by size"),
    (MEAN, to_the_corner, "Only one pixel of each window"),
    (MEAN, lambda g, size: g.repeat(size, size) / size**2, "laid side by side as a whole"),
    (MEAN, lambda g, size: mean_pool_gradient(g, size) * size**4, "it is divided"),
    (MEAN, lambda g, size: g / size**2, "the size of the input"),
    (MEAN, 0.25, "has to be a function"),
    (STRIDED, lambda i, g, stride, size: corr2d(i, g)[:size, :size], "leaves out the stride"),
    (STRIDED, lambda i, g, stride, size: corr2d(i, g), "leaves out the stride"),
    (STRIDED, uncut, "Some pixels at the lower or right border"),
    (
        STRIDED,
        lambda i, g, stride, size: uncut(i, g, stride, size)[-size:, -size:],
        "cut at the wrong end",
    ),
    (STRIDED, lambda i, g, stride, size: strided(i, g.flip(0, 1), stride, size), "g was turned"),
    (
        STRIDED,
        lambda i, g, stride, size: F.conv2d(i[None, None], g[None, None], stride=stride)[0, 0],
        "A stride on the way back",
    ),
    (STRIDED, lambda i, g, stride, size: strided(i, g, stride, size).T, "are swapped"),
    (STRIDED, lambda i, g, stride, size: strided(i, g, stride, size) / g.numel(), "averaged"),
    (STRIDED, lambda i, g, stride, size: None, "returned None"),
]
