"""Notebooks to take along: they show no markup of the source, and run where the book is not."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from pagecheck.page import read_page

pytestmark = pytest.mark.slow

BOOK = Path(__file__).parents[2] / "book"
PAGES = [page for page in map(read_page, sorted(BOOK.rglob("*.md"))) if page.cells]
MARKUP = re.compile(r"\{[a-z:-]+\}`|^:{3,}|^```\{|\]\((?!https?:)[^)]*\)", re.MULTILINE)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)


def notebook_of(built: Path, name: str) -> Any:
    (path,) = (built / "html" / "_downloads").glob(f"*/{name}.ipynb")
    return nbformat.read(path, as_version=4)


@each_page
def test_a_notebook_shows_text_and_not_its_source(page: Any, built: Path) -> None:
    notebook = notebook_of(built, page.path.stem)
    nbformat.validate(notebook)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for text in texts:
        prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
        assert not MARKUP.search(prose), text
    exercises = page.text.count("{exercise-start}")
    titles = [title for text in texts for title in re.findall(r"^### (Exercise [\d.]+\. .+)", text)]
    assert len(titles) == len(set(titles)) == exercises
    assert sum(text.startswith("<details>") for text in texts) == exercises
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert sum("# Your answer to exercise" in source for source in code) == exercises
    assert "find_spec" in code[0]


def test_the_wheel_holds_the_package_and_the_results(built: Path) -> None:
    (wheel,) = (built / "html" / "_static").glob("cnnbook-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"cnnbook/__init__.py", "cnnbook/py.typed", "cnnbook/results/speed.json"} <= names
    assert not any(name.startswith(("tests", "book")) for name in names)


@pytest.mark.parametrize("name", ["convolution", "padding-and-stride"])
def test_a_notebook_runs_from_its_first_cell_to_its_last(
    name: str, built: Path, tmp_path: Path
) -> None:
    notebook = notebook_of(built, name)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not any(output.output_type == "error" for output in shown)


def test_the_first_cell_finds_results_and_names_the_wheel_that_it_misses(
    built: Path, tmp_path: Path
) -> None:
    cells = [cell for cell in notebook_of(built, "five-networks").cells if cell.cell_type == "code"]
    run = [sys.executable, "-c", cells[0].source]
    subprocess.run(run, cwd=tmp_path, check=True)
    assert (tmp_path / "results" / "five-networks.json").is_file()
    # -S leaves out what is installed, this package among it.
    alone = subprocess.run(
        [sys.executable, "-S", *run[1:]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 1
    assert re.match(r"Put cnnbook-.*\.whl, which lies in the folder _static", alone.stderr)
