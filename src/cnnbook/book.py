"""The conditions under which the book's pages run: data, device, number format, versions, source.

The build, ``make accept`` and the tests all ask here (``conf.py`` names it), so that a page meets
the same data and the same key everywhere.
"""

import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from .cache import code_digest
from .cli import environment

_RUNNERS = ("ipykernel", "ipython")
"""What of the book's own requirements can change an output."""
_GPU_MEMORY_OF_A_PAGE = 6 << 30
"""Bytes for a page's images, models, and PyTorch's own share: a guess, not measured."""


class Page(Protocol):
    """What is asked of a page: the data sets that it names, and its cells."""

    @property
    def data(self) -> Sequence[str]: ...
    @property
    def cells(self) -> Sequence["Cell"]: ...


class Cell(Protocol):
    """What is asked of a cell."""

    @property
    def source(self) -> str: ...


@dataclass(frozen=True)
class Conditions:
    """What a page runs under.

    ``fingerprint`` is a digest of everything off the page that can change an output, ``about``
    what the page says of it, and ``substituted`` the data sets that are replaced by others, each
    with the reason. ``environment`` tells the page's kernel what has been decided here, so that
    a measurement that turns out otherwise there cannot make it compute in another format.
    """

    fingerprint: str
    about: dict[str, str]
    substituted: dict[str, str]
    environment: dict[str, str]


def prepare_data(names: Sequence[str]) -> dict[str, str]:
    """Make data sets ready, once in a process; returns those replaced, each with the reason.

    Raises:
        EnvironmentProblem: if torch and torchvision do not fit together.
        DataError: if a data set is there but damaged, or its folder cannot be used.
    """
    environment.check_torch_pair()
    return dict(_prepared(tuple(sorted(names))))


@cache
def _prepared(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    from . import datasets

    return tuple(datasets.prepare(names).items())


def conditions_for(page: Page) -> Conditions:
    """The conditions for a page.

    Raises:
        EnvironmentProblem: if torch and torchvision do not fit together.
        DataError: if a data set is there but damaged, or its folder cannot be used.
    """
    environment.check_torch_pair()
    substituted = prepare_data(page.data) if page.data else {}
    device, described, numbers = _device()
    used = sorted("digits" if name in substituted else name for name in page.data)
    settings = {
        name: os.environ[name]
        for name in ("CNNBOOK_FALLBACK", "CNNBOOK_RUNS")
        if name in os.environ and page.data
    }
    code = [code_digest.source_digest(module) for module in code_of(page)]
    content = json.dumps([code, _versions(), device, numbers, used, settings])
    about = {
        "on": described,
        "with": f"Python {platform.python_version()}, torch {_versions()['torch']}",
        "in": numbers,
        "data": ", ".join(used) or "none",
    }
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Conditions(digest, about, substituted, {"CNNBOOK_FORMAT": numbers})


def code_of(page: Page) -> Sequence[str]:
    """The modules of cnnbook that a page's cells run, by their paths inside the package.

    ``exercises`` imports the checks of all chapters; only those that the page asks for count.
    """
    source = "\n".join(cell.source for cell in page.cells)
    try:
        return code_digest.code_behind(source, lambda module: _checks_another(module, source))
    except SyntaxError:  # the page's run will tell
        return ()


def data_folders() -> list[str]:
    """The folders in which the pages' data lie."""
    from .datasets.idx import data_folder

    return [str(data_folder())]


def kernels_at_once() -> int | None:
    """How many pages may run side by side; None for one a processor core.

    An NVIDIA GPU is shared by as many as its memory holds, three for four cores at most: so many,
    12, were tried on an H100 with 16 cores, where 22 pages took 122 s. On other GPUs pages take
    turns.
    """
    kind = _device()[0]
    if kind != "cuda":
        return None if kind == "cpu" else 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(3 * (cores or 1) // 4, _gpu_memory() // _GPU_MEMORY_OF_A_PAGE))


def preload() -> list[str]:
    """What pages import that takes long, for :mod:`pagecheck.nursery`; nothing where CUDA is.

    A process that has spoken to an NVIDIA GPU cannot be forked, and on a GPU pages are few at once.
    ``torch._dynamo`` is imported by every optimizer of PyTorch.
    """
    if _device()[0] != "cpu":
        return []
    return ["torch", "torch._dynamo", "matplotlib.pyplot", "sklearn.metrics", "scipy.ndimage"]


def _checks_another(module: str, source: str) -> bool:
    """Whether a module holds the checks of a chapter that the code does not speak of."""
    chapter = re.fullmatch(r"exercises/(\w+)\.py", module)
    if chapter is None:
        return False
    if f"{chapter[1]}." in source:
        return False
    text = (code_digest.PACKAGE / module).read_text(encoding="utf-8")
    return re.search(rf'(?:@exercise|\bByHand)\(\s*"{chapter[1]}\.', text) is not None


def _gpu_memory() -> int:
    import torch

    return int(torch.cuda.get_device_properties(0).total_memory)


@cache
def _versions() -> Mapping[str, str]:
    runners = environment.dependency_versions("book")
    return environment.dependency_versions() | {name: runners[name] for name in _RUNNERS}


@cache
def _device() -> tuple[str, str, str]:
    """The kind of device, its description, and the number format that ``auto`` becomes on it."""
    from . import device

    chosen = device.choose_device()
    numbers = "bf16" if device.bf16_is_faster(chosen) else "fp32"
    return chosen.type, device.describe_device(chosen), numbers
