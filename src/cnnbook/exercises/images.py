"""Checks for the chapter "What does a computer see?"."""

from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise, made_of
from .by_hand import ByHand

COUNT = 32 * 3 * 1080 * 1920
"""Numbers in a batch of colour images."""


# The bytes of a batch of colour images as float32.
ByHand(
    "images.bytes",
    right=4 * COUNT,
    praise=f"32 * 3 * 1080 * 1920 = {COUNT:,} numbers of four bytes.",
    mistakes={
        "is the number of numbers; each float32 takes four bytes.": COUNT,
        "is one image; there are 32 of them.": 4 * COUNT / 32,
        "leaves out that a colour image has three channels.": 4 * COUNT / 3,
        "counts the bits; eight of them make a byte.": 32 * COUNT,
        "takes eight bytes for a number. That is float64.": 8 * COUNT,
        "is right in millions of bytes; give the bytes.": 4 * COUNT / 1e6,
        "is the size in mebibytes (2**20 bytes); give the bytes.": 4 * COUNT / 2**20,
    },
    otherwise="is not it. Multiply images, channels, rows and columns: that is how many "
    "numbers there are. Then: how many bytes has one float32?",
    near=(0, 0.01),
)


@exercise("images.brighten")
def check_brighten(answer: Any) -> str:
    """A function brighten(image, amount): bytes made brighter, limited to 0 and 255."""
    random = torch.Generator().manual_seed(0)
    edges = torch.tensor([[0, 1, 99], [156, 200, 255]], dtype=torch.uint8)
    cases = [(edges, amount) for amount in (0, 60, 100, -100, 255, -255)]
    cases += [(_bytes((5, 4, 3), random), amount) for amount in (37, -37, 300, -300)]
    cases += [(edges, 40_000), (edges, -40_000)]
    for image, amount in cases:
        inputs = {"image": image, "amount": torch.tensor(amount)}
        result = call(
            made_of(answer, torch.uint8, "end with .byte()"), "brighten(image, amount)", inputs
        )
        wide = image.int() + amount
        wrapped = wide % 256
        compare(
            result,
            wide.clamp(0, 255),
            described(inputs),
            {
                "Above 255 the bytes ran over: 300 becomes 44. Convert to wider numbers before you "
                "add, and limit before you go back to bytes.": wrapped if amount > 0 else None,
                "Below 0 the bytes ran over: -56 becomes 200. Convert to wider numbers before you "
                "add, and limit before you go back to bytes.": wrapped if amount < 0 else None,
                "It went the other way: a positive amount makes brighter, a negative one darker.": (
                    (image.int() - amount).clamp(0, 255)
                ),
                "A negative amount makes the image darker.": (image.int() + abs(amount)).clamp(
                    0, 255
                ),
                "That is the image as it was.": image,
            },
        )
    return f"{len(cases)} images, brighter and darker, stay within 0 and 255."


@exercise("images.to_batch")
def check_to_batch(answer: Any) -> str:
    """A function to_batch(photo): bytes (H, W, 3) to numbers from 0 to 1 (1, 3, H, W)."""
    random = torch.Generator().manual_seed(0)
    sizes = [(2, 4), (4, 2), (3, 3), (1, 1), (7, 5)]
    for rows, columns in sizes:
        photo = _bytes((rows, columns, 3), random)
        if rows == 7:
            photo = photo % 2  # a dark one: its bytes are bytes all the same
        inputs = {"photo": photo}
        result = call(answer, "to_batch(photo)", inputs)
        due = photo.permute(2, 0, 1)[None] / 255
        mistakes: dict[str, Tensor | None] = {
            "That deals the numbers out anew: reshape moves nothing to its place. Use permute.": (
                photo.reshape(1, 3, rows, columns) / 255
            ),
            "The axis that counts the images is missing: it comes first.": due[0],
            "The pixels are still from 0 to 255.": due * 255,
            "The channels are still last; PyTorch wants them before the rows.": photo[None] / 255,
            "Rows and columns are swapped.": due.transpose(2, 3),
            "The channels are reversed: red comes first.": due.flip(1),
            "The axes are (C, N, H, W); the images come first.": due.transpose(0, 1),
            "The bytes were divided as whole numbers, which leaves 0 and 1. Use / or convert "
            "first.": torch.div(due * 255, 255, rounding_mode="floor"),
            "That is divided by 256. The largest byte is 255, and it has to become 1.": (
                due * 255 / 256
            ),
        }
        compare(result, due, described(inputs), mistakes)
    return f"It agrees with permute and division on {len(sizes)} photos, square and not."


@exercise("images.normalise")
def check_normalise(answer: Any) -> str:
    """A function normalise(images): mean 0 and deviation 1 in each channel of a batch."""
    random = torch.Generator().manual_seed(0)
    shapes = [(2, 3, 2, 2), (1, 3, 4, 5), (5, 1, 3, 3), (4, 2, 3, 6)]
    for shape in shapes:
        images = _bytes(shape, random)
        # Channels that differ in mean and in spread.
        scale = 1 / torch.arange(1.0, shape[1] + 1).reshape(1, -1, 1, 1)
        images = (images.float() * scale + 10 * (1 - scale)).byte()
        if shape == shapes[-1]:  # one channel with little contrast, one with a single bright pixel
            images[:, 0] = 100 + images[:, 0] % 2
            images[:, 1], images[0, 1, 0, 0] = 0, 255
        inputs = {"images": images}
        result = call(answer, "normalise(images)", inputs)
        values = images.double()
        compare(result, _normalised(values, (0, 2, 3)), described(inputs), _unnormal(values))
    return f"Each channel of {len(shapes)} batches has mean 0 and standard deviation 1."


@exercise("images.nearest_mean")
def check_nearest_mean(answer: Any) -> str:
    """A function nearest_mean(train_images, train_labels, images) that returns labels."""
    random = torch.Generator().manual_seed(0)
    # The first is large enough for no two mistakes to give the same answers.
    settings = [(5, 40, 12), (10, 60, 20), (2, 6, 1), (3, 12, 4), (12, 90, 30), (2, 3, 1)]
    for classes, count, asked in settings:
        labels = torch.cat([torch.arange(classes), torch.arange(count - classes) % 2])
        centres = _bytes((classes, 1, 3, 3), random).int()
        if classes == 12:  # images that are not square, several of each class, in any order
            labels = (torch.arange(count) % classes)[torch.randperm(count, generator=random)]
            centres = _bytes((classes, 1, 4, 5), random).int()
        inputs = {
            "train_images": _near(centres[labels], random),
            "train_labels": labels,
            "images": _near(centres[torch.arange(asked) % classes], random),
        }
        if count == 3:  # the second mean lies between two bytes
            one = torch.tensor([12, 10, 11, 11], dtype=torch.uint8)[:, None, None, None]
            inputs["train_labels"] = torch.tensor([0, 1, 1])
            inputs["train_images"], inputs["images"] = one[:3], one[3:]
        signature = "nearest_mean(train_images, train_labels, images)"
        result = call(answer, signature, inputs)
        away = _distances(inputs)
        compare(result, away.argmin(dim=1), described(inputs), _misread(inputs, classes, away))
    return f"It reads {sum(asked for _, _, asked in settings)} images of 2 to 12 classes."


def _bytes(shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=random)


def _near(images: Tensor, random: torch.Generator) -> Tensor:
    """Images that differ from the given ones enough to be misread at times, as bytes."""
    noise = torch.randint(-150, 151, images.shape, generator=random)
    return (images + noise).clamp(0, 255).byte()


def _normalised(values: Tensor, axes: tuple[int, ...], correction: int = 0) -> Tensor:
    mean = values.mean(dim=axes, keepdim=True)
    return (values - mean) / values.std(dim=axes, keepdim=True, correction=correction)


def _unnormal(values: Tensor) -> dict[str, Tensor | None]:
    """What likely mistakes give for a batch."""
    axes = (0, 2, 3)
    mean = values.mean(dim=axes, keepdim=True)
    std = values.std(dim=axes, keepdim=True, correction=0)
    return {
        "One mean for all channels was taken; each channel has its own.": _normalised(
            values, (0, 1, 2, 3)
        ),
        "Each image was normalised by itself; the mean runs over all images of the batch.": (
            _normalised(values, (2, 3))
        ),
        "Each image was normalised by itself, all channels together.": _normalised(
            values, (1, 2, 3)
        ),
        "Each place was normalised by itself; the mean runs over rows and columns, too.": (
            _normalised(values, (0,))
        ),
        "The deviation was computed with the number of pixels less one: use correction=0.": (
            _normalised(values, axes, correction=1)
        ),
        "That divides by the variance; the deviation is its root.": (values - mean) / std**2,
        "The mean is gone, but the deviation is not 1: divide by it.": values - mean,
        "The mean is gone, but the deviation is not 1: divide by it, after 0 to 1.": (
            (values - mean) / 255
        ),
        "The deviation is 1, but the mean was not subtracted.": values / std,
        "That adds the mean instead of subtracting it.": (values + mean) / std,
    }


def _distances(inputs: dict[str, Tensor]) -> Tensor:
    """Distances of the asked images (M, classes) from the means."""
    known, labels = inputs["train_images"].flatten(1).double(), inputs["train_labels"]
    means = torch.stack([known[labels == k].mean(0) for k in range(int(labels.max()) + 1)])
    return torch.cdist(inputs["images"].flatten(1).double(), means)


def _misread(inputs: dict[str, Tensor], classes: int, away: Tensor) -> dict[str, Tensor | None]:
    """What likely mistakes answer."""
    known, labels = inputs["train_images"].flatten(1).double(), inputs["train_labels"]
    asked = inputs["images"].flatten(1).double()
    sums = torch.stack([known[labels == k].sum(0) for k in range(classes)])
    firsts = torch.stack([known[labels == k][0] for k in range(classes)])
    means = torch.stack([known[labels == k].mean(0) for k in range(classes)])
    as_bytes = (inputs["images"].flatten(1)[:, None] - means.byte()) ** 2
    wrapped = asked.byte()[:, None] - means.byte()
    return {
        "That is the farthest mean: use argmin.": away.argmax(1),
        "Those are the distances; the answer is the class of the smallest one.": away,
        "Those are the squared distances; the answer is the class of the smallest one.": away**2,
        "That is the smallest squared distance; its class was asked for: use argmin.": (
            away.amin(1) ** 2
        ),
        "That is the smallest distance; its class was asked for: use argmin.": away.amin(1),
        "The images of a class were added, not averaged.": torch.cdist(asked, sums).argmin(1),
        "That is the class with the largest product, not with the smallest distance.": (
            (asked @ means.T).argmax(1)
        ),
        "The differences were not squared, so that they cancel.": (
            (asked[:, None] - means).sum(2).argmin(1)
        ),
        "The bytes ran over when they were subtracted: convert to float first.": (
            as_bytes.sum(2).argmin(1)
        ),
        "The bytes ran over when they were subtracted: convert to float before that.": (
            (wrapped.double() ** 2).sum(2).argmin(1)
        ),
        "That is the label of the nearest single image; the nearest mean was asked for.": (
            labels[torch.cdist(asked, known).argmin(1)]
        ),
        "That is the nearest first image of each class; take the mean of all of them.": (
            torch.cdist(asked, firsts).argmin(1)
        ),
    }
