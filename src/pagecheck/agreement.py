"""When a shown line agrees with a recorded one: the rules for numbers and blanks.

* Words, integers, shapes, dtypes and whole floats (``1.``, ``1.0``) are exact.
* So is a number with one or two significant digits, a zero, and a version or setting.
* Any other decimal agrees within one unit of its last written digit, however many are shown.
* ``98.9±0.4`` states a band, which goes before all other rules.
* Blanks are exact, unless a number takes more or less room than the recorded one: then columns
  may move by as much.
"""

from dataclasses import dataclass
from decimal import Decimal

from .implied import written_out
from .tokens import Line, Number, recorded_line, shown_line

MEASURED_DIGITS = 3
"""A decimal with so many significant digits is taken for a rounded measurement."""
_FLOAT_DIGITS = 7
_FLOAT_NOISE = Decimal(2) ** -22
_DOUBLE_DIGITS = range(15, 18)


@dataclass(frozen=True)
class Comparison:
    """How a shown line compares with a recorded one.

    ``problem`` is why its words or numbers differ, ``growth`` by how much a number's width
    changed at most, ``stretch`` by how much a run of blanks did.
    """

    problem: str | None
    growth: int = 0
    stretch: int = 0


def compared(recorded: str, shown: str) -> Comparison:
    """Compare a shown line with a recorded one."""
    if recorded == shown and "±" not in recorded:
        return Comparison(None)
    old, new = recorded_line(recorded), shown_line(shown)
    if old.shape != new.shape:
        old, new = recorded_line(written_out(recorded)), shown_line(written_out(shown))
        if old.shape != new.shape:
            return Comparison("the text differs")
    growth = 0
    for number, value in zip(old.numbers, new.numbers, strict=True):
        if problem := number_problem(number, value):
            return Comparison(problem)
        growth = max(growth, _growth(number, value))
    return Comparison(None, growth, stretch(old, new))


def _growth(recorded: Number, shown: Number) -> int:
    """By how much the room before and behind the point changed: numpy pads either side."""
    behind = abs(len(shown.fraction) - len(recorded.fraction))
    before = len(shown.text) - len(shown.fraction) - len(recorded.text) + len(recorded.fraction)
    return behind + abs(before)


def stretch(old: Line, new: Line) -> int:
    """By how much runs of blanks differ between two lines of one shape, at most."""
    return max((abs(a - b) for a, b in zip(old.blanks, new.blanks, strict=True)), default=0)


def line_problem(recorded: str, shown: str, growth: int = 0) -> str | None:
    """Why a shown line is not the recorded one, None when it is.

    Args:
        recorded: the recorded line.
        shown: the shown line.
        growth: by how much numbers in other lines of the output take more room or less.

    >>> line_problem("loss 0.2248", "loss 0.2249") is None
    True
    >>> line_problem("loss 0.2248", "loss 0.2251")
    '0.2251 is not 0.2248 (within 0.0001)'
    >>> line_problem("dropout 0.5", "dropout 0.4")
    '0.4 is not 0.5 (settings and versions are exact)'
    >>> line_problem("tensor([1., 2.])", "tensor([1, 2])")
    '1 is not 1. (an integer is no float)'
    """
    found = compared(recorded, shown)
    if found.problem is None and found.stretch > max(growth, found.growth):
        return "the blanks differ"
    return found.problem


def number_problem(recorded: Number, shown: Number) -> str | None:
    """Why a shown number does not agree with the recorded one, None when it does."""
    if recorded.band is not None:
        allowed = Decimal(recorded.band)
        near = abs(shown.value - recorded.value) <= allowed
        return None if near else f"{shown.text} is not {recorded.text} (within {recorded.band})"
    if recorded.text == shown.text:
        return None
    told = f"{shown.text} is not {recorded.text}"
    if recorded.is_integer != shown.is_integer:
        return f"{told} (an integer is no float)"
    if recorded.is_integer:
        return told
    allowed, reason = tolerance(recorded)
    distance = abs(shown.value - recorded.value)
    if distance > allowed and not _is_noise(recorded, shown, distance):
        return f"{told} ({reason})"
    signs = {recorded.text[0], shown.text[0]} & {"+", "-"}
    if signs == {"+"} and recorded.text[0] != shown.text[0]:
        return f"{told} (its sign is written)"
    if ("," in recorded.text) != ("," in shown.text) and min(
        abs(recorded.value), abs(shown.value)
    ) >= 1000:  # below there is nothing to part
        return f"{told} (thousands are parted by commas in one of them)"
    return None


def tolerance(recorded: Number) -> tuple[Decimal, str]:
    """How far off a shown number may be where no band is written, and the rule that says so."""
    if recorded.value == 0:
        return Decimal(0), "a zero is exact"
    if recorded.setting:
        return Decimal(0), "settings and versions are exact"
    if recorded.fraction in ("", "0") and "e" not in recorded.text.lower():
        return Decimal(0), "a whole float is exact"
    if recorded.digits < MEASURED_DIGITS:
        return Decimal(0), "one or two digits are exact"
    allowed = recorded.unit
    if recorded.digits in _DOUBLE_DIGITS:  # where a double is written out, its last are noise
        allowed = max(allowed, Decimal(1).scaleb(recorded.value.adjusted() - 14))
    return allowed, f"within {allowed}"


def _is_noise(recorded: Number, shown: Number, distance: Decimal) -> bool:
    """Whether a float written out in full is the short one but for its rounding."""
    return (
        recorded.digits < _FLOAT_DIGITS <= shown.digits
        and distance <= abs(recorded.value) * _FLOAT_NOISE
    )
