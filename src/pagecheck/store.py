"""Executed pages, kept by everything that can change what they show.

The key of a run is the digest of the page's code and of a fingerprint that the caller makes of
the rest: package source, versions, device, data. Prose is not in it, so that editing prose runs
nothing. A run that raised is never kept; one that merely drifted is, since it would drift again.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .kernel import PageRun, run_in_kernel
from .page import Page
from .results import CellResult

_FORMAT = 1


@dataclass(frozen=True)
class ExecutedPage:
    """A page's run and where it comes from: ``date`` in UTC, ``fresh`` if it ran just now."""

    key: str
    run: PageRun
    date: str
    fresh: bool
    about: dict[str, str] = field(default_factory=dict)


def page_key(page: Page, fingerprint: str) -> str:
    """The key of a page's run: its code, the files it reads, and the fingerprint of the rest."""
    code = [cell.source for cell in page.cells]
    files = [
        hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        for path in page.files
    ]
    content = json.dumps([_FORMAT, code, files, fingerprint])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class PageStore:
    """A folder of executed pages.

    Args:
        folder: where they are kept; made when the first is kept.
        runner: what runs a page.
    """

    def __init__(self, folder: Path, runner: Callable[..., PageRun] = run_in_kernel) -> None:
        self.folder = folder
        self._runner = runner

    def executed(
        self, page: Page, fingerprint: str, about: dict[str, str], timeout: int | None = None
    ) -> ExecutedPage:
        """The page's kept run, or a new one, which is kept when no cell raised.

        Args:
            page: the page.
            fingerprint: digest of everything off the page that can change its outputs.
            about: what the page shall say of its run (device, versions, data), kept with it.
            timeout: seconds that one cell may take.
        """
        key = page_key(page, fingerprint)
        kept = self._read(key)
        if kept is not None and len(kept.run.results) == len(page.cells):
            return kept
        run = self._runner(page, timeout)
        date = time.strftime("%Y-%m-%d", time.gmtime())
        executed = ExecutedPage(key, run, date, fresh=True, about=about)
        if all(result.error is None for result in run.results):
            self._write(executed)
        return executed

    def known(self, page: Page, fingerprint: str) -> bool:
        """Whether a run of the page is kept."""
        return self._path(page_key(page, fingerprint)).exists()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _read(self, key: str) -> ExecutedPage | None:
        """A kept run; a damaged file counts as none and is made anew."""
        try:
            content = json.loads(self._path(key).read_text(encoding="utf-8"))
            results = tuple(CellResult(outputs) for outputs in content["outputs"])
            run = PageRun(results, float(content["seconds"]))
            return ExecutedPage(key, run, content["date"], fresh=False, about=content["about"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, executed: ExecutedPage) -> None:
        content: dict[str, Any] = {
            "outputs": [result.outputs for result in executed.run.results],
            "seconds": executed.run.seconds,
            "date": executed.date,
            "about": executed.about,
        }
        write_whole(self._path(executed.key), json.dumps(content))


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
