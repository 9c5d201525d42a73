"""Answers to the exercises on generation: right ones pass, wrong ones are explained."""

from math import log, log10, sqrt
from typing import Any

from tests.exercises.answers import *  # noqa: F403


def share_as(probabilities: Any, labels: Any, sure: Any) -> Any:
    top, classes = probabilities.max(dim=1)
    return ((top >= sure) & (classes == labels)).double().mean()


def of_the_recognised(probabilities: Any, labels: Any, sure: Any) -> Any:
    top, classes = probabilities.max(dim=1)
    return (classes == labels)[top >= sure].double().mean()


def straight(left: Any, right: Any, share: Any) -> Any:
    return (1 - share) * left + share * right


def between(left: Any, right: Any, share: Any) -> Any:
    return straight(left, right, share) / ((1 - share) ** 2 + share**2) ** 0.5


def unit(left: Any, right: Any, share: Any) -> Any:
    mixture = straight(left, right, share)
    return mixture / mixture.norm()


def frechet(m: Any, s: Any, n: Any, t: Any) -> Any:
    return (m - n) ** 2 + s**2 + t**2 - 2 * s * t


SOLUTIONS: dict[str, Any] = {
    "generation.no_opinion": 2 * log(2),
    "generation.share_as": share_as,
    "generation.between": between,
    "generation.frechet": frechet,
}
WRONG: list[tuple[str, Any, str]] = [
    ("generation.no_opinion", log(2), "the other one counts"),
    ("generation.no_opinion", 2 * log10(2), "base 10"),
    ("generation.no_opinion", 1.0, "their logarithms"),
    ("generation.no_opinion", -2 * log(2), "wrong sign"),
    ("generation.no_opinion", 0, "one half"),
    ("generation.no_opinion", 7.0, "both parts"),
    ("generation.no_opinion", [1.0, 2.0], "One number"),
    ("generation.share_as", lambda p, y, s: (p.amax(1) >= s).double().mean(), "as anything"),
    ("generation.share_as", lambda p, y, s: (p.argmax(1) == y).double().mean(), "how sure"),
    ("generation.share_as", of_the_recognised, "Divide by all"),
    ("generation.share_as", lambda p, y, s: share_as(p, y, s) * len(p), "how many"),
    ("generation.share_as", lambda p, y, s: share_as(p, y, s + 1e-6), "exactly"),
    ("generation.share_as", 0.9, "has to be a function"),
    ("generation.between", straight, "straight way"),
    ("generation.between", lambda a, b, t: between(b, a, t), "left end"),
    ("generation.between", unit, "about 4"),
    (
        "generation.between",
        lambda a, b, t: straight(a, b, t) / ((1 - t) ** 2 + t**2),
        "by its root",
    ),
    ("generation.frechet", lambda m, s, n, t: (m - n) ** 2, "means alone"),
    ("generation.frechet", lambda m, s, n, t: (m - n) ** 2 + s**2 + t**2 - s * t, "twice"),
    ("generation.frechet", lambda m, s, n, t: (m - n) ** 2 + s**2 + t**2, "taken off"),
    ("generation.frechet", lambda m, s, n, t: sqrt(frechet(m, s, n, t)), "the root"),
    (
        "generation.frechet",
        lambda m, s, n, t: (m - n) ** 2 + s + t - 2 * (s * t) ** 0.5,
        "squares of the deviations",
    ),
]
