"""Put new outputs in place of recorded ones, and leave all else as it is to the byte.

Only the lines of the blocks that are named are touched. A page with CRLF keeps it, in the new
blocks too; so does one without a line end at its end.
"""

import re
from collections.abc import Mapping

from .compare import escaped, normalised
from .merge import merge
from .page import Cell, Page

_TICKS = re.compile(r"\s*(`{3,})")


def rewritten(page: Page, shown: Mapping[int, str], raw: str | None = None) -> str:
    """A page's text with new outputs for some cells.

    Args:
        page: the page.
        shown: what cells showed, by their index; nothing but blanks removes the block.
        raw: the page's text as it lies in its file, with its own line ends and byte order mark;
            ``page.text`` if not given.
    """
    return with_blocks(
        page,
        {
            index: record_of(_recorded_text(page.cells[index]), text)
            for index, text in shown.items()
            if page.cells[index].output is not None or text.strip()
        },
        raw,
    )


def _recorded_text(cell: Cell) -> str | None:
    return cell.output.text if cell.output else None


def record_of(recorded: str | None, shown: str) -> str:
    """The text of the block for what was shown, merged with what is recorded, if anything is."""
    if not shown.strip():
        return ""
    if recorded is None:
        return "".join(f"{line}\n" for line in escaped(normalised(shown)))
    return merge(recorded, shown)


def with_blocks(page: Page, recorded: Mapping[int, str], raw: str | None = None) -> str:
    """A page's text with other records for some cells: their text as it stands in the block.

    Args:
        page: the page.
        recorded: the text of the blocks, by index of their cell; an empty one removes the block.
        raw: as for :func:`rewritten`.
    """
    lines = (page.text if raw is None else raw).split("\n")
    for index in sorted(recorded, reverse=True):
        cell = page.cells[index]
        ending = "\r" if lines[_line_at(page.text, cell.start)].endswith("\r") else ""
        after = start = end = _line_at(page.text, cell.end)
        block = _block(recorded[index], cell)
        if cell.output is not None:
            end = _line_at(page.text, cell.output.end)
            start = cell.output.line - 1 if block else after
        elif block:
            block.insert(0, "")
        at_end = end == len(lines)  # the last line of the file has no line end
        lines[start:end] = [line + ending for line in block]
        if at_end:
            if block:
                lines[start - 1] = lines[start - 1].removesuffix("\r") + ending
            lines[-1] = lines[-1].removesuffix("\r")
    return "\n".join(lines)


def _line_at(text: str, position: int) -> int:
    """The index of the line that begins at a position, or would, at the end of a text."""
    return text.count("\n", 0, position) + (position > 0 and text[position - 1] != "\n")


def _block(recorded: str, cell: Cell) -> list[str]:
    """An output block, its fence longer than any run of backticks at the start of its lines."""
    lines = recorded.split("\n")[:-1] if recorded.endswith("\n") else recorded.split("\n")
    if not recorded:
        return []
    longest = max((len(run.group(1)) for line in lines if (run := _TICKS.match(line))), default=0)
    fence = "`" * max(3, longest + 1)
    old = cell.output.options if cell.output else {}
    options = [f":{name}: {value}" for name, value in old.items()]
    return [fence + "{output}", *options, *lines, fence]
