"""Checks for the page "Which pixel belongs to which digit?"."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ._answers import described
from ._kit import call, compare, exercise, made_of
from .by_hand import ByHand

TRUE = torch.zeros(4, 5, dtype=torch.int64)
TRUE[1:3, 1:3] = 1
PREDICTED = torch.zeros(4, 5, dtype=torch.int64)
PREDICTED[1:3, 2:5] = 1


# The intersection over union of class 1 in the page's two small maps.
ByHand(
    "segmentation.by_hand",
    right=2 / 8,
    praise="Two pixels are in both maps, eight in one of them or both.",
    mistakes={
        "is the Dice coefficient. The union counts the shared pixels once.": 4 / 10,
        "is the share of predicted pixels that are right, the precision.": 2 / 6,
        "is the share of true pixels that are found, the recall.": 2 / 4,
        "is the share of all pixels that are right, the accuracy.": 14 / 20,
        "counts the two shared pixels twice in the union.": 2 / 10,
        "is the intersection; it has to be divided by the union.": 2,
    },
    otherwise="is not it. Count the pixels that are 1 in both maps, then those that are 1 in "
    "at least one of them.",
    within=(1e-3, 0),
    share=True,
)


@exercise("segmentation.mean_iou")
def check_mean_iou(answer: Any) -> str:
    """A function mean_iou(predicted, true): the mean over the classes that one of them holds."""
    settings = [(2, 5, 1), (3, 4, 2), (4, 5, 3), (5, 6, 4)]
    pairs = [
        (_random_map(classes, side, seed), _random_map(classes, side, seed + 50))
        for classes, side, seed in settings
    ]
    pairs.append((torch.tensor([[0, 0]]), torch.tensor([[0, 1]])))  # class 1 was missed altogether
    pairs.append((torch.tensor([[0, 0], [3, 3]]), torch.tensor([[0, 0], [0, 3]])))  # no 1, no 2
    pairs.append((torch.tensor([[5, 5], [0, 0]]), torch.tensor([[0, 0], [0, 0]])))  # found by error
    more = torch.tensor([[0, 10], [10, 20], [3, 20]]), torch.tensor([[0, 10], [9, 20], [3, 10]])
    pairs += [more, (torch.full((3, 2), 4), torch.full((3, 2), 4))]
    for predicted, true in pairs:
        inputs = {"predicted": predicted, "true": true}
        result = call(answer, "mean_iou(predicted, true)", inputs)
        ious, dices, recalls = _measures(predicted, true)
        there = sorted({*predicted.flatten().tolist(), *true.flatten().tolist()})
        found = [place for place, number in enumerate(there) if (predicted == number).any()]
        own = [place for place, number in enumerate(there) if (true == number).any()]
        last = int(torch.maximum(predicted, true).max()) + 1
        compare(
            result,
            sum(ious) / len(ious),
            described(inputs),
            {
                "A class that was missed altogether counts, too: with 0.": (
                    sum(ious[place] for place in found) / len(found)
                ),
                "A class that was found where there is none counts, too: with 0.": (
                    sum(ious[place] for place in own) / len(own)
                ),
                "Classes that neither map holds have no overlap, good or bad; divide by the "
                "number of those that one of them holds.": sum(ious) / 11 if last < 12 else None,
                "A class that neither map holds has no overlap, good or bad; leave it out.": (
                    sum(ious) / last
                ),
                "That is the mean of the Dice coefficients.": sum(dices) / len(dices),
                "That is the mean share of each class that was found. A pixel that is predicted "
                "wrongly has to count against the class that it was given, too.": (
                    sum(recalls) / len(recalls)
                ),
                "That is the share of pixels that are right.": (predicted == true).double().mean(),
                "Class 0 is a class like the others.": sum(ious[1:]) / max(1, len(ious) - 1),
            },
        )
    return f"It agrees on {len(pairs)} pairs of maps, classes that are missing in both included."


@exercise("segmentation.iou_from_dice")
def check_iou_from_dice(answer: Any) -> str:
    """A function iou_from_dice(dice): the intersection over union that belongs to it."""
    values = (0.0, 0.25, 0.5, 0.8, 0.95, 1.0)
    for value in values:
        inputs = {"dice": torch.tensor(value, dtype=torch.float64)}
        result = call(answer, "iou_from_dice(dice)", inputs)
        compare(
            result,
            value / (2 - value),
            described(inputs),
            {
                "That is the formula from the intersection over union to Dice; turn it round.": (
                    2 * value / (1 + value)
                ),
                "Dice counts the intersection twice above and below, so that halving it is not "
                "enough.": value / 2,
                "The sign is wrong: solve D + D J = 2 J for J.": value / (2 + value),
            },
        )
    return f"It is right for {len(values)} values: a Dice coefficient of 0.8 is an IoU of 0.67."


@exercise("segmentation.outline")
def check_outline(answer: Any) -> str:
    """A function outline(classes): which pixels have a neighbour of another class."""
    maps = [_random_map(2, 5, 7), _random_map(3, 4, 8), torch.zeros(4, 5, dtype=torch.int64)]
    blocks = torch.zeros(8, 9, dtype=torch.int64)
    blocks[2:6, 1:4], blocks[4:8, 4:7] = 4, 10
    maps.append(blocks)
    points = torch.ones(8, 6, dtype=torch.int64)
    points[2, 2], points[5, 5] = 3, 3
    maps += [points, torch.full((4, 3), 2), torch.tensor([[0, 1, 1, 1, 2]])]
    for classes in maps:
        inputs = {"classes": classes}
        result = call(
            made_of(answer, torch.bool, "as a comparison gives it"), "outline(classes)", inputs
        )
        due = _differs(classes, "square", None)
        compare(
            result,
            due,
            described(inputs),
            {
                "Neighbours that touch at a corner count too: there are eight.": _differs(
                    classes, "cross", None
                ),
                "Beyond the border there is nothing, and no other class.": _differs(
                    classes, "square", 0
                ),
                "The ground has outline pixels too, where it touches ink.": due & (classes > 0),
                "That is where it is the same all around; the others were asked for.": ~due,
            },
        )
    return f"It is right for {len(maps)} maps, one of a single class included."


def _random_map(classes: int, side: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(classes, (side, side), generator=generator)


def _measures(predicted: Tensor, true: Tensor) -> tuple[list[float], list[float], list[float]]:
    """IoU, Dice and recall of each class that one of the maps holds."""
    ious, dices, recalls = [], [], []
    for number in sorted({*predicted.flatten().tolist(), *true.flatten().tolist()}):
        own, due = predicted == number, true == number
        both, one, other = (int(each.sum()) for each in (own & due, own, due))
        ious.append(both / (one + other - both))
        dices.append(2 * both / (one + other))
        recalls.append(both / max(1, other))
    return ious, dices, recalls


def _differs(classes: Tensor, shape: str, beyond: int | None) -> Tensor:
    """Which pixels have a neighbour of another class; ``beyond`` is the class past the border."""
    rows, columns = classes.shape
    padded = F.pad(classes, (1, 1, 1, 1), value=-1 if beyond is None else beyond)
    result = torch.zeros_like(classes, dtype=torch.bool)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            if shape == "cross" and i and j:
                continue
            neighbour = padded[1 + i : 1 + i + rows, 1 + j : 1 + j + columns]
            result |= (neighbour != classes) & (neighbour >= 0)
    return result
