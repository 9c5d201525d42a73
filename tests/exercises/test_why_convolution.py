"""Answers to the exercises on connections: right ones pass, wrong ones are explained."""

from itertools import pairwise
from math import prod
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from tests.exercises.answers import *  # noqa: F403


def shared_matrix(kernel: Tensor, size: int) -> Tensor:
    matrix = torch.zeros(size - len(kernel) + 1, size)
    for i in range(len(matrix)):
        matrix[i, i : i + len(kernel)] = kernel
    return matrix


def three_ways(n: int, k: int) -> tuple[int, int, int]:
    units = (n - k + 1) ** 2
    return n * n * units, k * k * units, k * k


def mlp_parameters(widths: list[int]) -> int:
    return sum((a + 1) * b for a, b in pairwise(widths))


SOLUTIONS: dict[str, Any] = {
    "why_convolution.mlp_parameters": mlp_parameters,
    "why_convolution.three_ways": three_ways,
    "why_convolution.reordered": lambda weight, order: weight[:, order],
    "why_convolution.shared_matrix": shared_matrix,
}


def weights_of(widths: list[int]) -> int:
    return sum(a * b for a, b in pairwise(widths))


def around_the_end(kernel: Tensor, size: int) -> Tensor:
    first = F.pad(kernel, (0, size - len(kernel)))
    return torch.stack([first.roll(i) for i in range(size)])


def in_steps_of_its_length(kernel: Tensor, size: int) -> Tensor:
    return shared_matrix(kernel, size)[:: len(kernel)]


def always_at_the_start(kernel: Tensor, size: int) -> Tensor:
    rows = size - len(kernel) + 1
    return F.pad(kernel.repeat(rows, 1), (0, size - len(kernel)))


WRONG: list[tuple[str, Any, str]] = [
    ("mlp_parameters", weights_of, "biases are missing"),
    ("mlp_parameters", lambda w: weights_of(w) + sum(w), "inputs have no biases"),
    ("mlp_parameters", lambda w: weights_of(w) + len(w) - 1, "One bias a layer"),
    ("mlp_parameters", lambda w: weights_of(w) + sum(w[:-1]), "for each input"),
    ("mlp_parameters", lambda w: weights_of(w) + sum(w[1:-1]), "last layer has biases"),
    ("mlp_parameters", prod, "All widths were multiplied"),
    ("mlp_parameters", lambda w: sum(w[1:]), "weights are missing"),
    ("mlp_parameters", 101_770, "has to be a function"),
    ("mlp_parameters", lambda w: w[0] ** w[1:], "raised TypeError"),
    ("three_ways", lambda n, k: (n**4, k * k * n * n, k * k), "along an axis, not at n."),
    (
        "three_ways",
        lambda n, k: (n * n * (n - k) ** 2, k * k * (n - k) ** 2, k * k),
        "not at n - k.",
    ),
    (
        "three_ways",
        lambda n, k: (n * n * (n // k) ** 2, k * k * (n // k) ** 2, k * k),
        "whole tiles",
    ),
    (
        "three_ways",
        lambda n, k: (n * n * (n - k + 1), k * k * (n - k + 1), k * k),
        "two axes",
    ),
    ("three_ways", lambda n, k: (*three_ways(n, k)[:2], three_ways(n, k)[1]), "k * k are left"),
    ("three_ways", lambda n, k: three_ways(n, k)[::-1], "turned around"),
    ("three_ways", lambda n, k: (n * (n - k + 1), k * (n - k + 1), k), "for a row of n"),
    ("three_ways", lambda n, k: three_ways(n, k)[0], "shape came out"),
    ("reordered", lambda weight, order: weight[:, order.argsort()], "the other direction"),
    ("reordered", lambda weight, order: weight, "as they were"),
    ("reordered", lambda weight, order: weight[:, order].T, "Rows and columns"),
    ("reordered", lambda weight, order: weight.flip(1), "only reversed"),
    ("reordered", lambda weight, order: weight.sort(dim=1).values, "sorted by size"),
    ("reordered", lambda weight, order: weight[order], "raised IndexError"),
    ("shared_matrix", lambda k, n: shared_matrix(k.flip(0), n), "kernel was turned around"),
    ("shared_matrix", lambda k, n: shared_matrix(k, n).T, "Rows and columns"),
    ("shared_matrix", around_the_end, "ran over the end"),
    ("shared_matrix", lambda k, n: shared_matrix(k, n)[:-1], "last place is missing"),
    ("shared_matrix", in_steps_of_its_length, "by one pixel"),
    ("shared_matrix", always_at_the_start, "same pixel"),
    ("shared_matrix", lambda k, n: shared_matrix(k, n).flip(0), "move to the left"),
    ("shared_matrix", lambda k, n: k, "shape came out"),
]
WRONG = [(f"why_convolution.{name}", answer, words) for name, answer, words in WRONG]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=2, max_size=5))
def test_the_parameters_are_those_of_torchs_layers(widths: list[int]) -> None:
    layers = [nn.Linear(*pair) for pair in pairwise(widths)]
    assert mlp_parameters(widths) == sum(p.numel() for layer in layers for p in layer.parameters())


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 6), st.integers(0, 8), st.integers(0, 99))
def test_the_matrix_does_what_torchs_convolution_does(k: int, extra: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    kernel, pixels = torch.randn(k, generator=random), torch.randn(k + extra, generator=random)
    due = F.conv1d(pixels[None, None], kernel[None, None])[0, 0]
    assert torch.allclose(shared_matrix(kernel, k + extra) @ pixels, due, atol=1e-5)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 9), st.integers(0, 99))
def test_reordered_weights_meet_the_mixed_pixels(pixels: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    weight = torch.randint(-9, 10, (4, pixels), generator=random).float()
    image = torch.randint(0, 256, (pixels,), generator=random).float()
    order = torch.randperm(pixels, generator=random)
    assert torch.equal(weight[:, order] @ image[order], weight @ image)
