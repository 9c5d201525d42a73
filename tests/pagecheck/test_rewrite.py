"""Accepting outputs: each case is a page and the page that accepting makes of it."""

from pathlib import Path

import pytest

from pagecheck.merge import merge
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


@pytest.mark.parametrize(
    ("recorded", "shown", "merged"),
    [
        # A row of numbers grows at its end: those before the next word are not the old ones.
        ("to 3.59±1.5 digest 5.28±0.03 5.04±0.05, x", "y 0.1 0.2 3.5 9e-07, x", None),
        ("ends at 1±0.5 2±0.3 and 2", "ends at 7 2 8 and 2", "ends at 7±0.5 2±0.3 8 and 2"),
        # One that is as long as it was has its bands.
        ("mean 1.5±0.5 2, of 3", "mean 1.7 2, of 4", "mean 1.5±0.5 2, of 4"),
        ("mean 1.5±0.5 2, of 3", "now mean 1.7 2, of 4", "now mean 1.5±0.5 2, of 4"),
    ],
)
def test_bands_go_with_the_number_that_had_them_and_to_no_other(
    recorded: str, shown: str, merged: str | None
) -> None:
    assert merge(f"{recorded}\n", f"{shown}\n") == f"{shown if merged is None else merged}\n"
