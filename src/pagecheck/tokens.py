"""A line of output taken apart: its words, its blanks and its numbers.

Two lines of one shape differ in nothing but their numbers and blanks, so that these can be judged
by themselves. Taking a line apart takes time in proportion to its length, whatever stands in it.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache

_WHOLE = r"(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)"
_FRACTION = r"(?:\.(?!\.)\d*+)?"
_EXPONENT = r"(?:[eE][-+]?\d{1,4}+(?![A-Za-ik-z_\d]))?"
_IMAGINARY = r"[\d.]+(?:[eE][-+]?\d+)?j"
# A sign belongs to its number, but between two numbers (1-2) only where the second is imaginary.
# What follows a # is a colour, or the number of an issue: a name in either case.
_START = rf"(?:(?<![\w.)\]])[-+]|(?<=[\d.])[-+](?={_IMAGINARY})|(?<![\w.#]))"
_END = r"(?!\d|\.\d)"
_NUMBER = rf"(?P<text>{_START}{_WHOLE}{_FRACTION}{_EXPONENT})"
_SPREAD = rf"(?P<band>\d++{_FRACTION}{_EXPONENT})"
SHOWN_NUMBER = re.compile(rf"{_NUMBER}{_END}")
RECORDED_NUMBER = re.compile(rf"{_NUMBER}(?:±{_SPREAD})?{_END}")

_VERSIONED = (
    r"python|pytorch|torch|torchvision|cuda|cudnn|driver|numpy|scipy|pandas|matplotlib|sklearn|"
    r"scikit-learn|jax|tensorflow|keras|sphinx|ipython|version|release|"
    r"section|chapter|figure|table|equation|appendix|part"
)
_VERSION = re.compile(rf"(?i)(?<![\w-])(?:{_VERSIONED})[\s:='\"(v]{{0,3}}$")
_SETTING = re.compile(
    r"(?i)(?<![^\W_])(?:lr|learning[ _-]rate|momentum|dropout|eps|epsilon|weight[ _-]decay|betas?|"
    r"negative[ _-]slope|label[ _-]smoothing)\b[^A-Za-z]*$"
)
_CONTEXT = 60
_LONG = 1000
_RULE = re.compile(r"([-=_─━═])\1{2,}")
_LITERAL_BAND = re.compile(r"(?<!\\)(?P<slashes>\\++)±")
_PRINTED_BAND = re.compile(r"(?<!\\)(?P<slashes>\\++)±|(?<=[\d.])±(?=\d)")


@dataclass(frozen=True)
class Number:
    """A number as it is written; ``band`` is what stands behind its ``±``.

    ``setting`` says that it is a version or a setting, by the words before it.
    """

    text: str
    band: str | None = None
    setting: bool = False

    @property
    def written(self) -> str:
        """The number with its band."""
        return self.text if self.band is None else f"{self.text}±{self.band}"

    @cached_property
    def value(self) -> Decimal:
        """The number's value, without its band."""
        return Decimal(self.text.replace(",", ""))

    @property
    def is_integer(self) -> bool:
        """Whether it is written as an integer, with neither a point nor an exponent."""
        return self.text.lstrip("+-").replace(",", "").isdecimal()

    @cached_property
    def fraction(self) -> str:
        """The digits behind the point."""
        return re.split("[eE]", self.text)[0].partition(".")[2]

    @cached_property
    def digits(self) -> int:
        """How many significant digits are written: 3 of ``1.20``, 2 of ``0.0012``."""
        mantissa = re.split("[eE]", self.text)[0]
        return len(re.sub(r"\D", "", mantissa).lstrip("0"))

    @cached_property
    def unit(self) -> Decimal:
        """One unit of the last written digit."""
        exponent = re.split("[eE]", self.text)[1:]
        return Decimal(1).scaleb(int(exponent[0] if exponent else 0) - len(self.fraction))


@dataclass(frozen=True)
class Line:
    """A line taken apart.

    Lines with the same ``shape`` have the same words, and numbers in the same places. ``blanks``
    are the lengths of what may stretch where a column grows: runs of blanks, and rules.
    ``between`` is the text before, between and after the numbers, as it is written.
    """

    shape: str
    numbers: tuple[Number, ...]
    blanks: tuple[int, ...] = field(repr=False)
    between: tuple[str, ...] = field(repr=False)


def recorded_line(line: str) -> Line:
    r"""Take a recorded line apart; ``\±`` in it stands for a printed ``±``.

    >>> [number.written for number in recorded_line("98.9±0.4 % of 10").numbers]
    ['98.9±0.4', '10']
    """
    return (_short if len(line) < _LONG else _long)(line, True)


def shown_line(line: str) -> Line:
    """Take a shown line apart: a ``±`` in it was printed."""
    return (_short if len(line) < _LONG else _long)(line, False)


@lru_cache(maxsize=8192)
def _short(line: str, recorded: bool) -> Line:
    """The same for lines of which many can be remembered."""
    return _taken_apart(line, recorded)


@lru_cache(maxsize=16)
def _long(line: str, recorded: bool) -> Line:
    """The same for long lines, of which few are remembered."""
    return _taken_apart(line, recorded)


def _taken_apart(line: str, recorded: bool) -> Line:
    numbers: list[Number] = []
    between: list[str] = []
    position = 0
    for found in (RECORDED_NUMBER if recorded else SHOWN_NUMBER).finditer(line):
        text, band = found["text"], found["band"] if recorded else None
        numbers.append(Number(text, band, recorded and _is_setting(line, found.start(), text)))
        between.append(line[position : found.start()])
        position = found.end()
    between.append(line[position:])
    if recorded:
        between = [_LITERAL_BAND.sub(_without_escape, text) for text in between]
    blanks: list[int] = []
    shape = "\0".join(_words(text, blanks) for text in between)
    return Line(shape, tuple(numbers), tuple(blanks), tuple(between))


def _words(text: str, blanks: list[int]) -> str:
    """The words of a text, one blank between them; appends what was left out of it."""
    inner = text.strip(" ")
    leading = len(text) - len(text.lstrip(" "))
    blanks += [leading, len(text) - len(inner) - leading]
    for run in re.finditer(" +", inner):
        blanks.append(len(run.group()))
    for rule in _RULE.finditer(inner):
        blanks.append(len(rule.group()))
    return re.sub(" +", " ", _RULE.sub(r"\1\1\1", inner))


def _is_setting(line: str, start: int, text: str) -> bool:
    context = line[max(0, start - _CONTEXT) : start]
    if re.fullmatch(r"[1-9]\d{0,3}\.\d{1,2}", text) and _VERSION.search(context):
        return True
    return _SETTING.search(context) is not None


def with_escaped_bands(line: str) -> str:
    r"""A shown line with a backslash before each ``±`` that would be read as a band.

    Backslashes that stand before a printed ``±`` are doubled, so that nothing is ambiguous.

    >>> print(with_escaped_bands("1.20±0.05 and 1.2 ± 0.1"))
    1.20\±0.05 and 1.2 ± 0.1
    """
    return _PRINTED_BAND.sub(lambda found: (found["slashes"] or "") * 2 + "\\±", line)


def _without_escape(found: re.Match[str]) -> str:
    """Of an odd number of backslashes the last is the mark, and the others stand twice."""
    return "\\" * (len(found["slashes"]) // 2) + "±"
