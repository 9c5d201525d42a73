"""Checks for the page "Is there a lesion in this slice?"."""

import math
from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise


@exercise("medical.auc")
def check_auc(answer: Any) -> str:
    """A function auc(scores, lesion): the share of pairs in the right order, ties counted half."""
    generator = torch.Generator().manual_seed(0)
    cases = [
        (torch.tensor([0.9, 0.2, 0.4]), torch.tensor([True, False, False])),
        (torch.tensor([0.5, 0.5, 0.5, 0.5]), torch.tensor([True, True, False, False])),
    ]
    for count in (5, 12, 20):
        scores = torch.randint(0, 6, (count,), generator=generator) / 10
        lesion = torch.arange(count) % 3 == 0
        cases.append((scores, lesion))
    # Scores may be any numbers, and close to each other.
    cases.append((torch.tensor([2.0, 3, -1, -2]), torch.tensor([False, True, True, False])))
    close = torch.tensor([0.41, 0.44, 0.42, 0.39, 0.43, 0.42])
    cases.append((close, torch.tensor([True, False, True, False, True, False])))
    cases.append((torch.randn(60, generator=generator), torch.arange(60) % 3 == 0))
    for scores, lesion in cases:
        inputs = {"scores": scores, "lesion": lesion}
        due = _auc(scores, lesion, 0.5)
        compare(
            call(answer, "auc(scores, lesion)", inputs),
            due,
            described(inputs),
            {
                "Pairs with equal scores count one half, not nothing.": _auc(scores, lesion, 0.0),
                "Pairs with equal scores count one half, not a whole.": _auc(scores, lesion, 1.0),
                "That is the share of pairs in the wrong order: the lesion's score comes first.": (
                    1 - due
                ),
                "Divide by the number of pairs, one of each kind: not by all views squared.": (
                    due * lesion.sum() * (~lesion).sum() / len(lesion) ** 2
                ),
            },
        )
    return f"It agrees for {len(cases)} sets of views; where all scores are equal it is one half."


def _auc(scores: Tensor, lesion: Tensor, tie: float) -> Tensor:
    difference = scores[lesion][:, None] - scores[~lesion]
    return ((difference > 0).double() + tie * (difference == 0).double()).mean()


@exercise("medical.after_two")
def check_after_two(answer: Any) -> str:
    """A function after_two(sensitivity, specificity, prevalence): the value after two alarms."""
    settings = [(0.8, 0.95, 0.1), (0.9, 0.8, 0.005), (0.6, 0.6, 0.5), (1.0, 0.9, 0.01)]
    settings.append((0.9, 1.0, 0.1))
    for setting in settings:
        names = ("sensitivity", "specificity", "prevalence")
        inputs = dict(zip(names, torch.tensor(setting, dtype=torch.float64), strict=True))
        sensitivity, specificity, prevalence = setting
        once = _value(sensitivity, specificity, prevalence)
        compare(
            call(answer, "after_two(sensitivity, specificity, prevalence)", inputs),
            _value(sensitivity, specificity, once),
            described(inputs),
            {
                "That is the value after one alarm.": once,
                "Chances of being right do not multiply: each alarm makes a lesion likelier.": (
                    once**2
                ),
                "That is the chance that one of two alarms is right. Both readings are of one "
                "patient: begin the second with what is believed after the first.": (
                    1 - (1 - once) ** 2
                ),
                "That is how often both alarms come when there is a lesion; a healthy patient can "
                "have two alarms as well.": sensitivity**2,
            },
        )
    return (
        f"It is right for {len(settings)} settings. Two alarms raise 0.5 % to "
        f"{100 * _value(0.9, 0.8, _value(0.9, 0.8, 0.005)):.0f} %."
    )


def _value(sensitivity: float, specificity: float, prevalence: float) -> float:
    alarms = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
    return prevalence * sensitivity / alarms


@exercise("medical.threshold_for_specificity")
def check_threshold_for_specificity(answer: Any) -> str:
    """A function threshold_for_specificity(scores, lesion, specificity)."""
    generator = torch.Generator().manual_seed(1)
    settings = [(10, 0.5), (10, 0.75), (25, 0.9), (40, 0.85), (7, 1.0), (30, 0.05)]
    cases = []
    for count, specificity in settings:
        scores = torch.randperm(3 * count, generator=generator)[:count] / 10
        cases.append((scores, torch.arange(count) % 4 == 1, specificity))
    # Ten healthy views, scores below zero, some of them equal.
    tied = torch.tensor([-3.0, -1, -2, -1, -2.5, 0.5, -0.5, -4, 1, -1, 2, -1.5])
    cases += [(tied, torch.arange(12) > 9, each) for each in (0.9, 0.5, 0.7, 0.0)]
    for scores, lesion, specificity in cases:
        inputs = {
            "scores": scores,
            "lesion": lesion,
            "specificity": torch.tensor(specificity, dtype=torch.float64),
        }
        healthy = scores[~lesion].sort().values
        place = max(math.ceil(specificity * len(healthy) - 1e-6), 1)
        with_lesion = scores[lesion].sort(descending=True).values
        compare(
            call(answer, "threshold_for_specificity(scores, lesion, specificity)", inputs),
            healthy[place - 1],
            described(inputs),
            {
                "That is a threshold for a wanted sensitivity: it looks at the lesions.": (
                    with_lesion[max(math.ceil(specificity * len(with_lesion) - 1e-6), 1) - 1]
                ),
                "That counts from the wrong end: the highest healthy scores raise the alarms.": (
                    healthy.flip(0)[place - 1]
                ),
                "That is one place too high: an alarm needs a score above the threshold.": (
                    healthy[min(place, len(healthy) - 1)]
                ),
                "It has to be counted among the healthy views, not among all.": (
                    scores.sort().values[max(math.ceil(specificity * len(scores) - 1e-6), 1) - 1]
                ),
                "That leaves fewer alone than were asked for: at least that share, so round up.": (
                    healthy[max(math.floor(specificity * len(healthy) + 1e-6), 1) - 1]
                ),
            },
        )
    return f"It is right for {len(cases)} sets of views, all of them left alone included."
