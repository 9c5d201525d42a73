"""Answers to the exercises on receptive fields: right ones pass, wrong ones are explained."""

from typing import Any

from cnnbook.exercises.receptive_field import early, five_layers_mistakes
from tests.exercises.answers import *  # noqa: F403

NAME = "receptive_field."
Layers = list[tuple[int, int, int]]


def field(layers: Layers) -> int:
    size = jump = 1
    for kernel, stride, dilation in layers:
        size += dilation * (kernel - 1) * jump
        jump *= stride
    return size


def ends(layers: Layers, unit: int) -> tuple[int, int]:
    size, jump, start = 1, 1, 0
    for kernel, stride, padding in layers:
        size += (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    return start + unit * jump, start + unit * jump + size - 1


def clipped_at_the_end(layers: Layers, unit: int, size: int) -> tuple[int, int]:
    first, last = ends(layers, unit)
    return max(first, 0), min(last, size - 1)


def pixels(layers: Layers, unit: int, size: int) -> tuple[int, int]:
    sizes = [size]
    for kernel, stride, padding in layers:
        sizes.append((sizes[-1] + 2 * padding - kernel) // stride + 1)
    first = last = unit
    for (kernel, stride, padding), below in zip(reversed(layers), sizes[-2::-1], strict=True):
        first, last = first * stride - padding, last * stride - padding + kernel - 1
        first, last = max(first, 0), min(last, below - 1)
    return first, last


def last_stride_only(layers: Layers) -> int:
    size = jump = 1
    for kernel, stride, dilation in layers:
        size += dilation * (kernel - 1) * jump
        jump = stride
    return size


SOLUTIONS: dict[str, Any] = {
    f"{NAME}five_layers": 20,
    f"{NAME}field": field,
    f"{NAME}depth": lambda size, kernel_size: -(-(size - 1) // (kernel_size - 1)),
    f"{NAME}pixels": pixels,
}

WRONG: list[tuple[str, Any, str]] = [
    ("five_layers", 11, "counts each layer's step as one pixel"),
    ("five_layers", 23, "stride for the layer itself"),
    ("five_layers", 17, "that the poolings add"),
    ("five_layers", 180, "product of the kernels"),
    ("five_layers", 19, "short by one"),
    ("five_layers", 3, "pixels of the image"),
    ("five_layers", 400, "one side was asked for"),
    ("five_layers", 50, "Begin with 1 pixel"),
    ("five_layers", (20, 20), "One number"),
    ("field", lambda layers: field([(k, 1, d) for k, _, d in layers]), "strides do not show"),
    ("field", early, "used for the layer itself"),
    ("field", lambda layers: field([(k, s, 1) for k, s, _ in layers]), "dilation does not show"),
    ("field", lambda layers: field(layers) - 1, "before any layer is missing"),
    ("field", lambda layers: field([(k + 1, s, d) for k, s, d in layers]), "k - 1 steps"),
    ("field", last_stride_only, "product of all strides"),
    ("field", lambda layers: field([layers[0], *layers[1:]]), "raised IndexError in its line 1"),
    ("field", lambda layers: field([layers[0], *layers[1:]]), "It was given layers []"),
    ("field", 5, "has to be a function"),
    ("depth", lambda n, k: (n - 1) // (k - 1), "Round up"),
    ("depth", lambda n, k: -(-(n - 1) // k), "kernel_size - 1 pixels"),
    ("depth", lambda n, k: -(-n // (k - 1)), "have to add size - 1"),
    ("depth", lambda n, k: (n - 1) / (k - 1), "Layers come whole"),
    ("depth", lambda n, k: 1 - (-(n - 1) // (k - 1)), "one layer too many"),
    ("depth", lambda n, k: -(-n // k), "side by side"),
    ("pixels", lambda layers, unit, size: ends(layers, unit), "keep to those of the image"),
    (
        "pixels",
        lambda layers, unit, size: clipped_at_the_end(
            [(k, s, 0) for k, s, _ in layers], unit, size
        ),
        "padding does not show",
    ),
    (
        "pixels",
        lambda layers, unit, size: (
            pixels(layers, unit, size)[0],
            pixels(layers, unit, size)[1] + 1,
        ),
        "not the one after it",
    ),
    (
        "pixels",
        lambda layers, unit, size: clipped_at_the_end(
            [(k, 1, p) for k, _, p in layers], unit, size
        ),
        "strides do not show",
    ),
    ("pixels", clipped_at_the_end, "in every layer, not only in the image"),
    ("pixels", lambda layers, unit, size: None, "returned None"),
]
WRONG = [(NAME + name, answer, words) for name, answer, words in WRONG]


def test_likely_mistakes_with_the_five_layers_can_be_told_apart() -> None:
    values = list(five_layers_mistakes().values())
    assert len({20, *values}) == len(values) + 1
