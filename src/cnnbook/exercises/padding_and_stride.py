"""Checks for the chapter "How big is the output?"."""

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..arithmetic import conv_output_size
from ._answers import Wrong, described
from ._kit import call, compare, exercise
from .by_hand import ROUNDED, ByHand
from .cases import Case, check_cases

THREE_LAYERS_SIZE = 70
THREE_LAYERS = (
    {"kernel_size": 5, "stride": 2, "padding": 2},
    {"kernel_size": 2, "stride": 2, "padding": 0},
    {"kernel_size": 5, "stride": 2, "padding": 2},
)


def three_layers_sizes() -> list[int]:
    """The side of the square before and after each of the three layers."""
    sizes = [THREE_LAYERS_SIZE]
    for layer in THREE_LAYERS:
        sizes.append(conv_output_size(sizes[-1], **layer))
    return sizes


def three_layers_mistakes() -> dict[str, float]:
    """What likely mistakes make of the three layers."""
    up, bare, one_side, short, exact = (float(THREE_LAYERS_SIZE) for _ in range(5))
    for layer in THREE_LAYERS:
        kernel, stride, padding = layer["kernel_size"], layer["stride"], layer["padding"]
        up = -((kernel - up - 2 * padding) // stride) + 1
        bare = (bare - kernel) // stride + 1
        one_side = (one_side + padding - kernel) // stride + 1
        short = (short + 2 * padding - kernel) // stride
        exact = (exact + 2 * padding - kernel) / stride + 1
    return {
        "comes of rounding up. A window that does not fit has no place: round down.": up,
        "leaves the padding out.": bare,
        "is 70 halved three times, or padded on one side only. Go layer by layer, with padding on "
        "both sides.": one_side,
        "forgets to add 1: the first window counts before any step is taken.": short,
        "is no whole number of places: round down after each layer.": exact,
        "is the size before the last layer.": three_layers_sizes()[-2],
    }


# What three layers leave of 70 pixels.
ByHand(
    "padding_and_stride.three_layers",
    right=three_layers_sizes()[-1],
    praise=f"The sizes are {' -> '.join(map(str, three_layers_sizes()))}; "
    "the first two layers round down.",
    asked="One number was asked for, not {count}: one side of the square.",
    mistakes=three_layers_mistakes(),
    otherwise="is not it. Go layer by layer: add the padding twice, subtract the kernel, divide "
    "by the stride, round down, add 1.",
    near=ROUNDED,
)


@exercise("padding_and_stride.output_size")
def check_output_size(answer: Any) -> str:
    """A function output_size(size, kernel_size, stride, padding, dilation), errors included."""
    names = ("size", "kernel_size", "stride", "padding", "dilation")
    settings = [
        (28, 5, 1, 0, 1),
        (4, 3, 1, 1, 1),
        (4, 2, 2, 0, 1),
        (28, 3, 2, 1, 1),
        (7, 3, 1, 0, 3),
    ]
    random = torch.Generator().manual_seed(0)
    ranges = ((1, 40), (1, 8), (1, 5), (0, 4), (1, 4))
    for _ in range(400):
        n, k, s, p, d = (int(torch.randint(*ends, (), generator=random)) for ends in ranges)
        settings.append((n, k, s, p, d))
    cases, refused = [], []
    for setting in settings:
        n, k, s, p, d = setting
        span, padded = d * (k - 1) + 1, n + 2 * p
        if span > padded:
            refused.append(dict(zip(names, setting, strict=True)))
            continue
        mistakes = {
            "The dilation does not show: d(k - 1) + 1 pixels lie under a dilated kernel.": (
                (padded - k) // s + 1
            ),
            "A size is a whole number: round down.": (padded - span) / s + 1,
            "It was rounded up. A window that does not fit has no place.": (
                -((span - padded) // s) + 1
            ),
            "The first place is missing: add 1.": (padded - span) // s,
            "The padding is on both sides.": (n + p - span) // s + 1,
            "A dilated kernel has k - 1 gaps, not k: it spans d(k - 1) + 1 pixels, not d k.": (
                (padded - d * k) // s + 1
            ),
        }
        due = conv_output_size(*setting)
        cases.append(Case(dict(zip(names, setting, strict=True)), due, mistakes))
    check_cases(answer, "output_size(size, kernel_size, stride, padding, dilation)", cases)
    for inputs in refused:
        _check_refusal(answer, inputs)
    return f"It is right for {len(cases)} settings that fit and refuses {len(refused)} that do not."


@exercise("padding_and_stride.unread")
def check_unread(answer: Any) -> str:
    """A function unread(size, kernel_size, stride): pixels of a row that no window reads."""
    settings = [(6, 3, 2), (28, 5, 2), (28, 1, 2), (10, 3, 4), (12, 3, 5), (7, 7, 1), (9, 2, 3)]
    settings += [(n, k, s) for n in range(5, 16) for k in range(1, 6) for s in range(1, 7)]
    cases = []
    for n, k, s in settings:
        places, remainder, gap = (n - k) // s + 1, (n - k) % s, max(s - k, 0)
        due = remainder + (places - 1) * gap
        mistakes: dict[str, float] = {
            "Those are the pixels behind the last window only. Where the stride is larger than "
            "the kernel, pixels between two windows are skipped as well.": remainder,
            "Those are the pixels between windows only. Some may be left behind the last.": (
                due - remainder
            ),
            "That takes every window to read pixels of its own; windows overlap when the stride "
            "is smaller than the kernel.": n - places * k,
            "That has a gap behind the last window, too: there is one gap fewer than windows.": (
                remainder + places * gap
            ),
            "Those are the pixels that are read.": n - due,
            "That is the remainder of size by stride. The last window starts at size - "
            "kernel_size at most.": n % s,
        }
        cases.append(Case({"size": n, "kernel_size": k, "stride": s}, due, mistakes))
    check_cases(answer, "unread(size, kernel_size, stride)", cases)
    return f"It counts right in {len(cases)} settings, strides above the kernel's size included."


@exercise("padding_and_stride.output_padding")
def check_output_padding(answer: Any) -> str:
    """A function output_padding(size, kernel_size, stride, padding) that restores the size."""
    settings = [
        (n, k, s, p)
        for n in (8, 7, 5, 13, 28)
        for k in (3, 2, 4, 5)
        for s in (2, 1, 3, 4)
        for p in (1, 0, 2)
    ]
    cases = []
    for n, k, s, p in settings:
        small = conv_output_size(n, k, s, p)
        due = n - ((small - 1) * s - 2 * p + k)
        mistakes: dict[str, float] = {
            "That is the remainder without the padding; the windows slide over size + 2 padding "
            "pixels.": (n - k) % s,
            "That is the remainder with padding on one side.": (n + p - k) % s,
            "That is the remainder of the size; the windows have size + 2 padding - kernel_size "
            "pixels to move.": n % s,
            "stride - 1 is the largest it can be, not what this size needs.": s - 1,
            "That has the wrong sign.": -due,
            "That is the size of the output, not what is to be added to it.": n,
        }
        inputs = {"size": n, "kernel_size": k, "stride": s, "padding": p}
        cases.append(Case(inputs, due, mistakes))
    check_cases(answer, "output_padding(size, kernel_size, stride, padding)", cases)
    return f"In {len(cases)} settings it gives the size back, by the formula."


@exercise("padding_and_stride.conv2d")
def check_conv2d(answer: Any) -> str:
    """A function conv2d(image, kernel, stride, padding, dilation) that gives F.conv2d's output."""
    settings = [((3, 3), (2, 2), 1, 0, 1), ((4, 4), (3, 3), 1, 1, 1), ((5, 5), (2, 2), 2, 0, 1)]
    settings += [((5, 5), (2, 2), 1, 0, 2), ((4, 5), (3, 2), 2, 1, 1), ((7, 6), (2, 3), 3, 2, 2)]
    random = torch.Generator().manual_seed(0)
    for number in range(36):
        rows, columns = torch.randint(9, 15, (2,), generator=random).tolist()
        h, w = torch.randint(1, 4, (2,), generator=random).tolist()
        stride, padding, dilation = 1 + number % 3, number // 3 % 4, 1 + number // 12
        settings.append(((rows, columns), (h, w), stride, padding, dilation))
    for image_size, kernel_size, stride, padding, dilation in settings:
        inputs = {
            "image": torch.randint(1, 10, image_size, generator=random).float(),
            "kernel": torch.randint(1, 6, kernel_size, generator=random).float(),
            "stride": torch.tensor(stride),
            "padding": torch.tensor(padding),
            "dilation": torch.tensor(dilation),
        }
        if dilation == 3:  # the first are whole, so that what came and what was due can be read
            inputs["image"] = inputs["image"] * torch.randn(image_size, generator=random)
        signature = "conv2d(image, kernel, stride, padding, dilation)"
        result = call(answer, signature, inputs)
        due = conv2d(inputs["image"], inputs["kernel"], stride, padding, dilation)
        compare(result, due, described(inputs), _conv2d_mistakes(inputs))
    return f"It agrees with F.conv2d in {len(settings)} settings of stride, padding and dilation."


def conv2d(image: Tensor, kernel: Tensor, stride: int, padding: int, dilation: int) -> Tensor:
    """Cross-correlation of one image (H, W) with one kernel (h, w), by PyTorch."""
    return F.conv2d(image[None, None], kernel[None, None], None, stride, padding, dilation)[0, 0]


def _conv2d_mistakes(inputs: Mapping[str, Tensor]) -> dict[str, Tensor | None]:
    image, kernel = inputs["image"], inputs["kernel"]
    stride, padding, dilation = (int(inputs[name]) for name in ("stride", "padding", "dilation"))

    def tried(image: Tensor, stride: int, padding: int, dilation: int) -> Tensor | None:
        try:
            return conv2d(image, kernel, stride, padding, dilation)
        except RuntimeError:
            return None

    upper_left = F.pad(image, (padding, 0, padding, 0))
    repeated = F.pad(image[None, None], (padding,) * 4, mode="replicate")[0, 0]
    return {
        "The stride does not show.": tried(image, 1, padding, dilation),
        "The padding does not show.": tried(image, stride, 0, dilation),
        "The dilation does not show.": tried(image, stride, padding, 1),
        "The stride thinned out the image before the windows were laid. It moves the windows; "
        "inside a window no pixel is left out.": tried(
            image[::stride, ::stride], 1, padding, dilation
        ),
        "The padding is on the left and above only; it belongs on all four sides.": tried(
            upper_left, stride, 0, dilation
        ),
        "Beyond the border lie zeros, not copies of the last pixel.": tried(
            repeated, stride, 0, dilation
        ),
        "Stride and dilation are swapped: the stride is between windows, the dilation between "
        "weights.": tried(image, dilation, padding, stride),
        "The kernel was turned. Lay it on the window as it is.": conv2d(
            image, kernel.flip(0, 1), stride, padding, dilation
        ),
    }


def _check_refusal(answer: Any, inputs: Mapping[str, int]) -> None:
    """A setting whose kernel does not fit has to raise ValueError."""
    given = " and ".join(f"{name} {value}" for name, value in inputs.items())
    try:
        result = answer(*inputs.values())
    except ValueError as error:
        n, k, _, p, d = inputs.values()
        named = {int(number) for number in re.findall(r"\d+", str(error))}
        if named & {n, n + 2 * p} and named & {k, d * (k - 1) + 1}:
            return
        raise Wrong(
            f"The ValueError says {str(error)!r}. Let it name the sizes, that of the input and "
            f"that of the kernel, so that one sees what does not fit.\nIt was given {given}."
        ) from error
    except Exception as error:
        raise Wrong(
            f"The function raised {type(error).__name__}: {error}\nIt was given {given}, where "
            "the kernel does not fit: raise ValueError."
        ) from error
    raise Wrong(
        f"{result} came out where the kernel does not fit: raise ValueError, as PyTorch raises "
        f"an error.\nIt was given {given}."
    )
