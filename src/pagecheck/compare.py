"""What a cell showed against what is recorded: equal, or where they differ.

Text, integers, shapes, dtypes and whole floats such as ``1.`` are exact. A decimal agrees within
one unit of its last written digit and must be written with as many digits. ``98.9±0.4`` states a
band. ``...`` alone on a line stands for any lines. Unlike doctest's NUMBER option, a whole float
is no decimal: ``tensor([1., 2.])`` is not ``tensor([2., 3.])``.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

GAP = "..."

_DECIMAL = r"\d+\.\d+(?:[eE][-+]?\d+)?"
_START = r"(?<![\w.])(?:(?<![\w)\]])[-+])?"
_END = r"(?!\d|\.\d)"
_PLAIN = rf"{_START}{_DECIMAL}{_END}"
_BAND = rf"{_START}\d+(?:\.\d+)?(?:[eE][-+]?\d+)?±\d+(?:\.\d+)?(?:[eE][-+]?\d+)?{_END}"
NUMBER = re.compile(rf"(?P<left> *)(?P<number>{_BAND}|{_PLAIN})(?P<right> *)")


@dataclass(frozen=True)
class Number:
    """A number as it is written in a recorded output, with the blanks around it."""

    text: str
    left: int
    right: int

    @property
    def centre(self) -> str:
        """The number without its band."""
        return self.text.partition("±")[0]

    @property
    def tolerance(self) -> Decimal:
        """How far off a shown number may be: the band, else one unit of the last written digit."""
        band = self.text.partition("±")[2]
        if band:
            return Decimal(band)
        mantissa, _, exponent = self.text.lower().partition("e")
        return Decimal(1).scaleb(int(exponent or 0) - len(mantissa.partition(".")[2]))

    @property
    def pattern(self) -> str:
        """What a shown number must look like: as many decimals, the same kind of exponent.

        A band says how near is near enough, so that there any number will do.
        """
        if "±" in self.text:
            return rf"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?{_END}"
        mantissa, _, exponent = self.centre.lower().partition("e")
        decimals = len(mantissa.partition(".")[2])
        fraction = rf"\.\d{{{decimals}}}" if decimals else ""
        return rf"[-+]?\d+{fraction}" + (r"[eE][-+]?\d+" if exponent else "") + _END

    def accepts(self, shown: str) -> bool:
        """Whether a shown number lies within the tolerance."""
        return abs(Decimal(shown) - Decimal(self.centre)) <= self.tolerance

    def fits(self, left: int, shown: str, right: int) -> bool:
        """Whether the blanks around are the same, or fill the same column."""
        width, wanted = len(shown), len(self.centre)
        return (
            (left, right) == (self.left, self.right)
            or (left + width == self.left + wanted and right == self.right)
            or (left == self.left and right + width == self.right + wanted)
        )


@dataclass(frozen=True)
class RecordedLine:
    """A recorded line, taken apart: texts, and between each two of them a number."""

    texts: tuple[str, ...]
    numbers: tuple[Number, ...]


@lru_cache(maxsize=1024)
def recorded_line(line: str) -> RecordedLine:
    """Take a recorded line apart."""
    numbers: list[Number] = []
    texts: list[str] = []
    position = 0
    for found in NUMBER.finditer(line):
        numbers.append(Number(found["number"], len(found["left"]), len(found["right"])))
        texts.append(line[position : found.start()])
        position = found.end()
    texts.append(line[position:])
    return RecordedLine(tuple(texts), tuple(numbers))


@lru_cache(maxsize=1024)
def _shown_number(pattern: str, following: str) -> re.Pattern[str]:
    """A shown number with the blanks around it, before the text that follows it.

    One pattern for a whole line would try each way to share the blanks between neighbours, which
    takes for ever where there are thirty of them.
    """
    return re.compile(rf"( *+)({pattern})( *+)(?={re.escape(following)})")


def line_problem(recorded: str, shown: str) -> str | None:
    """Why a shown line is not the recorded one, None when it is.

    >>> line_problem("loss 0.2248", "loss 0.2249") is None
    True
    >>> line_problem("loss 0.2248", "loss 0.2251")
    '0.2251 is not 0.2248 (within 0.0001)'
    >>> line_problem("tensor([1., 2.])", "tensor([2., 3.])")
    'the text differs'
    """
    if recorded == shown:
        return None
    line = recorded_line(recorded)
    if not shown.startswith(line.texts[0]):
        return "the text differs"
    position = len(line.texts[0])
    values: list[tuple[Number, int, str, int]] = []
    for number, text in zip(line.numbers, line.texts[1:], strict=True):
        found = _shown_number(number.pattern, text).match(shown, position)
        if found is None:
            return "the text differs"
        left, value, right = found.groups()
        values.append((number, len(left), value, len(right)))
        position = found.end() + len(text)
    if position != len(shown):
        return "the text differs"
    for number, before, value, after in values:
        if not number.accepts(value):
            return f"{value} is not {number.centre} (within {number.tolerance})"
        if not number.fits(before, value, after):
            return "the blanks differ"
    return None


def normalised(text: str) -> list[str]:
    """The lines that are compared: no blanks at line ends, no empty lines at the end."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def agrees(recorded: str, shown: str) -> bool:
    r"""Whether a shown output is the recorded one.

    >>> agrees("epoch 1\n...\nepoch 9\n", "epoch 1\nepoch 2\nepoch 9\n")
    True
    """
    return matching_lines(normalised(recorded), normalised(shown)) is not None


def matching_lines(recorded: list[str], shown: list[str]) -> list[tuple[int, int]] | None:
    """Where each part between gaps begins in what was shown; None when it is not there.

    Args:
        recorded: recorded lines, among them gaps.
        shown: shown lines.

    Returns:
        A pair for each part between gaps: its first line in ``recorded`` and in ``shown``.
    """
    parts = parts_between_gaps(recorded)
    places: list[tuple[int, int]] = []
    position = 0
    for index, (start, lines) in enumerate(parts):
        last = len(shown) - len(lines)
        first_part, last_part = index == 0, index == len(parts) - 1
        if first_part and last_part:
            candidates = [0] if last == 0 else []
        elif first_part:
            candidates = [0]
        elif last_part:
            candidates = [last] if last >= position else []
        else:
            candidates = list(range(position, last + 1))
        for place in candidates:
            if place <= last and all(
                line_problem(line, shown[place + offset]) is None
                for offset, line in enumerate(lines)
            ):
                places.append((start, place))
                position = place + len(lines)
                break
        else:
            return None
    return places


def parts_between_gaps(recorded: list[str]) -> list[tuple[int, list[str]]]:
    """The runs of lines between gaps, each with the index of its first line."""
    parts: list[tuple[int, list[str]]] = [(0, [])]
    for index, line in enumerate(recorded):
        if line == GAP:
            parts.append((index + 1, []))
        else:
            parts[-1][1].append(line)
    return parts


def aligned(recorded: list[str], shown: list[str]) -> list[tuple[int | None, int | None]]:
    """Pair recorded with shown lines, in order, so that as many as possible agree."""
    rows, columns = len(recorded), len(shown)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    same = [[line_problem(a, b) is None for b in shown] for a in recorded]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + 2 * same[i][j])
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < rows and j < columns:
        if best[i][j] == best[i + 1][j + 1] + 2 * same[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    pairs += [(k, None) for k in range(i, rows)] + [(None, k) for k in range(j, columns)]
    return pairs


def difference(recorded: str, shown: str) -> str:
    r"""A readable difference: ``-`` recorded, ``+`` shown, ``?`` why.

    >>> print(difference("a\nloss 0.10\n", "a\nloss 0.20\n"))
      a
    - loss 0.10
    + loss 0.20
    ? 0.20 is not 0.10 (within 0.01)
    """
    old, new = normalised(recorded), normalised(shown)
    lines: list[str] = []
    for i, j in aligned(old, new):
        if i is None or j is None:
            lines.append(f"- {old[i]}" if i is not None else f"+ {new[j or 0]}")
            continue
        problem = line_problem(old[i], new[j])
        if problem is None:
            lines.append(f"  {new[j]}")
        else:
            lines += [f"- {old[i]}", f"+ {new[j]}"]
            if problem != "the text differs":
                lines.append(f"? {problem}")
    return "\n".join(lines)
