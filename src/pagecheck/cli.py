"""The command line: ``python -m pagecheck check|accept|adopt PAGE...``.

Exit status 0 when all is well, 1 when a page is not in order, 2 for wrong use. A mistake of an
author is one sentence with page, line and remedy, and never keeps the other pages from their turn.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .accept import accept_page, page_verdicts, refuse_in_ci, shortest
from .adopt import AdoptOptions, respell_page, settle_page
from .config import Config, ConfigError, conditions_named, read_config
from .page import Page, PageError, read_page
from .repeat import Repeats
from .respell import Respelling
from .store import ExecutedPage, PageStore
from .verdict import Problem


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        config = read_config(Path.cwd())
        if options.conditions:
            named = conditions_named(options.conditions, config.root, "--conditions")
            config = replace(config, conditions=named)
    except ConfigError as error:
        return _complain(str(error), 2)
    paths = _pages(options.pages or config.pages)
    if not paths:
        return _complain(
            "there are no pages; name some, or the book's folder as 'pages' of [tool.pagecheck]", 2
        )
    if options.command != "check" and (refusal := refuse_in_ci()):
        return _complain(refusal, 1)
    store = PageStore(options.store or config.store)
    if options.command == "check":
        return max([_check(path, config, store) for path in paths])
    if options.command == "adopt":
        rules = AdoptOptions(options.alt, Respelling(options.d2l, options.raises == "catch"))
        with Repeats(_TWICE - 1) as repeats:
            return max([_adopt(path, config, store, repeats, rules) for path in paths])
    measure = options.repeat > _TWICE
    empty = config.empty if measure else ()
    with Repeats(options.repeat - 1, config.vary if measure else {}, empty) as repeats:
        return max([_accept(path, config, store, repeats, measure) for path in paths])


_TWICE = 2


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
        command.add_argument(
            "--conditions", metavar="NAME", help="what pages run under, as module:function"
        )
        command.add_argument("--store", type=Path, help="the folder in which runs are kept")
    accept.add_argument(
        "--repeat",
        type=_count,
        default=_TWICE,
        metavar="N",
        help="run a page so often before anything is recorded (2); with 3 and more, measure "
        "the bands of all its numbers",
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


def _pages(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(path.rglob("*.md"))
        else:
            found.append(path)
    return [shortest(path) for path in found]


def _check(path: Path, config: Config, store: PageStore) -> int:
    run = _run(path, config, store)
    if not isinstance(run, tuple):
        return run
    page, executed, substituted = run
    status = 0
    for verdict in page_verdicts(page, executed, substituted):
        print(verdict)
        status = max(status, int(isinstance(verdict, Problem)))
    return status


def _accept(path: Path, config: Config, store: PageStore, repeats: Repeats, measure: bool) -> int:
    run = _run(path, config, store)
    if not isinstance(run, tuple):
        return run
    page, executed, substituted = run
    try:
        return int(not accept_page(page, executed, substituted, repeats, measure))
    except PageError as error:
        return _complain(str(error), 1)


def _run(
    path: Path, config: Config, store: PageStore
) -> tuple[Page, ExecutedPage, dict[str, str]] | int:
    """A page and its run, or the exit status where there is none."""
    try:
        page = read_page(path)
        if not page.cells:
            return 0
        under = config.conditions(page.data)
        executed = store.executed(page, under.fingerprint, under.about)
    except PageError as error:
        return _complain(str(error), 1)
    except FileNotFoundError as error:
        return _complain(f"{path}: the page could not be read ({error.strerror})", 1)
    except Exception as error:  # of the book's own function, or of the folder of runs
        return _complain(f"{path}:1: the page could not be run: {error}", 1)
    return page, executed, under.substituted


def _adopt(
    path: Path, config: Config, store: PageStore, repeats: Repeats, options: AdoptOptions
) -> int:
    try:
        told = respell_page(path, options)
    except PageError as error:
        return _complain(str(error), 1)
    except OSError as error:
        return _complain(f"{path}: the page could not be read or written ({error.strerror})", 1)
    while True:  # each change takes away what it was made for, so that this comes to its end
        for line in told:
            print(line)
        run = _run(path, config, store)
        if not isinstance(run, tuple):
            return run
        try:
            told = settle_page(run[0], run[1].run, options)
        except PageError as error:
            return _complain(str(error), 1)
        if not told:
            return _accept(path, config, store, repeats, measure=False)


def _complain(message: str, status: int) -> int:
    print(f"pagecheck: {message}", file=sys.stderr)
    return status
