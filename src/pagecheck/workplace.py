"""The folders that a build writes to: one build at a time, and nothing half is built upon.

Sphinx, MyST-NB and most extensions take a file that is there for one that is right: a page whose
file is newer than its source, a picture whose name is its digest, what Sphinx remembers of the
pages that it has read. That holds where builds come to an end. So builds into the same folders
wait for each other, and before a build writes it leaves a note, which it takes away when it has
ended. Where the next one finds such a note, the build before was killed, or ran out of disk: what
it had drawn is removed, and Sphinx reads and writes all pages anew. Their runs are kept elsewhere,
each whole or not at all, and are not made again.
"""

import contextlib
import errno
import json
import logging
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk that takes no more."""
LOCK = "build.lock"


class Workplace:
    """The folders in which what a build finds is not written anew.

    Args:
        executed: MyST-NB's, which builds in several formats have in common; lock and note lie here.
        remembered: the one of what Sphinx remembers.
        static: the one of files that all pages use.
    """

    current: "Workplace | None" = None
    """That of this process's build: it has one at a time."""

    def __init__(self, executed: Path, remembered: Path, static: Path) -> None:
        self._folder = executed
        self._own = [str(folder.resolve()) for folder in (remembered, static)]
        self._note = executed / "unfinished.json"
        self._lock = FileLock(executed / LOCK, thread_local=False)

    def enter(self) -> None:
        """Wait until no other build writes here, and remove what one that broke off has left.

        Raises:
            OSError: if nothing can be written here.
        """
        if Workplace.current is not None:  # of a build in this process that was never begun
            Workplace.current.leave()
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            print(f"another build writes to {self._folder.parent}; waiting for its end", flush=True)
            self._lock.acquire()
        Workplace.current = self
        self._clean()

    def begin(self) -> None:
        """Something is about to be written.

        Raises:
            OSError: if nothing can be written here.
        """
        self._note.write_text(json.dumps(self._own), encoding="utf-8")

    def end(self) -> None:
        """All is written, and whole."""
        self._note.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Let the next build in."""
        self._lock.release(force=True)
        Workplace.current = None

    def _clean(self) -> None:
        try:
            content = self._note.read_text(encoding="utf-8")
            since = self._note.stat().st_ctime_ns
        except FileNotFoundError:
            return
        with contextlib.suppress(ValueError):  # half a note is written before anything else
            for folder in (self._folder, *map(Path, json.loads(content))):
                _remove_written(folder, since)
                # Even if it is of the build before: it then tells of files that have gone.
                (folder / "environment.pickle").unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def _remove_written(folder: Path, since: int) -> None:
    """Remove the files that were written at this time or later; what is older is whole."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name != LOCK and path.stat().st_ctime_ns >= since:
            path.unlink()


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or the one behind it, says that a disk is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


class StopsWhenFull(logging.Handler):
    """Ends a build whose disk is full.

    Sphinx takes a file that it cannot write for a reason to warn, and warns at every file.

    Args:
        stopped: what to raise.
    """

    def __init__(self, stopped: BaseException) -> None:
        super().__init__(logging.WARNING)
        self._stopped = stopped

    def emit(self, record: logging.LogRecord) -> None:
        """Look for an error among what a warning tells."""
        told: Any = record.args.values() if isinstance(record.args, dict) else record.args or ()
        if any(isinstance(one, BaseException) and is_full(one) for one in told):
            raise self._stopped
