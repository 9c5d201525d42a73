"""Executed pages, kept by everything that can change what they show.

The key of a run is the digest of the page's code and place, of the files that it reads, of this
engine's own code, and of a fingerprint that the book makes of the rest: its package's source,
versions, device, data. Prose is not in it, so that editing prose runs nothing.

A run that merely drifted is kept like any other, since it would drift again. One that broke off is
kept to be shown, and serves the session that made it (one build, or one run of the tests with all
its workers); the next session makes it anew, because what broke it need not be in its key.
"""

import hashlib
import json
import os
import tempfile
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .digests import code_digest, content_digest, imported_beside
from .kernel import PageRun
from .leftovers import remove_old_parts
from .page import Page
from .results import CellError, CellResult

_FORMAT = 2
_OWN_SESSION = uuid.uuid4().hex


@dataclass(frozen=True)
class ExecutedPage:
    """A page's run and where it comes from.

    ``date`` is in UTC, ``fresh`` says that it ran just now, ``about`` what the page says of its
    run (device, versions, data), ``session`` which build or run of the tests made it.
    """

    key: str
    run: PageRun
    date: str
    fresh: bool
    about: dict[str, str] = field(default_factory=dict)
    session: str = ""


def this_session() -> str:
    """What names this build or run of the tests: the same in all workers of pytest-xdist."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or _OWN_SESSION


def fresh_wanted() -> bool:
    """Whether pages are to be run anew: ``PAGECHECK_FRESH`` or pytest's ``--fresh-pages``."""
    return os.environ.get("PAGECHECK_FRESH", "") not in ("", "0")


def page_key(page: Page, place: str, fingerprint: str) -> str:
    """The key of a page's run.

    Args:
        page: the page; its code counts, and the content of the files that it declares.
        place: its path below the book's source folder.
        fingerprint: a digest of everything off the page that can change its outputs.
    """
    code = [cell.source for cell in page.cells]
    files = [[path.name, content_digest(path)] for path in page.files]
    content = json.dumps([_FORMAT, engine_digest(), place, code, files, fingerprint])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


@cache
def engine_digest() -> str:
    """A digest of the part of this engine that decides what a run shows."""
    here = Path(__file__).parent
    kernel_side = imported_beside(here / "kernel_side.py")
    return code_digest({*kernel_side, here / "kernel.py"})


class PageStore:
    """A folder of executed pages, and of what each page took the last time.

    Args:
        folder: where they are kept; made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def kept(self, key: str) -> ExecutedPage | None:
        """The kept run that serves this session, None where the page has to run."""
        found = self.read(key)
        if found is None or found.session == this_session():
            return found
        return None if found.run.error is not None or fresh_wanted() else found

    def read(self, key: str) -> ExecutedPage | None:
        """A kept run, whatever became of it; a damaged file counts as none."""
        try:
            content = json.loads(self.place_of(key).read_text(encoding="utf-8"))
            *whole, last = content["outputs"]
            error = content["error"]
            run = PageRun(
                (
                    *(CellResult(outputs) for outputs in whole),
                    CellResult(last, None if error is None else CellError(**error)),
                ),
                *(content[name] for name in ("seconds", "processor_seconds", "peak_memory")),
            )
            return ExecutedPage(
                key, run, content["date"], False, content["about"], content["session"]
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, executed: ExecutedPage, place: str) -> None:
        """Keep a run, and what it took.

        Raises:
            OSError: if it cannot be written.
        """
        run = executed.run
        content: dict[str, Any] = {
            "place": place,
            "outputs": [result.outputs for result in run.results],
            "error": None if run.error is None else vars(run.error),
            "seconds": run.seconds,
            "processor_seconds": run.processor_seconds,
            "peak_memory": run.peak_memory,
            "date": executed.date,
            "about": executed.about,
            "session": executed.session,
        }
        write_whole(self.place_of(executed.key), json.dumps(content))
        if run.error is None:
            cost = {"processor_seconds": run.processor_seconds, "peak_memory": run.peak_memory}
            write_whole(self._cost_path(place), json.dumps(cost))

    def cost(self, place: str) -> tuple[float, int] | None:
        """Processor seconds and peak memory of a page's last whole run, None if it never ran."""
        try:
            content = json.loads(self._cost_path(place).read_text(encoding="utf-8"))
            return float(content["processor_seconds"]), int(content["peak_memory"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def tidy(self) -> None:
        """Remove what writers that were killed have left."""
        for folder in (self.folder, self.folder / "costs"):
            remove_old_parts(folder)

    def lock(self, key: str) -> Any:
        """A lock that one process holds while it runs a page; free when its process is killed."""
        from filelock import FileLock

        folder = self.folder / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{key}.lock", thread_local=False)

    def place_of(self, key: str) -> Path:
        """The file in which a run is kept."""
        return self.folder / f"{key}.json"

    def _cost_path(self, place: str) -> Path:
        return self.folder / "costs" / f"{place.replace('/', '+')}.json"


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
