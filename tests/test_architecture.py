"""Who may import whom: the table of the design, read from the imports themselves."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "cnnbook"
NOTHING: frozenset[str] = frozenset()
EVERYTHING = frozenset(
    {
        "_surroundings",
        "activations", "aerial", "arithmetic", "augmentation", "averaging", "baselines",
        "batches", "checkpoints", "classification", "comparisons", "conditions", "datasets",
        "defects", "detection", "device", "environment", "evidence", "exercises", "fitting",
        "folders", "generation", "keeping", "kernels", "layers", "losses", "medical", "metrics",
        "models", "photographs", "plots", "receptive", "recipes", "rounding", "runs", "scenes",
        "segmentation", "speed", "studies", "texture", "tracing", "training",
    }
)  # fmt: skip
MAY_IMPORT = {
    "__init__": frozenset({"rounding"}),
    "__main__": frozenset({"cli"}),
    "_surroundings": NOTHING,
    "activations": frozenset({"_surroundings"}),
    "aerial": frozenset({"device", "environment", "fitting", "keeping", "models"}),
    "arithmetic": NOTHING,
    "augmentation": NOTHING,
    "averaging": frozenset({"datasets", "training"}),
    "baselines": frozenset({"datasets", "environment", "keeping"}),
    "batches": frozenset({"augmentation", "datasets", "device"}),
    "classification": frozenset({"datasets", "photographs", "runs", "training"}),
    "cli": EVERYTHING | {"commands"},
    "commands": EVERYTHING,
    "checkpoints": frozenset({"datasets", "models", "runs", "training"}),
    "comparisons": frozenset({"datasets", "device", "environment", "fitting", "keeping", "models"}),
    "conditions": frozenset({"datasets", "device", "environment"}),
    "datasets": frozenset({"device"}),
    "defects": frozenset({"device", "environment", "fitting", "keeping"}),
    "detection": frozenset(
        {"datasets", "device", "environment", "fitting", "keeping", "photographs", "scenes"}
    ),
    "device": NOTHING,
    "environment": NOTHING,
    "evidence": NOTHING,
    "exercises": frozenset({"_surroundings", "arithmetic", "layers"}),
    "fitting": frozenset({"_surroundings", "device", "training"}),
    "folders": frozenset({"datasets", "models", "training"}),
    "generation": frozenset(
        {"activations", "datasets", "device", "environment", "keeping", "runs", "training"}
    ),
    "keeping": frozenset({"environment"}),
    "kernels": NOTHING,
    "layers": NOTHING,
    "losses": NOTHING,
    "medical": frozenset({"device", "environment", "fitting", "keeping", "models"}),
    "metrics": NOTHING,
    "models": frozenset({"arithmetic", "layers"}),
    "photographs": NOTHING,
    "plots": NOTHING,
    "receptive": frozenset({"_surroundings", "arithmetic"}),
    "recipes": frozenset({"training"}),
    "rounding": NOTHING,
    "runs": frozenset({"datasets", "device", "environment", "keeping", "models", "training"}),
    "scenes": frozenset({"datasets"}),
    "segmentation": frozenset(
        {
            "datasets",
            "detection",
            "device",
            "environment",
            "fitting",
            "keeping",
            "metrics",
            "models",
            "photographs",
            "scenes",
        }
    ),
    "speed": frozenset({"device"}),
    "studies": frozenset(
        {
            "averaging",
            "baselines",
            "classification",
            "datasets",
            "device",
            "metrics",
            "models",
            "training",
        }
    ),
    "texture": frozenset({"environment", "keeping", "photographs"}),
    "tracing": frozenset({"_surroundings", "arithmetic"}),
    "training": frozenset(
        {"_surroundings", "augmentation", "batches", "datasets", "device", "losses", "metrics"}
    ),
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """The module or package directly below cnnbook that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The modules and packages of cnnbook that a file imports."""
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
            if parts[0] == "cnnbook" and len(parts) > 1 and is_room(parts[1]):
                found.add(parts[1])
    return found - {room(path)}


def is_room(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_stays_in_the_import_table(path: Path) -> None:
    assert room(path) in MAY_IMPORT, f"{room(path)} is not in the table: add it to the design"
    assert imported_rooms(path) <= MAY_IMPORT[room(path)]


def floors() -> list[set[str]]:
    """The modules of each floor, from the bottom up, as ARCHITECTURE.md tells them."""
    text = (PACKAGE.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = text.split("| floor | modules |\n|---|---|\n")[1].split("\n\n")[0].splitlines()
    return [{name for name in re.findall(r"`(\w+)`", row) if is_room(name)} for row in rows]


def test_modules_import_from_their_own_floor_or_from_one_below() -> None:
    told = floors()
    assert sorted(name for floor in told for name in floor) == sorted(
        EVERYTHING | {"cli", "commands"}
    )
    height = {name: number for number, floor in enumerate(told) for name in floor}
    for path in FILES:
        if room(path) in height:
            for imported in imported_rooms(path):
                assert height[imported] <= height[room(path)], (
                    f"{path} imports {imported} from above"
                )


def test_the_table_names_only_what_is_there() -> None:
    rooms = {room(path) for path in FILES}
    assert set(MAY_IMPORT) == rooms


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
            for hidden in ("cli", "conditions"):
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
