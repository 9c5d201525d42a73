"""Answers to the exercises on the notes' results: right ones pass, wrong ones are explained."""

import itertools
from math import sqrt
from statistics import mean, pvariance, stdev, variance
from typing import Any

from tests.exercises.answers import *  # noqa: F403


def mlp_parameters(widths: list[int]) -> int:
    return sum((a + 1) * b for a, b in itertools.pairwise(widths))


def standard_error(accuracy: float, images: int) -> float:
    return 100 * sqrt(accuracy * (1 - accuracy) / images)


def welch(a: list[float], b: list[float]) -> float:
    return (mean(a) - mean(b)) / sqrt(variance(a) / len(a) + variance(b) / len(b))


SOLUTIONS: dict[str, Any] = {
    "five_networks.mlp_parameters": mlp_parameters,
    "five_networks.standard_error": standard_error,
    "five_networks.welch": welch,
    "five_networks.hidden_units": 56,
}
WRONG: list[tuple[str, Any, str]] = [
    (
        "five_networks.mlp_parameters",
        lambda w: sum(a * b for a, b in itertools.pairwise(w)),
        "the weights alone",
    ),
    ("five_networks.mlp_parameters", lambda w: mlp_parameters(w) + w[0], "inputs have no biases"),
    (
        "five_networks.mlp_parameters",
        lambda w: mlp_parameters(w) - sum(w[1:]) + len(w) - 1,
        "not one for the layer",
    ),
    ("five_networks.mlp_parameters", 101_770, "has to be a function"),
    ("five_networks.standard_error", lambda p, n: standard_error(p, n) / 100, "a fraction"),
    ("five_networks.standard_error", lambda p, n: 100 * sqrt(p * (1 - p)) / n, "before the root"),
    ("five_networks.standard_error", lambda p, n: 100 * sqrt(p * (1 - p)), "single answer"),
    ("five_networks.standard_error", lambda p, n: 100 * p * (1 - p) / n, "the variance"),
    ("five_networks.standard_error", lambda p, n: 100 * sqrt(p / n), "not p."),
    ("five_networks.welch", lambda a, b: welch(b, a), "a minus b"),
    (
        "five_networks.welch",
        lambda a, b: (mean(a) - mean(b)) / sqrt(pvariance(a) / len(a) + pvariance(b) / len(b)),
        "minus one",
    ),
    (
        "five_networks.welch",
        lambda a, b: (mean(a) - mean(b)) / sqrt(variance(a) + variance(b)),
        "scatters less",
    ),
    (
        "five_networks.welch",
        lambda a, b: (mean(a) - mean(b)) / (stdev(a) / sqrt(len(a)) + stdev(b) / sqrt(len(b))),
        "not the deviations",
    ),
    ("five_networks.welch", lambda a, b: mean(a) - mean(b), "divide it"),
    ("five_networks.hidden_units", 57, "leaves the weights"),
    ("five_networks.hidden_units", 55, "691 too few"),
    ("five_networks.hidden_units", 44_416 / 795, "not whole"),
    ("five_networks.hidden_units", 44_426, "not of hidden units"),
    ("five_networks.hidden_units", 128, "is not it"),
    ("five_networks.hidden_units", [1, 2], "One number"),
]
