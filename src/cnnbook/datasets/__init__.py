"""Data sets by name, each as one tensor of bytes.

:func:`names` lists them. A data set has a reader: those in MNIST's file format have one in common
and are entries of :data:`cnnbook.datasets.idx.SOURCES`; any other is a function of the split in
:data:`READERS`. The files of the former lie in the folder that ``root`` names, else in
``CNNBOOK_DATA``, else in the user's cache folder, in torchvision's layout, and are downloaded once
when they are missing.
"""

import difflib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from .._surroundings import usual_torch
from .digits import load_digits, load_small_digits
from .download import DataUnreachable, fetch
from .for_torchvision import standing_in
from .gratings import load_gratings
from .idx import (
    DIGITS,
    SOURCES,
    DataError,
    damaged_files,
    data_folder,
    fetch_command,
    missing_files,
    read_split,
)
from .imageset import ImageSet

__all__ = [
    "DIGITS",
    "DataError",
    "DataUnreachable",
    "ImageSet",
    "data_folder",
    "fetch_named",
    "load",
    "names",
    "prepare",
    "state",
    "torchvision_root",
]

READERS: dict[str, Callable[[str], ImageSet]] = {
    "digits": load_digits,
    "digits-8x8": load_small_digits,
    "gratings": load_gratings,
}
"""What needs no download: from ``"train"`` or ``"test"`` to the images."""
FALLBACK = "CNNBOOK_FALLBACK"
REPORTED = "CNNBOOK_FALLBACK_REPORTED"
"""The names whose fallback :func:`prepare` has reported, for this process and its children."""
SPLITS = ("train", "test")
_log = logging.getLogger(__name__)


def names() -> tuple[str, ...]:
    """The data sets there are: those in files, then those that need no download.

    >>> names()[:2]
    ('mnist', 'fashion-mnist')
    """
    return (*SOURCES, *READERS)


def load(
    name: str, split: str = "train", *, root: str | Path | None = None, download: bool = True
) -> ImageSet:
    """A split of a data set.

    Args:
        name: one of :func:`names`, such as ``"mnist"``, or ``"digits"``, which needs no download
            (see :func:`~cnnbook.datasets.digits.load_digits`).
        split: ``"train"`` or ``"test"``.
        root: the data folder.
        download: whether missing files are downloaded.

    Returns:
        Images as uint8 ``(N, 1, H, W)``, mostly of 28×28, with their labels. With
        ``CNNBOOK_FALLBACK=digits`` set, the digits stand in for data that cannot be had, and the
        set's name says so.

    Raises:
        ValueError: for an unknown name or split.
        DataError: if the data cannot be had, or are damaged.

    >>> load("digits", "train")
    ImageSet('digits', 'train': 1437 images of 1x28x28, 10 classes)
    """
    _check_name(name)
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; there are {' and '.join(SPLITS)}")
    # What is made or kept here is the same in a notebook that has set another number format,
    # another device or torch.inference_mode().
    with usual_torch():
        return READERS[name](split) if name in READERS else _of_files(name, split, root, download)


def _of_files(name: str, split: str, root: str | Path | None, download: bool) -> ImageSet:
    """A split of a data set that lies in files, downloaded if they are missing."""
    source, folder = SOURCES[name], data_folder(root)
    if missing_files(source, folder):
        if _falls_back():
            # What `prepare` has said need not be said again: a page's error stream stays empty.
            level = logging.INFO if name in _reported() else logging.WARNING
            _log.log(level, "%s is not in %s; the embedded digits stand in for it", name, folder)
            return load_digits(split)
        try:
            if not download:
                raise DataUnreachable(f"{name} is not in {folder}")
            fetch(source, folder)
        except DataUnreachable as error:
            raise DataUnreachable(
                f"{error}; run {fetch_command(name, folder)} with a network, name a folder that "
                f"holds it in CNNBOOK_DATA, or set {FALLBACK}=digits to go on with small digits"
            ) from error
    # Copies: what a caller changes in place must not be in what the next one loads.
    images, labels = (tensor.clone() for tensor in read_split(source, split, folder))
    return ImageSet(name, split, images, labels, source.class_names)


def torchvision_root(name: str, root: str | Path | None = None) -> Path:
    """The folder to give to torchvision's class as ``root``, with the data set in it.

    Args:
        name: one that lies in files, such as ``"mnist"``.
        root: the data folder.

    Returns:
        The data folder, after a download if the data were missing. With ``CNNBOOK_FALLBACK=digits``
        set, and data that cannot be had, a folder that lasts as long as this process, where
        the digits lie in the files of that data set.

    Raises:
        ValueError: for a name that torchvision has no class for here.
        DataError: if the data cannot be had.

    >>> torchvision_root("digits")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: torchvision reads mnist and fashion-mnist..., not 'digits'
    """
    if name not in SOURCES:
        raise ValueError(f"torchvision reads {' and '.join(SOURCES)}, not {name!r}")
    if load(name, root=root).name != name:
        return standing_in(name)
    return data_folder(root)


def fetch_named(name: str, root: str | Path | None = None) -> Path:
    """Download a data set if it is not there, replace its damaged files; returns its folder.

    Raises:
        ValueError: for an unknown name.
        DataError: if the data cannot be had.
    """
    _check_name(name)
    if name in READERS:
        return Path()
    fetch(SOURCES[name], data_folder(root))
    return SOURCES[name].folder(data_folder(root))


def state(name: str, root: str | Path | None = None) -> str:
    """Whether a data set is there: ``"there"``, ``"embedded"``, ``"damaged"`` or ``"absent"``.

    >>> state("digits")
    'embedded'
    """
    _check_name(name)
    if name in READERS:
        return "embedded"
    source, folder = SOURCES[name], data_folder(root)
    if missing_files(source, folder):
        return "absent"
    return "damaged" if damaged_files(source, folder) else "there"


def prepare(wanted: Sequence[str] = ("mnist",), root: str | Path | None = None) -> dict[str, str]:
    """Make data sets ready before pages run.

    Args:
        wanted: names of data sets.
        root: the data folder.

    Returns:
        Those that cannot be had, each with the reason; from then on the embedded digits stand in
        for them in this process and its children.

    Raises:
        DataError: if a data set is damaged, or its folder cannot be used. That is put right by a
            person, not papered over.
    """
    replaced = {}
    for name in wanted:
        _check_name(name)
        if name in READERS:
            continue
        source, folder = SOURCES[name], data_folder(root)
        if damaged := damaged_files(source, folder):
            raise DataError(
                f"{damaged[0]} is damaged; delete it and run {fetch_command(name, folder)}"
            )
        if not missing_files(source, folder):
            continue
        try:
            if _falls_back() and (not _reported() or name in _reported()):
                raise DataUnreachable(f"{name} is not in {folder}")
            fetch(source, folder)
        except DataUnreachable as error:
            replaced[name] = f"the embedded digits stand in for {name}: {error}"
            _log.warning("%s", replaced[name])
    if replaced:
        os.environ[FALLBACK] = "digits"
        os.environ[REPORTED] = ",".join(sorted(_reported() | set(replaced)))
    return replaced


def _falls_back() -> bool:
    wanted = os.environ.get(FALLBACK, "")
    if wanted not in ("", "digits"):
        raise DataError(f"{FALLBACK} is {wanted!r}; the only fallback there is is 'digits'")
    return bool(wanted)


def _reported() -> set[str]:
    return set(filter(None, os.environ.get(REPORTED, "").split(",")))


def _check_name(name: str) -> None:
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"there is no data set {name!r}; there are {', '.join(names())}{hint}")
