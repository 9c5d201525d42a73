"""What took long to make, kept by everything that decides it: made once, shared by all who ask.

Pages, tests and readers ask for the same trained networks. What is kept is a dictionary of tensors,
numbers and texts; its file is whole or not there, and reading it executes nothing. Its name holds a
digest of the code that made it, torch's version, the settings and the data. Bits differ between
machines and thread counts; what is kept is one honest run of exactly this code.
"""

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from . import code_digest

_log = logging.getLogger(__name__)


class NotCached(Exception):  # noqa: N818 - it names a state
    """A trained model was asked for that is not kept, and training is not allowed here."""


def cache_folder() -> Path:
    """Where it is kept: below ``CNNBOOK_CACHE``, else in the user's cache folder."""
    if named := os.environ.get("CNNBOOK_CACHE"):
        return Path(named).expanduser() / "runs"
    from platformdirs import user_cache_path

    return user_cache_path("cnnbook") / "runs"


def cached(
    name: str,
    make: Callable[[], Mapping[str, Any]],
    *,
    code: Sequence[str],
    settings: Mapping[str, Any],
    check: Callable[[dict[str, Any]], object] = lambda content: None,
) -> tuple[dict[str, Any], bool]:
    """What ``make`` returns: the kept one, else a new one, which is kept.

    With ``CNNBOOK_RUNS=read-only`` nothing is made. The generators of the caller are left alone.

    Args:
        name: for people, begins the file's name.
        make: called without arguments; returns a dictionary of tensors, state dictionaries,
            numbers, texts, and lists and dictionaries of them. It seeds itself.
        code: modules inside the package that decide the outcome, such as ``"training"``; what they
            import from the package has to be named as well, see
            :func:`cnnbook.cache.code_digest.imported_code`.
        settings: everything else that decides it: settings, seeds, digests of data, the device.
        check: raises if the content is not what is needed; then the file is made anew.

    Returns:
        The content, read back from its file, and whether it was made just now.

    Raises:
        NotCached: if it is not kept and nothing may be made.
        OSError: if it cannot be written.
    """
    parts = [code_digest.source_digest(*code), torch.__version__, name, settings]
    key = hashlib.sha256(json.dumps(parts, sort_keys=True, default=repr).encode()).hexdigest()[:20]
    path = cache_folder() / f"{name}-{key}.pt"
    if (content := _read(path, check)) is not None:
        return content, False
    if os.environ.get("CNNBOOK_RUNS") == "read-only":
        told = ", ".join(f"{setting}={value}" for setting, value in settings.items())
        raise NotCached(f"{name} ({told}) has not been trained; unset CNNBOOK_RUNS to train it")
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):  # another process may be making the same
        if (content := _read(path, check)) is not None:
            return content, False
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            made = dict(make())
        _write(path, made)
        # Read back, so that what is new and what is kept are the same, layout in memory included.
        if (content := _read(path, check)) is None:
            raise OSError(f"{path} cannot be read back; check the disk, or set CNNBOOK_CACHE")
        return content, True


@dataclass(frozen=True)
class CachedFile:
    """A file of the cache.

    Attributes:
        path: where it lies.
        name: what it holds, for people.
        size: in bytes.
        days: since it was made or last read.
    """

    path: Path
    name: str
    size: int
    days: float


def cached_files() -> list[CachedFile]:
    """All that is kept, what was used last first."""
    found = []
    for path in cache_folder().glob("*.pt"):
        with contextlib.suppress(FileNotFoundError):  # removed meanwhile
            about = path.stat()
            days = (time.time() - about.st_mtime) / 86_400
            found.append(CachedFile(path, path.stem.rpartition("-")[0], about.st_size, days))
    return sorted(found, key=lambda one: (one.days, one.name))


def prune(days: float) -> list[CachedFile]:
    """Remove what nobody has read for some days; returns it.

    What other code, data or versions have made is never asked for again, and goes this way. What
    is removed and asked for is made anew.

    Args:
        days: 0 removes everything.

    Raises:
        ValueError: if ``days`` is negative.
        OSError: if a file cannot be removed.
    """
    if not days >= 0:
        raise ValueError(f"days must be 0 or more, not {days}")
    removed = [one for one in cached_files() if one.days >= days]
    for one in removed:
        one.path.unlink(missing_ok=True)
        one.path.with_suffix(".lock").unlink(missing_ok=True)
    left = (path for path in cache_folder().glob(".*.pt.*"))  # by writers that were killed
    for path in left:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > 86_400:
                path.unlink()
    return removed


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            torch.save(content, stream)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path, check: Callable[[dict[str, Any]], object]) -> dict[str, Any] | None:
    """What is kept; a damaged file is discarded, one that cannot be read now is not.

    Raises:
        OSError: if it cannot be read, for want of rights or of file handles, say.
        MemoryError: if there is not enough memory.
    """
    if not path.exists():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:  # torch.load does not look
                raise zipfile.BadZipFile(damaged)
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        check(content)
    except MemoryError:
        raise
    except OSError as error:
        raise type(error)(
            f"{path} cannot be read ({error.strerror or error}); nothing is lost"
        ) from error
    except Exception as error:  # whatever is wrong with the file, the remedy is to make it again
        if "not enough memory" in str(error) or "can't allocate memory" in str(error):
            raise  # PyTorch's own RuntimeError for it
        _log.warning("%s is damaged (%s) and is made anew", path, type(error).__name__)
        path.unlink(missing_ok=True)
        return None
    with contextlib.suppress(OSError):  # a folder that may only be read
        os.utime(path)
    return content
