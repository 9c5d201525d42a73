"""Which shown line answers to which recorded one, in time that grows with the number of lines.

Lines that agree at both ends are paired first, then lines that stand once on either side; only
short stretches between these are searched for the pairing in which most lines agree.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence

from .agreement import compared
from .tokens import recorded_line, shown_line

Pair = tuple[int | None, int | None]

_SEARCHED = 4096
"""Up to so many pairs of lines are tried in a stretch; longer ones are paired in their order."""


def align(recorded: Sequence[str], shown: Sequence[str]) -> list[Pair]:
    """Pair recorded with shown lines, in order; None where a line has no answer.

    >>> align(["a", "b", "c"], ["a", "c"])
    [(0, 0), (1, None), (2, 1)]
    """
    first, rows, columns = 0, len(recorded), len(shown)
    while first < min(rows, columns) and _agree(recorded[first], shown[first]):
        first += 1
    while rows > first and columns > first and _agree(recorded[rows - 1], shown[columns - 1]):
        rows, columns = rows - 1, columns - 1
    middle: list[Pair] = []
    _pair(recorded, shown, (first, rows), (first, columns), [_same_text, _same_shape], middle)
    return [
        *((index, index) for index in range(first)),
        *middle,
        *zip(range(rows, len(recorded)), range(columns, len(shown)), strict=True),
    ]


def _agree(recorded: str, shown: str) -> bool:
    return compared(recorded, shown).problem is None


Key = Callable[[str, bool], str]


def _same_text(line: str, recorded: bool) -> str:
    return line


def _same_shape(line: str, recorded: bool) -> str:
    return (recorded_line if recorded else shown_line)(line).shape


def _pair(
    recorded: Sequence[str],
    shown: Sequence[str],
    rows: tuple[int, int],
    columns: tuple[int, int],
    keys: list[Key],
    pairs: list[Pair],
) -> None:
    """Pair a stretch of lines: by lines that stand once in it, or by searching it."""
    height, width = rows[1] - rows[0], columns[1] - columns[0]
    if not height or not width or height * width <= _SEARCHED:
        pairs += _searched(recorded, shown, rows, columns)
        return
    if not keys:
        pairs += _in_order(rows, columns)
        return
    i, j = rows[0], columns[0]
    for row, column in [*_anchors(recorded, shown, rows, columns, keys[0]), (rows[1], columns[1])]:
        _pair(recorded, shown, (i, row), (j, column), keys[1:], pairs)
        if row < rows[1]:
            pairs.append((row, column))
        i, j = row + 1, column + 1


def _anchors(
    recorded: Sequence[str],
    shown: Sequence[str],
    rows: tuple[int, int],
    columns: tuple[int, int],
    key: Key,
) -> list[tuple[int, int]]:
    """The longest run of pairs of lines that stand once on either side, in order on both."""
    old = [key(line, True) for line in recorded[rows[0] : rows[1]]]
    new = [key(line, False) for line in shown[columns[0] : columns[1]]]
    often_old, often_new = Counter(old), Counter(new)
    place = {text: index for index, text in enumerate(new) if often_new[text] == 1}
    found = [
        (index, place[text])
        for index, text in enumerate(old)
        if often_old[text] == 1 and text in place
    ]
    ends: list[int] = []  # the least end of a run of each length
    last: list[int] = []
    before: list[int] = []
    for number, (_, column) in enumerate(found):
        length = bisect_left(ends, column)
        if length == len(ends):
            ends.append(column)
            last.append(number)
        else:
            ends[length], last[length] = column, number
        before.append(last[length - 1] if length else -1)
    run: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        run.append((rows[0] + found[at][0], columns[0] + found[at][1]))
        at = before[at]
    return run[::-1]


def _in_order(rows: tuple[int, int], columns: tuple[int, int]) -> list[Pair]:
    both = min(rows[1] - rows[0], columns[1] - columns[0])
    pairs: list[Pair] = [(rows[0] + offset, columns[0] + offset) for offset in range(both)]
    pairs += [(index, None) for index in range(rows[0] + both, rows[1])]
    pairs += [(None, index) for index in range(columns[0] + both, columns[1])]
    return pairs


def _searched(
    recorded: Sequence[str], shown: Sequence[str], rows: tuple[int, int], columns: tuple[int, int]
) -> list[Pair]:
    """The pairing of two short stretches in which most lines agree."""
    old, new = recorded[rows[0] : rows[1]], shown[columns[0] : columns[1]]
    height, width = len(old), len(new)
    same = [[_agree(a, b) for b in new] for a in old]
    best = [[0] * (width + 1) for _ in range(height + 1)]
    for i in reversed(range(height)):
        for j in reversed(range(width)):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + 2 * same[i][j])
    pairs: list[Pair] = []
    i = j = 0
    while i < height and j < width:
        if best[i][j] == best[i + 1][j + 1] + 2 * same[i][j]:
            pairs.append((rows[0] + i, columns[0] + j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((rows[0] + i, None))
            i += 1
        else:
            pairs.append((None, columns[0] + j))
            j += 1
    pairs += [(rows[0] + k, None) for k in range(i, height)]
    pairs += [(None, columns[0] + k) for k in range(j, width)]
    return pairs
