"""The front matter of a page: which kernel it wants, and its settings for the engine.

::

    ---
    file_format: mystnb
    kernelspec: {name: python3, display_name: Python 3}
    pagecheck:
      data: [mnist]          # data sets that its cells load
      files: [table.csv]     # files and folders that they read, named from the page's folder
      timeout: 600           # seconds of work that a cell may take
      takes: 190             # seconds of work that the page takes, about: long ones begin first
    ---

What is written here decides whether a kept run may be shown, so that nothing is passed over: an
unknown word, a text for a list or a file that is not there is refused with its line.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .errors import PageError

SETTINGS = "pagecheck"
KERNELS = ("python3", "python")
_SECONDS = ("timeout", "takes")
_NAMES = ("data", "files", *_SECONDS)
_OTHERS = frozenset({"mystnb", "execution", "execute", "jupytext", "kernelspec"})
_MATTER = re.compile(r"---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)


def front_matter(text: str, path: Path) -> tuple[dict[str, Any], int]:
    """The YAML between the two rules at the top, and where the rest of the text begins.

    Raises:
        PageError: if it is not valid, or the engine's settings in it are wrong.
    """
    found = _MATTER.match(text)
    if not found:
        return {}, 0
    source = found.group(1) or ""
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
        matter = yaml.safe_load(source) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        line = mark.line + 2 if mark else 1
        raise PageError(f"{path}:{line}: the front matter is not valid YAML: {problem}") from error
    if not isinstance(matter, dict):
        raise PageError(f"{path}:1: the front matter must be a mapping of names to values")
    for name, value, line in _entries(root):
        _check(name, value, matter[name], f"{path}:{line}", path)
    return matter, found.end()


def _entries(node: Any) -> Iterator[tuple[Any, Any, int]]:
    """The entries of a mapping: name, node of the value, line on the page."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value, key.start_mark.line + 2


def _check(name: str, node: Any, value: Any, place: str, path: Path) -> None:
    if name == "kernelspec":
        _check_kernel(value, place)
    elif name == SETTINGS:
        if not isinstance(value, dict):
            raise PageError(
                f"{place}: '{SETTINGS}' must hold settings by name, "
                f"as in '{SETTINGS}: {{files: [data.csv]}}'"
            )
        seen: set[str] = set()
        for setting, _, line in _entries(node):
            if setting in seen:
                raise PageError(f"{path}:{line}: the setting {setting!r} stands here twice")
            seen.add(setting)
            _check_setting(setting, value[setting], f"{path}:{line}", path)
    elif isinstance(value, dict) and value and name not in _OTHERS and {*value} <= {*_NAMES}:
        raise PageError(
            f"{place}: settings for the engine stand under '{SETTINGS}', not under {name!r}"
        )


def _check_kernel(kernel: Any, place: str) -> None:
    if not isinstance(kernel, dict):
        raise PageError(f"{place}: write 'kernelspec: {{name: python3, display_name: Python 3}}'")
    name, language = kernel.get("name", KERNELS[0]), kernel.get("language", "python")
    if name not in KERNELS or language != "python":
        wanted = name if name not in KERNELS else language
        raise PageError(
            f"{place}: the page asks for the kernel {wanted!r}, and pages are run in Python's "
            "own; write 'kernelspec: {name: python3, display_name: Python 3}'"
        )


def _check_setting(name: str, value: Any, place: str, path: Path) -> None:
    if name not in _NAMES:
        known = ", ".join(map(repr, _NAMES))
        raise PageError(f"{place}: there is no setting {name!r}; a page may have {known}")
    if name in _SECONDS:
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise PageError(
                f"{place}: '{name}' must be a number of seconds, as in '{name}: 600', not {value!r}"
            )
        return
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise PageError(
            f"{place}: '{name}' must be a list of names, as in '{name}: [{_example(value)}]'"
        )
    if name == "files" and path.is_file():
        for one in value:
            if not (path.parent / one).exists():
                raise PageError(
                    f"{place}: there is no file {one!r} beside the page; "
                    "name files from the page's folder, or take the name out"
                )


def _example(value: Any) -> str:
    return value if isinstance(value, str) and value else "name"
