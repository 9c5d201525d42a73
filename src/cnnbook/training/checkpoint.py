"""Checkpoints: written whole or not at all, read without executing anything that is in them."""

import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import torch

from .errors import CheckpointError

_FORMAT = 2

# What a new file of this process may allow; it can only be asked for by setting it.
_UMASK = os.umask(0)
os.umask(_UMASK)


def write_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint beside the old one, then put it in its place.

    A process that is killed, or a disk that fills up, at any moment leaves the old one or the new.

    Raises:
        CheckpointError: if it cannot be written; the old one is still there.
    """
    buffer = io.BytesIO()  # torch's own writer reports a full disk without saying so
    torch.save({"format": _FORMAT, **content}, buffer)
    write_whole(path, buffer.getbuffer())


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file so that whoever looks sees the old content or the new one, never a part.

    Raises:
        CheckpointError: if it cannot be written.
    """
    written: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        written = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        written.chmod(0o666 & ~_UMASK)  # a temporary file is for its owner alone
        written.replace(path)
    except OSError as error:
        if written is not None:
            written.unlink(missing_ok=True)
        kept = "what it held before is intact" if path.exists() else "nothing was written"
        raise CheckpointError(
            f"{path} cannot be written ({error.strerror or error}); {kept}. "
            "Free space or choose another folder, then go on with --resume (resume=True)"
        ) from error
    except BaseException:  # a second Ctrl-C must not leave parts behind
        if written is not None:
            written.unlink(missing_ok=True)
        raise


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a checkpoint holds, on the CPU. Only tensors and plain values are read from it.

    Raises:
        CheckpointError: if there is none, or it is damaged, of another kind, or not plain data.
    """
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint {path}; train without --resume first")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # torch.load does not compare the checksums
        if damaged is None:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except zipfile.BadZipFile as error:
        raise _damaged(path) from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror or error})") from error
    except Exception as error:
        if "weights_only" in str(error) or "Unsupported" in str(error):
            raise CheckpointError(
                f"{path} holds more than tensors and plain values and was not loaded, since "
                "loading it could run code; use a checkpoint that cnnbook has written"
            ) from error
        raise _damaged(path) from error
    if damaged is not None:
        raise _damaged(path)
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise CheckpointError(
            f"{path} is no checkpoint of this version of cnnbook; use one that it has written"
        )
    return content


def _damaged(path: Path) -> CheckpointError:
    return CheckpointError(
        f"{path} is damaged: it was cut off or changed. Restore it from a copy, or delete it and "
        "train anew"
    )
