"""Builds of a book in which nothing has changed: over at once, and never when something has."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sphinx

from pagecheck.build import NOTE, LastBuild, Seen, surroundings
from tests.pagecheck.conftest import BUILD, SmallBook
from tests.pagecheck.test_runners import CELL

ARGUMENTS = BUILD.split()[2:]
PAGE = f"# Sum\n\n{CELL}print(1 + 1)\n```\n\n```{{output}}\n2\n```\n"
NOTHING = "nothing has changed since the last build; 1 recorded outputs, 1 compared"


def build(book: SmallBook, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pagecheck.build", *more, *ARGUMENTS],
        cwd=book.folder,
        env={**os.environ, "PYTEST_XDIST_TESTRUNUID": "", "PAGECHECK_FRESH": "", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def state_of(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_build_in_which_nothing_changed_is_over_at_once_and_any_other_is_not(
    small_book: SmallBook,
) -> None:
    page = small_book.write("sum.md", PAGE)
    first = build(small_book)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "pages: 1 run" in first.stdout
    before = state_of(small_book.folder / "_build")
    second = build(small_book)
    assert second.returncode == 0
    assert second.stdout.strip() == NOTHING
    assert state_of(small_book.folder / "_build") == before
    assert "pages: 0 run, 1 taken" in build(small_book, "-E").stdout, "told to read all pages anew"
    assert "pages: 1 run" in build(small_book, PAGECHECK_FRESH="1").stdout

    page.write_text(page.read_text().replace("\n2\n", "\n3\n"))
    for _ in range(2):  # a book that is not in order is never passed over
        drifted = build(small_book)
        assert drifted.returncode == 1
        assert "The book is not in order" in drifted.stderr
    page.write_text(page.read_text().replace("\n3\n", "\n2\n"))
    assert build(small_book).returncode == 0
    assert build(small_book).stdout.strip() == NOTHING


@pytest.mark.slow
def test_the_note_names_what_a_build_reads_and_writes(small_book: SmallBook) -> None:
    head = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n"
    small_book.write("sum.md", PAGE, f"{head}pagecheck: {{files: [table.csv]}}\n---\n")
    table = small_book.folder / "book" / "pages" / "table.csv"
    table.write_text("1\n")
    (small_book.folder / "beside.py").write_text("")
    (small_book.folder / "watched").mkdir()
    conf = small_book.folder / "conf.py"
    conf.write_text(
        "import sys\nsys.path.append(str(__import__('pathlib').Path(__file__).parent))\n"
        "import beside\n"
        + conf.read_text()
        + "pagecheck_watch = ['watched', 'fingerprint']\n"
        + "def pagecheck_data():\n    return ['/data/of/the/book']\n"
    )
    built = build(small_book)
    assert built.returncode == 0, built.stderr
    seen = Seen(
        **json.loads((small_book.folder / "_build" / "doctrees" / NOTE).read_text())["seen"]
    )
    folder = small_book.folder
    names = ("conf.py", "beside.py", "book", "book/index.md", "book/pages/sum.md",
             "book/pages/table.csv", "watched", "fingerprint")  # fmt: skip
    assert {str(folder / name) for name in names} <= set(seen.inputs)
    assert sphinx.__file__ in seen.inputs
    (run,) = (folder / "_build" / "pages").glob("*.json")
    assert set(seen.data) == {"/data/of/the/book", str(run)}
    assert set(seen.written) == {str(folder / "_build" / name) for name in ("html", "doctrees")}


@pytest.mark.slow
def test_a_build_by_other_means_and_one_without_its_data_leave_no_note(
    small_book: SmallBook,
) -> None:
    note = small_book.folder / "_build" / "doctrees" / NOTE
    small_book.write("sum.md", PAGE)
    assert build(small_book).returncode == 0
    assert note.exists()
    assert small_book.build().returncode == 0
    assert not note.exists(), "sphinx-build itself has been at work"
    head = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n"
    small_book.write("lost.md", PAGE, f"{head}pagecheck: {{data: [absent]}}\n---\n")
    without = build(small_book)
    assert without.returncode == 0
    assert not note.exists(), "the data may be there the next time"


@pytest.fixture
def book(tmp_path: Path) -> dict[str, Path]:
    """Folders of a build that is over, with a file in each."""
    places = {name: tmp_path / name for name in ("pages", "data", "html", "doctrees")}
    for place in places.values():
        (place / "within").mkdir(parents=True)
        (place / "within" / "file").write_text("text")
    time.sleep(0.2)
    return places


def seen_in(book: dict[str, Path]) -> Seen:
    written = [str(book["html"]), str(book["doctrees"])]
    return Seen("all compared", [str(book["pages"])], [str(book["data"])], written)


def edit(path: Path) -> None:
    path.write_text("TEXT")


def take_back(path: Path) -> None:
    path.write_text("TEXT")
    path.write_text("text")


def add(path: Path) -> None:
    path.with_name("other").write_text("")


def rename(path: Path) -> None:
    path.rename(path.with_name("renamed"))


def forbid(path: Path) -> None:
    path.chmod(0o600)


@pytest.mark.parametrize("change", [edit, take_back, add, rename, forbid, Path.unlink])
@pytest.mark.parametrize("where", ["pages", "html", "doctrees"])
def test_whatever_changes_in_a_folder_is_seen(
    book: dict[str, Path], where: str, change: Callable[[Path], None]
) -> None:
    last = LastBuild(book["doctrees"])
    assert last.remember(seen_in(book), ["around"], time.time())
    assert last.still_holds(["around"]) == "all compared"
    change(book[where] / "within" / "file")
    assert last.still_holds(["around"]) is None


@pytest.mark.parametrize("change", [add, rename, Path.unlink, lambda path: path.write_text("t")])
def test_data_are_known_by_their_names_and_sizes(
    book: dict[str, Path], change: Callable[[Path], None]
) -> None:
    last = LastBuild(book["doctrees"])
    begun = time.time() - 60
    last.remember(Seen("", [], [str(book["data"])], []), [], begun)
    os.utime(book["data"] / "within" / "file")
    assert last.still_holds([]) == "", "fetched by the build itself"
    change(book["data"] / "within" / "file")
    assert last.still_holds([]) is None


def test_what_was_changed_while_a_build_ran_is_looked_at_again(book: dict[str, Path]) -> None:
    last = LastBuild(book["doctrees"])
    begun = time.time()
    edit(book["pages"] / "within" / "file")
    assert not last.remember(seen_in(book), [], begun)
    assert last.still_holds([]) is None


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"state": "", "seen": {"said": ""}}'])
def test_half_a_note_is_none(book: dict[str, Path], content: str) -> None:
    (book["doctrees"] / NOTE).write_text(content)
    assert LastBuild(book["doctrees"]).still_holds([]) is None


def test_what_compiling_leaves_is_no_change(book: dict[str, Path]) -> None:
    last = LastBuild(book["doctrees"])
    last.remember(seen_in(book), [], time.time())
    (book["pages"] / "__pycache__").mkdir()
    (book["pages"] / "__pycache__" / "file.pyc").write_text("")
    assert last.still_holds([]) is not None


def test_the_environment_counts_but_not_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = surroundings(ARGUMENTS)
    monkeypatch.setenv("SHLVL", "7")
    monkeypatch.setenv("COLUMNS", "33")
    assert surroundings(ARGUMENTS) == before
    monkeypatch.setenv("CNNBOOK_FORMAT", "bf16")
    assert surroundings(ARGUMENTS) != before
    monkeypatch.delenv("CNNBOOK_FORMAT")
    assert surroundings([*ARGUMENTS, "-n"]) != before
