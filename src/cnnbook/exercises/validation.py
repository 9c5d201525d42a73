"""Checks for the parts of the chapter "How is a network trained?" that judge and choose."""

import math
from typing import Any

import torch

from ._answers import described
from ._kit import call, compare, exercise
from .cases import with_lists


@exercise("training.images_needed")
def check_images_needed(answer: Any) -> str:
    """A function images_needed(accuracy, error): images for a standard error of that size."""
    settings = [(0.99, 0.001), (0.9, 0.01), (0.5, 0.05), (0.98, 0.004), (0.3, 0.003)]
    settings.append((0.75, 0.07))
    for accuracy, error in settings:
        inputs = {
            "accuracy": torch.tensor(accuracy, dtype=torch.float64),
            "error": torch.tensor(error, dtype=torch.float64),
        }
        result = call(answer, "images_needed(accuracy, error)", inputs)
        variance = accuracy * (1 - accuracy)
        compare(
            result,
            variance / error**2,
            described(inputs),
            {
                "The error has to be squared: it falls with the root of the number of images.": (
                    variance / error
                ),
                "That is the root of the number: solve sqrt(p (1 - p) / n) for n.": (
                    variance**0.5 / error
                ),
                "The variance of a right or wrong answer is p (1 - p), not p.": (
                    accuracy / error**2
                ),
                "The variance of a right or wrong answer is p (1 - p), not 1 - p.": (
                    (1 - accuracy) / error**2
                ),
                "That is an error for a number of images; the number of images for an error was "
                "asked for.": (variance / error) ** 0.5,
            },
        )
    return (
        f"It is right for {len(settings)} accuracies, 0.99 to 0.1 points (9,900 images) included."
    )


@exercise("training.stopping_epoch")
def check_stopping_epoch(answer: Any) -> str:
    """A function stopping_epoch(losses, patience, least): the last epoch that is trained."""
    cases = [
        # Each likely mistake gives another number for the first of these.
        ([4.0, 3.75, 3.625, 3.375, 3.5, 3.25, 3.5, 3.375, 3.125, 3.0, 2.5], 3, 0.25),
        ([3.0, 2.0, 1.0, 1.5, 1.25, 2.0, 0.5], 3, 0.0),
        ([3.0, 2.0, 1.0, 1.5, 1.25, 1.125, 2.0, 0.5], 4, 0.0),
        ([3.0, 2.0, 1.0, 0.5], 2, 0.0),
        ([1.0, 2.0, 3.0, 4.0], 1, 0.0),
        ([2.0, 1.0, 1.0, 1.0, 1.0], 2, 0.0),
        ([3.0, 2.0, 1.9, 1.8, 1.7, 1.0, 0.5, 0.4], 3, 0.25),
        ([3.0, 2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4], 3, 0.25),
        ([3.0, 2.0, 1.75, 1.75, 1.0, 1.0, 1.0], 2, 0.25),
        ([3000.0, 2000.0, 1500.0, 1200.0], 2, 0.0),
        ([1.0, 0.0, 0.5, 0.4, 0.3], 2, 0.0),
        ([1.0, 0.99995, 0.9999], 1, 0.0),
    ]
    for losses, patience, least in cases:
        inputs = {
            "losses": torch.tensor(losses, dtype=torch.float64),
            "patience": torch.tensor(patience),
            "least": torch.tensor(least, dtype=torch.float64),
        }
        result = call(with_lists(answer), "stopping_epoch(losses, patience, least)", inputs)
        due, best = _stopped(losses, patience, least)
        mistakes = {
            "That is the best epoch, whose weights are taken; the last one that is trained was "
            "asked for.": best,
            "That waits an epoch too long: it is over after as many epochs as patience says.": (
                _stopped(losses, patience + 1, least)[0]
            ),
            "That gives up an epoch too early.": _stopped(losses, max(patience - 1, 1), least)[0],
            "That leaves out least: only an improvement by more than it counts.": (
                _stopped(losses, patience, 0.0)[0]
            ),
            "Compare with the best loss that counted, not with that of the epoch before.": (
                _by_the_last(losses, patience, least)
            ),
            "An improvement by exactly least does not count, nor does an equal loss.": (
                _stopped(losses, patience, least - 1e-9)[0]
            ),
            "Epochs are counted from 1.": due - 1,
        }
        compare(
            result,
            due,
            described(inputs),
            mistakes,
        )
    return f"It ends {len(cases)} trainings where it should, those that never stop included."


def _stopped(losses: list[float], patience: int, least: float) -> tuple[int, int]:
    """The last epoch that is trained, and the best one."""
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best - least:
            best, best_epoch = loss, epoch
        elif epoch - best_epoch >= patience:
            return epoch, best_epoch
    return len(losses), best_epoch


def _by_the_last(losses: list[float], patience: int, least: float) -> int:
    """The last epoch by a rule that compares each loss with the one before."""
    waited = 0
    for epoch in range(2, len(losses) + 1):
        waited = 0 if losses[epoch - 1] < losses[epoch - 2] - least else waited + 1
        if waited >= patience:
            return epoch
    return len(losses)
