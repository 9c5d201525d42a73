"""The package stands on its own: what it imports is what its own pyproject.toml asks for."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "pagecheck"
NAMES = {
    **{"yaml": "pyyaml", "IPython": "ipython", "myst_nb": "myst-nb"},
    # What comes with another package that works on it.
    **{"docutils": "sphinx", "jupyter_client": "nbclient", "traitlets": "ipython"},
}
OF_THE_PAGES = {"matplotlib", "numpy", "PIL"}
"""What is imported only where a page has imported it: a book without figures needs none of it."""


def project(path: Path) -> dict[str, list[str]]:
    content = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return {"": content["dependencies"], **content["optional-dependencies"]}


def name_of(requirement: str) -> str:
    return requirement.partition(">=")[0]


def test_everything_that_is_imported_is_asked_for() -> None:
    asked = {
        name_of(one) for group in project(PACKAGE / "pyproject.toml").values() for one in group
    }
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [str(node.module)]
            for name in {name.split(".")[0] for name in names}:
                if name not in sys.stdlib_module_names | OF_THE_PAGES:
                    assert NAMES.get(name, name) in asked, f"{path.name} imports {name}"


def test_its_bounds_are_those_of_the_book() -> None:
    book = {
        name_of(one): one for group in project(ROOT / "pyproject.toml").values() for one in group
    }
    for group in project(PACKAGE / "pyproject.toml").values():
        for requirement in group:
            assert book[name_of(requirement)] == requirement


@pytest.mark.parametrize("module", ["cli", "page", "compare", "outcomes"])
def test_pages_are_read_and_compared_without_what_only_some_pages_need(module: str) -> None:
    code = (
        f"import sys, pagecheck.{module}\n"
        "print(sorted({'torch', 'cnnbook', 'matplotlib', 'numpy', 'PIL', 'sphinx', 'sybil'}"
        " & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
