"""What looks like a cell and is none: refused by name, because MyST and the engine would differ."""

import re
from collections.abc import Sequence
from pathlib import Path

from .errors import PageError
from .fences import Block

CELL_INFO = "{code-cell} python"
OUTPUT_INFO = "{output}"

# In lists, quotations, definitions and footnotes, in whatever order they lie in each other.
_CONTAINER = r"(?:[\s>]++|[-*+:]\s++|\d{1,9}[.)]\s++|\[\^[^\]\s]++\]:\s*+)*+"
_NESTED_CELL = re.compile(_CONTAINER + r"(?:`{3,}|~{3,}|:{3,})\s*\{code-cell\}")
_EXECUTABLE = re.compile(r"\{\s*(?:code-cell|jupyter-execute|thebe-button|eval-rst-cell)\s*\}")
_VERBATIM = re.compile(r"(?!\{)|\{(?:code-block|code|sourcecode|literalinclude|parsed-literal)\}")


def refuse_block(block: Block, path: Path) -> None:
    """Refuse a block that looks like a cell or hides one; leave all others alone.

    Raises:
        PageError: with the block's place, and what to write instead.
    """
    place, info = f"{path}:{block.line}", block.info.strip()
    looks_like_a_cell = _EXECUTABLE.search(info.split("}")[0] + "}") is not None
    looks_like_an_output = info.startswith(OUTPUT_INFO)
    if looks_like_a_cell or looks_like_an_output:
        what = "a cell" if looks_like_a_cell else "an output"
        if block.hidden:
            raise PageError(
                f"{place}: {what} inside or right below {block.hidden} is not seen by MyST; "
                "take it out of the comment, or leave an empty line below the tag"
            )
        if block.indent:
            raise PageError(
                f"{place}: {what} in a list or another indented place is not run; "
                "move it to the beginning of the line"
            )
        raise PageError(
            f"{place}: {block.marks + block.info!r} is not how {what} is written; "
            f"write '```{CELL_INFO if looks_like_a_cell else OUTPUT_INFO}'"
        )
    if _VERBATIM.match(info):
        return
    for number, line in enumerate(block.body, start=block.line + 1):
        if _NESTED_CELL.match(line):
            raise PageError(
                f"{path}:{number}: a cell nested in {info!r} is not run everywhere; "
                "move it to the top level (gated directives such as {exercise-start} go around it)"
            )


def refuse_outside(text: str, blocks: Sequence[Block], path: Path) -> None:
    """Refuse cells in lists and quotations: a line-wise reading does not see them as fences.

    Raises:
        PageError: with the place of the first.
    """
    position = number = 0
    for start, end in [*((block.start, block.end) for block in blocks), (len(text), len(text))]:
        for line in text[position:start].split("\n"):
            number += 1
            if _NESTED_CELL.match(line):
                raise PageError(
                    f"{path}:{number}: a cell in a list, a quotation or the like is not run "
                    "everywhere; move it to the beginning of the line"
                )
        position, number = end, text.count("\n", 0, end)
