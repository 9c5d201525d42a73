"""What took long to make, kept by everything that decides it: made once, shared by all who ask.

Pages, tests and readers ask for the same trained networks. What is kept is a dictionary of tensors,
numbers and texts; its file is whole or not there, and reading it executes nothing. Its name holds a
digest of the code that made it, torch's version, the settings and the data. Bits differ between
machines and thread counts; what is kept is one honest run of exactly this code.
"""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from . import environment

_log = logging.getLogger(__name__)


class RunMissing(Exception):  # noqa: N818 - it names a state
    """A trained model was asked for that is not kept, and training is not allowed here."""


def kept_folder() -> Path:
    """Where it is kept: below ``CNNBOOK_CACHE``, else in the user's cache folder."""
    if named := os.environ.get("CNNBOOK_CACHE"):
        return Path(named).expanduser() / "runs"
    from platformdirs import user_cache_path

    return user_cache_path("cnnbook") / "runs"


def kept(
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
            :func:`cnnbook.environment.imported_code`.
        settings: everything else that decides it: settings, seeds, digests of data, the device.
        check: raises if the content is not what is needed; then the file is made anew.

    Returns:
        The content, read back from its file, and whether it was made just now.

    Raises:
        RunMissing: if it is not kept and nothing may be made.
        OSError: if it cannot be written.
    """
    parts = [environment.source_digest(*code), torch.__version__, name, settings]
    key = hashlib.sha256(json.dumps(parts, sort_keys=True, default=repr).encode()).hexdigest()[:20]
    path = kept_folder() / f"{name}-{key}.pt"
    if (content := _read(path, check)) is not None:
        return content, False
    if os.environ.get("CNNBOOK_RUNS") == "read-only":
        told = ", ".join(f"{setting}={value}" for setting, value in settings.items())
        raise RunMissing(f"{name} ({told}) has not been trained; unset CNNBOOK_RUNS to train it")
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
    """What is kept; a damaged file is discarded."""
    if not path.exists():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:  # torch.load does not look
                raise zipfile.BadZipFile(damaged)
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        check(content)
    except Exception as error:  # whatever is wrong with the file, the remedy is to make it again
        _log.warning("%s is damaged (%s) and is made anew", path, type(error).__name__)
        path.unlink(missing_ok=True)
        return None
    return content
