"""Who may import whom: the table and the drawing of ARCHITECTURE.md, held against the imports."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "cnnbook"
FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The module or package directly below cnnbook that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_from(path: Path) -> set[str]:
    """The modules and packages directly below cnnbook that a file imports."""
    return {name.split(".")[0] for name in imported_modules(path)} - {module_of(path)}


def imported_modules(path: Path) -> set[str]:
    """The names that a file imports from cnnbook, dotted, where the first part is a module."""
    own = ["cnnbook", *path.relative_to(PACKAGE).with_suffix("").parts]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = own[: len(own) - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "cnnbook" and len(parts) > 1 and is_module(parts[1]):
                found.add(".".join(parts[1:]))
    return found


def is_module(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()


ARCHITECTURE = (PACKAGE.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROWS = ARCHITECTURE.split("|---|---|---|\n")[1].split("\n\n")[0].splitlines()
ORDER = [name for row in ROWS for name in re.findall(r"`(\w+)`", row)]
"""All modules directly below cnnbook, from the bottom up."""
MOST_PUBLIC_NAMES = 18
SHARED = {"applications": {"scenes"}, "experiments": {"evidence", "recipes", "results", "runner"}}
"""What the parts of these packages may import beside each other."""


def test_the_table_names_what_is_there() -> None:
    assert sorted(ORDER) == sorted({module_of(path) for path in FILES} - {"__init__", "__main__"})
    assert sum(not name.startswith("_") for name in ORDER) <= MOST_PUBLIC_NAMES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_stands_before_it(path: Path) -> None:
    if module_of(path) == "__main__":
        assert imported_from(path) == {"cli"}
    elif module_of(path) == "__init__":
        assert imported_from(path) == {"_rounding"}
    else:
        before = set(ORDER[: ORDER.index(module_of(path))])
        assert imported_from(path) <= before


@pytest.mark.parametrize("floor", sorted(SHARED))
def test_applications_and_experiments_never_import_each_other(floor: str) -> None:
    for path in (PACKAGE / floor).rglob("*.py"):
        own = path.relative_to(PACKAGE / floor).parts[0].removesuffix(".py")
        if own not in ("__init__", "__main__"):
            beside = {
                name.split(".")[1]
                for name in imported_modules(path)
                if name.startswith(f"{floor}.")
            }
            assert beside - {own} <= SHARED[floor], f"{path} imports {beside}"


def test_the_drawing_shows_the_imports() -> None:
    imports = {name: set[str]() for name in ORDER if not name.startswith("_")}
    for path in FILES:
        if module_of(path) in imports:
            imports[module_of(path)] |= imported_from(path) & set(imports)
    behind: dict[str, set[str]] = {}
    for name in imports:  # from the bottom up
        behind[name] = imports[name].union(*(behind[other] for other in imports[name]))
    needed = {
        (other, name)
        for name, found in imports.items()
        for other in found
        if not any(other in behind[third] for third in found)
    }
    drawn = set(re.findall(r"^  (\w+) --> (\w+)$", ARCHITECTURE, re.MULTILINE))
    assert drawn == needed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


def test_importing_the_package_is_free_and_pulls_in_nothing_heavy() -> None:
    code = (
        "import sys, time; before = set(sys.modules); start = time.perf_counter(); "
        "import cnnbook; print(time.perf_counter() - start < 0.05, "
        "sorted({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True ['cnnbook']"


def test_pages_import_only_what_readers_may() -> None:
    from pagecheck.page import read_page

    book = PACKAGE.parents[1] / "book"
    for path in book.rglob("*.md"):
        for cell in read_page(path).cells:
            assert "pagecheck" not in cell.source
            for hidden in ("cli", "book"):
                assert f"cnnbook.{hidden}" not in cell.source
                assert f"cnnbook import {hidden}" not in cell.source


@pytest.mark.parametrize(
    "path", sorted((PACKAGE.parent / "pagecheck").rglob("*.py")), ids=lambda path: path.name
)
def test_the_engine_knows_nothing_of_the_book_it_checks(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [str(node.module)]
        assert not {name.split(".")[0] for name in names} & {"cnnbook", "torch", "torchvision"}
