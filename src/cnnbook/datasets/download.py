"""Download a data set: pooch fetches and verifies, into a folder that nothing trusts yet.

Only whole, verified files are moved to their place, one `os.replace` each, under a lock. Whatever
happens before leaves nothing that the next run would take for data.
"""

import contextlib
import errno
import shutil
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
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
    """Download, verify and unpack from one mirror; returns what went wrong."""
    fetched = source.folder(scratch)
    for name, md5 in _torchvision_class(source).resources:
        try:
            _retrieve(mirror + name, md5, fetched / name)
        except (OSError, ValueError) as error:  # those of requests are OSErrors
            if getattr(error, "errno", None) in _OF_THE_DISK:
                raise
            return f"{name} {_complaint(error)}"
    for name, md5 in source.md5.items():
        if not (fetched / name).is_file() or file_md5(fetched / name) != md5:
            return f"{name} has the wrong checksum after unpacking"
    return None


def _retrieve(url: str, md5: str, archive: Path) -> None:
    """Download one archive by pooch, with a progress bar on a terminal, and unpack it beside it."""
    import pooch

    shown = sys.stderr is not None and sys.stderr.isatty()
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")  # it tells of each download
    try:
        pooch.retrieve(
            url,
            known_hash=f"md5:{md5}",
            fname=archive.name,
            path=archive.parent,
            processor=pooch.Decompress(method="gzip", name=archive.name.removesuffix(".gz")),
            downloader=pooch.HTTPDownloader(
                progressbar=shown, timeout=(CONNECT_SECONDS, READ_SECONDS)
            ),
        )
    finally:
        logger.setLevel(level)


def _complaint(error: Exception) -> str:
    """What an error of pooch or requests means, in a line."""
    said = str(error).strip().rpartition("\n")[2]
    if "IncompleteRead" in said:
        return "was cut short"
    if "imed out" in said:
        return f"stood still for {READ_SECONDS:.0f} s"
    if isinstance(error, ValueError):
        return "has the wrong checksum"
    return f"cannot be had ({said or type(error).__name__})"


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
