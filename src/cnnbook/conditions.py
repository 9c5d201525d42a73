"""The conditions under which the book's pages run: data, device, versions and source.

The build, ``make accept`` and the tests all ask here, so that a page meets the same data and the
same key everywhere.
"""

import hashlib
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from . import environment


@dataclass(frozen=True)
class Conditions:
    """What a page runs under.

    ``fingerprint`` is a digest of everything off the page that can change an output, ``about``
    what the page says of it, and ``substituted`` the data sets that are replaced by others, each
    with the reason.
    """

    fingerprint: str
    about: dict[str, str]
    substituted: dict[str, str]


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


def conditions_for(data: Sequence[str] = ()) -> Conditions:
    """The conditions for a page that loads the named data sets.

    Raises:
        EnvironmentProblem: if torch and torchvision do not fit together.
        DataError: if a data set is there but damaged, or its folder cannot be used.
    """
    environment.check_torch_pair()
    substituted = prepare_data(data) if data else {}
    versions = environment.installed_versions()
    device, described = _device()
    used = sorted("digits" if name in substituted else name for name in data)
    settings = {
        name: os.environ[name]
        for name in ("CNNBOOK_FALLBACK", "CNNBOOK_RUNS")
        if name in os.environ and data
    }
    content = json.dumps([environment.source_digest(), versions, device, used, settings])
    about = {
        "device": described,
        "versions": f"Python {platform.python_version()}, torch {versions['torch']}",
        "data": ", ".join(used) or "none",
    }
    return Conditions(hashlib.sha256(content.encode()).hexdigest(), about, substituted)


@cache
def _device() -> tuple[str, str]:
    from . import device

    chosen = device.choose_device()
    return chosen.type, device.describe_device(chosen)
