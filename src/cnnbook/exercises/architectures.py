"""Checks for the chapter "Why are networks built as they are?"."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise
from .by_hand import ByHand

WIDE, NARROW = 1024, 256


@exercise("architectures.stack")
def check_stack(answer: Any) -> str:
    """A function stack(kernel_size, channels): 3x3 layers that see as far, and their weights."""
    settings = [(7, 16), (3, 4), (5, 1), (5, 8), (9, 3), (11, 64), (31, 2)]
    for kernel_size, channels in settings:
        inputs = {"kernel_size": torch.tensor(kernel_size), "channels": torch.tensor(channels)}
        result = call(answer, "stack(kernel_size, channels)", inputs)
        layers, weights = (kernel_size - 1) // 2, 9 * channels**2
        mistakes: dict[str, Tensor | None] = {
            "The first layer sees 3 pixels already; each further one adds 2.": _pair(
                layers + 1, (layers + 1) * weights
            ),
            "Those are the layers if each added 3 pixels. A further layer adds kernel_size - 1, "
            "which is 2.": _pair(kernel_size // 3, kernel_size // 3 * weights),
            "Each layer adds 2 pixels to the side of the field, not 1.": _pair(
                kernel_size - 2, (kernel_size - 2) * weights
            ),
            "Those are the weights of one layer of the stack.": _pair(layers, weights),
            "A kernel is as deep as its input: there are channels * channels pairs.": _pair(
                layers, layers * 9 * channels
            ),
            "Those are the weights of the one large kernel.": _pair(
                layers, kernel_size**2 * channels**2
            ),
            "Biases were to be left out.": _pair(layers, layers * (weights + channels)),
            "That has the two results the wrong way round.": _pair(layers * weights, layers),
        }
        compare(result, _pair(layers, layers * weights), described(inputs), mistakes)
    return f"It is right for {len(settings)} kernels, from 3x3 to 31x31."


# The weights of a bottleneck from WIDE maps by way of NARROW.
ByHand(
    "architectures.bottleneck",
    right=2 * WIDE * NARROW + 9 * NARROW**2,
    praise="262,144 down, 589,824 in the middle, 262,144 up: 1,114,112.",
    mistakes={
        "leaves one of the two 1x1 convolutions out: one goes down, one goes up.": (
            WIDE * NARROW + 9 * NARROW**2
        ),
        "is the 3x3 convolution alone.": 9 * NARROW**2,
        "is the two 1x1 convolutions alone.": 2 * WIDE * NARROW,
        "is two 3x3 convolutions of 1,024 maps, which the bottleneck is there to avoid.": (
            2 * 9 * WIDE**2
        ),
        "lets the 3x3 convolution work on 1,024 maps. It comes after the reduction to 256.": (
            2 * WIDE * NARROW + 9 * WIDE**2
        ),
        "takes 3 weights a pair of maps for the kernel in the middle; it has 3 * 3.": (
            2 * WIDE * NARROW + 3 * NARROW**2
        ),
        "takes 9 weights a pair of maps for the 1x1 convolutions too.": (
            2 * 9 * WIDE * NARROW + 9 * NARROW**2
        ),
        "counts biases, which a convolution before a normalisation does not have.": (
            2 * WIDE * NARROW + 9 * NARROW**2 + 2 * NARROW + WIDE
        ),
    },
    otherwise="is not it. Write down the three convolutions with their maps in and out, and "
    "for each: maps in * maps out * kernel_size * kernel_size.",
)


@exercise("architectures.residual")
def check_residual(answer: Any) -> str:
    """A function residual(x, first, second): two convolutions and the way around them."""
    random = torch.Generator().manual_seed(0)
    cases = [(1, 1, 3, 3, 4), (2, 3, 3, 5, 5), (3, 2, 5, 6, 8), (1, 4, 1, 3, 3), (2, 2, 7, 9, 4)]
    for batch, channels, kernel_size, rows, columns in cases:
        size = (channels, channels, kernel_size, kernel_size)
        inputs = {
            "x": torch.randn(batch, channels, rows, columns, generator=random),
            "first": torch.randn(size, generator=random) / channels,
            "second": torch.randn(size, generator=random) / channels,
        }
        result = call(answer, "residual(x, first, second)", inputs)
        compare(result, *_residual_outcomes(**inputs, inputs=inputs))
    return f"It is right for {len(cases)} blocks, one with kernels of 5x5 included."


def _residual_outcomes(
    x: Tensor, first: Tensor, second: Tensor, inputs: dict[str, Tensor]
) -> tuple[Tensor, str, dict[str, Tensor | None]]:
    """What is due, what was given, and what likely mistakes give."""
    padding = first.shape[-1] // 2

    def conv(maps: Tensor, weight: Tensor, padding: int = padding) -> Tensor:
        return F.conv2d(maps, weight, padding=padding)

    found = conv(torch.relu(conv(x, first)), second)
    mistakes: dict[str, Tensor | None] = {
        "The input was not added.": torch.relu(found),
        "The last ReLU is missing: it comes after the addition.": x + found,
        "The last ReLU has to come after the addition. Before it, a block could only add.": (
            x + torch.relu(found)
        ),
        "The ReLU between the two convolutions is missing.": torch.relu(
            x + conv(conv(x, first), second)
        ),
        "What is added is the input as it is, not its ReLU.": torch.relu(torch.relu(x) + found),
        "What is added is the block's input, not what the first convolution has made of it.": (
            torch.relu(torch.relu(conv(x, first)) + found)
        ),
        "The two weights are used in the wrong order.": torch.relu(
            x + conv(torch.relu(conv(x, second)), first)
        ),
        "The first weight was used twice.": torch.relu(x + conv(torch.relu(conv(x, first)), first)),
        "The input was multiplied, not added.": torch.relu(x * found),
    }
    return torch.relu(x + found), described(inputs), mistakes


@exercise("architectures.join")
def check_join(answer: Any) -> str:
    """A function join(fine, coarse): the maps of the way down, and the doubled ones below."""
    random = torch.Generator().manual_seed(0)
    cases = [(1, 1, 1, 1, 2), (1, 2, 1, 2, 2), (2, 3, 2, 2, 3), (1, 4, 8, 7, 7)]
    cases += [(2, 2, 3, 3, 1), (1, 1, 1, 1, 1)]
    for batch, fine_maps, coarse_maps, rows, columns in cases:
        fine = torch.randn(batch, fine_maps, 2 * rows, 2 * columns, generator=random)
        coarse = torch.randn(batch, coarse_maps, rows, columns, generator=random)
        inputs = {"fine": fine, "coarse": coarse}
        result = call(answer, "join(fine, coarse)", inputs)
        doubled = coarse.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        smooth = F.interpolate(coarse, scale_factor=2, mode="bilinear")
        zeros = torch.zeros_like(doubled)
        zeros[..., ::2, ::2] = coarse
        tiled = coarse.repeat(1, 1, 2, 2)
        same_maps = fine_maps == coarse_maps
        mistakes: dict[str, Tensor | None] = {
            "The fine maps come first, then those from below.": torch.cat([doubled, fine], dim=1),
            "The maps were added. They are put one behind the other, so that the next convolution "
            "can weigh them.": fine + doubled if same_maps else None,
            "That laid copies of the whole map side by side. Each number becomes a square of four "
            "equal ones.": torch.cat([fine, tiled], dim=1),
            "That doubles smoothly; here each number becomes four equal ones.": torch.cat(
                [fine, smooth], dim=1
            ),
            "That put zeros around each number; here each becomes four equal ones.": torch.cat(
                [fine, zeros], dim=1
            ),
            "The fine maps were halved. It is the coarse ones that have to grow.": torch.cat(
                [F.max_pool2d(fine, 2), coarse], dim=1
            ),
            "The fine maps are missing.": doubled,
            "They were joined along the batch. Channels are axis 1.": (
                torch.cat([fine, doubled], dim=0) if same_maps else None
            ),
        }
        compare(result, torch.cat([fine, doubled], dim=1), described(inputs), mistakes)
    return f"It joins maps of {len(cases)} sizes; a U-Net does the same, with a learned doubling."


def _pair(first: int, second: int) -> Tensor:
    return torch.tensor([first, second]).double()
