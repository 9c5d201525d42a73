"""What pages run under besides their own text: stated by the book, or found out plainly."""

import ast
import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Protocol

from .digests import code_digest
from .page import Page


class Conditions(Protocol):
    """What a page runs under.

    ``fingerprint`` is a digest of everything off the page that can change an output, ``about``
    what the page says of its run, in this order and by these names, and ``substituted`` the data
    sets that are replaced by others, each with the reason.
    """

    @property
    def fingerprint(self) -> str: ...
    @property
    def about(self) -> Mapping[str, str]: ...
    @property
    def substituted(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class PlainConditions:
    """The conditions of a book that states none: see :func:`plain_conditions`."""

    fingerprint: str
    about: Mapping[str, str]
    substituted: Mapping[str, str] = field(default_factory=dict)


def plain_conditions(page: Page) -> PlainConditions:
    """Conditions found out from the page: versions of what it imports, modules that lie beside it.

    Args:
        page: the page.
    """
    versions = {"Python": platform.python_version()}
    beside: set[Path] = set()
    for name in imported_names("\n".join(cell.source for cell in page.cells)):
        near = [page.path.parent / f"{name}.py", page.path.parent / name]
        beside |= {file for place in near for file in _python_files(place)}
        for distribution in _distributions().get(name, ()):
            versions[distribution] = metadata.version(distribution)
    content = json.dumps([sorted(versions.items()), code_digest(beside)])
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    return PlainConditions(hashlib.sha256(content.encode()).hexdigest(), {"with": shown})


def imported_names(code: str) -> list[str]:
    r"""The packages that cells import, by their first names, sorted.

    Lines that only IPython understands are passed over.

    >>> imported_names("%matplotlib inline\nimport numpy as np\nfrom os import path")
    ['numpy', 'os']
    """
    lines = [line for line in code.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        found = [line.split() for line in lines if line.startswith(("import ", "from "))]
        return sorted({words[1].split(".")[0].strip(",") for words in found if len(words) > 1})
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return sorted(names)


@cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _python_files(place: Path) -> list[Path]:
    if place.suffix == ".py":
        return [place] if place.is_file() else []
    return sorted(place.rglob("*.py")) if place.is_dir() else []
