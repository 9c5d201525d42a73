"""A book as the engine sees it: where its pages lie, under what they run, where runs are kept.

Sphinx's ``conf.py`` states it once; the build, the tests and the command line all read it there,
so that they ask for a page's run by the same key.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from .page import Page
from .store import ExecutedPage, PageStore, page_key
from .surroundings import Conditions, plain_conditions

STORE = "_build/pages"


class BookError(Exception):
    """The book cannot be worked with as it is; the message says why and what to do."""


class NoBookError(BookError):
    """No ``conf.py`` lies above a page."""


@dataclass(frozen=True)
class Book:
    """A book.

    Args:
        source: the folder that its pages lie in.
        store: where runs are kept.
        conditions: what a page runs under.
        kernels: how many kernels may run side by side; None for one a processor core.
        vary: environment variables that must not matter, each with its values: where bands are
            measured, repeated runs take them in turn.
        empty: environment variables that name folders of caches: where bands are measured, each
            run has empty ones.
        preload: modules that a process imports once for the kernels of many pages, see
            :mod:`.nursery`: libraries, not what changes while one writes.
    """

    source: Path
    store: PageStore
    conditions: Callable[[Page], Conditions] = plain_conditions
    kernels: Callable[[], int | None] = field(default=lambda: None)
    vary: Mapping[str, Sequence[str]] = field(default_factory=dict)
    empty: Sequence[str] = ()
    preload: Callable[[], Sequence[str]] = field(default=lambda: ())

    def place(self, page: Page) -> str:
        """Where a page lies in the book, which is part of its key.

        >>> from pathlib import Path
        >>> book = Book(Path("/book"), PageStore(Path("/kept")))
        >>> book.place(Page(Path("/book/part/page.md"), "", {}, ()))
        'part/page.md'
        """
        try:
            return page.path.resolve().relative_to(self.source.resolve()).as_posix()
        except ValueError:
            return page.path.name

    def asked(self, page: Page) -> "Asked":
        """A page with its conditions and its key.

        Raises:
            BookError: if the conditions cannot be had: data that are damaged, a folder that
                cannot be written.
        """
        try:
            under = self.conditions(page)
        except Exception as error:  # whatever it is, it stands between the page and its run
            raise BookError(f"{page.path}:1: the page cannot run: {error}") from error
        place = self.place(page)
        return Asked(page, place, page_key(page, place, under.fingerprint), under)

    def executed(self, page: Page) -> ExecutedPage:
        """A page's run: the kept one, else a new one, made while others who ask wait.

        Raises:
            BookError: see :meth:`asked`.
            OSError: if it cannot be kept.
        """
        from .scheduler import run_pages

        asked = self.asked(page)
        return run_pages(self, [asked])[asked.key]


@dataclass(frozen=True)
class Asked:
    """A page whose run is asked for: its place in the book, its key, its conditions."""

    page: Page
    place: str
    key: str
    under: Conditions


def book_of(path: Path) -> Book:
    """The book that a page belongs to: stated by the nearest ``conf.py`` above it.

    Args:
        path: a page, or a folder.

    Raises:
        NoBookError: if there is no ``conf.py``.
        BookError: if it cannot be read.
    """
    for folder in (path.resolve(), *path.resolve().parents):
        if (folder / "conf.py").is_file():
            return stated_book(folder, _read_conf(folder / "conf.py"))
    raise NoBookError(f"{path}: no conf.py of Sphinx lies above it, which says where its book is")


def stated_book(folder: Path, settings: dict[str, Any], source: Path | None = None) -> Book:
    """The book that the settings of a ``conf.py`` state.

    Args:
        folder: the folder of ``conf.py``.
        settings: its names; ``pagecheck_source``, ``pagecheck_store``, ``pagecheck_conditions``,
            ``pagecheck_kernels``, ``pagecheck_vary``, ``pagecheck_empty`` and
            ``pagecheck_preload`` are looked at.
        source: the source folder, where it is known better.

    Raises:
        BookError: if ``pagecheck_conditions`` names nothing.
    """
    return Book(
        source or folder / (settings.get("pagecheck_source") or "."),
        PageStore(folder / (settings.get("pagecheck_store") or STORE)),
        _callable(settings.get("pagecheck_conditions")) or plain_conditions,
        _callable(settings.get("pagecheck_kernels")) or (lambda: None),
        settings.get("pagecheck_vary") or {},
        settings.get("pagecheck_empty") or (),
        several(settings.get("pagecheck_preload")),
    )


def pages_below(folder: Path, suffixes: Sequence[str] = (".md",)) -> list[Path]:
    """Files that may be pages below a folder, without what lies in hidden and built folders."""
    found = []
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        found += [Path(base, name) for name in sorted(files) if Path(name).suffix in suffixes]
    return found


def _read_conf(path: Path) -> dict[str, Any]:
    from sphinx.config import eval_config_file
    from sphinx.errors import ConfigError
    from sphinx.util.tags import Tags

    try:
        return dict(eval_config_file(path, Tags()))
    except ConfigError as error:
        raise BookError(f"{path}: {error}") from error


def several(value: Any) -> Callable[[], Sequence[str]]:
    """A list of names, given as such, by a callable, or by the name of one.

    >>> several(["a", "b"])(), list(several(None)())
    (['a', 'b'], [])
    """
    if isinstance(value, list | tuple):
        return lambda: value
    return _callable(value) or (lambda: ())


def _callable(value: Any) -> Any:
    """A callable, given as such or as ``module:name``."""
    if not isinstance(value, str):
        return value
    module, _, name = value.partition(":")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BookError(f"conf.py names {value!r}, which cannot be imported: {error}") from error
