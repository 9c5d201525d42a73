"""What processes that were killed have left: temporary files that nobody renames or removes."""

import contextlib
import re
import shutil
import tempfile
import time
from pathlib import Path

OLD = 86_400
"""Seconds after which a temporary file is nobody's; writing one takes a moment, a page minutes."""
_SCRATCH = re.compile(r"pagecheck-\w{8}")


def remove_old_parts(folder: Path) -> None:
    """Remove what :func:`pagecheck.store.write_whole` has not come to rename, once it is old."""
    for path in folder.glob(".*.json.*"):
        if _is_old(path):
            path.unlink(missing_ok=True)


def remove_old_scratch() -> None:
    """Remove the folders of kernels whose process was killed, once they are old."""
    for path in Path(tempfile.gettempdir()).glob("pagecheck-*"):
        # Others may have folders of such a name; what lies in a kernel's is known.
        if _SCRATCH.fullmatch(path.name) and (path / "printed").is_file() and _is_old(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_old(path: Path) -> bool:
    with contextlib.suppress(OSError):  # removed meanwhile
        return time.time() - path.stat().st_mtime > OLD
    return False
