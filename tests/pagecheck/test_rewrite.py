"""Accepting outputs: each case is a page and the page that accepting makes of it."""

from pathlib import Path

import pytest

from pagecheck.outputs import shown_text
from pagecheck.page import parse_page
from pagecheck.rewrite import rewritten
from pagecheck.verdict import Problem, judge
from tests.drift.inprocess import InProcessRunner

CASES = sorted((Path(__file__).parent / "cases").iterdir())


def accepted(text: str) -> str:
    page = parse_page(text, Path("page.md"))
    new = {}
    for cell, result in zip(page.cells, InProcessRunner(page).run_all(), strict=True):
        verdict = judge(page, cell, result)
        if isinstance(verdict, Problem) and verdict.acceptable:
            new[cell.index] = shown_text(result.outputs)
    return rewritten(page, new)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_accepting_makes_the_expected_page_and_twice_changes_nothing(case: Path) -> None:
    before = (case / "page.md").read_text(encoding="utf-8")
    after = accepted(before)
    assert after == (case / "page.accepted.md").read_text(encoding="utf-8")
    assert accepted(after) == after


def test_a_page_in_order_is_not_touched() -> None:
    text = "```{code-cell} python\nprint(0.1234)\n```\n\n```{output}\n0.1235\n```\n"
    assert accepted(text) == text
