"""The folder of a training: its checkpoint and its history, and that nobody else writes there."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .checkpoint import read_checkpoint, write_checkpoint, write_whole
from .errors import CheckpointError
from .history import History

# Saving may take a twentieth of the time at most, however large the model is.
_SHARE_OF_TIME = 20


class RunFolder:
    """Where a training keeps what it needs to go on, and what it has found.

    ``run.json`` says what is trained and how, ``checkpoint.pt`` holds everything, ``history.json``
    the records of the epochs.

    Args:
        path: the folder; it is made if it is not there.
        seconds: time between two checkpoints; 0 makes one due after every step.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds = path, seconds
        self._last = time.monotonic()
        self._cost = 0.0

    @property
    def checkpoint(self) -> Path:
        """The file that a training goes on from."""
        return self.path / "checkpoint.pt"

    @property
    def history(self) -> Path:
        """The records of the epochs, as JSON."""
        return self.path / "history.json"

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        if self.seconds == 0:
            return True
        wait = max(self.seconds, _SHARE_OF_TIME * self._cost)
        return time.monotonic() - self._last >= wait

    @contextlib.contextmanager
    def reserved(self, resume: bool) -> Iterator[None]:
        """Keep the folder for this process; a lock that a killed process held is free again.

        Raises:
            CheckpointError: if another process trains there, if it cannot be made, or if it holds
                a training that ``resume`` does not ask to go on with.
        """
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / ".lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise CheckpointError(
                f"another process is training in {self.path}; wait for it, or choose another folder"
            ) from error
        except OSError as error:
            raise CheckpointError(
                f"{self.path} cannot be written ({error.strerror or error}); choose another folder"
            ) from error
        with lock:
            if not resume and self.checkpoint.exists():
                raise CheckpointError(
                    f"{self.path} holds a training; go on with it by --resume (resume=True), or "
                    "choose another folder"
                )
            yield

    def save(self, content: dict[str, Any]) -> None:
        """Write the checkpoint.

        Raises:
            CheckpointError: if it cannot be written; the one before is intact.
        """
        started = time.monotonic()
        write_checkpoint(self.checkpoint, content)
        self._last = time.monotonic()
        self._cost = self._last - started

    def describe(self, about: dict[str, Any]) -> None:
        """Write what is trained here, and how; what is said already and not told anew stays."""
        path = self.path / "run.json"
        with contextlib.suppress(OSError, ValueError):
            about = json.loads(path.read_text(encoding="utf-8")) | about
        write_whole(path, json.dumps(about, indent=1).encode())

    def save_history(self, history: History) -> None:
        """Write the records of the epochs."""
        write_whole(self.history, json.dumps(history.as_dict(), indent=1).encode())

    def read(self) -> dict[str, Any]:
        """What the checkpoint holds.

        Raises:
            CheckpointError: if there is none, or it cannot be trusted.
        """
        return read_checkpoint(self.checkpoint)
