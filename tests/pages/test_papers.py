"""What the papers beside the code name is there: modules, functions, files and make's targets."""

import ast
import importlib
import pydoc
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "book/appendix/reproducibility.md"]
each_paper = pytest.mark.parametrize("name", PAPERS)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@each_paper
def test_dotted_names_lead_somewhere(name: str) -> None:
    named = set(re.findall(r"\b((?:cnnbook|pagecheck)(?:\.\w+)+)", read(name)))
    files = (".css", ".py", ".svg", ".md", ".html", ".pdf", ".epub")
    named = {one for one in named if not one.endswith(files)}
    missing = {one for one in named if pydoc.locate(one) is None}
    assert not missing


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_what_examples_import_is_there(name: str) -> None:
    for block in re.findall(r"^```python\n(.*?)^```", read(name), re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                for alias in node.names:
                    assert hasattr(module, alias.name) or importlib.import_module(
                        f"{node.module}.{alias.name}"
                    )


@each_paper
def test_files_that_are_named_are_there(name: str) -> None:
    paths = re.findall(r"`((?:src|book|tests|\.github)/[\w./-]+)`", read(name))
    own = {path for path in paths if not re.search(r"NAME|CHAPTER", path)}
    assert not {path for path in own if not (ROOT / path).exists()}


def test_targets_that_are_named_are_makes() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for name in PAPERS:
        named = set(re.findall(r"(?:`|^)make ([a-z-]+)", read(name), re.MULTILINE))
        assert named <= targets, name
