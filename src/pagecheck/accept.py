"""Accept what cells show now: run pages, show the differences, rewrite the failing blocks."""

import os
from collections.abc import Mapping

from .outputs import shown_text
from .page import Page
from .rewrite import rewritten
from .store import ExecutedPage, write_whole
from .verdict import Problem, Skipped, judge


def page_verdicts(
    page: Page, executed: ExecutedPage, substituted: Mapping[str, str]
) -> list[Problem | Skipped]:
    """What is wrong with a page's outputs, and what was not compared."""
    verdicts = []
    for cell, result in zip(page.cells, executed.run.results, strict=False):
        verdict = judge(page, cell, result, substituted)
        if verdict is not None:
            verdicts.append(verdict)
    return verdicts


def accept_page(page: Page, executed: ExecutedPage, substituted: Mapping[str, str]) -> bool:
    """Rewrite the failing outputs of one page and print the differences.

    Returns:
        Whether the page is in order now: no cell raised, nothing else is wrong.
    """
    new: dict[int, str] = {}
    in_order = True
    for cell, result in zip(page.cells, executed.run.results, strict=False):
        verdict = judge(page, cell, result, substituted)
        if not isinstance(verdict, Problem):
            continue
        print(verdict)
        if verdict.acceptable:
            new[cell.index] = shown_text(result.outputs)
        else:
            in_order = False
    if new:
        write_whole(page.path, rewritten(page, new))
        print(f"{page.path}: {len(new)} output{'s' if len(new) > 1 else ''} rewritten")
    return in_order


def refuse_in_ci() -> str | None:
    """Why outputs are not accepted here, None where they may be."""
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return "outputs are not accepted in continuous integration (CI is set)"
    return None
