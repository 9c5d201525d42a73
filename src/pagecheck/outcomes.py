"""What became of a book's pages: each is read, run, and judged; nothing that is wrong ends it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .book import Asked, Book, BookError
from .kernel import PageRun
from .page import Cell, Page, PageError, read_page
from .progress import Progress
from .scheduler import run_pages
from .store import ExecutedPage
from .surroundings import Conditions
from .verdict import Problem, Skipped, judge


@dataclass(frozen=True)
class Found:
    """A verdict on a cell."""

    cell: Cell
    verdict: Problem | Skipped


@dataclass(frozen=True)
class Outcome:
    """What became of a page.

    ``refusal`` says why it could not run: how it is written, or what it needs; ``found`` is what
    is wrong with its cells or was not compared.
    """

    path: Path
    page: Page | None = None
    executed: ExecutedPage | None = None
    under: Conditions | None = None
    refusal: str | None = None
    found: Sequence[Found] = field(default=())

    @property
    def problems(self) -> list[Found]:
        """What is wrong with its cells."""
        return [found for found in self.found if isinstance(found.verdict, Problem)]

    @property
    def told(self) -> list[str]:
        """Everything that is wrong, as it is told: with page, line, and difference."""
        refused = [self.refusal] if self.refusal else []
        return refused + [str(found.verdict) for found in self.problems]

    @property
    def not_run(self) -> Sequence[Cell]:
        """The cells that did not run because one before them ended with an error."""
        if self.page is None or self.executed is None:
            return ()
        return self.page.cells[len(self.executed.run.results) :]


def outcomes(
    book: Book, paths: Iterable[Path], progress: Progress | None = None
) -> dict[Path, Outcome]:
    """Read, run and judge pages.

    Args:
        book: the book.
        paths: its pages; files without cells are read and left alone.
        progress: is told how running pages fare.

    Raises:
        OSError: if a run cannot be kept.
    """
    found: dict[Path, Outcome] = {}
    asked: dict[Path, Asked] = {}
    for path in paths:
        shown = shortest(path)
        try:
            page = read_page(path)
        except PageError as error:
            found[path] = Outcome(shown, refusal=str(error).replace(str(path), str(shown)))
            continue
        found[path] = Outcome(shown, page)
        if not page.cells:
            continue
        try:
            asked[path] = book.asked(page)
        except BookError as error:
            told = str(error).replace(str(path), str(shown))
            found[path] = Outcome(shown, page, refusal=told)
    runs = run_pages(book, list(asked.values()), progress)
    for path, page_asked in asked.items():
        found[path] = judged(page_asked, runs[page_asked.key], shortest(path))
    return found


def judged(asked: Asked, executed: ExecutedPage, shown: Path | None = None) -> Outcome:
    """Judge all cells of a page by its run.

    Args:
        asked: the page and its conditions.
        executed: its run.
        shown: the path that verdicts name, where it is another than the page's.
    """
    page = asked.page if shown is None else replace(asked.page, path=shown)
    found = verdicts(page, executed.run, asked.under)
    return Outcome(page.path, page, executed, asked.under, None, found)


def verdicts(page: Page, run: PageRun, under: Conditions) -> list[Found]:
    """What is wrong with a page's cells by one of its runs, or was not compared."""
    return [
        Found(cell, verdict)
        for cell, result in zip(page.cells, run.results, strict=False)
        if (verdict := judge(page, cell, result, under.substituted)) is not None
    ]


def shortest(path: Path) -> Path:
    """A path as its author would type it here."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
