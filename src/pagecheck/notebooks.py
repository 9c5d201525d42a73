"""Hand pages to MyST-NB as notebooks that hold their outputs already."""

from pathlib import Path
from typing import Any

import nbformat

from .fences import fenced_blocks
from .front_matter import SETTINGS
from .outcomes import Outcome
from .page import Page, PageError, parse_page
from .refusals import OUTPUT_INFO

NOTE = "pagecheck-run"
"""The class of the note at a page's end that says where it ran."""
_SHOWN = ("stream", "display_data", "execute_result")


class Reading:
    """What this build knows of its pages, by their document names, and which is read now."""

    outcomes: dict[str, Outcome] = {}  # noqa: RUF012 - one build a process
    docname: str = ""
    mismatch: str | None = None
    """What the page that was read last has against it, beside its outcome."""


def read_notebook(text: str) -> Any:
    """MyST-NB's reader for pages: the notebook of a page, its outputs filled in.

    MyST-NB hands over nothing but the text; whose text it is, Sphinx has told before. A page that
    is refused is rendered without outputs, as far as MyST-NB reads it.
    """
    Reading.mismatch = None
    outcome = Reading.outcomes.get(Reading.docname)
    try:
        # Where the page lies decides whether the files are there that it declares.
        page = parse_page(text, outcome.path if outcome else Path("page.md"))
    except PageError:
        return _as_far_as_possible(text)
    notebook = _markdown_notebook(page.without_outputs())
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.source.strip() for cell in cells] != [cell.source.strip() for cell in page.cells]:
        Reading.mismatch = _mismatch(cells, page)
        return notebook
    if outcome is not None and outcome.executed is not None:
        _fill(cells, outcome)
        _say_where_it_ran(notebook, outcome)
        _warn_of_replaced_data(notebook, outcome)
    return notebook


def _markdown_notebook(text: str) -> Any:
    from myst_nb.core.read import read_myst_markdown_notebook

    notebook = read_myst_markdown_notebook(text, add_source_map=True)
    notebook.metadata.pop(SETTINGS, None)
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "python"}
    return notebook


def _as_far_as_possible(text: str) -> Any:
    """A page that is refused, its recorded outputs left out; its title if not even that goes."""
    for block in reversed(list(fenced_blocks(text, 0))):
        if block.info.strip().startswith(OUTPUT_INFO):
            blank = "\n" * text.count("\n", block.start, block.end)
            text = text[: block.start] + blank + text[block.end :]
    try:
        return _markdown_notebook(text)
    except Exception:  # whatever MyST-NB makes of it; why it is refused is told already
        titles = [line for line in text.splitlines() if line.startswith("# ")]
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_markdown_cell((titles or ["# This page cannot be read"])[0])]
        )
        notebook.metadata["source_map"] = [0]
        return notebook


def _mismatch(cells: list[Any], page: Page) -> str:
    """Why MyST-NB sees other cells than the engine does, at the first that differs."""
    theirs = [cell.source.strip() for cell in cells]
    for cell, source in zip(page.cells, [*theirs, *[None] * len(page.cells)], strict=False):
        if cell.source.strip() != source:
            return (
                f"{cell.line}: MyST-NB does not see this cell; most likely it stands in an HTML "
                "block or comment: leave an empty line before it, or take it out"
            )
    return f"1: MyST-NB sees {len(theirs)} cells on this page, and {len(page.cells)} are written"


def _fill(cells: list[Any], outcome: Outcome) -> None:
    assert outcome.executed is not None
    for count, (cell, result) in enumerate(
        zip(cells, outcome.executed.run.results, strict=False), start=1
    ):
        cell.execution_count = count
        cell.outputs = [
            nbformat.from_dict(
                {**output, "execution_count": count}
                if output["output_type"] == "execute_result"
                else output
            )
            for output in result.outputs
            if output["output_type"] in _SHOWN  # errors are told in a mark below the cell
        ]


def _say_where_it_ran(notebook: Any, outcome: Outcome) -> None:
    """Append a note on the run."""
    executed = outcome.executed
    assert executed is not None
    about = ", ".join(f"{name} {value}" for name, value in executed.about.items())
    name = Reading.docname.rpartition("/")[2]
    note = (
        f"The outputs on this page were computed on {executed.date} in "
        f"{executed.run.seconds:.0f} s, {about}. "
        f"{{nb-download}}`Download it as a notebook <{name}.ipynb>`."
    )
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"```{{container}} {NOTE}\n{note}\n```"))
    notebook.metadata["source_map"].append(notebook.metadata["source_map"][-1])


def _warn_of_replaced_data(notebook: Any, outcome: Outcome) -> None:
    """A warning below the title where data were replaced."""
    if outcome.under is None or not outcome.under.substituted:
        return
    reasons = "; ".join(outcome.under.substituted.values())
    warning = (
        f"\n:::{{warning}}\nThis copy of the page ran on other data than its text speaks of: "
        f"{reasons}. The outputs are real, but their numbers are not those in the text.\n:::\n"
    )
    for cell in notebook.cells:
        lines = cell.source.split("\n")
        if cell.cell_type == "markdown" and lines[0].startswith("# "):
            cell.source = "\n".join([lines[0], warning, *lines[1:]])
            break
