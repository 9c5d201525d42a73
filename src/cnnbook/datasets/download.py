"""Download a data set: torchvision fetches and verifies, into a folder that nothing trusts yet.

Only whole, verified files are moved to their place, one `os.replace` each, under a lock. Whatever
happens before leaves nothing that the next run would take for data.
"""

import contextlib
import errno
import gzip
import http.client
import io
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .idx import DataError, IdxSource, damaged_files, file_md5, missing_files

CONNECT_SECONDS = 5.0
"""How long a mirror may take to answer at all."""
READ_SECONDS = 20.0
"""How long a download may stand still."""
LOCK_SECONDS = 900.0
"""How long to wait for another process that downloads the same data."""

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_OF_THE_DISK = _DISK_FULL | {errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG, errno.EIO}


class DataUnreachable(DataError):  # noqa: N818 - it names a state of the world
    """The data are not here and their servers cannot be reached."""


def fetch(source: IdxSource, root: Path) -> None:
    """Make sure that a data set's files are there and right; download those that are not.

    Args:
        source: the data set.
        root: the data folder.

    Raises:
        DataUnreachable: if no server can be reached, or none has the right files.
        DataError: if the folder cannot be written or the disk is full.
    """
    if not missing_files(source, root) and not damaged_files(source, root):
        return
    from filelock import FileLock, Timeout

    with _folder_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=root).close()  # it fails here, before a server is asked
    # Asked outside the lock, so that processes without a network do not wait in a row.
    mirrors, problems = _answering_mirrors(_torchvision_class(source))
    try:
        with _folder_errors(root), FileLock(root / f".{source.name}.lock", timeout=LOCK_SECONDS):
            if missing_files(source, root) or damaged_files(source, root):
                _replace_files(source, root, mirrors, problems)
    except Timeout as error:
        raise DataError(
            f"another process has been downloading {source.name} into {root} for more than "
            f"{LOCK_SECONDS:.0f} s; wait for it, or end it and try again"
        ) from error


def _replace_files(source: IdxSource, root: Path, mirrors: list[str], problems: list[str]) -> None:
    for leftover in root.glob(f".{source.name}-*"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f".{source.name}-", dir=root) as scratch:
        # One mirror after the other: torchvision itself gives up where one stands still.
        for mirror in mirrors:
            problem = _download(source, mirror, Path(scratch))
            if problem is None:
                break
            problems.append(f"{_host(mirror)}: {problem}")
        else:
            raise DataUnreachable(
                f"{source.name} is not in {root}, and no server hands it out "
                f"({'; '.join(problems)})"
            )
        target = source.folder(root)
        target.mkdir(parents=True, exist_ok=True)
        for name in source.md5:
            (source.folder(Path(scratch)) / name).replace(target / name)


def _download(source: IdxSource, mirror: str, scratch: Path) -> str | None:
    """Have torchvision download, verify and unpack; returns what went wrong."""
    original = _torchvision_class(source)
    # torchvision names its folder by the class, so that the stand-in has to have the same name.
    stand_in = type(source.torchvision_class, (original,), {"mirrors": [mirror]})
    fetched = source.folder(scratch)
    try:
        with _patience(), _quiet():
            stand_in(scratch, train=True, download=True)
    except (TimeoutError, http.client.HTTPException, RuntimeError, OSError) as error:
        if getattr(error, "errno", None) in _OF_THE_DISK:
            raise
        damage = _archive_damage(original.resources, fetched)
        if isinstance(error, TimeoutError):
            return f"the download stood still for {READ_SECONDS:.0f} s"
        return damage or str(error).strip().rpartition("\n")[2] or type(error).__name__
    for name, md5 in source.md5.items():
        if not (fetched / name).is_file() or file_md5(fetched / name) != md5:
            return f"{name} has the wrong checksum after unpacking"
    return None


def _archive_damage(resources: list[tuple[str, str]], folder: Path) -> str | None:
    """What is wrong with the archive that torchvision refused."""
    for name, md5 in resources:
        if not (folder / name).is_file() or file_md5(folder / name) == md5:
            continue
        try:
            gzip.decompress((folder / name).read_bytes())
        except EOFError:
            return f"{name} was cut short"
        except (OSError, zlib.error):  # it is no archive at all
            pass
        return f"{name} has the wrong checksum"
    return None


def _torchvision_class(source: IdxSource) -> Any:
    import torchvision.datasets

    return getattr(torchvision.datasets, source.torchvision_class)


def _answering_mirrors(dataset: Any) -> tuple[list[str], list[str]]:
    """The mirrors that hand out the first file, and what is wrong with the others.

    They are asked side by side, each for a few seconds. A name server that does not answer cannot
    be given a time limit, hence the threads.
    """
    first = dataset.resources[0][0]
    answers: dict[str, str] = {}

    def ask(mirror: str) -> None:
        request = urllib.request.Request(mirror + first, headers={"Range": "bytes=0-0"})
        try:
            with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as response:
                response.read(1)
            answers[mirror] = ""
        except urllib.error.HTTPError as error:
            answers[mirror] = f"HTTP {error.code} {error.reason}"
            error.close()
        except Exception as error:  # any failure means the same: this mirror does not serve
            answers[mirror] = str(getattr(error, "reason", error)) or type(error).__name__

    threads = [threading.Thread(target=ask, args=(m,), daemon=True) for m in dataset.mirrors]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + CONNECT_SECONDS + 0.5
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    silence = f"no answer in {CONNECT_SECONDS:.0f} s"
    found = {mirror: answers.get(mirror, silence) for mirror in dataset.mirrors}
    return (
        [mirror for mirror, problem in found.items() if not problem],
        [f"{_host(mirror)}: {problem}" for mirror, problem in found.items() if problem],
    )


def _host(mirror: str) -> str:
    return urllib.parse.urlparse(mirror).netloc


@contextlib.contextmanager
def _folder_errors(root: Path) -> Iterator[None]:
    """Say what an operating system's error means for the data folder."""
    try:
        yield
    except TimeoutError:  # the lock's, which is no fault of the folder
        raise
    except OSError as error:
        elsewhere = "or name another folder in CNNBOOK_DATA"
        if error.errno in _DISK_FULL:
            raise DataError(f"the disk of {root} is full; free some space, {elsewhere}") from error
        raise DataError(
            f"the data folder {root} cannot be written ({error.strerror or error}); "
            f"make it writable, {elsewhere}"
        ) from error


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """A time limit for sockets that torchvision opens without one."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(READ_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Show torchvision's progress bars on a terminal only."""
    terminal = sys.stderr is not None and sys.stderr.isatty()
    shown = sys.stderr if terminal else io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        yield
