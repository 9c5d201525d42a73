"""Checks for the chapter "How much of the image can one unit see?"."""

import copy
import functools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..arithmetic import ReceptiveField, conv_output_size
from ._kit import around, call, compare, exercise
from .by_hand import ROUNDED, ByHand
from .cases import Case, check_cases

Layers = Sequence[Sequence[int]]
FIVE_LAYERS = ((5, 1, 1), (2, 2, 1), (3, 1, 1), (2, 2, 1), (3, 1, 1))


def field_size(layers: Layers) -> int:
    """Size of the receptive field of layers (kernel size, stride, dilation)."""
    field = ReceptiveField()
    for kernel, stride, dilation in layers:
        field = field.through(kernel, stride, 0, dilation)
    return field.size


def early(layers: Layers) -> int:
    """The same with each stride used one layer too early."""
    size = jump = 1
    for kernel, stride, dilation in layers:
        jump *= stride
        size += dilation * (kernel - 1) * jump
    return size


def five_layers_mistakes() -> dict[str, int]:
    """What likely mistakes make of the five layers."""
    whole = field_size(FIVE_LAYERS)
    return {
        "counts each layer's step as one pixel: behind a pooling, neighbours are 2 pixels apart, "
        "behind two of them 4.": field_size([(kernel, 1, 1) for kernel, _, _ in FIVE_LAYERS]),
        "uses a layer's stride for the layer itself. It spreads the layers after it.": early(
            FIVE_LAYERS
        ),
        "leaves out the pixels that the poolings add: they look at two neighbours each.": (
            field_size([(k if k > 2 else 1, stride, 1) for k, stride, _ in FIVE_LAYERS])
        ),
        "is the product of the kernels; overlapping windows share pixels.": math.prod(
            kernel for kernel, _, _ in FIVE_LAYERS
        ),
        "is short by one: a single unit sees 1 pixel before any layer.": whole - 1,
        "is the field of the last layer in the layer before it; count in pixels of the image.": 3,
        "is the number of pixels in the square; one side was asked for.": whole**2,
    }


# How many pixels a unit sees along one axis after five layers.
ByHand(
    "receptive_field.five_layers",
    right=field_size(FIVE_LAYERS),
    praise="The fields are "
    f"{', '.join(str(field_size(FIVE_LAYERS[:n])) for n in range(1, 6))} pixels wide.",
    asked="One number was asked for, not {count}: the side of the square.",
    mistakes=five_layers_mistakes(),
    otherwise="is not it. Begin with 1 pixel and a jump of 1. Each layer adds (kernel - 1) "
    "times the jump; then its stride multiplies the jump.",
    near=ROUNDED,
)


@exercise("receptive_field.field")
def check_field(answer: Any) -> str:
    """A function field(layers) of (kernel size, stride, dilation) for each layer."""
    examples: list[Layers] = [
        [(3, 1, 1), (3, 1, 1)],
        [(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1), (5, 1, 1)],
        [(3, 1, 1), (3, 1, 2), (3, 1, 4)],
        [(7, 2, 1), (3, 2, 1), (3, 2, 2), (1, 1, 1)],
        [(1, 3, 1)],
        [],
    ]
    random = torch.Generator().manual_seed(0)
    for number in range(60):
        drawn = [torch.randint(1, top, (1 + number % 5,), generator=random) for top in (8, 4, 4)]
        examples.append([tuple(row) for row in torch.stack(drawn, dim=1).tolist()])
    _judge(
        answer,
        "field(layers)",
        [(layers,) for layers in examples],
        lambda layers: [field_size(layers)],
        {
            "The strides do not show: behind a stride of 2, neighbours are 2 pixels apart.": (
                lambda layers: [field_size([(k, 1, d) for k, _, d in layers])]
            ),
            "A layer's stride was used for the layer itself; it spreads the layers after it.": (
                lambda layers: [early(layers)]
            ),
            "The dilation does not show: a dilated kernel has gaps of d between its weights.": (
                lambda layers: [field_size([(k, s, 1) for k, s, _ in layers])]
            ),
            "The 1 pixel that a unit sees before any layer is missing.": (
                lambda layers: [field_size(layers) - 1]
            ),
            "Each layer adds k - 1 steps, not k.": (
                lambda layers: [field_size([(k + 1, s, d) for k, s, d in layers])]
            ),
            "The jump is the product of all strides so far, not the last one.": (
                lambda layers: [_last_stride_only(layers)]
            ),
        },
    )
    return f"It agrees with the recursion for {len(examples)} stacks of layers."


@exercise("receptive_field.depth")
def check_depth(answer: Any) -> str:
    """A function depth(size, kernel_size): how many layers it takes to see `size` pixels."""
    cases = []
    for size in (28, 5, 1, 2, 3, 7, 32, 224, 100, 33):
        for kernel in (3, 2, 5, 7):
            due = -(-(size - 1) // (kernel - 1))
            mistakes: dict[str, float] = {
                "Round up: the last layer may see more than is asked for, not less.": (
                    (size - 1) // (kernel - 1)
                ),
                "A layer adds kernel_size - 1 pixels, not kernel_size.": -(-(size - 1) // kernel),
                "One pixel is seen before the first layer: the layers have to add size - 1.": (
                    -(-size // (kernel - 1)) if kernel > 2 else due + 1
                ),
                "Layers come whole: round up.": (size - 1) / (kernel - 1),
                "That is one layer too many.": due + 1,
                "Where the division leaves no remainder, that is one layer too many: round up, do "
                "not add 1.": (size - 1) // (kernel - 1) + 1,
                "Windows overlap: they do not lie side by side.": -(-size // kernel),
            }
            cases.append(Case({"size": size, "kernel_size": kernel}, due, mistakes))
    check_cases(answer, "depth(size, kernel_size)", cases)
    return f"It is the smallest depth in {len(cases)} settings."


@exercise("receptive_field.pixels")
def check_pixels(answer: Any) -> str:
    """A function pixels(layers, unit, size): the first and the last pixel that a unit sees."""
    examples: list[tuple[Layers, int, int]] = [
        ([(3, 1, 1)], 0, 28),
        ([(5, 1, 2), (2, 2, 0), (5, 1, 2), (2, 2, 0)], 3, 28),
        ([(5, 1, 2), (2, 2, 0), (5, 1, 2), (2, 2, 0)], 6, 28),
        ([(5, 1, 0), (2, 2, 0)], 2, 28),
        ([], 4, 9),
    ]
    random = torch.Generator().manual_seed(0)
    for number in range(40):
        kernels, strides, paddings = (
            torch.randint(*ends, (1 + number % 3,), generator=random).tolist()
            for ends in ((2, 6), (1, 4), (0, 3))
        )
        # Padding of half a window at most: no unit then sees the padding alone.
        paddings = [min(p, (k - 1) // 2) for k, p in zip(kernels, paddings, strict=True)]
        layers = list(zip(kernels, strides, paddings, strict=True))
        examples.append((layers, number % _sizes(layers, 60)[-1], 60))
    # Pixels that the first layer leaves over at the end: in their place the second has padding.
    examples += [([(2, 2, 0), (3, 1, 1)], 3, 9), ([(3, 2, 0), (5, 1, 2)], 4, 12)]
    _judge(
        answer,
        "pixels(layers, unit, size)",
        examples,
        _seen,
        {
            "A map ends where its last unit is, and behind it lies the next layer's padding: move "
            "the ends into the map in every layer, not only in the image.": (
                lambda layers, unit, size: _clipped(_ends(layers, unit), size)
            ),
            "Pixels below 0 and from size on are padding: keep to those of the image.": (
                lambda layers, unit, size: _ends(layers, unit)
            ),
            "The padding does not show: each layer moves the field by padding times the jump.": (
                lambda layers, unit, size: _clipped(
                    _ends([(k, s, 0) for k, s, _ in layers], unit), size
                )
            ),
            "The last pixel that is seen was asked for, not the one after it.": (
                lambda layers, unit, size: [
                    _seen(layers, unit, size)[0],
                    _seen(layers, unit, size)[1] + 1,
                ]
            ),
            "The strides do not show.": (
                lambda layers, unit, size: _clipped(
                    _ends([(k, 1, p) for k, _, p in layers], unit), size
                )
            ),
        },
    )
    return (
        f"It names both ends in {len(examples)} cases, fields that reach into the padding included."
    )


def _last_stride_only(layers: Layers) -> int:
    size = jump = 1
    for kernel, stride, dilation in layers:
        size += dilation * (kernel - 1) * jump
        jump = stride
    return size


def _ends(layers: Layers, unit: int) -> list[int]:
    """First and last pixel of the field of layers (kernel size, stride, padding)."""
    field = ReceptiveField()
    for kernel, stride, padding in layers:
        field = field.through(kernel, stride, padding)
    return [field.pixels(unit)[0], field.pixels(unit)[-1]]


def _sizes(layers: Layers, size: int) -> list[int]:
    """The sizes of all maps, beginning with the image."""
    sizes = [size]
    for kernel, stride, padding in layers:
        sizes.append(conv_output_size(sizes[-1], kernel, stride, padding))
    return sizes


def _seen(layers: Layers, unit: int, size: int) -> list[int]:
    """First and last pixel that a unit sees, moved into the map in each layer on the way back."""
    first = last = unit
    for (kernel, stride, padding), below in zip(
        reversed(layers), _sizes(layers, size)[-2::-1], strict=True
    ):
        first, last = first * stride - padding, last * stride - padding + kernel - 1
        first, last = max(first, 0), min(last, below - 1)
    return [first, last]


def _clipped(ends: list[int], size: int) -> list[int]:
    return [max(ends[0], 0), min(ends[1], size - 1)]


def _judge(
    answer: Any,
    signature: str,
    examples: Sequence[tuple[Any, ...]],
    due: Callable[..., list[int]],
    mistakes: dict[str, Callable[..., list[int]]],
) -> None:
    """Judge a function of layers; a mistake is named only if it explains every example."""
    if not callable(answer):
        call(answer, signature, {})
    names = re.findall(r"\w+", signature)[1:]
    for example in examples:
        given = " and ".join(f"{name} {value}" for name, value in zip(names, example, strict=True))
        tried = around(answer, functools.partial(answer, *copy.deepcopy(example)))
        result = call(tried, signature, {}, given)
        hints = {words: torch.tensor(wrong(*example)) for words, wrong in mistakes.items()}
        compare(result.reshape(-1), torch.tensor(due(*example)), given, dict(hints))
