"""What an output depends on besides its own code: the package's source and the installed versions.

Nothing heavy is imported here: versions are read from the installed metadata, and the source is
read as text. :mod:`cnnbook.runs` and the book's build make their cache keys from these.
"""

import ast
import hashlib
import platform
import re
import threading
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent

# Python 3.11 counts the depth of a syntax tree for all threads together, and fails if two parse.
_PARSING = threading.Lock()


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

    Comments and layout do not count: the syntax tree is what is hashed.

    Args:
        modules: paths inside the package, such as ``"training.py"`` or ``"models"``.

    Raises:
        FileNotFoundError: if a named module does not exist.

    >>> source_digest("environment.py") == source_digest("environment.py")
    True
    """
    digest = hashlib.sha256()
    for path in _source_files(modules):
        with _PARSING:
            tree = ast.dump(ast.parse(path.read_text(encoding="utf-8")))
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\n{tree}\n".encode())
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
    found: set[Path] = set()
    waiting = _source_files(modules)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imports(path)
    return tuple(sorted(path.relative_to(PACKAGE).as_posix() for path in found))


def _imports(path: Path) -> list[Path]:
    """The files of the package that a file of it imports."""
    with _PARSING:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    own = [PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts]
    named: list[list[str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named += [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = own[: len(own) - node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            named += [[*base, alias.name] for alias in node.names]
    found = []
    for package, *parts in named:
        if package != PACKAGE.name:
            continue
        # ``from a import b``: b is a module, or a name in a.
        for depth in (len(parts), len(parts) - 1):
            place = PACKAGE.joinpath(*parts[:depth])
            file = place.with_suffix(".py") if depth else PACKAGE / "__init__.py"
            if (depth and file.exists()) or (file := place / "__init__.py").exists():
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
