"""Put new outputs in place of recorded ones, keeping what the author wrote where it still holds.

Only failing blocks are touched. Within one, a band that still holds stays as written, one that
does not keeps its width around the new value, and a gap stays while the lines around it can be
told. The rest of the page stays as it is to the byte.
"""

import re

from .compare import (
    GAP,
    NUMBER,
    aligned,
    line_problem,
    normalised,
    parts_between_gaps,
    recorded_line,
)
from .page import Output, Page


def rewritten(page: Page, shown: dict[int, str]) -> str:
    """The page's text with new outputs for some cells.

    Args:
        page: the page.
        shown: what cells showed, by their index; nothing but blanks removes the block.
    """
    text = page.text
    for index in sorted(shown, reverse=True):
        cell = page.cells[index]
        new = shown[index]
        if cell.output is None:
            block = _block(new, None)
            text = f"{text[: cell.end]}\n{block}{text[cell.end :]}" if block else text
        elif not new.strip():
            start = cell.end
            text = text[:start] + text[cell.output.end :]
        else:
            merged = merge(cell.output.text, new)
            text = text[: cell.output.start] + _block(merged, cell.output) + text[cell.output.end :]
    return text


def _block(shown: str, old: Output | None) -> str:
    """An output block, its fence longer than any run of backticks in it."""
    lines = normalised(shown)
    if not lines:
        return ""
    fence = "```"
    while any(line.lstrip().startswith(fence) for line in lines):
        fence += "`"
    options = [f":{name}: {value}" for name, value in (old.options if old else {}).items()]
    return "\n".join([fence + "{output}", *options, *lines, fence]) + "\n"


def merge(recorded: str, shown: str) -> str:
    r"""New output that keeps the bands and gaps of the recorded one.

    >>> merge("accuracy 98.9±0.4 % of 10\n", "accuracy 98.7 % of 20\n")
    'accuracy 98.9±0.4 % of 20\n'
    >>> merge("accuracy 98.9±0.4 %\n", "accuracy 97.1 %\n")
    'accuracy 97.1±0.4 %\n'
    """
    old, new = normalised(recorded), normalised(shown)
    parts = parts_between_gaps(old)
    head, tail = parts[0][1], parts[-1][1]
    fits = len(new) > sum(len(lines) for _, lines in parts)
    if len(parts) == 2 and fits:
        lines = [
            *_merge_lines(head, new[: len(head)]),
            GAP,
            *_merge_lines(tail, new[len(new) - len(tail) :]),
        ]
    else:
        lines = _merge_lines([line for line in old if line != GAP], new)
    return "\n".join(lines) + "\n"


def _merge_lines(old: list[str], new: list[str]) -> list[str]:
    merged: list[str] = []
    for i, j in aligned(old, new):
        if j is not None:
            merged.append(new[j] if i is None else merge_line(old[i], new[j]))
    return merged


def merge_line(recorded: str, shown: str) -> str:
    """A shown line, with the bands of the recorded one where their places can be told."""
    if line_problem(recorded, shown) is None:
        return recorded
    if "±" not in recorded:
        return shown
    numbers = recorded_line(recorded).numbers
    found = _loosened(recorded).fullmatch(shown)
    if not found:
        return shown
    merged, position = [], 0
    for place, number in enumerate(numbers, start=1):
        value = found[place]
        if "±" in number.text:
            band = number.text.partition("±")[2]
            value = number.text if number.accepts(value) else f"{value}±{band}"
        merged += [shown[position : found.start(place)], value]
        position = found.end(place)
    return "".join([*merged, shown[position:]])


def _loosened(recorded: str) -> re.Pattern[str]:
    """A pattern for lines whose words are those recorded, whatever their whole numbers are."""
    parts, position = [], 0
    for number, place in zip(
        recorded_line(recorded).numbers, NUMBER.finditer(recorded), strict=True
    ):
        parts.append(_any_integers(recorded[position : place.start()]))
        parts.append(rf" *({number.pattern}) *")
        position = place.end()
    parts.append(_any_integers(recorded[position:]))
    return re.compile("".join(parts))


def _any_integers(text: str) -> str:
    return r"\d+".join(re.escape(part) for part in re.split(r"\d+", text))
