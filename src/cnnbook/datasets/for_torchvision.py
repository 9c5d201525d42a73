"""For code that reads its data with torchvision's classes: a folder in which they find them."""

import struct
import tempfile
from functools import cache
from pathlib import Path

import torch

from .digits import load_digits
from .idx import IMAGES_MAGIC, LABELS_MAGIC, SOURCES, IdxSource


def write_as(source: IdxSource, root: Path) -> None:
    """Write the embedded digits into a data folder in the files of another data set.

    Such files are for torchvision's classes only; :func:`cnnbook.datasets.load` takes them for
    damaged ones, as it should.
    """
    folder = source.folder(root)
    folder.mkdir(parents=True)
    for split, prefix in (("train", "train"), ("test", "t10k")):
        digits = load_digits(split)
        write_idx(folder / f"{prefix}-images-idx3-ubyte", IMAGES_MAGIC, digits.images[:, 0])
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", LABELS_MAGIC, digits.labels)


def write_idx(path: Path, magic: int, values: torch.Tensor) -> None:
    """Write an array of bytes as :func:`cnnbook.datasets.idx.read_idx` reads it."""
    header = struct.pack(f">{1 + values.ndim}i", magic, *values.shape)
    path.write_bytes(header + values.to(torch.uint8).numpy().tobytes())


@cache
def standing_in(name: str) -> Path:
    """A data folder that is gone when the process ends, with the digits in place of a data set."""
    folder = tempfile.TemporaryDirectory(prefix="cnnbook-")
    _kept.append(folder)
    write_as(SOURCES[name], Path(folder.name))
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""A temporary folder lasts as long as its object."""
