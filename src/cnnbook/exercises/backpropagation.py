"""Checks for the chapter "How does a kernel learn?"."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ._answers import described, written
from ._kit import call, compare, exercise
from ._ruled_out import AUTOGRAD, CONVOLUTIONS, Without
from .by_hand import ROUNDED, ByHand, Condition

IMAGE = torch.tensor([[1.0, 0, 2], [3, 1, 0], [0, 2, 4]])
OUTPUT_GRADIENT = torch.tensor([[1.0, -1], [0, 2]])


def corr2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Cross-correlation of one image (H, W) with one kernel (h, w), by PyTorch."""
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


KERNEL_GRADIENT = corr2d(IMAGE, OUTPUT_GRADIENT)
WINDOWS = IMAGE.unfold(0, 2, 1).unfold(1, 2, 1)
"""The pixels that each weight of the kernel meets."""

# The gradient with respect to a kernel of 2×2.
ByHand(
    "backpropagation.kernel_gradient",
    right=KERNEL_GRADIENT,
    praise="Each weight gets the pixels that it has met, each times the output's gradient.",
    asked="The gradient has the shape {shape}; the kernel is 2x2.",
    mistakes={
        "comes from the output's gradient turned upside down and mirrored. That is done on the "
        "way to the input; for the kernel it is laid on the image as it is.": (
            corr2d(IMAGE, OUTPUT_GRADIENT.flip(0, 1))
        ),
        "has rows and columns swapped.": KERNEL_GRADIENT.T,
        "is what would be added to the kernel at a learning rate of 1: the gradient itself has "
        "the other sign.": -KERNEL_GRADIENT,
        "forgets that one entry of the output's gradient is negative.": (
            corr2d(IMAGE, OUTPUT_GRADIENT.abs())
        ),
        "is a mean over the outputs. A weight's gradient is the sum of what each output "
        "contributes.": KERNEL_GRADIENT / 4,
        "adds up pixels without the output's gradient.": WINDOWS.sum((2, 3)),
        "takes only the upper left pixels, one for each output. Every weight meets four "
        "pixels.": IMAGE[:2, :2] * OUTPUT_GRADIENT,
    },
    within=ROUNDED,
    conditions=[
        Condition(
            weights=[float(place == other) for other in range(4)],
            sign="==",
            bound=float(KERNEL_GRADIENT.flatten()[place]),
            words=f"At {divmod(place, 2)} {{value}} is not it. That weight meets the pixels "
            f"{written(WINDOWS.flatten(0, 1)[place])}; multiply each by the output's gradient "
            f"{written(OUTPUT_GRADIENT)} at the same place and add.",
        )
        for place in range(4)
    ],
)


@exercise("backpropagation.input_gradient")
def check_input_gradient(answer: Any) -> str:
    """A function input_gradient(g, kernel) that gives what autograd gives."""
    shapes = [((1, 1), (2, 3)), ((2, 3), (2, 2)), ((3, 2), (1, 2)), ((2, 2), (1, 1))]
    shapes += [((4, 5), (3, 3)), ((3, 6), (4, 2)), ((1, 4), (3, 1)), ((6, 6), (2, 4))]
    shapes.append(((1, 3), (1, 2)))
    random = torch.Generator().manual_seed(0)
    for g_size, kernel_size in shapes:
        broken = 0.25 if g_size == (6, 6) else 0.0
        inputs = {
            "g": _integers(g_size, random) + broken,
            "kernel": _integers(kernel_size, random) + broken,
        }
        with Without(_BY_HAND, *CONVOLUTIONS, *AUTOGRAD):
            result = call(answer, "input_gradient(g, kernel)", inputs)
        g, kernel = inputs.values()
        compare(result, stamped(g, kernel), described(inputs), _stamp_mistakes(g, kernel))
    return f"It agrees with autograd for {len(shapes)} pairs of tables, square and not."


_BY_HAND = "That uses a convolution or autograd. Here the stamps are to be added up by hand."


def _stamp_mistakes(g: Tensor, kernel: Tensor) -> dict[str, Tensor | None]:
    """What likely mistakes give."""
    h, w = kernel.shape
    due = stamped(g, kernel)
    overwritten = torch.zeros_like(due)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            overwritten[i : i + h, j : j + w] = g[i, j] * kernel
    fits = g.shape[0] >= h and g.shape[1] >= w
    return {
        "The kernel was turned before it was stamped. Each output passes its gradient to the "
        "pixel under each weight: the kernel lies as it does on the way forward.": (
            stamped(g, kernel.flip(0, 1))
        ),
        "Where windows overlap, the later stamp has replaced the earlier one. They add "
        "up: use +=.": overwritten,
        "The kernel was stamped without the output's gradient.": (
            stamped(torch.ones_like(g), kernel)
        ),
        "The output's gradient was stamped without the kernel's weights.": (
            stamped(g, torch.ones_like(kernel))
        ),
        "That is the way forward, which makes tables smaller. On the way back each output "
        "reaches all pixels of its window: the result has g's rows plus the kernel's, less "
        "one.": corr2d(g, kernel) if fits else None,
        "The last row or column is missing: the image has g's rows plus the kernel's, "
        "less one.": due[:-1, :-1],
        "Rows and columns are swapped.": due.T,
        "The stamps were averaged over the outputs; they have to be added.": due / g.numel(),
    }


@exercise("backpropagation.mean_pool_gradient")
def check_mean_pool_gradient(answer: Any) -> str:
    """A function mean_pool_gradient(g, size) that gives what autograd gives."""
    settings = [((1, 1), 2), ((2, 2), 2), ((2, 3), 2), ((3, 1), 3), ((2, 2), 1), ((4, 2), 4)]
    settings.append(((1, 3), 1))
    random = torch.Generator().manual_seed(0)
    for shape, size in settings:
        inputs = {"g": _integers(shape, random), "size": torch.tensor(size)}
        result = call(answer, "mean_pool_gradient(g, size)", inputs)
        g = inputs["g"]
        due = _repeated(g, size) / size**2
        corners = torch.zeros_like(due)
        corners[::size, ::size] = g
        compare(
            result,
            due,
            described(inputs),
            {
                "Every pixel got the whole gradient. It has one part in size * size of the "
                "mean.": due * size**2,
                "The gradient was divided by size; a window has size * size pixels.": due * size,
                "Only one pixel of each window got something. That is so for a maximum; in a "
                "mean all have a part.": corners,
                "The table was laid side by side as a whole; each entry of g belongs to one "
                "window.": g.repeat(size, size) / size**2,
                "The gradient was multiplied by the size of the window; it is divided.": (
                    due * size**4
                ),
                "The result has to have the size of the input, size times that of g.": (
                    g / size**2
                ),
            },
        )
    return f"It agrees with autograd for {len(settings)} tables, windows of one pixel included."


@exercise("backpropagation.strided")
def check_strided(answer: Any) -> str:
    """A function strided_gradient(image, g, stride, size): a kernel's gradient with a stride."""
    settings = [((5, 5), 2, 3), ((4, 4), 2, 2), ((6, 6), 2, 3), ((4, 3), 1, 2), ((7, 8), 3, 2)]
    settings += [((6, 5), 1, 3), ((9, 6), 2, 2), ((8, 8), 4, 3), ((12, 10), 3, 5)]
    settings += [((3, 4), 1, 1), ((3, 3), 2, 3)]
    random = torch.Generator().manual_seed(0)
    for shape, stride, size in settings:
        image = _integers(shape, random) + (0.25 if shape == (12, 10) else 0.0)
        rows, columns = ((side - size) // stride + 1 for side in shape)
        inputs = {
            "image": image,
            "g": _integers((rows, columns), random),
            "stride": torch.tensor(stride),
            "size": torch.tensor(size),
        }
        signature = "strided_gradient(image, g, stride, size)"
        result = call(answer, signature, inputs)
        g = inputs["g"]
        dilated = _dilated(image, g, stride)
        mistakes = {
            "That leaves out the stride: the pixels that one weight meets lie stride apart.": (
                corr2d(image, g)[:size, :size]
            ),
            "That leaves out the stride: the pixels that one weight meets lie stride apart. Use "
            "a dilation.": corr2d(image, g),
            "Some pixels at the lower or right border lie in no window. They make the answer too "
            "large: keep its first size rows and columns.": dilated,
            "The answer was cut at the wrong end: the pixels that no window has seen are at the "
            "lower and right border.": dilated[-size:, -size:],
            "g was turned. For the gradient by the kernel it is used as it is.": (
                _dilated(image, g.flip(0, 1), stride)[:size, :size]
            ),
            "A stride on the way back skips weights of the kernel. What has to be spread out is "
            "g: a dilation.": F.conv2d(image[None, None], g[None, None], stride=stride)[0, 0],
            "Rows and columns are swapped.": dilated[:size, :size].T,
            "The contributions were averaged; they have to be added.": (
                dilated[:size, :size] / g.numel()
            ),
        }
        compare(result, strided(image, g, stride, size), described(inputs), mistakes)
    return f"It agrees with autograd for {len(settings)} settings, unread borders included."


def stamped(g: Tensor, kernel: Tensor) -> Tensor:
    """The gradient of a convolution by its input, by autograd."""
    rows, columns = (a + b - 1 for a, b in zip(g.shape, kernel.shape, strict=True))
    image = torch.zeros(rows, columns, requires_grad=True)
    return torch.autograd.grad(corr2d(image, kernel), image, g)[0]


def strided(image: Tensor, g: Tensor, stride: int, size: int) -> Tensor:
    """The gradient of a convolution with a stride by its kernel, by autograd."""
    kernel = torch.zeros(size, size, requires_grad=True)
    output = F.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]
    return torch.autograd.grad(output, kernel, g)[0]


def _dilated(image: Tensor, g: Tensor, stride: int) -> Tensor:
    return F.conv2d(image[None, None], g[None, None], dilation=stride)[0, 0]


def _repeated(g: Tensor, size: int) -> Tensor:
    return g.repeat_interleave(size, 0).repeat_interleave(size, 1)


def _integers(shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Small whole numbers, so that what came and what was due can be read."""
    return torch.randint(-4, 5, shape, generator=random).float()
