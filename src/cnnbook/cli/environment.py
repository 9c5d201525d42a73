"""What is installed and whether it fits together, read from metadata: it costs milliseconds."""

import platform
import re
from collections.abc import Iterable
from functools import cache
from importlib import metadata


class EnvironmentProblem(Exception):  # noqa: N818 - a reader meets it as a message, not as a name
    """The installed packages cannot work together; the message names them and the remedy."""


@cache
def installed_versions() -> dict[str, str]:
    """The version of every installed distribution, by its normalised name.

    >>> installed_versions()["torch"].split(".")[0]
    '2'
    """
    found = {"python": platform.python_version()}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            # The first one on sys.path is the one that is imported.
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), distribution.version)
    return dict(sorted(found.items()))


@cache
def dependency_versions(extra: str = "") -> dict[str, str]:
    """The versions of what cnnbook itself asks for, Python's among them, by normalised names.

    What else is installed does not count: a debugger changes no output.

    Args:
        extra: names an extra whose requirements count as well.

    >>> {"python", "torch", "numpy"} <= set(dependency_versions())
    True
    """
    versions = installed_versions()
    found = {"python": versions["python"]}
    for requirement in metadata.requires("cnnbook") or []:
        name, _, marker = requirement.partition(";")
        wanted = "extra" not in marker or (extra and re.search(rf"['\"]{extra}['\"]", marker))
        if wanted and (matched := re.match(r"[\w.-]+", name)):
            package = re.sub(r"[-_.]+", "-", matched.group()).lower()
            found[package] = versions.get(package, "none")
    return dict(sorted(found.items()))


def check_torch_pair() -> None:
    """Make sure that torchvision was built for the torch that is installed.

    A mismatched pair fails at ``import torchvision`` with "operator torchvision::nms does not
    exist", which tells nobody what to do. The pair is compared by metadata, so that the check
    costs milliseconds.

    Raises:
        EnvironmentProblem: if one of the two is missing or they do not fit together.
    """
    versions = installed_versions()
    for name in ("torch", "torchvision"):
        if name not in versions:
            raise EnvironmentProblem(f"{name} is not installed; run: pip install torch torchvision")
    required = required_torch(metadata.requires("torchvision") or [])
    have = versions["torch"].partition("+")[0]
    if required is not None and have != required:
        raise EnvironmentProblem(
            f"torchvision {versions['torchvision']} was built for torch {required}, "
            f"but torch {versions['torch']} is installed; install a matching pair, for example: "
            f"pip install torch=={required} torchvision=={versions['torchvision']}"
        )


def required_torch(requirements: Iterable[str]) -> str | None:
    """The exact torch version among a distribution's requirements, None where there is none.

    >>> required_torch(["numpy", "torch==2.15.0", "pillow!=8.3.*,>=5.3.0"])
    '2.15.0'
    """
    for requirement in requirements:
        if found := re.match(r"torch\s*\(?==\s*([0-9][^\s;,)+]*)", requirement):
            return found.group(1)
    return None
