"""Checks for the chapter "What takes 99 % to 99.7 %?"."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise

EPS = 1e-5


@exercise("modern_training.batch_norm")
def check_batch_norm(answer: Any) -> str:
    """A function batch_norm(maps): each channel with mean 0 and variance 1 over the batch."""
    random = torch.Generator().manual_seed(0)
    shapes = [(4, 3, 5, 6), (2, 1, 4, 4), (8, 2, 1, 1), (3, 5, 7, 2), (1, 2, 6, 6)]
    for shape in shapes:
        maps = 3 + 2 * torch.randn(shape, generator=random)
        maps = maps * torch.arange(1, shape[1] + 1)[:, None, None]
        if shape == shapes[-1]:
            maps[:, 0] = 3.0  # a channel without variance: only the small number is left
            # And one whose variance is about as small as that number.
            maps[:, 1] = 0.003 * torch.randn(maps[:, 1].shape, generator=random)
        inputs = {"maps": maps}
        result = call(answer, "batch_norm(maps)", inputs)
        due = F.batch_norm(maps, None, None, training=True, eps=EPS)
        compare(
            result,
            due,
            described(inputs),
            {
                "All channels were taken together; each has a mean and a variance of its own.": (
                    (maps - maps.mean()) / (maps.var(correction=0) + EPS).sqrt()
                ),
                "Each image was taken by itself; mean and variance are those of the batch.": (
                    F.instance_norm(maps, eps=EPS) if shape[2] * shape[3] > 1 else None
                ),
                "Each place was taken by itself; mean and variance go over all places.": (
                    _over(maps, (0,)) if shape[0] > 1 else None
                ),
                "The small number is added to the variance, under the root.": (
                    (maps - _mean(maps)) / (_variance(maps).sqrt() + EPS)
                ),
                "Divide by the deviation, the root of the variance.": (
                    (maps - _mean(maps)) / (_variance(maps) + EPS)
                ),
                "The mean has to be taken away as well.": maps / (_variance(maps) + EPS).sqrt(),
                "The mean was taken away; now divide by the deviation.": maps - _mean(maps),
                "The variance divides by the number of values, not by one less.": (
                    (maps - _mean(maps))
                    / (maps.var(dim=(0, 2, 3), keepdim=True, correction=1) + EPS).sqrt()
                ),
            },
        )
    return f"It agrees with F.batch_norm on {len(shapes)} batches, a single image among them."


@exercise("modern_training.smooth")
def check_smooth(answer: Any) -> str:
    """A function smooth(label, classes, share): the smoothed target, a probability a class."""
    settings = [(3, 10, 0.1), (0, 4, 0.2), (2, 3, 0.0), (1, 2, 0.5), (25, 26, 0.3)]
    settings.append((1, 4, 1.0))
    for label, classes, share in settings:
        inputs = {
            "label": torch.tensor(label),
            "classes": torch.tensor(classes),
            "share": torch.tensor(share).double(),
        }
        result = call(answer, "smooth(label, classes, share)", inputs)
        hard = torch.zeros(classes, dtype=torch.float64)
        hard[label] = 1
        others = (1 - hard) / (classes - 1)
        compare(
            result,
            hard * (1 - share) + share / classes,
            described(inputs),
            {
                "The share goes to all classes, the right one too; you gave it to the others.": (
                    hard * (1 - share) + others * share
                ),
                "The share was not taken from the right class; the sum has to be 1.": (
                    hard + share / classes
                ),
                "The share has to be spread over the classes, not given to each of them.": (
                    hard * (1 - share) + share
                ),
                "That is the target without smoothing.": hard,
                "Share and rest are swapped.": hard * share + (1 - share) / classes,
            },
        )
    return (
        f"It fits {len(settings)} settings: of 10 classes with a share of 0.1 the right gets 0.91."
    )


@exercise("modern_training.average")
def check_average(answer: Any) -> str:
    """A function average(weights, decay): the moving average after the last of the weights."""
    random = torch.Generator().manual_seed(0)
    settings = [(5, 0.9), (12, 0.5), (1, 0.99), (40, 0.95), (3, 0.0), (4, 1.0)]
    for count, decay in settings:
        weights = torch.randn(count, generator=random).double()
        inputs = {"weights": weights, "decay": torch.tensor(decay).double()}
        result = call(answer, "average(weights, decay)", inputs)
        compare(
            result,
            _averaged(weights, decay, weights[0]),
            described(inputs),
            {
                "The average begins with the first weight, not with zero.": _averaged(
                    weights, decay, torch.zeros_like(weights[0]), 0
                ),
                "The decay is what the old average keeps; you gave it to the new weight.": (
                    _averaged(weights, 1 - decay, weights[0])
                ),
                "That is the plain mean; here old weights count less and less.": weights.mean(),
                "That is the last weight, without any average.": weights[-1],
                "The new weight comes in with 1 - decay, so that a constant stays what it is.": (
                    _accumulated(weights, decay)
                ),
            },
        )
    return f"It averages {len(settings)} courses, one of a single weight among them."


@exercise("modern_training.moved")
def check_moved(answer: Any) -> str:
    """A function moved(image, down, right): the image moved by whole pixels, black comes in."""
    random = torch.Generator().manual_seed(0)
    settings = [((5, 4), 1, 0), ((5, 4), 0, -1), ((6, 6), 2, 1), ((4, 7), -1, -3), ((3, 3), 0, 0)]
    settings += [((5, 7), 2, -3), ((7, 5), -2, 3), ((1, 5), 0, 2), ((9, 8), 6, 7)]
    for size, down, right in settings:
        if size < (5, 7):  # whole numbers, so that what came and what was due can be read
            image = torch.randint(1, 10, size, generator=random).float()
        else:
            image = torch.randn(size, generator=random)
        inputs = {"image": image, "down": torch.tensor(down), "right": torch.tensor(right)}
        result = call(answer, "moved(image, down, right)", inputs)
        compare(
            result,
            _moved(image, down, right),
            described(inputs),
            {
                "What went out came in on the other side; black has to come in.": torch.roll(
                    image, (down, right), (0, 1)
                ),
                "It went the other way.": _moved(image, -down, -right),
                "Down and right are swapped.": (
                    _moved(image, right, down)
                    if abs(right) < size[0] and abs(down) < size[1]
                    else None
                ),
                "The shape has to stay the same: cut off what goes out.": F.pad(
                    image, (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0))
                ),
            },
        )
    return f"It moves {len(settings)} images up, down, left, right, and not at all."


def _mean(maps: Tensor) -> Tensor:
    return maps.mean(dim=(0, 2, 3), keepdim=True)


def _variance(maps: Tensor) -> Tensor:
    return maps.var(dim=(0, 2, 3), keepdim=True, correction=0)


def _over(maps: Tensor, axes: tuple[int, ...]) -> Tensor:
    mean = maps.mean(dim=axes, keepdim=True)
    return (maps - mean) / (maps.var(dim=axes, keepdim=True, correction=0) + EPS).sqrt()


def _averaged(weights: Tensor, decay: float, start: Tensor, first: int = 1) -> Tensor:
    average = start
    for weight in weights[first:]:
        average = decay * average + (1 - decay) * weight
    return average


def _accumulated(weights: Tensor, decay: float) -> Tensor:
    average = weights[0]
    for weight in weights[1:]:
        average = decay * average + weight
    return average


def _moved(image: Tensor, down: int, right: int) -> Tensor:
    height, width = image.shape
    padded = F.pad(image, (width, width, height, height))
    rows, columns = height - down, width - right
    return padded[rows : rows + height, columns : columns + width]
