"""The adapter for Sybil: every cell of a page is a test.

In ``book/conftest.py``::

    from sybil import Sybil
    from pagecheck.sybil_parser import PageParser

    pytest_collect_file = Sybil([PageParser(prepare)], patterns=["*.md"]).pytest()

Sybil has to be built there: built anywhere else it looks in the wrong folder and collects nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from unittest import SkipTest

from sybil import Document, Example, Region

from .inprocess import InProcessRunner, PageNotRun, shared_runner
from .page import Cell, PageError, parse_page
from .verdict import Problem, Skipped, judge

Prepare = Callable[[Sequence[str]], Mapping[str, str]]


class PageParser:
    """Finds the cells of a page and evaluates each against its recorded output.

    Args:
        prepare: makes the named data sets ready before a page runs, and returns those that
            had to be replaced, each with the reason.
    """

    def __init__(self, prepare: Prepare = lambda names: {}) -> None:
        self._prepare = prepare

    def __call__(self, document: Document) -> Iterator[Region]:
        """The regions of a document, one a cell; a page that is refused fails as one region."""
        try:
            page = parse_page(document.text, Path(document.path))
        except PageError as error:
            yield Region(0, len(document.text), str(error), _refused)
            return
        runner = shared_runner(page)
        for cell in page.cells:
            end = cell.output.end if cell.output else cell.end
            yield Region(cell.start, end, cell, self._evaluator(runner))

    def _evaluator(self, runner: InProcessRunner) -> Callable[[Example], str | None]:
        def evaluate(example: Example) -> str | None:
            cell: Cell = example.parsed
            substituted = self._prepare(runner.page.data) if runner.page.data else {}
            try:
                result = runner.result(cell.index)
            except PageNotRun as reason:
                return str(reason)
            if cell.index == len(runner.page.cells) - 1:
                runner.release()
            verdict = judge(runner.page, cell, result, substituted)
            if isinstance(verdict, Skipped):
                raise SkipTest(str(verdict))
            return str(verdict) if isinstance(verdict, Problem) else None

        return evaluate


def _refused(example: Example) -> str:
    return str(example.parsed)
