"""Judge a cell: what it showed against what its page records. Both adapters call this."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .compare import agrees, difference, first_difference
from .outputs import (
    described_but_not_drawn,
    error_stream,
    reported_errors,
    shown_text,
    shows_image,
    shows_widget,
)
from .page import Cell, Page
from .results import CellError, CellResult
from .tracebacks import error_of


@dataclass(frozen=True)
class Problem:
    """Something wrong with a cell: where, what, and the difference where there is one."""

    path: Path
    line: int
    message: str
    difference: str = ""
    acceptable: bool = False
    """Whether accepting the new output puts it right."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: {self.message}"
        return f"{place}\n{self.difference}" if self.difference else place


@dataclass(frozen=True)
class Skipped:
    """A comparison that was left out, and why."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: not compared: {self.reason}"


def judge(
    page: Page, cell: Cell, result: CellResult, substituted: Mapping[str, str] | None = None
) -> Problem | Skipped | None:
    """Judge what a cell showed.

    Args:
        page: the page.
        cell: one of its cells.
        result: what the cell showed.
        substituted: data sets that were replaced by others, each with the reason. Outputs that
            were recorded with them are not compared.

    Returns:
        None when all is well.
    """
    if result.error is not None:
        line = _line_of(page, cell, result.error)
        return Problem(page.path, line, f"the cell ended with {result.error}")
    problem = _reported(page, cell, result) or _unseen(page, cell, result)
    if problem is not None:
        return problem
    return _compared(page, cell, shown_text(result.outputs), substituted or {})


def _reported(page: Page, cell: Cell, result: CellResult) -> Problem | None:
    """An error or a warning that did not end the cell."""
    for output in reported_errors(result.outputs):
        error = error_of(
            output.get("ename") or "an error",
            output.get("evalue") or "",
            output.get("traceback") or [],
            cell.index,
        )
        return Problem(
            page.path,
            _line_of(page, cell, error),
            f"the cell went on after an error that was reported but not raised; mend it: {error}",
        )
    if complaint := error_stream(result.outputs):
        return Problem(
            page.path,
            cell.line,
            "the cell wrote to the error stream, which is not recorded; mend its cause, "
            f"or print what readers shall see:\n{complaint.rstrip()}",
        )
    return None


def _line_of(page: Page, cell: Cell, error: CellError) -> int:
    """The page's line of an error, which may have happened in a function of an earlier cell."""
    place = cell if error.cell is None else page.cells[error.cell]
    return place.line + (error.line or 1) - 1


def _unseen(page: Page, cell: Cell, result: CellResult) -> Problem | None:
    """A picture or a widget that some reader would not see."""
    if described_but_not_drawn(result.outputs):
        return Problem(
            page.path,
            cell.line,
            "the cell describes a figure but does not draw it; display the figure itself",
        )
    if shows_widget(result.outputs):
        return Problem(
            page.path,
            cell.line,
            "the cell shows a widget, which needs a running kernel and would be missing from the "
            "page; show a figure or a text instead",
        )
    if shows_image(result.outputs) and not (cell.alt or "").strip():
        return Problem(
            page.path,
            cell.line,
            "the cell shows a figure without alternative text; say what the figure shows in the "
            "cell's options, under 'mystnb: image: alt:'",
        )
    return None


def _compared(
    page: Page, cell: Cell, shown: str, substituted: Mapping[str, str]
) -> Problem | Skipped | None:
    output = cell.output
    if output is None:
        if not shown.strip():
            return None
        message = "the cell shows output, but none is recorded below it; accept it"
        return Problem(page.path, cell.line, message, difference("", shown), acceptable=True)
    if not shown.strip():
        message = "an output is recorded, but the cell shows nothing"
        return Problem(
            page.path, output.line, message, difference(output.text, ""), acceptable=True
        )
    for name in output.data:
        if name in substituted:
            return Skipped(page.path, output.line, substituted[name])
    if output.unchecked is not None or agrees(output.text, shown):
        return None
    return Problem(
        page.path,
        _first_difference(page, cell, shown),
        "the output is not the recorded one (- recorded, + shown)",
        difference(output.text, shown),
        acceptable=True,
    )


def _first_difference(page: Page, cell: Cell, shown: str) -> int:
    """The page's line at which the recorded output differs first."""
    assert cell.output is not None
    lines = page.text[cell.output.start : cell.output.end].count("\n")
    first = cell.output.line + 1 + len(cell.output.options)
    line = first + first_difference(cell.output.text, shown)
    return min(line, cell.output.line + lines - 1)
