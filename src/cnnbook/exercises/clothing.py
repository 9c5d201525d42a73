"""Checks for the page "What is this piece of clothing?"."""

from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise
from .by_hand import ROUNDED, ByHand

# Precision and recall of the third class.
ByHand(
    "clothing.by_hand",
    right=[5 / 8, 5 / 10],
    praise="5 of the 8 that were called so, and 5 of the 10 that there are.",
    asked="Two numbers were asked for, precision and recall, not {count}.",
    labels=("Precision", "Recall"),
    mistakes={
        "They are the other way round: precision looks down the column of answers.": (
            [5 / 10, 5 / 8]
        ),
        "Those are of the first class.": [7 / 11, 7 / 10],
        "Those are of the second class.": [9 / 11, 9 / 10],
        "Those are shares of all 30 images; divide by the column and by the row.": (
            [5 / 30, 5 / 30]
        ),
        "Those are the shares that are wrong.": [3 / 8, 5 / 10],
    },
    otherwise="is not it. Divide the number on the diagonal by the sum of its column, and by "
    "the sum of its row.",
    within=ROUNDED,
    share=True,
)


@exercise("clothing.calibration_error")
def check_calibration_error(answer: Any) -> str:
    """A function calibration_error(confidence, right, bins): expected calibration error."""
    generator = torch.Generator().manual_seed(0)
    settings = [(40, 10), (200, 5), (12, 15), (60, 1), (300, 20)]
    for count, bins in settings:
        confidence = 0.15 + 0.84 * torch.rand(count, generator=generator)
        right = (torch.rand(count, generator=generator) < confidence**2).float()
        if bins == 10:  # softmax in single precision may be 1
            confidence[:4], right[:4] = (
                torch.tensor([1.0, 1, 0.95, 0.96]),
                torch.tensor([0.0, 0, 1, 1]),
            )
        inputs = {"confidence": confidence, "right": right, "bins": torch.tensor(bins)}
        result = call(answer, "calibration_error(confidence, right, bins)", inputs)
        gaps, weights = _gaps(confidence, right, bins)
        compare(
            result,
            (gaps.abs() * weights).sum(),
            described(inputs),
            {
                "Weight each bin by its share of the answers: a full bin counts for more.": (
                    gaps.abs().mean()
                ),
                "Take the distance in each bin before adding up: modest and boastful bins must "
                "not cancel.": (gaps * weights).sum(),
                "The distance has no sign, and what was added up has the wrong one.": (
                    -(gaps * weights).sum()
                ),
                "That is the largest distance; the mean was asked for.": gaps.abs().max(),
                "Distances are not squared here.": (gaps**2 * weights).sum(),
                "Divide by the number of answers.": (gaps.abs() * weights).sum() * count,
            },
        )
    return f"It is right for {len(settings)} networks, those with empty bins included."


@exercise("clothing.coverage")
def check_coverage(answer: Any) -> str:
    """A function coverage(confidence, right, accuracy): the largest share that can be answered."""
    generator = torch.Generator().manual_seed(1)
    # Of each a power of two is a multiple: a share that is exactly as large is so in any precision.
    settings = [(60, 29 / 32), (200, 13 / 16), (25, 1.0), (40, 5 / 16), (100, 0.75), (2, 15 / 16)]
    for count, accuracy in settings:
        confidence = torch.randperm(count, generator=generator).double() / count
        right = (torch.rand(count, generator=generator) < 0.3 + 0.65 * confidence).double()
        if accuracy == 1.0:
            right[confidence.argmax()] = 0  # nothing is good enough
        elif count == 2:  # the surest alone
            right = (confidence == confidence.max()).double()
        elif accuracy > 0.5:
            # The surest but two is wrong: the share falls below, and comes back.
            right[confidence.argsort(descending=True)[:8]] = torch.tensor(
                [1, 1, 0, 1, 1, 1, 1, 1], dtype=torch.float64
            )
        inputs = {
            "confidence": confidence,
            "right": right,
            "accuracy": torch.tensor(accuracy, dtype=torch.float64),
        }
        result = call(answer, "coverage(confidence, right, accuracy)", inputs)
        running = _running(confidence, right, descending=True)
        enough = (running >= accuracy).nonzero().flatten() + 1
        below = (running < accuracy).nonzero().flatten()
        first = int(below[0]) if len(below) else count
        weakest = (_running(confidence, right, descending=False) >= accuracy).nonzero().flatten()
        compare(
            result,
            int(enough.max()) / count if len(enough) else 0,
            described(inputs),
            {
                "It may fall below and come back: go on to the end of the list.": first / count,
                "That is a number of pictures; a share was asked for.": int(enough.max())
                if len(enough)
                else 0,
                "Begin with the surest, not with the least sure.": (int(weakest.max()) + 1) / count
                if len(weakest)
                else None,
                "That counts probabilities above the accuracy. It is the share of right answers "
                "that has to reach it.": (confidence >= accuracy).double().mean(),
            },
        )
    return f"It is right for {len(settings)} lists, one in which nothing is good enough included."


def _gaps(confidence: Tensor, right: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    """Of each bin that holds answers, what was said minus what was kept, and its share."""
    place = (confidence * bins).long().clamp(max=bins - 1)
    rows = [place == number for number in sorted(set(place.tolist()))]
    gaps = torch.stack([confidence[row].mean() - right[row].mean() for row in rows])
    return gaps, torch.stack([row.double().mean() for row in rows])


def _running(confidence: Tensor, right: Tensor, *, descending: bool) -> Tensor:
    order = confidence.argsort(descending=descending)
    return right[order].cumsum(0) / torch.arange(1, len(order) + 1)
