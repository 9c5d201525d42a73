"""Answers to the exercises on architectures: right ones pass, wrong ones are explained."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.exercises.answers import *  # noqa: F403


def stack(kernel_size: int, channels: int) -> tuple[int, int]:
    layers = (kernel_size - 1) // 2
    return layers, layers * 9 * channels**2


def conv(x: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(x, weight, padding=weight.shape[-1] // 2)


def residual(x: Tensor, first: Tensor, second: Tensor) -> Tensor:
    return torch.relu(x + conv(torch.relu(conv(x, first)), second))


def doubled(coarse: Tensor) -> Tensor:
    return F.interpolate(coarse, scale_factor=2, mode="nearest")


def join(fine: Tensor, coarse: Tensor) -> Tensor:
    return torch.cat([fine, doubled(coarse)], dim=1)


def zero_join(fine: Tensor, coarse: Tensor) -> Tensor:
    below = torch.zeros_like(doubled(coarse))
    below[..., ::2, ::2] = coarse
    return torch.cat([fine, below], dim=1)


SOLUTIONS: dict[str, Any] = {
    "architectures.stack": stack,
    "architectures.bottleneck": 1024 * 256 + 256 * 256 * 9 + 256 * 1024,
    "architectures.residual": residual,
    "architectures.join": join,
}
RELU = torch.relu
WRONG: list[tuple[str, Any, str]] = [
    ("architectures.stack", lambda k, c: stack(k + 2, c), "sees 3 pixels already"),
    ("architectures.stack", lambda k, c: (k // 3, k // 3 * 9 * c * c), "each added 3 pixels"),
    ("architectures.stack", lambda k, c: (k - 2, (k - 2) * 9 * c * c), "not 1"),
    ("architectures.stack", lambda k, c: (stack(k, c)[0], 9 * c * c), "one layer of the stack"),
    ("architectures.stack", lambda k, c: (stack(k, c)[0], stack(k, c)[0] * 9 * c), "pairs"),
    ("architectures.stack", lambda k, c: (stack(k, c)[0], k * k * c * c), "one large kernel"),
    ("architectures.stack", lambda k, c: stack(k, c)[::-1], "wrong way round"),
    (
        "architectures.stack",
        lambda k, c: (stack(k, c)[0], stack(k, c)[1] + stack(k, c)[0] * c),
        "Biases",
    ),
    ("architectures.stack", (3, 27), "has to be a function"),
    ("architectures.bottleneck", 851_968, "one of the two 1x1"),
    ("architectures.bottleneck", 589_824, "3x3 convolution alone"),
    ("architectures.bottleneck", 524_288, "1x1 convolutions alone"),
    ("architectures.bottleneck", 18_874_368, "there to avoid"),
    ("architectures.bottleneck", 524_288 + 9 * 1024**2, "after the reduction"),
    ("architectures.bottleneck", 524_288 + 3 * 256**2, "it has 3 * 3"),
    ("architectures.bottleneck", 9 * 524_288 + 589_824, "1x1 convolutions too"),
    ("architectures.bottleneck", 1_114_112 + 256 + 256 + 1024, "counts biases"),
    ("architectures.bottleneck", 1000, "three convolutions"),
    ("architectures.bottleneck", [1, 2], "One number"),
    ("architectures.residual", lambda x, a, b: RELU(conv(RELU(conv(x, a)), b)), "not added"),
    ("architectures.residual", lambda x, a, b: x + conv(RELU(conv(x, a)), b), "last ReLU is"),
    ("architectures.residual", lambda x, a, b: x + RELU(conv(RELU(conv(x, a)), b)), "only add"),
    ("architectures.residual", lambda x, a, b: RELU(x + conv(conv(x, a), b)), "between the two"),
    ("architectures.residual", lambda x, a, b: residual(x, b, a), "wrong order"),
    ("architectures.residual", lambda x, a, b: residual(x, a, a), "used twice"),
    (
        "architectures.residual",
        lambda x, a, b: RELU(RELU(x) + conv(RELU(conv(x, a)), b)),
        "not its ReLU",
    ),
    (
        "architectures.residual",
        lambda x, a, b: RELU(RELU(conv(x, a)) + conv(RELU(conv(x, a)), b)),
        "first convolution has made",
    ),
    (
        "architectures.residual",
        lambda x, a, b: RELU(x * conv(RELU(conv(x, a)), b)),
        "multiplied",
    ),
    (
        "architectures.residual",
        lambda x, a, b: RELU(x + F.conv2d(RELU(F.conv2d(x, a)), b)),
        "raised RuntimeError",
    ),
    ("architectures.join", lambda f, c: torch.cat([doubled(c), f], 1), "fine maps come first"),
    ("architectures.join", lambda f, c: f + doubled(c), "were added"),
    ("architectures.join", lambda f, c: torch.cat([f, c.repeat(1, 1, 2, 2)], 1), "side by side"),
    (
        "architectures.join",
        lambda f, c: torch.cat([f, F.interpolate(c, scale_factor=2, mode="bilinear")], 1),
        "smoothly",
    ),
    ("architectures.join", zero_join, "zeros around"),
    ("architectures.join", lambda f, c: torch.cat([F.max_pool2d(f, 2), c], 1), "have to grow"),
    ("architectures.join", lambda f, c: doubled(c), "fine maps are missing"),
    ("architectures.join", lambda f, c: torch.cat([f, doubled(c)], 0), "along the batch"),
    ("architectures.join", lambda f, c: torch.cat([f, c], 1), "raised RuntimeError"),
]
