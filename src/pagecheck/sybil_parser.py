"""The adapter for Sybil: every cell of a page is a test.

In the ``conftest.py`` of the folder with the pages::

    from sybil import Sybil
    from pagecheck.sybil_parser import ENCODING, PageParser, pytest_addoption, pytest_configure

    pytest_collect_file = Sybil([PageParser()], patterns=["*.md"], encoding=ENCODING).pytest()

Sybil has to be built there: built anywhere else it looks in the wrong folder and collects nothing.
The first cell that is asked for obtains its page's run, the kept one or a new one in a kernel, and
all cells are judged by it; the build judges the same run. ``--fresh-pages`` runs pages anew.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import SkipTest

from sybil import Document, Example, Region

from .book import Asked, Book, BookError, book_of
from .encoding import ENCODING as ENCODING
from .outcomes import judged
from .page import Cell, Page, PageError, read_page
from .store import ExecutedPage
from .verdict import Skipped


class PageParser:
    """Finds the cells of a page and judges each by its recorded output.

    Args:
        book: finds the book that a page belongs to; by default the one that the ``conf.py`` above
            it states.
    """

    def __init__(self, book: Callable[[Path], Book] = book_of) -> None:
        self._book = cache(book)

    def __call__(self, document: Document) -> Iterator[Region]:
        """The regions of a document, one a cell; a page that is refused fails as one region."""
        path = Path(document.path)
        try:
            page = read_page(path)  # in bytes, which tell more than the document's text
        except PageError as error:
            yield Region(0, len(document.text), str(error), _refused)
            return
        run = _RunOnDemand(lambda: self._book(path.parent), page)
        # In another encoding than ENCODING a byte order mark is part of the document.
        mark = len(document.text) - len(page.text)
        for cell in page.cells:
            end = cell.output.end if cell.output else cell.end
            yield Region(cell.start + mark, end + mark, cell, run.evaluate)


class _RunOnDemand:
    """A page whose run is obtained when its first cell is asked for."""

    def __init__(self, book: Callable[[], Book], page: Page) -> None:
        self._book, self._page = book, page
        self._obtained: tuple[Asked, ExecutedPage] | BookError | None = None

    def evaluate(self, example: Example) -> str | None:
        """What is wrong with a cell; None when all is well."""
        cell: Cell = example.parsed
        try:
            asked, executed = self._run()
        except BookError as error:
            return str(error)
        ran = len(executed.run.results)
        if cell.index >= ran:
            ended = self._page.cells[ran - 1]
            return (
                f"{self._page.path}:{cell.line}: not run: the cell at line {ended.line} "
                f"ended with {executed.run.error}"
            )
        for found in judged(asked, executed).found:
            if found.cell.index == cell.index:
                if isinstance(found.verdict, Skipped):
                    raise SkipTest(str(found.verdict))
                return str(found.verdict)
        return None

    def _run(self) -> tuple[Asked, ExecutedPage]:
        if self._obtained is None:
            try:
                book = self._book()
                self._obtained = book.asked(self._page), book.executed(self._page)
            except BookError as error:
                self._obtained = error
        if isinstance(self._obtained, BookError):
            raise self._obtained
        return self._obtained


def pytest_addoption(parser: Any) -> None:
    """Give pytest the option ``--fresh-pages``."""
    parser.addoption(
        "--fresh-pages", action="store_true", help="run the pages' cells anew, kept or not"
    )


def pytest_configure(config: Any) -> None:
    """Obey ``--fresh-pages``, in pytest-xdist's workers as well."""
    if config.getoption("--fresh-pages"):
        os.environ["PAGECHECK_FRESH"] = "1"


def _refused(example: Example) -> str:
    return str(example.parsed)
