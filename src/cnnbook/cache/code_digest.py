"""Digests of the package's code: of the modules that decide a result, and of all that they import.

Nothing is imported here to find that out: the source is read as text.
"""

import ast
import hashlib
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
REGISTRIES = ("datasets/__init__.py", "models/__init__.py", "cache/code_digest.py")
"""No part of a training's key: how data are read shows in their digest, and of models one decides.
"""

# Python 3.11 counts the depth of a syntax tree for all threads together, and fails if two parse.
_PARSING = threading.Lock()
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def source_digest(*modules: str) -> str:
    """Digest of the code of the named modules and packages of cnnbook, of all when none is named.

    Comments, layout and docstrings do not count: the rest of the syntax tree is what is hashed.

    Args:
        modules: paths inside the package, such as ``"training.py"`` or ``"models"``.

    Raises:
        FileNotFoundError: if a named module does not exist.

    >>> source_digest("cache/code_digest.py") == source_digest("cache/code_digest.py")
    True
    """
    digest = hashlib.sha256()
    for path in _source_files(modules):
        name = path.relative_to(PACKAGE).as_posix()
        digest.update(f"{name}\n{_meaning(path.read_text(encoding='utf-8'))}\n".encode())
    return digest.hexdigest()


@cache
def _meaning(source: str) -> str:
    """Code by its syntax tree without docstrings, as a digest."""
    tree = _parsed(source)
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


@cache
def imported_code(*modules: str, but: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Modules of cnnbook with all that they import from cnnbook, at any depth, by name.

    Importing a module runs the ``__init__`` of its package too, but nothing of that decides what
    the module does: only what is named by an import counts.

    Args:
        modules: paths inside the package, such as ``"models/mlp.py"`` or ``"layers"``.
        but: modules that do not count, nor what only they import: registries, of which a result
            uses one entry.

    Returns:
        Paths for :func:`source_digest`, sorted.

    Raises:
        FileNotFoundError: if a named module does not exist.

    >>> imported_code("models/small_cnn.py")
    ('arithmetic.py', 'models/small_cnn.py')
    """
    _source_files(but)  # which may have moved
    return _with_imports(_source_files(modules), lambda module: module in but)


def code_behind(source: str, leave_out: Callable[[str], bool] = lambda module: False) -> list[str]:
    """Modules of cnnbook that a piece of code imports, with all that they import, at any depth.

    Args:
        source: the code.
        leave_out: tells of a module, by its path inside the package, that it does not count.

    Returns:
        Paths for :func:`source_digest`, sorted.

    Raises:
        SyntaxError: if the code is not Python.

    >>> code_behind("from cnnbook.models.small_cnn import SmallCNN")
    ['arithmetic.py', 'models/small_cnn.py']
    """
    return list(_with_imports(_imports(_parsed(source), []), leave_out))


def _with_imports(
    files: Iterable[Path], leave_out: Callable[[str], bool] = lambda module: False
) -> tuple[str, ...]:
    """The files and all that they import from the package, by their paths inside it, sorted."""
    found: set[str] = set()
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        name = path.relative_to(PACKAGE).as_posix()
        if name not in found and not leave_out(name):
            found.add(name)
            waiting += _imports_of_file(path, path.read_text(encoding="utf-8"))
    return tuple(sorted(found))


@cache
def _imports_of_file(path: Path, source: str) -> list[Path]:
    own = [PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts]
    return _imports(_parsed(source), own)


def _parsed(source: str) -> ast.Module:
    with _PARSING:
        return ast.parse(source)


def _imports(tree: ast.Module, own: list[str]) -> list[Path]:
    """The files of the package that code imports; ``own`` is the code's place in the package."""
    named: list[list[str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named += [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = own[: len(own) - node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            named += [[*base, alias.name] for alias in node.names]
    found = []
    for package, *parts in filter(None, named):
        if package != PACKAGE.name:
            continue
        # ``from a import b``: b is a module, or a name in a.
        for depth in (len(parts), len(parts) - 1):
            place = PACKAGE.joinpath(*parts[: max(depth, 0)])
            file = place.with_suffix(".py") if depth > 0 else PACKAGE / "__init__.py"
            if (depth > 0 and file.exists()) or (file := place / "__init__.py").exists():
                found.append(file)
                break
    return found


def _source_files(modules: tuple[str, ...]) -> list[Path]:
    if not modules:
        return sorted(PACKAGE.rglob("*.py"))
    files: set[Path] = set()
    for module in modules:
        path = PACKAGE / module
        if not path.exists():
            raise FileNotFoundError(f"cnnbook has no module {module!r}")
        files.update([path] if path.is_file() else path.rglob("*.py"))
    return sorted(files)
