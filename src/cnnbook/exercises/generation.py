"""Checks for the page "Can a network draw digits?"."""

import math
from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise
from .by_hand import ByHand

# The discriminator's loss when it scores every picture 0.
ByHand(
    "generation.no_opinion",
    right=2 * math.log(2),
    praise="log 2 for the real pictures and log 2 for the drawn ones are 1.386.",
    mistakes={
        "is the loss on one kind of picture; the other one counts as well.": math.log(2),
        "has the logarithm to base 10; the natural one is meant.": 2 * math.log10(2),
        "has the logarithm to base 2; the natural one is meant.": 2,
        "takes the probabilities themselves; their logarithms are added.": 1,
        "has the wrong sign: log of a half is negative, and the loss is minus that.": (
            -2 * math.log(2)
        ),
        "would be the loss of a discriminator that is always right and certain. A score of 0 "
        "is a probability of one half.": 0,
    },
    otherwise="is not it. A score of 0 is a probability of one half; put it into both parts of "
    "the loss.",
    within=(0.005, 0),
)


@exercise("generation.share_as")
def check_share_as(answer: Any) -> str:
    """A function share_as(probabilities, labels, sure): recognised as what was asked for."""
    random = torch.Generator().manual_seed(0)
    cases = []
    for count, sure in ((4, 0.9), (50, 0.5), (200, 0.7), (200, 0.9)):
        logits = 4 * torch.randn(count, 10, generator=random)
        labels = logits.argmax(dim=1)
        others = torch.randint(10, (count,), generator=random)
        changed = torch.rand(count, generator=random) < 0.4
        cases.append((logits.softmax(dim=1), torch.where(changed, others, labels), sure))
    cases.append((torch.tensor([[0.75, 0.25], [0.25, 0.75]]), torch.tensor([0, 0]), 0.75))
    # Sure enough, and below a half.
    below = torch.tensor([[0.4, 0.35, 0.25], [0.2, 0.3, 0.5]])
    cases += [(below, torch.tensor([0, 2]), 0.3), (below[:1], torch.tensor([0]), 0.5)]
    # Sure enough of what was asked for, and surer of something else.
    cases.append((torch.tensor([[0.45, 0.55], [0.9, 0.1]]), torch.tensor([0, 0]), 0.4))
    for probabilities, labels, sure in cases:
        inputs = {
            "probabilities": probabilities,
            "labels": labels,
            "sure": torch.tensor(sure).double(),
        }
        result = call(answer, "share_as(probabilities, labels, sure)", inputs)
        top, classes = probabilities.max(dim=1)
        sure_enough, right = top >= sure, classes == labels
        both = sure_enough & right
        compare(
            result,
            _share(both),
            described(inputs),
            {
                "What was asked for has to be the classifier's favourite, too.": _share(
                    probabilities[torch.arange(len(labels)), labels] >= sure
                ),
                "That counts the digits that are recognised as anything. They have to be what was "
                "asked for, too.": _share(sure_enough),
                "That leaves out how sure the classifier is.": _share(right),
                "Divide by all pictures, not by those that are recognised.": (
                    both.sum() / sure_enough.sum()
                ),
                "That is how many; the share was asked for.": both.sum(),
                "A probability of exactly sure is enough.": _share((top > sure) & right),
            },
        )
    return f"It agrees on {len(cases)} sets of pictures, one on the edge included."


@exercise("generation.between")
def check_between(answer: Any) -> str:
    """A function between(left, right, share): a point on the way, as long as a drawn one."""
    random = torch.Generator().manual_seed(0)
    left, right = torch.randn(2, 16, generator=random).double()
    cases = [(left, right, share) for share in (0.3, 0.0, 1.0, 0.5, 0.8)]
    cases.append((torch.tensor([3.0, 4.0]).double(), torch.tensor([1.0, 0.0]).double(), 0.25))
    for start, end, share in cases:
        inputs = {"left": start, "right": end, "share": torch.tensor(share).double()}
        result = call(answer, "between(left, right, share)", inputs)
        straight = (1 - share) * start + share * end
        length = math.sqrt((1 - share) ** 2 + share**2)
        backwards = share * start + (1 - share) * end
        compare(
            result,
            straight / length,
            described(inputs),
            {
                "That is the straight way. In its middle the numbers have a variance of 1/2 only: "
                "divide by the root of (1 - share)² + share².": straight,
                "Share 0 is the left end, share 1 the right one.": backwards / length,
                "Dividing by the length of the mixture puts every point at distance 1 from zero; "
                "16 random numbers are about 4 away from it.": straight / straight.norm(),
                "That divides by the variance; divide by its root.": straight / length**2,
                "That multiplies by the deviation; divide by it.": straight * length,
            },
        )
    return f"It is right at {len(cases)} places, both ends included."


@exercise("generation.frechet")
def check_frechet(answer: Any) -> str:
    """A function frechet(mean, deviation, other_mean, other_deviation), in one dimension."""
    names = ("mean", "deviation", "other_mean", "other_deviation")
    settings = [(3.5, 0.5, -1.25, 2.25), (1.0, 2.0, 4.0, 3.0), (0.0, 1.0, 0.0, 1.0)]
    settings += [(5.0, 0.5, 5.0, 2.5), (0.0, 1.0, 2.0, 0.0), (2.0, 0.0, 5.0, 0.0)]
    for values in settings:
        m, s, n, t = (float(value) for value in values)
        inputs = {
            name: torch.tensor(float(value), dtype=torch.float64)
            for name, value in zip(names, values, strict=True)
        }
        result = call(answer, "frechet(mean, deviation, other_mean, other_deviation)", inputs)
        compare(
            result,
            (m - n) ** 2 + (s - t) ** 2,
            described(inputs),
            {
                "The means alone do not tell a narrow cloud from a wide one.": (m - n) ** 2,
                "The root of the product of the variances is the product of the deviations, and it "
                "is taken off twice.": (m - n) ** 2 + s**2 + t**2 - s * t,
                "The variances are added and something is taken off: two equal clouds have "
                "distance 0.": (m - n) ** 2 + s**2 + t**2,
                "Put the squares of the deviations where the formula has covariances.": (
                    (m - n) ** 2 + s + t - 2 * math.sqrt(s * t)
                ),
                "That is the root; the formula gives the square of the distance.": math.sqrt(
                    (m - n) ** 2 + (s - t) ** 2
                ),
                "Square the difference of the means.": abs(m - n) + (s - t) ** 2,
            },
        )
    return "In one dimension it is (difference of means)² + (difference of deviations)²."


def _share(chosen: Tensor) -> Tensor:
    return chosen.double().mean()
