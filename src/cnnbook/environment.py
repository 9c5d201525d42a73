"""What an output depends on besides its own code: the package's source and the installed versions.

Nothing heavy is imported here: versions are read from the installed metadata, and the source is
read as text. :mod:`cnnbook.runs` and the book's build make their cache keys from these.
"""

import ast
import hashlib
import platform
import re
import threading
from collections.abc import Callable, Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent

# Python 3.11 counts the depth of a syntax tree for all threads together, and fails if two parse.
_PARSING = threading.Lock()
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


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


def source_digest(*modules: str) -> str:
    """Digest of the code of the named modules and packages of cnnbook, of all when none is named.

    Comments, layout and docstrings do not count: the rest of the syntax tree is what is hashed.

    Args:
        modules: paths inside the package, such as ``"training.py"`` or ``"models"``.

    Raises:
        FileNotFoundError: if a named module does not exist.

    >>> source_digest("environment.py") == source_digest("environment.py")
    True
    """
    digest = hashlib.sha256()
    for path in _source_files(modules):
        tree = _parsed(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                del node.body[0]
        name = path.relative_to(PACKAGE).as_posix()
        digest.update(f"{name}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()


@cache
def imported_code(*modules: str) -> tuple[str, ...]:
    """Modules of cnnbook with all that they import from cnnbook, at any depth, by name.

    Importing a module runs the ``__init__`` of its package too, but nothing of that decides what
    the module does: only what is named by an import counts.

    Args:
        modules: paths inside the package, such as ``"models/mlp.py"`` or ``"layers"``.

    Returns:
        Paths for :func:`source_digest`, sorted.

    Raises:
        FileNotFoundError: if a named module does not exist.

    >>> imported_code("models/small_cnn.py")
    ('arithmetic.py', 'models/small_cnn.py')
    """
    return _with_imports(_source_files(modules))


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
            own = [PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts]
            waiting += _imports(_parsed(path.read_text(encoding="utf-8")), own)
    return tuple(sorted(found))


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
