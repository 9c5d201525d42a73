"""The command line: ``python -m pagecheck check|accept|adopt PAGE...``.

Exit status 0 when all is well, 1 when a page is not in order, 2 for wrong use. A mistake of an
author is one sentence with page, line and remedy, and never keeps the other pages from their turn.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .accept import accept_page, refuse_in_ci
from .adopt import AdoptOptions, respell_page, settle_page
from .book import STORE, Book, BookError, NoBookError, book_of, pages_below
from .outcomes import Outcome, outcomes, shortest, verdicts
from .page import PageError
from .progress import Told
from .repeat import Repeats
from .respell import Respelling
from .store import PageStore
from .verdict import Problem

_TWICE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    options = _parser().parse_args(arguments)
    if options.command != "check" and (refusal := refuse_in_ci()):
        return _complain(refusal, 1)
    try:
        paths = _pages(options.pages or [_book(Path.cwd(), options).source])
    except BookError as error:
        return _complain(f"name the pages, or go to the book: {error}", 2)
    run = {"check": _check, "accept": _accept_all, "adopt": _adopt_all}[options.command]
    status = 0
    for book, members in _by_book(paths, options):
        if isinstance(book, BookError):
            status = _complain(str(book), 1)
        else:
            status = max(status, run(book, members, options))
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pagecheck", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="run pages and compare what they show")
    accept = commands.add_parser("accept", help="show and record what pages show now")
    adopt = commands.add_parser("adopt", help="respell the cells of MyST-NB pages")
    for command in (check, accept, adopt):
        command.add_argument(
            "pages",
            metavar="PAGE",
            nargs="*",
            type=Path,
            help="pages, or folders of pages; all of the book when none is named",
        )
        command.add_argument("--store", type=Path, help="the folder in which runs are kept")
    check.add_argument(
        "--repeat",
        type=_count,
        default=1,
        metavar="N",
        help="run each page so often (1), under other conditions that must not matter and with "
        "empty caches, and compare what each run shows: whether bands are wide enough",
    )
    accept.add_argument(
        "--repeat",
        type=_count,
        default=_TWICE,
        metavar="N",
        help="run a page so often before anything is recorded (2); with 3 and more, measure "
        "the bands of all its numbers",
    )
    accept.add_argument(
        "--widen",
        action="store_true",
        help="where bands are measured, change those alone that do not cover all runs: they may "
        "come from machines that are not at hand",
    )
    accept.add_argument(
        "--shown",
        type=_shown,
        action="append",
        default=[],
        metavar="FILE",
        help="what cells showed on another machine, a JSON object with a list of texts for each "
        "page; counts as a run more where bands are measured",
    )
    adopt.add_argument(
        "--alt", metavar="TEXT", help="the alternative text of figures that have no caption"
    )
    adopt.add_argument(
        "--raises",
        choices=["catch", "leave"],
        default="catch",
        help="what becomes of a cell with the tag raises-exception: it catches its error and "
        "prints it (catch), or is left to its author",
    )
    adopt.add_argument(
        "--d2l", action="store_true", help="take the blocks of D2L's books for cells as well"
    )
    return parser


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs")
    return number


def _shown(name: str) -> dict[str, list[str]]:
    try:
        content = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{name} cannot be read: {error}") from error
    if not isinstance(content, dict) or not all(
        isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        for texts in content.values()
    ):
        raise argparse.ArgumentTypeError(f"{name} holds no list of texts for each page")
    return content


def _shown_elsewhere(path: Path, options: argparse.Namespace) -> list[list[str]]:
    """What a page's cells showed on other machines; pages are named from any folder above."""
    full = path.resolve().as_posix()
    return [texts for shown in options.shown for name, texts in shown.items()
            if full.endswith(f"/{name}")]  # fmt: skip


def _pages(paths: Sequence[Path]) -> list[Path]:
    return [page for path in paths for page in (pages_below(path) if path.is_dir() else [path])]


def _book(path: Path, options: argparse.Namespace) -> Book:
    """The book that a page belongs to."""
    book = book_of(path)
    return replace(book, store=PageStore(options.store)) if options.store else book


def _by_book(
    paths: Sequence[Path], options: argparse.Namespace
) -> list[tuple[Book | BookError, list[Path]]]:
    """The pages of each book; one without ``conf.py`` is the book of the pages in its folder."""
    books: dict[Path, Book | BookError] = {}
    found: dict[int, tuple[Book | BookError, list[Path]]] = {}
    for path in paths:
        folder = path.parent.absolute()
        if folder not in books:
            try:
                books[folder] = _book(folder, options)
            except NoBookError:
                books[folder] = Book(folder, PageStore(options.store or Path(STORE)))
            except BookError as error:
                books[folder] = error
            same = [one for one in books.values() if _same(one, books[folder])]
            books[folder] = same[0]
        found.setdefault(id(books[folder]), (books[folder], []))[1].append(path)
    return list(found.values())


def _same(one: Book | BookError, other: Book | BookError) -> bool:
    if isinstance(one, Book) and isinstance(other, Book):
        return (one.source.resolve(), one.store.folder) == (
            other.source.resolve(),
            other.store.folder,
        )
    return str(one) == str(other)


def _run(book: Book, paths: Sequence[Path]) -> tuple[list[Outcome], int]:
    """What became of pages, and the exit status for what is wrong before any cell runs."""
    there = []
    status = 0
    for path in paths:
        try:
            path.open("rb").close()
            there.append(path)
        except OSError as error:
            status = _complain(f"{path}:1: the page could not be read: {error.strerror}", 1)
    try:
        found = outcomes(book, there, Told())
    except OSError as error:
        return [], _complain(f"a page's run could not be kept: {error}", 1)
    for outcome in found.values():
        if outcome.refusal:
            status = _complain(outcome.refusal, 1)
    return [outcome for outcome in found.values() if outcome.executed], status


def _check(book: Book, paths: Sequence[Path], options: argparse.Namespace) -> int:
    found, status = _run(book, paths)
    for outcome in found:
        for each in outcome.found:
            print(each.verdict)
        status = max(status, int(bool(outcome.problems)))
    if options.repeat > 1:
        kernels = book.kernels() or os.cpu_count() or 1
        with Repeats(options.repeat - 1, book.vary, book.empty, kernels) as repeats:
            status = max([status, *(_check_again(outcome, repeats) for outcome in found)])
    return status


def _check_again(outcome: Outcome, repeats: Repeats) -> int:
    """Judge more runs of a page, each under other conditions."""
    assert outcome.page is not None
    assert outcome.under is not None
    page, under = outcome.page, outcome.under
    runs = repeats.runs(page, getattr(under, "environment", None))
    wrong = 0
    for conditions, run in zip(repeats.environments, runs, strict=True):
        problems = [each.verdict for each in verdicts(page, run, under)
                    if isinstance(each.verdict, Problem)]  # fmt: skip
        for problem in problems:
            print(problem)
        if problems:
            wrong += 1
            told = " ".join(f"{name}={value}" for name, value in conditions.items())
            print(f"{page.path}: that was with {told}")
    print(f"{page.path}: {len(runs)} more runs, {wrong or 'none'} with a difference", flush=True)
    return int(wrong > 0)


def _accept_all(book: Book, paths: Sequence[Path], options: argparse.Namespace) -> int:
    found, status = _run(book, paths)
    measure = options.repeat > _TWICE
    vary, empty = (book.vary, book.empty) if measure else ({}, ())
    kernels = book.kernels() or os.cpu_count() or 1
    with Repeats(options.repeat - 1, vary, empty, kernels) as repeats:
        return max(
            [
                status,
                *(
                    _accept(
                        outcome,
                        repeats,
                        measure,
                        _shown_elsewhere(outcome.path, options),
                        options.widen,
                    )
                    for outcome in found
                ),
            ]
        )


def _accept(
    outcome: Outcome,
    repeats: Repeats,
    measure: bool = False,
    elsewhere: Sequence[Sequence[str]] = (),
    widen: bool = False,
) -> int:
    assert outcome.page is not None
    assert outcome.executed is not None
    assert outcome.under is not None
    under = outcome.under
    environment = getattr(under, "environment", None)
    try:
        return int(
            not accept_page(
                outcome.page,
                outcome.executed,
                under.substituted,
                repeats,
                measure,
                environment,
                elsewhere,
                widen,
            )
        )
    except PageError as error:
        return _complain(str(error), 1)


def _adopt_all(book: Book, paths: Sequence[Path], options: argparse.Namespace) -> int:
    rules = AdoptOptions(options.alt, Respelling(options.d2l, options.raises == "catch"))
    kernels = book.kernels() or os.cpu_count() or 1
    with Repeats(_TWICE - 1, kernels=kernels) as repeats:
        return max([0, *(_adopt(book, shortest(path), repeats, rules) for path in paths)])


def _adopt(book: Book, path: Path, repeats: Repeats, rules: AdoptOptions) -> int:
    try:
        told = respell_page(path, rules)
    except PageError as error:
        return _complain(str(error), 1)
    except OSError as error:
        return _complain(f"{path}:1: the page could not be read: {error.strerror}", 1)
    while True:  # each change takes away what it was made for, so that this comes to its end
        for line in told:
            print(line)
        found, status = _run(book, [path])
        if not found or found[0].page is None or found[0].executed is None:
            return status
        try:
            told = settle_page(found[0].page, found[0].executed.run, rules)
        except PageError as error:
            return _complain(str(error), 1)
        if not told:
            return _accept(found[0], repeats)


def _complain(message: str, status: int) -> int:
    print(f"pagecheck: {message}", file=sys.stderr)
    return status
