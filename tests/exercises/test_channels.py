"""Answers to the exercises on channels: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from tests.exercises.answers import *  # noqa: F403


def grouped(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    pieces = zip(image.chunk(groups), weight.chunk(groups), strict=True)
    return torch.cat([F.conv2d(x[None], w)[0] for x, w in pieces])


def merge(weight: Tensor, bias: Tensor, mix: Tensor, mix_bias: Tensor) -> tuple[Tensor, Tensor]:
    return torch.einsum("om,mcij->ocij", mix, weight), mix @ bias + mix_bias


SOLUTIONS: dict[str, Any] = {
    "channels.parameters": 7 * (3 * 5 * 5 + 1),
    "channels.yellow": [1, 1, -1, -1],
    "channels.grouped": grouped,
    "channels.merge": merge,
}


def dealt(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    pieces = [image[start::groups] for start in range(groups)]
    kernels = weight.chunk(groups)
    return torch.cat([F.conv2d(x[None], w)[0] for x, w in zip(pieces, kernels, strict=True)])


def alternating(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    pieces = zip(image.chunk(groups), weight.chunk(groups), strict=True)
    return torch.stack([F.conv2d(x[None], w)[0] for x, w in pieces], dim=1).flatten(0, 1)


def first_channels(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    return F.conv2d(image[: weight.shape[1]][None], weight)[0]


def added(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    pieces = zip(image.chunk(groups), weight.chunk(groups), strict=True)
    return torch.stack([F.conv2d(x[None], w)[0] for x, w in pieces]).sum(0)


WRONG: list[tuple[str, Any, str]] = [
    ("channels.parameters", 525, "has a bias as well"),
    ("channels.parameters", 182, "images of one channel"),
    ("channels.parameters", 546, "every table"),
    ("channels.parameters", 76, "one kernel"),
    ("channels.parameters", 528, "for each input channel"),
    ("channels.parameters", 1000, "How many kernels are there"),
    ("channels.parameters", [7, 3, 5, 5], "One number was asked for"),
    ("channels.yellow", [1, 1, -1, 0], "what can the bias take away"),
    ("channels.yellow", [1, 1, 0, -1], "White is yellow and blue"),
    ("channels.yellow", [1, 1, -2, -2], "has to be positive"),
    ("channels.yellow", [1, 1, -2, 0.5], "Black gives the bias alone"),
    ("channels.yellow", [1, 1, -1], "Four numbers"),
    ("channels.yellow", [2, 1, -3, -1], "Red without green"),
    ("channels.yellow", [3, 3, -2, -3], "white, (1, 1, 1), gives 1."),
    ("channels.grouped", dealt, "dealt out in turn"),
    ("channels.grouped", alternating, "alternate"),
    ("channels.grouped", first_channels, "channels of the first one"),
    ("channels.grouped", added, "were added"),
    ("channels.grouped", lambda x, w, g: grouped(x, w, g)[: len(w) // g], "first group alone"),
    ("channels.grouped", lambda x, w, g: grouped(x, w, g)[None], "axis of one image"),
    ("channels.grouped", lambda x, w, g: F.conv2d(x[None], w)[0], "raised RuntimeError"),
    ("channels.merge", lambda w, b, m, c: (merge(w, b, m, c)[0], c), "first layer's bias is"),
    ("channels.merge", lambda w, b, m, c: (merge(w, b, m, c)[0], m @ b), "second layer's bias"),
    ("channels.merge", lambda w, b, m, c: (merge(w, b, m, c)[0], b + c), "added as it is"),
    (
        "channels.merge",
        lambda w, b, m, c: merge(w, b, m.T, c) if m.shape[0] == m.shape[1] else merge(w, b, m, c),
        "other way round",
    ),
    ("channels.merge", lambda w, b, m, c: merge(w, b, m, c)[0], "return two tensors"),
    ("channels.merge", lambda w, b, m, c: (w, b), "first layer as it was"),
    ("channels.merge", lambda w, b, m, c: (w[:1], c), "was due: outputs, channels"),
    (
        "channels.merge",
        lambda w, b, m, c: (merge(w, b, m, c)[0].transpose(0, 1), m @ b + c),
        "outputs, channels, rows, columns",
    ),
]


def test_what_is_due_for_merge_is_what_torch_gives() -> None:
    torch.manual_seed(0)
    weight, bias, mix, mix_bias = (torch.randn(size) for size in ((4, 3, 3, 3), 4, (2, 4), 2))
    images = torch.randn(1, 3, 7, 7)
    both = F.conv2d(F.conv2d(images, weight, bias), mix[:, :, None, None], mix_bias)
    assert torch.allclose(F.conv2d(images, *merge(weight, bias, mix, mix_bias)), both, atol=1e-4)
