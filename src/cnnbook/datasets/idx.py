"""The files of MNIST and Fashion-MNIST: where they lie, how they are verified and read.

The layout is torchvision's, so that a folder which torchvision filled is taken as it is. The files
are read here, without torchvision, whose import takes longer than a fast training.
"""

import hashlib
import os
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

CLOTHES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
DIGITS = tuple("0123456789")

IMAGES_MAGIC, LABELS_MAGIC = 2051, 2049
"""What the files of images and of labels begin with; the last byte is the number of dimensions."""


class DataError(Exception):
    """Data cannot be had or used; the message names the file or folder and the remedy."""


@dataclass(frozen=True)
class IdxSource:
    """A data set in the four files of the original MNIST, which a class of torchvision downloads.

    Args:
        name: its name here.
        torchvision_class: its class in ``torchvision.datasets``, which knows the addresses, and
            whose name is also that of the folder.
        class_names: names of its classes.
        md5: the MD5 of each file once it is unpacked; torchvision has those of the packed ones.
    """

    name: str
    torchvision_class: str
    class_names: tuple[str, ...]
    md5: dict[str, str]

    def folder(self, root: Path) -> Path:
        """Where its unpacked files lie below the data folder."""
        return root / self.torchvision_class / "raw"


SOURCES = {
    "mnist": IdxSource(
        "mnist",
        "MNIST",
        DIGITS,
        {
            "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
            "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
            "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
            "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
        },
    ),
    "fashion-mnist": IdxSource(
        "fashion-mnist",
        "FashionMNIST",
        CLOTHES,
        {
            "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
            "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
            "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
        },
    ),
}


def missing_files(source: IdxSource, root: Path) -> list[Path]:
    """The files of a data set that are not there."""
    folder = source.folder(root)
    return [folder / name for name in source.md5 if not (folder / name).is_file()]


def damaged_files(source: IdxSource, root: Path) -> list[Path]:
    """The files of a data set that are there but are not what they should be."""
    folder = source.folder(root)
    return [
        folder / name
        for name, md5 in source.md5.items()
        if (folder / name).is_file() and file_md5(folder / name) != md5
    ]


def file_md5(path: Path) -> str:
    """The MD5 of a file, computed once for as long as the file does not change."""
    status = path.stat()
    return _md5(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _md5(path: Path, mtime: int, size: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def read_split(source: IdxSource, split: str, root: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Images ``(N, 1, H, W)`` and labels ``(N,)`` of one split; files are read once.

    Raises:
        DataError: if a file is not what it should be.
    """
    prefix = "train" if split == "train" else "t10k"
    folder = source.folder(root)
    paths = (folder / f"{prefix}-images-idx3-ubyte", folder / f"{prefix}-labels-idx1-ubyte")
    statuses = [path.stat() for path in paths]
    return _read_pair(*paths, source.name, tuple((s.st_mtime_ns, s.st_size) for s in statuses))


@lru_cache(maxsize=4)
def _read_pair(
    images: Path, labels: Path, name: str, identity: tuple[tuple[int, int], ...]
) -> tuple[torch.Tensor, torch.Tensor]:
    source = SOURCES[name]
    return (
        read_idx(images, IMAGES_MAGIC, source).unsqueeze(1),
        read_idx(labels, LABELS_MAGIC, source).long(),
    )


def read_idx(path: Path, magic: int, source: IdxSource) -> torch.Tensor:
    """The array in a file: a magic number, its dimensions, its bytes.

    Raises:
        DataError: naming the file, what is wrong with it, and the remedy.
    """
    remedy = f"delete it and run {fetch_command(source.name, path.parents[2])}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); {remedy}") from error
    dimensions = magic % 256
    header = 4 * (1 + dimensions)
    if len(content) < header:
        raise DataError(f"{path} is cut short: {len(content)} bytes; {remedy}")
    found, *shape = struct.unpack(f">{1 + dimensions}i", content[:header])
    if found != magic:
        raise DataError(
            f"{path} is no file of {source.name}: it begins with {found}, "
            f"not with {magic}; {remedy}"
        )
    expected = header + int(np.prod(shape))
    if len(content) < expected:
        raise DataError(f"{path} is cut short: {len(content)} bytes of {expected}; {remedy}")
    if file_md5(path) != source.md5[path.name]:
        held = " x ".join(map(str, shape))
        raise DataError(
            f"{path} is damaged or another file: it holds {held} values, and its MD5 is not that "
            f"of the original; {remedy}"
        )
    array = np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)
    return torch.from_numpy(array.copy())


def data_folder(root: str | Path | None = None) -> Path:
    """Where data are kept: ``root``, else ``CNNBOOK_DATA``, else the user's cache folder.

    Raises:
        DataError: if a file is there.

    >>> data_folder("somewhere").name
    'somewhere'
    """
    from platformdirs import user_cache_path

    named = root if root is not None else os.environ.get("CNNBOOK_DATA")
    folder = Path(named).expanduser() if named else user_cache_path("cnnbook") / "data"
    if folder.is_file():
        raise DataError(
            f"the data folder {folder} is a file; name a folder as root or in CNNBOOK_DATA"
        )
    return folder


def fetch_command(name: str, root: Path) -> str:
    """The command that fetches a data set into a data folder.

    >>> fetch_command("mnist", Path("there"))
    '`cnnbook data fetch mnist --root there`'
    """
    where = "" if root == data_folder() else f" --root {root}"
    return f"`cnnbook data fetch {name}{where}`"
