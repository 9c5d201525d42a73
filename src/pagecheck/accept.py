"""Accept what cells show now: show the differences, rewrite the failing blocks, lose nothing.

Running a page takes minutes, and its author goes on writing. So the file is read once more before
it is written: new outputs go into the page as it is then, if its cells and their outputs are
still those that ran. What is written is read back and compared with what was shown.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .bands import ADDRESS, Proposal, propose, same_form, shows_address
from .compare import agrees, difference, normalised
from .errors import PageError
from .kernel import PageRun
from .outputs import shown_text
from .page import Cell, Page, page_text, parse_page
from .repeat import Repeats
from .rewrite import record_of, with_blocks
from .store import ExecutedPage
from .verdict import Problem, judge
from .writing import PageChanged, replace_content

MEASURE = "accept --repeat 5"


def accept_page(
    page: Page,
    executed: ExecutedPage,
    substituted: Mapping[str, str],
    repeats: Repeats | None = None,
    measure: bool = False,
    environment: Mapping[str, str] | None = None,
    elsewhere: Sequence[Sequence[str]] = (),
    widen: bool = False,
) -> bool:
    """Rewrite the failing outputs of one page and print the differences.

    Args:
        page: the page.
        executed: its run.
        substituted: data sets that are replaced by others, each with the reason.
        repeats: runs the page again where something is to be written: what differs between the
            runs is not recorded.
        measure: whether all bands of the page are made anew, from all runs.
        environment: what the page's kernel gets in any run.
        elsewhere: what the cells showed on other machines, a text a cell; where bands are
            measured, each counts as a run more, but for cells that showed other words.
        widen: of the bands that are measured, record those alone that do not cover all runs.

    Returns:
        Whether the page is in order now: no cell raised, nothing else is wrong.

    Raises:
        PageError: if the page was changed meanwhile so that the outputs are no longer its own,
            or it cannot be read or written; it is then left as it is.
    """
    wanted: dict[int, str] = {}
    in_order = True
    for cell, result in zip(page.cells, executed.run.results, strict=False):
        verdict = judge(page, cell, result, substituted)
        if isinstance(verdict, Problem):
            print(verdict)
            in_order = in_order and verdict.acceptable
            if verdict.acceptable:
                wanted[cell.index] = shown_text(result.outputs)
        elif measure and verdict is None and cell.output and cell.output.unchecked is None:
            wanted[cell.index] = shown_text(result.outputs)
    if not wanted or (measure and not in_order):
        return in_order
    again = repeats.runs(page, environment) if repeats else []
    if broken := broken_repeat(page, again):
        print(broken)
        return False
    records: dict[int, str] = {}
    for index, first in wanted.items():
        runs = [first, *(shown_text(run.results[index].outputs) for run in again)]
        if measure:
            others = (texts[index] for texts in elsewhere if index < len(texts))
            runs += [text for text in others if same_form(text, first)]
        found = to_record(page.cells[index], runs, measure, widen)
        if found.refusal is not None:
            place = f"{page.path}:{page.cells[index].line}"
            print(f"{place}: not recorded: {found.refusal}")
            in_order = False
        elif found.text != _text_of(page.cells[index]):
            for line, number, least, greatest in found.bands:
                place = f"{page.path}:{page.cells[index].line}"
                print(f"{place}: line {line + 1}: {number} ({least} to {greatest})")
            records[index] = found.text or ""
    if records:
        write_records(page, records, {index: wanted[index] for index in records})
        print(f"{page.path}: {len(records)} output{'s' if len(records) > 1 else ''} rewritten")
    return in_order


def to_record(cell: Cell, runs: Sequence[str], measure: bool, widen: bool = False) -> Proposal:
    """What to record of a cell for what it showed in one run or several; empty for nothing."""
    recorded = cell.output.text if cell.output else None
    if any(map(shows_address, runs)):
        return Proposal(None, ADDRESS)
    if not any(text.strip() for text in runs):
        return Proposal("")
    if measure:
        return propose(recorded, runs, widen)
    text = record_of(recorded, runs[0])
    other = next((shown for shown in runs[1:] if not agrees(text, shown)), None)
    if other is None:
        return Proposal(text)
    found = propose(recorded, runs)
    if found.refusal is not None:
        return found
    return Proposal(
        None,
        f"a second run shows something else; seed what it draws from, or measure its bands "
        f"({MEASURE})\n" + difference(text, other),
    )


def broken_repeat(page: Page, runs: Sequence[PageRun]) -> str | None:
    """Which cell ended with an exception in a repeated run, None if all came to their end."""
    for run in runs:
        last = run.results[-1]
        if last.error is not None:
            cell = page.cells[len(run.results) - 1]
            return f"{page.path}:{cell.line}: a second run ended here with {last.error}"
    return None


def _text_of(cell: Cell) -> str:
    """What is recorded, as it is compared."""
    return "".join(f"{line}\n" for line in normalised(cell.output.text)) if cell.output else ""


def write_records(page: Page, recorded: Mapping[int, str], shown: Mapping[int, str]) -> None:
    """Write the text of blocks, by index of their cell, which agrees with what was shown.

    An empty text removes the block.

    Raises:
        PageError: as for :func:`accept_page`.
    """
    path = page.path
    try:
        before = path.read_bytes()
        raw = page_text(path, before)
        current = parse_page(raw, path)
        if [cell.source for cell in current.cells] != [cell.source for cell in page.cells]:
            raise PageError(f"{path}:1: {_CHANGED}")
        for index in shown:
            old, now = page.cells[index], current.cells[index]
            if (old.output and old.output.text) != (now.output and now.output.text):
                raise PageError(f"{path}:{now.line}: {_CHANGED}")
        text = with_blocks(current, recorded, raw)
        _read_back(parse_page(text, path), current, shown)
        replace_content(path, before, text.encode("utf-8"))
    except PageChanged as error:
        raise PageError(f"{path}:1: {_CHANGED}") from error
    except OSError as error:
        raise PageError(f"{path}:1: the page could not be written: {error}") from error


_CHANGED = (
    "the page was changed while its cells ran, and is left as it is; "
    "accept once more (what has run is kept)"
)


def _read_back(written: Page, current: Page, shown: Mapping[int, str]) -> None:
    """Compare what would be written with what was shown, and with all that has to stay.

    Raises:
        PageError: if it does not agree: better nothing is written then.
    """
    if len(current.cells) != len(written.cells):
        raise PageError(f"{current.path}:1: {_NOT_READ_BACK}")
    for before, after in zip(current.cells, written.cells, strict=True):
        recorded = after.output.text if after.output else ""
        if after.index in shown:
            kept = agrees(recorded, shown[after.index])
        else:
            kept = replace(after, line=0, start=0, end=0, output=None) == replace(
                before, line=0, start=0, end=0, output=None
            ) and recorded == (before.output.text if before.output else "")
        if not kept:
            raise PageError(f"{current.path}:{before.line}: {_NOT_READ_BACK}")


_NOT_READ_BACK = (
    "this output cannot be written so that it is read back as it was shown; "
    "print it in another form"
)


def refuse_in_ci() -> str | None:
    """Why outputs are not accepted here, None where they may be."""
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return "outputs are not accepted in continuous integration (CI is set)"
    return None
