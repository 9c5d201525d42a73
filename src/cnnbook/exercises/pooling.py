"""Checks for the chapter "What does pooling throw away?"."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ._answers import described, written
from ._kit import call, compare, exercise
from ._ruled_out import AUTOGRAD, Without
from .by_hand import ROUNDED, ByHand

BY_HAND = torch.tensor([[1.0, -3, 0, 2], [2, -1, -4, 1], [-2, -5, 3, -1], [-6, -3, 0, 5]])
NOT_DUE = f"{{first}}\nIt was given image {written(BY_HAND)}."


def max_pooled(image: Tensor, kernel_size: int, stride: int) -> Tensor:
    """The maxima of the windows of an image (H, W), by PyTorch."""
    return F.max_pool2d(image[None, None], kernel_size, stride)[0, 0]


def by_hand_mistakes() -> dict[str, Tensor]:
    """What likely mistakes make of the image."""
    due = max_pooled(BY_HAND, 2, 2)
    farthest = F.max_pool2d(BY_HAND.abs()[None], 2, return_indices=True)[1][0]
    return {
        "That is the mean of each window; the largest number was asked for.": F.avg_pool2d(
            BY_HAND[None], 2
        )[0],
        "Those are the smallest numbers.": -max_pooled(-BY_HAND, 2, 2),
        "The largest of -2, -5, -6 and -3 is -2. Zero is not in that window.": due.clamp(min=0),
        "Those are the numbers farthest from zero; -2 is larger than -6.": (
            BY_HAND.flatten()[farthest]
        ),
        "Those are the numbers at the top left of each window.": BY_HAND[::2, ::2],
        "Rows and columns are swapped.": due.T,
        "The windows overlap. With a stride of 2 each number is in one window only.": (
            max_pooled(BY_HAND, 2, 1)
        ),
    }


# The maxima of the windows of 2×2.
ByHand(
    "pooling.by_hand",
    right=max_pooled(BY_HAND, 2, 2),
    praise="The third window holds negative numbers only, and its largest is -2.",
    asked=NOT_DUE,
    mistakes={f"{NOT_DUE}\n{words}": wrong for words, wrong in by_hand_mistakes().items()},
    otherwise=NOT_DUE,
    within=ROUNDED,
)


@exercise("pooling.max_pool2d")
def check_max_pool2d(answer: Any) -> str:
    """A function max_pool2d(image, kernel_size, stride) that gives what F.max_pool2d gives."""
    settings = [((4, 4), 2, 2), ((5, 4), 2, 2), ((3, 3), 2, 1), ((6, 7), 3, 2), ((5, 5), 1, 3)]
    settings += [((7, 9), 2, 3), ((4, 5), 4, 4), ((28, 28), 2, 2)]
    random = torch.Generator().manual_seed(0)
    for size, kernel_size, stride in settings:
        inputs = {
            "image": torch.randint(-9, 9, size, generator=random).float(),
            "kernel_size": torch.tensor(kernel_size),
            "stride": torch.tensor(stride),
        }
        if size == (3, 3):
            inputs["image"] = inputs["image"] - 10  # nothing but negative numbers
        if size == (28, 28):
            inputs["image"] = 1e3 * torch.randn(size, generator=random) - 1e4
        signature = "max_pool2d(image, kernel_size, stride)"
        result = call(answer, signature, inputs)
        image = inputs["image"]
        windows = image.unfold(0, kernel_size, stride).unfold(1, kernel_size, stride)
        below, right = (-(side - kernel_size) % stride for side in size)
        extended = F.pad(image, (0, right, 0, below), value=-torch.inf)
        due = max_pooled(image, kernel_size, stride)
        mistakes: dict[str, Tensor | None] = {
            "The stride was not used: the windows stand side by side.": (
                max_pooled(image, kernel_size, kernel_size)
            ),
            "The stride was not used: the windows move by one pixel.": (
                max_pooled(image, kernel_size, 1)
            ),
            "Zero is in no window here. Start from the window's own numbers, or from minus "
            "infinity.": due.clamp(min=0),
            "That is the mean; the largest number was asked for.": windows.mean((2, 3)),
            "Those are the smallest numbers.": windows.amin((2, 3)),
            "Windows that reach beyond the border are left out, as in a convolution.": (
                max_pooled(extended, kernel_size, stride)
            ),
            "The last window of each row and column is missing.": due[:-1, :-1],
            "Rows and columns are swapped.": due.T,
        }
        compare(result, due, described(inputs), mistakes)
    return f"It agrees with F.max_pool2d on {len(settings)} settings, overlapping windows included."


@exercise("pooling.average_weight")
def check_average_weight(answer: Any) -> str:
    """A function average_weight(channels): the weights of a convolution that averages."""
    for channels in (3, 1, 2, 16):
        inputs = {"channels": torch.tensor(channels)}
        result = call(answer, "average_weight(channels)", inputs)
        due = torch.full((channels, 1, 2, 2), 0.25)
        full = 0.25 * torch.eye(channels)[:, :, None, None].expand(-1, -1, 2, 2)
        mistakes: dict[str, Tensor | None] = {
            "That adds the four numbers; their mean has the weights 1/4.": torch.ones_like(due),
            "The weights of a window have to add up to 1. Each channel has a window of its own, "
            "so the number of channels does not matter.": due / channels,
            "A window has four numbers, however many channels there are.": due * 4 / channels,
            "With groups=channels each output sees one channel: the second axis is 1. (Without "
            "groups, this weight would do it.)": full,
            "That averages over all channels as well. Pooling leaves the channels apart.": (
                torch.full((channels, channels, 2, 2), 0.25 / channels)
            ),
            "The axis of input channels is missing: (channels, 1, 2, 2).": due[:, 0],
        }
        compare(result, due, described(inputs), mistakes)
    return "F.conv2d with these weights, stride=2 and groups=channels is F.avg_pool2d."


@exercise("pooling.max_gradient")
def check_max_gradient(answer: Any) -> str:
    """A function max_gradient(image, gradient): the way back through max pooling by 2."""
    random = torch.Generator().manual_seed(0)
    cases = [
        (torch.tensor([[2.0, 1], [4, 3]]), torch.tensor([[5.0]])),
        (torch.tensor([[1.0, 2], [2, 0]]), torch.tensor([[3.0]])),
        (torch.tensor([[2.0, 2], [1, 2]]), torch.tensor([[-1.0]])),
        (torch.zeros(4, 4), torch.tensor([[1.0, 2], [3, 4]])),
    ]
    cases += [
        (
            torch.randint(-9, 9, (2 * rows, 2 * columns), generator=random).float(),
            torch.randint(1, 9, (rows, columns), generator=random).float(),
        )
        for rows, columns in ((1, 3), (2, 2), (3, 4), (14, 14))
    ]
    image, gradient = (torch.randn(size, generator=random) for size in ((6, 8), (3, 4)))
    cases.append((1e3 * image - 1e4, gradient))
    for image, gradient in cases:
        inputs = {"image": image, "gradient": gradient}
        with Without("That lets autograd work; write down where each gradient goes.", *AUTOGRAD):
            result = call(answer, "max_gradient(image, gradient)", inputs)
        _compare_gradient(result, inputs)
    return f"It agrees with autograd on {len(cases)} images, windows with equal numbers included."


def _compare_gradient(result: Tensor, inputs: Mapping[str, Tensor]) -> None:
    image, gradient = inputs["image"], inputs["gradient"]
    with torch.enable_grad():
        leaf = image.clone().requires_grad_()
        (due,) = torch.autograd.grad(max_pooled(leaf, 2, 2), leaf, gradient)
    largest = max_pooled(image, 2, 2).repeat_interleave(2, 0).repeat_interleave(2, 1)
    spread = gradient.repeat_interleave(2, 0).repeat_interleave(2, 1)
    equal = (image == largest).float()
    shared = (
        equal
        * spread
        / F.avg_pool2d(equal[None], 2)[0].mul(4).repeat_interleave(2, 0).repeat_interleave(2, 1)
    )
    corner = torch.zeros_like(image)
    corner[::2, ::2] = gradient
    mistakes: dict[str, Tensor | None] = {
        "The whole gradient went to all four; it goes to the largest alone.": spread,
        "That is average pooling: a quarter to each. Here the largest gets all of it.": spread / 4,
        "Where several are largest, PyTorch gives the gradient to the first of them, row by row, "
        "and nothing to the others.": equal * spread,
        "Where several are largest, the gradient is not shared: PyTorch gives it to the first of "
        "them, row by row.": shared,
        "That marks the places of the largest; the gradient that arrives belongs there.": (
            (due != 0).float()
        ),
        "That marks the places of the largest; the gradient that arrives belongs there, at the "
        "first of several.": equal,
        "Where no number of a window is above 0, one of them is still the largest.": due
        * (largest > 0),
        "The gradient went to the top left of each window. It goes to where the largest stands.": (
            corner
        ),
        "It has the shape of the pooled image. A gradient by the image has the image's shape.": (
            gradient
        ),
        "The gradient was multiplied by the largest number. The maximum moves as fast as the "
        "number that it is.": due * image,
    }
    compare(result, due, described(inputs), mistakes)
