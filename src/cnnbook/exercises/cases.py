"""Functions of plain numbers, tried in many settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import around, call, compare


@dataclass(frozen=True)
class Case:
    """One setting: what is given, what is due, and what each likely mistake gives."""

    inputs: Mapping[str, int]
    due: float
    mistakes: Mapping[str, float]


def check_cases(answer: Any, signature: str, cases: Sequence[Case]) -> None:
    """Call a reader's function with plain integers in every case and compare."""
    for case in cases:
        inputs = {name: torch.tensor(value) for name, value in case.inputs.items()}
        result = call(answer, signature, inputs)
        compare(result, case.due, described(inputs), case.mistakes)


def with_lists(function: Any) -> Any:
    """The function, given lists for tables; what is no function, as it is."""

    def listed(*inputs: Any) -> Any:
        return function(*(x.tolist() if isinstance(x, Tensor) else x for x in inputs))

    return around(function, listed)
