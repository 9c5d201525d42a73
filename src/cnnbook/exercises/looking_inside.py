"""Checks for the chapter "What did it learn?"."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ._answers import described
from ._kit import around, call, compare, exercise
from .by_hand import ByHand

# The selectivity of a channel whose means for four classes are 8, 1, 2 and 3.
ByHand(
    "looking_inside.index",
    right=(8 - 2) / (8 + 2),
    praise="(8 - 2) / (8 + 2) = 0.6: the others get a quarter of its answer.",
    mistakes={
        "takes the mean of all four; the largest is not among the others.": 4.5 / 11.5,
        "takes the sum of the others; their mean was asked for.": 2 / 14,
        "compares with the second largest; the mean of all others was asked for.": 5 / 11,
        "compares with the smallest; the mean of all others was asked for.": 7 / 9,
        "is the difference; divide it by the sum.": 8 - 2,
        "is a ratio of two means; the index is their difference over their sum.": 8 / 2,
        "divides by the largest alone; the sum stands below.": (8 - 2) / 8,
    },
    otherwise="is not it. What is the mean of 1, 2 and 3?",
    within=(1e-3, 0),
    near=(1e-2, 0),
)


@exercise("looking_inside.strongest")
def check_strongest(answer: Any) -> str:
    """A function strongest(maps): image, row and column of each channel's largest value."""
    random = torch.Generator().manual_seed(0)
    shapes = [(3, 2, 4, 5), (1, 1, 2, 2), (5, 3, 2, 7), (2, 4, 6, 3), (4, 16, 14, 14)]
    settings = [torch.randn(shape, generator=random) for shape in shapes]
    settings.append(-1 - torch.rand(2, 3, 3, 4, generator=random))  # nothing above zero
    for maps in settings:
        inputs = {"maps": maps}
        result = call(answer, "strongest(maps)", inputs)
        due = _places(maps)
        places = maps.transpose(0, 1).flatten(1).argmax(dim=1)
        per_image = maps.flatten(2).amax(dim=2).argmax(dim=0)
        mistakes: dict[str, Tensor | None] = {
            "Row and column are swapped.": due[:, [0, 2, 1]],
            "The channels belong along the first axis: (C, 3).": due.T,
            "Those are the places of the smallest values.": _places(-maps),
            "Those are the largest absolute values; a strong answer is a positive one.": _places(
                maps.abs()
            ),
            "That is the place in all the channel's numbers; take it apart into image, row and "
            "column.": places,
            "The image is missing: (C, 3).": due[:, 1:],
            "That is the image alone.": per_image,
            "It counts from 1; places are counted from 0.": due + 1,
            "That divides by the height to tell rows from columns; a row has as many numbers as "
            "the width.": torch.stack(
                [
                    due[:, 0],
                    _rest(places, maps) // maps.shape[2],
                    _rest(places, maps) % maps.shape[2],
                ],
                dim=1,
            ),
        }
        compare(result, due, described(inputs), mistakes)
    return f"It finds them in {len(settings)} sets of maps, one without a positive value included."


@exercise("looking_inside.occlusion")
def check_occlusion(answer: Any) -> str:
    """A function occlusion(score, image, size): the drop of a score under a square."""
    random = torch.Generator().manual_seed(0)
    settings = [((4, 5), 1), ((4, 5), 3), ((6, 3), 3), ((7, 7), 5), ((3, 3), 5), ((5, 8), 3)]
    for place, (shape, size) in enumerate(settings):
        weight = torch.randn(shape, generator=random)
        # A linear score, whose drops are sums; then one with a kink, so that signs matter.
        score = _linear(weight) if place % 2 == 0 else _kinked(weight)
        image = torch.randint(0, 9, shape, generator=random).float()
        if place > 1:  # the first are whole, so that what came and what was due can be read
            image = image * torch.randn(shape, generator=random)
        inputs = {"image": image, "size": torch.tensor(size)}
        signature = "occlusion(score, image, size)"
        result = call(_with_score(answer, score), signature, inputs)
        due = _drops(score, image, size)
        mistakes: dict[str, Tensor | None] = {
            "The sign is turned round: a drop is the score of the whole image minus that of the "
            "covered one.": -due,
            "That is the score of the covered image; subtract it from that of the whole.": (
                score(image) - due
            ),
            "The squares were never taken away again: each needs a fresh copy of the image.": (
                _piling_up(score, image, size)
            ),
            "The square begins at the pixel; it was to be centred on it.": _drops(
                score, image, size, before=0
            ),
            "Near the border nothing was covered: a slice that starts below 0 counts from the "
            "end. Hold it at 0.": _drops(score, image, size, hold=False),
            "That covers everything but the square.": _drops(score, image, size, outside=True),
            "The square is set to 1; it was to be 0.": _drops(score, image, size, fill=1.0),
        }
        given = f"{described(inputs)} and a score"
        compare(result, due, given, mistakes)
    return f"It is right for {len(settings)} images and scores, borders included."


@exercise("looking_inside.grad_cam")
def check_grad_cam(answer: Any) -> str:
    """A function grad_cam(maps, gradient): Grad-CAM's map."""
    random = torch.Generator().manual_seed(0)
    shapes = [(3, 2, 3), (2, 2, 2), (1, 3, 4), (5, 4, 4), (4, 5, 3), (32, 7, 7), (3, 1, 1)]
    for number, shape in enumerate(shapes):
        maps = torch.randn(shape, generator=random)
        if number % 2:  # behind a ReLU
            maps = maps.relu() + 0.1
        gradient = torch.randn(shape, generator=random)
        inputs = {"maps": maps, "gradient": gradient}
        result = call(answer, "grad_cam(maps, gradient)", inputs)
        weights = gradient.mean(dim=(1, 2), keepdim=True)
        signed = (weights * maps).sum(dim=0)
        mistakes: dict[str, Tensor | None] = {
            "What is negative has to become 0: the ReLU is missing.": signed,
            "The gradient was multiplied place by place; each map has one weight, the mean.": (
                (gradient * maps).sum(dim=0).relu()
            ),
            "The ReLU comes after the sum: here each map went through it alone.": (
                (weights * maps).relu().sum(dim=0)
            ),
            "The weight is the mean of the gradient over the places, not its sum.": (
                gradient.sum(dim=(1, 2), keepdim=True) * maps
            )
            .sum(dim=0)
            .relu(),
            "The maps are added, not averaged.": signed.relu() / len(maps),
            "That is the weight of each map; multiply the maps by it and add.": weights.flatten(),
            "The maps still have to be added: (H, W).": (weights * maps).relu(),
            "The weights are used without their signs.": (weights.abs() * maps).sum(dim=0),
        }
        compare(result, signed.relu(), described(inputs), mistakes)
    return f"It is right for {len(shapes)} sets of maps, one of single places included."


def _places(maps: Tensor) -> Tensor:
    places = maps.transpose(0, 1).flatten(1).argmax(dim=1)
    rest = _rest(places, maps)
    image = places // (maps.shape[2] * maps.shape[3])
    return torch.stack([image, rest // maps.shape[3], rest % maps.shape[3]], dim=1)


def _rest(places: Tensor, maps: Tensor) -> Tensor:
    return places % (maps.shape[2] * maps.shape[3])


def _linear(weight: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda image: (weight * image).sum()


def _kinked(weight: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda image: F.relu(weight * image).sum() + (weight * image).sum().abs()


def _drops(
    score: Callable[[Tensor], Tensor],
    image: Tensor,
    size: int,
    *,
    before: int | None = None,
    hold: bool = True,
    outside: bool = False,
    fill: float = 0.0,
) -> Tensor:
    before = size // 2 if before is None else before
    drops = torch.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            top, left = row - before, column - before
            if hold:
                top, left = max(top, 0), max(left, 0)
            square = slice(top, row - before + size), slice(left, column - before + size)
            covered = torch.full_like(image, fill) if outside else image.clone()
            covered[square] = image[square] if outside else fill
            drops[row, column] = score(image) - score(covered)
    return drops


def _piling_up(score: Callable[[Tensor], Tensor], image: Tensor, size: int) -> Tensor:
    covered, drops = image.clone(), torch.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            top, left = max(row - size // 2, 0), max(column - size // 2, 0)
            covered[top : row + size // 2 + 1, left : column + size // 2 + 1] = 0
            drops[row, column] = score(image) - score(covered)
    return drops


def _with_score(answer: Any, score: Callable[[Tensor], Tensor]) -> Any:
    """The function, given a score first and a plain integer last; anything else as it is."""

    def with_score(image: Tensor, size: int) -> Any:
        return answer(score, image, size)

    return around(answer, with_score)
