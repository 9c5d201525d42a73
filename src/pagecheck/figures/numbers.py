"""How numbers and words are written in the description of a figure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..projection import as_floats

_PLAIN_NUMBER = re.compile(r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?%?")
FEW = 6
"""So many numbers are written out; of more, the range."""


def number(value: Any) -> str:
    """Three significant digits for what is measured, all of them for a whole number.

    >>> number(7.0), number(0.031251), number(112.31), number(1234567)
    ('7', '0.0313', '112.3', '1.23e+06')
    """
    if not np.isfinite(value):
        return str(float(value))
    rounded = float(f"{float(value):.6g}")  # rounding noise must not turn 1 into 0.999
    if rounded == 0:
        return "0"
    if rounded.is_integer() and abs(rounded) < 1e6:
        return str(int(rounded))
    digits = 2 - int(np.floor(np.log10(abs(rounded))))
    return f"{rounded:.{max(digits, 1)}f}" if -2 < digits < 7 else f"{rounded:.2e}"


def span(values: Any, axis: Any = None) -> str:
    """The range of some numbers, and how many of them are not finite.

    Args:
        values: the numbers.
        axis: the matplotlib axis that they belong to, which may count days.

    >>> span([3, 0.5, float("nan")])
    '[0.500, 3] and 1 not finite'
    """
    array = as_floats(values).ravel()
    finite = array[np.isfinite(array)]
    if finite.size == 0:
        return "[none]"
    missing = "" if finite.size == array.size else f" and {array.size - finite.size} not finite"
    return f"[{position(finite.min(), axis)}, {position(finite.max(), axis)}]{missing}"


def spans(limits: Any, values: Any) -> bool:
    """Whether limits are just the smallest and the largest of some values.

    >>> spans((1, 3), [3, 1, 2]), spans((0, 3), [3, 1, 2]), spans((0, 3), [])
    (True, False, False)
    """
    array = as_floats(values).ravel()
    finite = array[np.isfinite(array)]
    return bool(finite.size) and tuple(limits) == (finite.min(), finite.max())


def listed(values: Any, axis: Any = None) -> str:
    """A few numbers in their order: by their ends where they are evenly spaced.

    >>> listed([3, 1, 2]), listed([0, 5, 10])
    ('3 1 2', '0 to 10')
    """
    array = as_floats(values).ravel()
    if array.size == 0:
        return "none"
    steps = np.diff(array)
    if array.size > 1 and np.isfinite(array).all() and steps[0] != 0:
        even = np.allclose(steps, steps[0], rtol=1e-6, atol=0)
        if even:
            return f"{position(array[0], axis)} to {position(array[-1], axis)}"
    return " ".join(position(value, axis) for value in array)


def few_or_span(values: Any, axis: Any = None) -> str:
    """A few numbers one by one, more of them by their range."""
    array = as_floats(values).ravel()
    if array.size <= FEW:
        return " ".join(position(value, axis) for value in array) or "none"
    return span(array, axis)


def position(value: Any, axis: Any = None) -> str:
    """A place on an axis: a number, or a date where the axis counts days."""
    if axis is None or not np.isfinite(value) or "Date" not in type(axis.get_converter()).__name__:
        return number(value)
    from matplotlib.dates import num2date

    moment = num2date(float(value))
    text: str = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return text.removesuffix("T00:00:00")


def scaled(values: Any, axis: Any) -> Any:
    """Values as their axis draws them: logarithms on a logarithmic one."""
    if axis.get_scale() == "linear":
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return axis.get_transform().transform(as_floats(values))


def one_line(text: Any) -> str:
    """A text without line breaks."""
    return " ".join(str(text).split())


def quoted(text: Any) -> str:
    r"""A text in quotation marks.

    >>> quoted("two\nlines")
    '"two lines"'
    """
    return f'"{one_line(text)}"'


def quoted_words(words: Iterable[Any]) -> str:
    """Texts in quotation marks.

    >>> quoted_words(["a", "b 1"])
    '"a" "b 1"'
    """
    return " ".join(quoted(word) for word in words)


def written_words(words: Iterable[Any]) -> str:
    """Texts in quotation marks, but numbers as they are: many figures write one in each cell.

    Equal neighbours are not counted, since a number that a training gives may be equal to its
    neighbour by chance.

    >>> written_words(["a", "0", "-1.50", "3%"])
    '"a" 0 -1.50 3%'
    """
    lines = (one_line(word) for word in words)
    return " ".join(line if _PLAIN_NUMBER.fullmatch(line) else quoted(line) for line in lines)


def joined(parts: Sequence[str], separator: str = ", ") -> str:
    """The parts that say something."""
    return separator.join(part for part in parts if part)
