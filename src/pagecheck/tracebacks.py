"""Where in a page an error happened, read from IPython's traceback."""

import re
from collections.abc import Sequence

from .results import CellError

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r"^ *Cell In\[(\d+)\], line (\d+)", re.MULTILINE)


def error_of(name: str, message: str, traceback: Sequence[str], cell: int) -> CellError:
    r"""The error that ended a cell, at the last line of the page that its traceback goes through.

    Args:
        name: the exception's class.
        message: what it said.
        traceback: the traceback as the kernel sends it.
        cell: the index of the cell that ended.

    >>> frames = ["Cell In[3], line 1", "Cell In[2], line 4, in halve(x)", "ValueError: odd"]
    >>> error = error_of("ValueError", "odd", frames, cell=2)
    >>> error.cell, error.line
    (1, 4)
    """
    frames = _FRAME.findall(_ANSI.sub("", "\n".join(traceback)))
    if not frames:
        return CellError(name, _ANSI.sub("", message))
    count, line = map(int, frames[-1])
    # The cells of a page are numbered in their order, from 1.
    other = count - 1 if count - 1 < cell else None
    return CellError(name, _ANSI.sub("", message), line, other)
