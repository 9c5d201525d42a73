"""Functions of whole numbers, judged on many settings before a word is said.

One setting can be answered alike by several mistakes. A mistake is named only if it explains what
the reader's function gives in every setting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ._kit import call, compare, described


@dataclass(frozen=True)
class Case:
    """One setting: what is given, what is due, and what each likely mistake gives."""

    inputs: Mapping[str, int]
    due: float
    mistakes: Mapping[str, float]


def check_cases(answer: Any, signature: str, cases: Sequence[Case]) -> None:
    """Call a reader's function with plain integers in every case and compare.

    Raises:
        Wrong: for the first case that differs, with the mistake that explains all cases.
    """
    results = []
    for case in cases:
        inputs = {name: torch.tensor(value) for name, value in case.inputs.items()}
        results.append(call(with_integers(answer), signature, inputs))
    explained = [
        words
        for words in cases[0].mistakes
        if all(
            result.ndim == 0 and abs(float(result) - case.mistakes[words]) < 1e-4
            for result, case in zip(results, cases, strict=True)
        )
    ]
    for case, result in zip(cases, results, strict=True):
        inputs = {name: torch.tensor(value) for name, value in case.inputs.items()}
        mistakes = {words: torch.tensor(float(case.mistakes[words])) for words in explained}
        compare(result, torch.tensor(float(case.due)), described(inputs), mistakes)


def with_integers(answer: Any, tensors: int = 0) -> Any:
    """The function, given plain integers; its first arguments may stay tensors."""
    if not callable(answer):
        return answer
    return lambda *inputs: answer(*inputs[:tensors], *(int(value) for value in inputs[tensors:]))
