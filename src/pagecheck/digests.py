"""Digests of what decides a run: files, and code without its docstrings and comments."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path


def code_digest(paths: Iterable[Path]) -> str:
    """A digest of Python files by what they do: comments, layout and docstrings do not count.

    Args:
        paths: the files; their order does not count, their names do.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        source = path.read_text(encoding="utf-8")
        digest.update(f"{path.name}\n{meaning(source)}\n".encode())
    return digest.hexdigest()


def meaning(source: str) -> str:
    r"""Code as its syntax tree, without docstrings.

    Raises:
        SyntaxError: if it is not Python.

    >>> meaning("def f():  # one\n    'One.'\n    return 1") == meaning("def f(): return 1")
    True
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return ast.dump(tree)


def content_digest(path: Path) -> str | None:
    """A digest of a file, or of all files of a folder with their names; None if it is not there."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    if not path.is_dir():
        return None
    digest = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()} {content_digest(file)}\n".encode())
    return digest.hexdigest()


def imported_beside(module: Path) -> set[Path]:
    """A module of a package and all that it imports from its own package, at any depth."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                names = [node.module] if node.module else [alias.name for alias in node.names]
                for name in names:
                    place = path.parent.joinpath(*name.split("."))
                    if place.is_dir():
                        waiting += place.glob("*.py")
                    elif place.with_suffix(".py").exists():
                        waiting.append(place.with_suffix(".py"))
    return found
