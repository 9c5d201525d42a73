"""Checks for the chapter "What does a kernel compute?"."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ._answers import Wrong, described, numbers, same, written
from ._kit import call, compare, exercise
from .by_hand import ROUNDED, ByHand

WINDOW_IMAGE = torch.tensor([[1.0, 0, 2, 1], [3, 1, 0, 2], [0, 2, 1, 3], [1, 1, 4, 0]])
WINDOW_KERNEL = torch.tensor([[1.0, 0], [2, -1]])
SHIFT_RIGHT = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 0, 0]]).double()
SHIFTS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def corr2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Cross-correlation of one image (H, W) with one kernel (h, w), by PyTorch."""
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


WINDOW = WINDOW_IMAGE[1:3, 2:4]
# The output for one window, in row 1 and column 2.
ByHand(
    "convolution.one_window",
    right=corr2d(WINDOW_IMAGE, WINDOW_KERNEL)[1, 2],
    praise="The window has its top left corner in row 1 and column 2, both counted from 0.",
    mistakes={
        "comes from the kernel turned upside down and mirrored. Lay it on the window as it is: "
        "top left on top left.": (WINDOW * WINDOW_KERNEL.flip(0, 1)).sum(),
        "is the output in row 2 and column 1: row and column are swapped.": (
            corr2d(WINDOW_IMAGE, WINDOW_KERNEL)[2, 1]
        ),
        "is the output in row 0 and column 1. Rows and columns are counted from 0.": (
            corr2d(WINDOW_IMAGE, WINDOW_KERNEL)[0, 1]
        ),
        "is the sum of the window. Multiply each pixel by its weight first.": WINDOW.sum(),
        "forgets that one weight is negative.": (WINDOW * WINDOW_KERNEL.abs()).sum(),
    },
    otherwise=f"is not it. The window is {written(WINDOW)}, the kernel "
    f"{written(WINDOW_KERNEL)}: multiply what lies on each other, then add the four products.",
    within=ROUNDED,
)


@exercise("convolution.shift_right")
def check_shift_right(answer: Any) -> str:
    """A kernel of 3 by 3 that moves an image one pixel to the right."""
    kernel = numbers(answer)
    if kernel.shape != (3, 3):
        raise Wrong(f"The kernel has the shape {tuple(kernel.shape)}, (3, 3) was asked for.")
    image = torch.arange(1.0, 10).reshape(3, 3).double()
    moved = corr2d(F.pad(image, (1, 1, 1, 1)), kernel)
    if same(kernel, SHIFT_RIGHT):
        return "It moves [[1, 2, 3], ...] to [[0, 1, 2], ...], and so any image."
    what = f"{written(image)} became {written(moved)}."
    for direction in ("left", "up", "down"):
        if same(moved, _shifted(image, direction)):
            raise Wrong(
                f"{what}\nThat is a move {direction}. The weight says from where an output takes "
                "its pixel: to move an image to the right, each output has to look to its left."
            )
    if same(moved, image):
        raise Wrong(f"{what}\nThat is the same image: the weight at the centre moves nothing.")
    if kernel.count_nonzero() == 1 and not same(kernel.sum(), torch.tensor(1.0).double()):
        raise Wrong(f"{what}\nThe pixels changed their values: the one weight has to be 1.")
    raise Wrong(
        f"{what}\n{written(_shifted(image, 'right'))} was due. "
        "Each output is a copy of one pixel, so one weight is 1 and all others are 0."
    )


@exercise("convolution.corr2d")
def check_corr2d(answer: Any) -> str:
    """A function corr2d(image, kernel) that gives what F.conv2d gives."""
    shapes = [((2, 3), (1, 2)), ((3, 3), (2, 2)), ((4, 3), (1, 1)), ((3, 4), (3, 4))]
    shapes += [((3, 4), (1, 3)), ((4, 3), (3, 2)), ((6, 8), (1, 2)), ((5, 5), (3, 3))]
    shapes += [((9, 7), (size, 6 - size)) for size in range(1, 6)]
    random = torch.Generator().manual_seed(0)
    for image_size, kernel_size in shapes:
        inputs = {"image": _integers(image_size, random), "kernel": _integers(kernel_size, random)}
        if kernel_size == (3, 3):
            inputs["kernel"].zero_()
        result = call(answer, "corr2d(image, kernel)", inputs)
        _compare_corr2d(result, inputs)
    inputs = {
        "image": torch.randn(28, 28, generator=random),
        "kernel": torch.randn(5, 5, generator=random),
    }
    _compare_corr2d(call(answer, "corr2d(image, kernel)", inputs), inputs)
    return f"It agrees with F.conv2d on {len(shapes) + 1} images and kernels, square and not."


@exercise("convolution.combine")
def check_combine(answer: Any) -> str:
    """A function combine(first, second): one kernel that does the work of two."""
    shapes = [((1, 2), (1, 2)), ((2, 2), (2, 2)), ((1, 1), (3, 3)), ((3, 3), (1, 2))]
    shapes += [((2, 3), (3, 1)), ((3, 3), (3, 3)), ((2, 4), (3, 3))]
    random = torch.Generator().manual_seed(0)
    for first_size, second_size in shapes:
        inputs = {"first": _integers(first_size, random), "second": _integers(second_size, random)}
        if first_size == (2, 4):
            inputs = {name: value / 8 for name, value in inputs.items()}
        result = call(answer, "combine(first, second)", inputs)
        _compare_combined(result, inputs)
    return f"For {len(shapes)} pairs of kernels, the one kernel gives what the two give in turn."


def combined(first: Tensor, second: Tensor) -> Tensor:
    """The kernel whose answer is that of ``first`` and then ``second``: their convolution."""
    rows, columns = second.shape[0] - 1, second.shape[1] - 1
    return corr2d(F.pad(first, (columns, columns, rows, rows)), second.flip(0, 1))


def _compare_corr2d(result: Tensor, inputs: Mapping[str, Tensor]) -> None:
    image, kernel = inputs["image"], inputs["kernel"]
    due = corr2d(image, kernel)
    rows, columns = kernel.shape
    above, left = (rows - 1) // 2, (columns - 1) // 2
    ring = (left, columns - 1 - left, above, rows - 1 - above)
    unfolded = F.unfold(image[None, None], (rows, columns))[0].reshape(rows, columns, *due.shape)
    products = unfolded * kernel[:, :, None, None]
    mistakes = {
        "The kernel was flipped: that is convolution as mathematics defines it. "
        "Cross-correlation lays the kernel on the window as it is.": corr2d(
            image, kernel.flip(0, 1)
        ),
        "The output has the size of the image: did you pad? Without padding the window starts "
        "only where all of it lies inside.": corr2d(F.pad(image, ring), kernel),
        "The last window of each row and column is missing: there are H - h + 1 places, "
        "not H - h.": due[:-1, :-1],
        "Rows and columns of the output are swapped.": due.T,
        "Rows and columns of the kernel are swapped.": _corr2d_if_fits(image, kernel.T),
        "The products were averaged. They have to be added.": products.mean((0, 1)),
        "Only the largest product was kept. They have to be added.": products.amax((0, 1)),
        "The pixels were added without their weights.": unfolded.sum((0, 1)),
        "The products were added along the rows of the window only; add along both of its "
        "axes.": products.sum(1).permute(1, 2, 0),
        "The products were added along the columns of the window only; add along both of its "
        "axes.": products.sum(0).permute(1, 2, 0),
    }
    hints: dict[str, Tensor | None] = dict(mistakes)
    if result.shape != due.shape and result.shape == image.shape:
        hints["The output has the size of the image: did you pad?"] = result
    if result.ndim < due.ndim and result.numel() == due.numel():
        hints[
            "The numbers are right. squeeze() has removed axes of length 1 that belong to it."
        ] = result if torch.allclose(result.flatten(), due.flatten().double()) else None
    elif result.ndim == 0:
        hints["One number came out for the whole image; each window gives one."] = result
    if result.ndim > due.ndim:
        hints["The output of one image and one kernel has two axes, (rows, columns)."] = result
    compare(result, due, described(inputs), hints)


def _compare_combined(result: Tensor, inputs: Mapping[str, Tensor]) -> None:
    first, second = inputs["first"], inputs["second"]
    rows, columns = second.shape[0] - 1, second.shape[1] - 1
    mistakes = {
        "The second kernel was not flipped. Write out both steps for kernels of two weights: the "
        "first weight of one meets the last of the other.": corr2d(
            F.pad(first, (columns, columns, rows, rows)), second
        ),
        "The kernels were multiplied weight by weight. Put one through the other instead.": (
            first * second if first.shape == second.shape else None
        ),
        "The kernels were added. That is one kernel for the sum of their answers, not for one "
        "after the other.": first + second if first.shape == second.shape else None,
        "That is the second kernel laid on the first where it fits. Two windows in turn see more "
        "pixels than one: the shape has to be that of both, less 1.": _corr2d_if_fits(
            first, second
        ),
        "That is only the first kernel.": first,
        "That is only the second kernel.": second,
        "That is a matrix product.": first @ second if first.shape[1] == second.shape[0] else None,
    }
    compare(result, combined(first, second), described(inputs), mistakes)


def _corr2d_if_fits(image: Tensor, kernel: Tensor) -> Tensor | None:
    fits = kernel.shape[0] <= image.shape[0] and kernel.shape[1] <= image.shape[1]
    return corr2d(image, kernel) if fits else None


def _integers(size: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Small whole numbers without zero, so that nothing is hidden and the words stay short."""
    sign = 2 * torch.randint(0, 2, size, generator=random) - 1
    return sign * torch.randint(1, 6, size, generator=random).float()


def _shifted(image: Tensor, direction: str) -> Tensor:
    """An image moved by one pixel, zeros moving in."""
    rows, columns = SHIFTS[direction]
    padded = F.pad(image, (1, 1, 1, 1))
    height, width = image.shape
    return padded[1 - rows : 1 - rows + height, 1 - columns : 1 - columns + width]
