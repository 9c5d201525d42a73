r"""What a cell showed against what is recorded: equal, or where they differ.

How numbers and blanks agree is told in :mod:`.agreement`. ``...`` alone on a line of a recorded
output stands for any lines. What a cell printed can look like such a mark, so that a backslash
makes a mark literal: ``\...`` for a printed line of dots, ``1.20\±0.05`` for a printed spread,
``\:name:`` for a first line that looks like an option of the block.
"""

import re
from collections.abc import Iterator

from .agreement import Comparison, compared, line_problem
from .alignment import align
from .terminal import terminal_text
from .tokens import with_escaped_bands

GAP = "..."
_UNSEEN = "\n"  # what no shown line can be: stands for a gap where lines are paired

_DOTS = re.compile(r"\\*\.\.\.")
_OPTION = re.compile(r"\\*:[\w-]+:")


def normalised(text: str) -> list[str]:
    """The lines that are compared: no blanks at line ends, no empty lines at the end."""
    lines = [line.rstrip() for line in terminal_text(text).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def escaped(shown: list[str]) -> list[str]:
    r"""Shown lines as they are recorded, each mark in them made literal.

    >>> escaped([":return: it", "...", "1.20±0.05"])
    ['\\:return: it', '\\...', '1.20\\±0.05']
    """
    return [literal(with_escaped_bands(line), not index) for index, line in enumerate(shown)]


def literal(line: str, first: bool = False) -> str:
    """A line with a backslash before it where it looks like a mark; ``first`` of its block."""
    mark = _DOTS.fullmatch(line) or (first and _OPTION.match(line))
    return f"\\{line}" if mark else line


def unescaped(recorded: list[str], first: bool = True) -> list[str | None]:
    """Recorded lines without the backslashes of literal lines; None for a gap.

    Args:
        recorded: the lines.
        first: whether they begin their block, where a line can look like an option.
    """
    lines: list[str | None] = [
        None if line == GAP else line[1:] if _DOTS.fullmatch(line) else line for line in recorded
    ]
    if (
        first
        and lines
        and lines[0] is not None
        and lines[0].startswith("\\")
        and _OPTION.match(lines[0])
    ):
        lines[0] = lines[0][1:]
    return lines


def agrees(recorded: str, shown: str) -> bool:
    r"""Whether a shown output is the recorded one.

    >>> agrees("epoch 1\n...\nepoch 9\n", "epoch 1\nepoch 2\nepoch 9\n")
    True
    >>> agrees("epoch 1\n\\...\nepoch 9\n", "epoch 1\nepoch 2\nepoch 9\n")
    False
    """
    return _agreement(normalised(recorded), normalised(shown)) is not None


def _agreement(recorded: list[str], shown: list[str]) -> int | None:
    """By how much numbers grew where the lines agree, None where they do not."""
    parts = parts_between_gaps(recorded)
    comparisons: list[Comparison] = []
    position = 0
    for index, (_, lines) in enumerate(parts):
        last = len(shown) - len(lines)
        first_part, last_part = index == 0, index == len(parts) - 1
        if first_part and last_part:
            candidates = range(0, 1) if last == 0 else range(0)
        elif first_part:
            candidates = range(0, min(last + 1, 1))
        else:  # a gap before it: for any lines but dots that the cell printed itself
            end = next((k for k in range(position, last) if shown[k] == GAP), last)
            candidates = range(position, end + 1)
            if last_part:
                candidates = range(last, last + 1) if position <= last == end else range(0)
        found = _first_fit(lines, shown, candidates)
        if found is None:
            return None
        place, matched = found
        comparisons += matched
        position = place + len(lines)
    growth = max((one.growth for one in comparisons), default=0)
    moved = max((one.stretch for one in comparisons), default=0)
    return growth if moved <= growth else None


def _first_fit(
    lines: list[str], shown: list[str], candidates: range
) -> tuple[int, list[Comparison]] | None:
    """The first place where all lines agree, rather one where their blanks agree as well."""
    stretched = None
    for place in candidates:
        matched: list[Comparison] = []
        for offset, line in enumerate(lines):
            one = compared(line, shown[place + offset])
            if one.problem is not None:
                break
            matched.append(one)
        else:
            if all(one.stretch <= one.growth for one in matched):
                return place, matched
            stretched = stretched or (place, matched)
    return stretched


def parts_between_gaps(recorded: list[str]) -> list[tuple[int, list[str]]]:
    """The runs of lines between gaps, without their escapes, each with its first line's index."""
    parts: list[tuple[int, list[str]]] = [(0, [])]
    for index, line in enumerate(unescaped(recorded)):
        if line is None:
            parts.append((index + 1, []))
        else:
            parts[-1][1].append(line)
    return parts


def difference(recorded: str, shown: str) -> str:
    r"""A readable difference: ``-`` recorded, ``+`` shown, ``?`` why.

    >>> print(difference("a\nloss 0.100\n", "a\nloss 0.200\n"))
      a
    - loss 0.100
    + loss 0.200
    ? 0.200 is not 0.100 (within 0.001)
    """
    old, new = normalised(recorded), normalised(shown)
    lines: list[str] = []
    for i, j, problem in _paired(old, new):
        if i is not None and j is not None and problem is None:
            lines.append(f"  {new[j]}")
            continue
        lines += [f"- {old[i]}"] if i is not None else []
        lines += [f"+ {new[j]}"] if j is not None else []
        if j is not None and new[j] == GAP:
            problem = f"dots that the cell prints are recorded as '\\{GAP}'"
        if problem not in (None, "the text differs"):
            lines.append(f"? {problem}")
    return "\n".join(lines)


def first_difference(recorded: str, shown: str) -> int:
    r"""The index of the first recorded line that differs, or that a new line comes after.

    >>> first_difference("a\nb\n", "a\nc\n")
    1
    """
    index = 0
    for i, j, problem in _paired(normalised(recorded), normalised(shown)):
        if i is not None:
            index = i
        if i is None or j is None or problem is not None:
            break
    return index


def _paired(
    recorded: list[str], shown: list[str]
) -> Iterator[tuple[int | None, int | None, str | None]]:
    """Recorded lines with those that answer to them, and why these differ; a gap has no answer."""
    plain = [_UNSEEN if line is None else line for line in unescaped(recorded)]
    pairs = align(plain, shown)
    both = [(i, j) for i, j in pairs if i is not None and j is not None]
    growth = max((compared(plain[i], shown[j]).growth for i, j in both), default=0)
    for i, j in pairs:
        if i is None or j is None:
            yield i, j, None
        else:
            yield i, j, line_problem(plain[i], shown[j], growth)
