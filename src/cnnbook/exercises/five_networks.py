"""Checks for the chapter "Do the notes' results hold?"."""

import itertools
from math import sqrt
from typing import Any

import torch

from ._answers import described
from ._kit import call, compare, exercise
from .by_hand import ByHand
from .cases import with_lists

_SETTINGS = [(0.9, 400), (1.0, 50), (0.9894, 10_000), (0.5, 100), (0.75, 1200), (0.99, 60_000)]
_SAMPLES = [
    ([98.9, 99.0, 99.1], [98.0, 98.2, 98.1]),
    ([90.0, 92.0, 91.0, 91.5], [91.0, 90.5, 92.0]),
    ([1.0, 3.0], [2.0, 7.0, 6.0, 4.0]),
    ([1.01, 1.05, 0.97, 1.02, 0.95], [0.98, 1.0, 1.03, 0.9, 1.04]),
]


@exercise("five_networks.mlp_parameters")
def check_mlp_parameters(answer: Any) -> str:
    """A function mlp_parameters(widths): weights and biases of fully connected layers in a row."""
    networks = [[12, 5, 4, 3], [784, 128, 10], [784, 56, 10], [784, 271, 10], [784, 10]]
    networks += [[10, 7, 7, 7, 3], [5, 3, 5, 2, 9]]
    for widths in networks:
        inputs = {"widths": torch.tensor(widths)}
        result = call(with_lists(answer), "mlp_parameters(widths)", inputs)
        pairs = list(itertools.pairwise(widths))
        weights, biases = sum(a * b for a, b in pairs), sum(b for _, b in pairs)
        compare(
            result,
            weights + biases,
            described(inputs),
            {
                "These are the weights alone; each unit has a bias as well.": weights,
                "The inputs have no biases; units have.": weights + sum(widths),
                "A layer has one bias for each of its units, not one for the layer.": (
                    weights + len(pairs)
                ),
                "Only neighbouring layers are connected.": widths[0] * sum(widths[1:]) + biases,
            },
        )
    return f"It counts {len(networks)} networks, the notes' 784-128-10 with 101,770 among them."


@exercise("five_networks.standard_error")
def check_standard_error(answer: Any) -> str:
    """A function standard_error(accuracy, images), in percentage points."""
    for accuracy, images in _SETTINGS:
        inputs = {
            "accuracy": torch.tensor(accuracy).double(),
            "images": torch.tensor(images),
        }
        result = call(with_lists(answer), "standard_error(accuracy, images)", inputs)
        variance = accuracy * (1 - accuracy)
        compare(
            result,
            100 * sqrt(variance / images),
            described(inputs),
            {
                "That is a fraction; percentage points were asked for.": sqrt(variance / images),
                "The variance has to be divided by the number of images before the root.": (
                    100 * sqrt(variance) / images
                ),
                "That is the deviation of a single answer: right or wrong.": 100 * sqrt(variance),
                "That is the variance; the deviation is its square root.": 100 * variance / images,
                "The variance of one answer is p(1 - p), not p.": 100 * sqrt(accuracy / images),
            },
        )
    return "98.94 % of 10,000 images is uncertain by 0.10 points, and every other setting fits."


@exercise("five_networks.welch")
def check_welch(answer: Any) -> str:
    """A function welch(a, b): the difference of two means in units of its standard error."""
    for a, b in _SAMPLES:
        inputs = {"a": torch.tensor(a).double(), "b": torch.tensor(b).double()}
        result = call(with_lists(answer), "welch(a, b)", inputs)
        left, right = inputs["a"], inputs["b"]
        gap = left.mean() - right.mean()
        scatter = left.var() / len(a) + right.var() / len(b)
        biased = left.var(correction=0) / len(a) + right.var(correction=0) / len(b)
        compare(
            result,
            gap / scatter.sqrt(),
            described(inputs),
            {
                "The sign says which is larger: a minus b.": -gap / scatter.sqrt(),
                "The variance of a sample is divided by its number minus one.": gap / biased.sqrt(),
                "That divides by the spread of single runs; a mean of n runs scatters less.": (
                    gap / (left.var() + right.var()).sqrt()
                ),
                "The variances add up, not the deviations.": (
                    gap / (left.std() / sqrt(len(a)) + right.std() / sqrt(len(b)))
                ),
                "That is the difference; divide it by its standard error.": gap,
                "Take the square root of the variance.": gap / scatter,
            },
        )
    return f"It compares {len(_SAMPLES)} pairs of samples, some with different numbers of runs."


# Hidden units of an MLP 784-h-10 with as many parameters as note 000's network.
ByHand(
    "five_networks.hidden_units",
    right=56,
    praise="(44,426 - 10) / (784 + 1 + 10) is 55.9, and 56 units have 44,530 parameters.",
    mistakes={
        "57 leaves the weights to the outputs out: a hidden unit has 784 + 1 + 10 parameters.": 57,
        "55 has 43,735 parameters, 691 too few; with one unit more there are 104 too many.": 55,
        "is not whole: take the number of units that comes nearest.": 44_416 / 795,
        "is the number of weights, not of hidden units.": 44_426,
    },
    otherwise="is not it. A hidden unit has 784 weights, a bias, and 10 weights to the "
    "outputs, which have 10 biases; the network of note 000 has 44,426 parameters.",
    within=(5e-7, 0),
    near=(0.02, 0),
)
