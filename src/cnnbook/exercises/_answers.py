"""An answer as numbers, and numbers in words."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor


class Wrong(Exception):  # noqa: N818 - the message is for the reader; it is no fault of the program
    """An answer is not right; the message says what was tried, what came and what was due."""


def numbers(answer: Any) -> Tensor:
    """The answer as a tensor of float64.

    Numbers of any kind are taken (fractions, decimals, NumPy's), and tables of them, also where
    the rows of a list are tensors or arrays.

    Raises:
        Wrong: if it is no number and no table of numbers.
    """
    try:
        found = _tensor(answer).detach()
        if found.is_complex():  # what an inverse transform leaves of rounding does not count
            if found.imag.abs().max() > 1e-4 * (1 + found.real.abs().max()):
                raise Wrong("The answer holds complex numbers; plain ones were asked for.")
            found = found.real
        return found.to("cpu", torch.float64)
    except (TypeError, ValueError, RuntimeError, NotImplementedError, OverflowError) as error:
        what = "a number or a tensor of numbers"
        if isinstance(answer, (list, tuple)):
            raise Wrong(
                f"The answer has to be {what}; a part of the {type(answer).__name__} is no number, "
                "or its rows are not equally long."
            ) from error
        raise Wrong(f"The answer has to be {what}, not {kind_of(answer)}.") from error


def several(answer: Any, count: int, what: str) -> tuple[Any, ...]:
    """The parts of an answer that has several, as a tuple, a list or an iterator.

    Raises:
        Wrong: if it has another number of parts, or none.
    """
    if isinstance(answer, Iterator):
        answer = tuple(answer)
    if not isinstance(answer, (tuple, list)) or len(answer) != count:
        raise Wrong(f"The function has to return {what}.")
    return tuple(answer)


def _tensor(answer: Any) -> Tensor:
    if isinstance(answer, Tensor):
        return answer.to_dense() if answer.layout != torch.strided else answer
    if isinstance(answer, np.ndarray) and answer.dtype != object:
        return torch.from_numpy(np.array(answer))  # a copy: strides may be negative
    if isinstance(answer, (int, float, Fraction, Decimal)):
        return torch.tensor(float(answer), dtype=torch.float64)
    if isinstance(answer, (list, tuple, np.ndarray)) and len(answer):
        parts = [_tensor(part) for part in answer]
        return torch.stack([part if part.is_complex() else part.double() for part in parts])
    return torch.as_tensor(answer)


def difference(answer: Tensor, due: Tensor) -> str:
    """In words, where an answer differs first from what was due."""
    if answer.shape != due.shape:
        return f"The shape came out as {tuple(answer.shape)}, {tuple(due.shape)} was due."
    if answer.ndim == 0:
        came, right = _told_apart(answer, due)
        return f"{came} came out, {right} was due."
    places = _differing(answer, due)
    place = tuple(int(index) for index in places[0])
    came, right = _told_apart(answer[place], due[place])
    return (
        f"At {place} {came} came out, {right} was due; "
        f"{len(places)} of {due.numel()} numbers differ."
    )


def same(left: Tensor, right: Tensor) -> bool:
    """Whether two tensors have the same shape and, but for rounding, the same numbers."""
    return left.shape == right.shape and not len(_differing(left, right))


def described(inputs: Mapping[str, Tensor]) -> str:
    """Inputs in words: small ones in full, larger ones by their shape."""
    return " and ".join(f"{name} {written(value)}" for name, value in inputs.items())


def _told_apart(one: Tensor, other: Tensor) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart."""
    pairs = [(written(one, digits), written(other, digits)) for digits in (4, 6, 9, 17)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])


def written(value: Tensor, digits: int = 4) -> str:
    """A tensor in short: whole numbers without a point, large tensors by their shape.

    >>> written(torch.tensor([[1.0, 0.25]]))
    '[[1, 0.25]]'
    """
    if value.numel() > 25:
        return f"of shape {tuple(value.shape)}"
    if value.ndim == 0:
        number = float(value)
        return str(int(number)) if number.is_integer() else f"{number:.{digits}g}"
    return "[" + ", ".join(written(part, digits) for part in value) + "]"


def _differing(left: Tensor, right: Tensor) -> Tensor:
    """Places at which two tensors of one shape differ."""
    return (~torch.isclose(left, right, rtol=1e-4, atol=1e-4, equal_nan=True)).nonzero()


def kind_of(value: Any) -> str:
    """What an answer is, in words."""
    if callable(value):
        return "a function"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
