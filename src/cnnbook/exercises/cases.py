"""Functions of plain numbers; those of whole ones, judged on many settings before a word is said.

One setting can be answered alike by several mistakes. A mistake is named only if it explains what
the reader's function gives in every setting.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

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
        results.append(call(plain(answer), signature, inputs))
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
        mistakes = {words: case.mistakes[words] for words in explained}
        compare(result, case.due, described(inputs), mistakes)


def plain(function: Any, *, lists: bool = False) -> Any:
    """The function, given plain numbers, and lists for tables if asked; what is none, as it is."""
    if not callable(function):
        return function  # call() says what is wrong

    @functools.wraps(function, updated=())
    def plainly(*inputs: Tensor) -> Any:
        return function(*(x.tolist() if lists or x.ndim == 0 else x for x in inputs))

    return plainly
