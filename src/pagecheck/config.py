"""The book's own settings for the commands: ``[tool.pagecheck]`` in its ``pyproject.toml``.

::

    [tool.pagecheck]
    pages = ["book"]                             # files and folders, where none are named
    store = "_build/pages"                       # where runs are kept
    conditions = "mybook.conditions:conditions"  # a function: names of data -> Conditions

    [tool.pagecheck.repeat]                      # what differs between repeated runs
    vary = {MYBOOK_PRECISION = ["float32", "bfloat16"]}  # environment variables and their values
    empty = ["MYBOOK_CACHE"]                     # variables that name folders: empty ones instead
"""

import importlib
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .conditions import Conditions, default_conditions


class ConfigError(Exception):
    """The book's settings are wrong; the message names the file and the remedy."""


@dataclass(frozen=True)
class Config:
    """What a book says of itself; ``root`` is the folder that its paths are named from."""

    root: Path
    pages: tuple[Path, ...] = ()
    store: Path = Path("_build/pages")
    conditions: Callable[[Sequence[str]], Conditions] = default_conditions
    vary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    empty: tuple[str, ...] = ()


def read_config(folder: Path) -> Config:
    """The settings of the book that a folder belongs to: of the nearest ``pyproject.toml``.

    Raises:
        ConfigError: if they are wrong, or the function that they name cannot be imported.
    """
    for root in (folder, *folder.parents):
        file = root / "pyproject.toml"
        if file.is_file():
            try:
                content = tomllib.loads(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ConfigError(f"{file}: {error}") from error
            return _config(content.get("tool", {}).get("pagecheck", {}), root, str(file))
    return Config(folder, store=folder / Config.store)


def _config(table: Mapping[str, Any], root: Path, file: str) -> Config:
    known = {"pages", "store", "conditions", "repeat"}
    repeat = table.get("repeat", {})
    for name in [*({*table} - known), *(f"repeat.{one}" for one in {*repeat} - {"vary", "empty"})]:
        raise ConfigError(f"{file}: [tool.pagecheck] has no setting {name!r}")
    vary = repeat.get("vary", {})
    for name, values in [
        ("pages", table.get("pages", [])),
        ("repeat.empty", repeat.get("empty", [])),
        *((f"repeat.vary.{variable}", values) for variable, values in vary.items()),
    ]:
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise ConfigError(f"{file}: {name!r} of [tool.pagecheck] must be a list of texts")
    return Config(
        root,
        tuple(root / name for name in table.get("pages", [])),
        root / str(table.get("store", Config.store)),
        conditions_named(table["conditions"], root, f"{file}: 'conditions' of [tool.pagecheck]")
        if "conditions" in table
        else default_conditions,
        {variable: tuple(values) for variable, values in vary.items()},
        tuple(repeat.get("empty", [])),
    )


def conditions_named(name: object, root: Path, what: str) -> Callable[[Sequence[str]], Conditions]:
    """The function with the name ``module:function``, looked for in the book's folder as well.

    Raises:
        ConfigError: if it cannot be imported; the message begins with ``what``.
    """
    module, _, function = str(name).partition(":")
    for folder in (str(root), str(root / "src")):
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"{what} is {name!r}, which cannot be imported ({error}); write 'module:function'"
        ) from error
    return found  # type: ignore[no-any-return]
