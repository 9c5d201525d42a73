"""What a cell showed: plain data in the notebook format's own form, and the error that ended it."""

from dataclasses import dataclass
from typing import Any

Outputs = list[dict[str, Any]]
"""A cell's outputs as nbformat writes them: ``stream``, ``display_data``, ``execute_result``, and
``error`` for what IPython reported as a traceback, whether or not the cell went on."""


@dataclass(frozen=True)
class CellError:
    """An error that ended a cell.

    Args:
        name: the exception's class, or ``DeadKernel`` and the like.
        message: what it said.
        line: the line of the page's cell that it happened in, from 1; None where it is unknown.
        cell: the index of that cell, where it is an earlier one than the cell that ended.

    >>> str(CellError("ValueError", "too small", line=2))
    'ValueError: too small'
    """

    name: str
    message: str
    line: int | None = None
    cell: int | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


@dataclass(frozen=True)
class CellResult:
    """What a cell showed, and the error that ended it, if one did."""

    outputs: Outputs
    error: CellError | None = None
