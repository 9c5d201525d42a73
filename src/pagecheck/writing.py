"""Write a page back into its file: whole or not at all, and only if nobody else has written it.

The file keeps its mode; a symbolic link stays one, and what it points to is written; a file with
several names keeps them.
"""

import os
import shutil
import tempfile
from pathlib import Path


class PageChanged(Exception):  # noqa: N818 - it reports a state, not a fault of its own
    """The file is no longer the one that was read."""


def replace_content(path: Path, before: bytes, after: bytes) -> None:
    """Put new content in place of the one that was read.

    Args:
        path: the file.
        before: what was read from it; it is looked at once more right before writing.
        after: what to write.

    Raises:
        PageChanged: if the file holds something else by now.
        OSError: if it cannot be written; it then holds what it held.
    """
    target = path.resolve()
    if target.stat().st_nlink > 1:  # a new file would leave the other names behind
        _unchanged(target, before)
        with target.open("r+b") as stream:
            stream.write(after)
            stream.truncate()
        return
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
        shutil.copymode(target, name)
        _unchanged(target, before)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _unchanged(path: Path, before: bytes) -> None:
    if path.read_bytes() != before:
        raise PageChanged(path)
