"""Runs are found by everything that can change them, and by nothing else."""

from pathlib import Path

import pytest

from pagecheck import digests, store
from pagecheck.book import Book
from pagecheck.kernel import PageRun
from pagecheck.page import Page, parse_page, read_page
from pagecheck.results import CellError, CellResult
from pagecheck.store import ExecutedPage, PageStore, page_key
from pagecheck.surroundings import plain_conditions

CELL = "```{code-cell} python\n"
TEXT = f"# A\n\n{CELL}print(1)\n```\n"


def executed(key: str, error: CellError | None = None, session: str = "") -> ExecutedPage:
    outputs = [{"output_type": "stream", "name": "stdout", "text": "1\n"}]
    run = PageRun((CellResult([]), CellResult(outputs, error)), 1.5, 2.5, 1 << 30)
    return ExecutedPage(key, run, "2026-01-02", True, {"on": "CPU"}, session)


def test_prose_and_options_are_not_in_the_key_and_all_else_is() -> None:
    def key(text: str = TEXT, place: str = "a/page.md", fingerprint: str = "one") -> str:
        return page_key(parse_page(text), place, fingerprint)

    assert key() == key(TEXT.replace("# A", "# Another")) == key(TEXT + "\nmore\n")
    assert key() == key(TEXT + "\n```{output}\n1\n```\n")
    others = [
        key(TEXT.replace("print(1)", "print(2)")),
        key(place="b/page.md"),
        key(fingerprint="two"),
        key(f"{TEXT}\n{CELL}2\n```\n"),
    ]
    assert len({key(), *others}) == 5


def test_the_content_of_declared_files_is_in_the_key(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"---\npagecheck: {{files: [data.json]}}\n---\n{TEXT}")
    keys = []
    for content in ("1", "2", "1"):
        (tmp_path / "data.json").write_text(content)
        keys.append(page_key(read_page(path), "page.md", ""))
    assert keys[0] == keys[2] != keys[1]


def test_a_declared_folder_counts_with_all_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert digests.content_digest(folder) is None
    (folder / "deep").mkdir(parents=True)
    found = []
    for name, content in (("a", "1"), ("deep/b", "1"), ("deep/b", "2")):
        (folder / name).write_text(content)
        found.append(digests.content_digest(folder))
    (folder / "a").rename(folder / "c")
    found.append(digests.content_digest(folder))
    assert len(set(found)) == 4


def test_code_is_digested_by_what_it_does(tmp_path: Path) -> None:
    module = tmp_path / "module.py"

    def digest(text: str) -> str:
        module.write_text(text)
        return digests.code_digest([module])

    plain = digest("class A:\n    def f(self):\n        return 1\n")
    documented = "'M.'\nclass A:\n    'A.'\n    def f(self):\n        'F.'\n        return 1"
    assert digest(documented) == plain
    assert digest("class A:\n    def f(self):\n        return 2\n") != plain
    assert digest("class A:\n    def f(self):\n        x = 'F.'\n        return 1\n") != plain


def test_the_engine_counts_by_what_decides_a_run() -> None:
    here = Path(store.__file__).parent
    counted = {path.name for path in digests.imported_beside(here / "kernel_side.py")}
    assert {"kernel_side.py", "display.py"} <= counted
    assert not {"compare.py", "sphinx_ext.py", "accept.py"} & counted


def test_a_run_is_read_as_it_was_kept(tmp_path: Path) -> None:
    kept = PageStore(tmp_path)
    error = CellError("ValueError", "odd", 3, 0)
    kept.keep(executed("key", error, store.this_session()), "a/page.md")
    found = kept.kept("key")
    assert found is not None
    assert found.run == executed("key", error).run
    assert (found.date, found.about, found.fresh) == ("2026-01-02", {"on": "CPU"}, False)
    assert kept.kept("another") is None


@pytest.mark.parametrize("damage", ["", "{", '{"outputs": [[', "[]", '{"outputs": []}', "\0"])
def test_a_damaged_run_counts_as_none(damage: str, tmp_path: Path) -> None:
    kept = PageStore(tmp_path)
    kept.keep(executed("key"), "page.md")
    (path,) = tmp_path.glob("*.json")
    path.write_text(damage)
    assert kept.kept("key") is None


def test_a_run_that_broke_off_serves_its_own_session_only(tmp_path: Path) -> None:
    kept = PageStore(tmp_path)
    kept.keep(executed("whole", None, "earlier"), "page.md")
    kept.keep(executed("broken", CellError("OSError", "no space"), "earlier"), "page.md")
    assert kept.kept("whole") is not None
    assert kept.kept("broken") is None
    assert kept.read("broken") is not None
    kept.keep(executed("broken", CellError("OSError", "no"), store.this_session()), "page.md")
    assert kept.kept("broken") is not None


def test_fresh_runs_are_made_once_in_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = PageStore(tmp_path)
    kept.keep(executed("key", None, "earlier"), "page.md")
    monkeypatch.setenv("PAGECHECK_FRESH", "1")
    assert kept.kept("key") is None
    kept.keep(executed("key", None, store.this_session()), "page.md")
    assert kept.kept("key") is not None


def test_what_a_page_took_is_known_by_its_place(tmp_path: Path) -> None:
    kept = PageStore(tmp_path)
    assert kept.cost("a/page.md") is None
    kept.keep(executed("one"), "a/page.md")
    assert kept.cost("a/page.md") == (2.5, 1 << 30)
    kept.keep(executed("two", CellError("E", "")), "b/page.md")
    assert kept.cost("b/page.md") is None, "a page that broke off says nothing of its cost"


def test_a_lock_that_one_holds_is_not_had_by_another(tmp_path: Path) -> None:
    from filelock import Timeout

    kept = PageStore(tmp_path)
    with kept.lock("key"):
        with pytest.raises(Timeout):
            PageStore(tmp_path).lock("key").acquire(blocking=False)
        PageStore(tmp_path).lock("other").acquire(blocking=False)
    PageStore(tmp_path).lock("key").acquire(blocking=False)


def test_a_book_that_states_no_conditions_counts_modules_beside_its_pages(tmp_path: Path) -> None:
    book = Book(tmp_path, PageStore(tmp_path / "kept"))
    path = tmp_path / "part" / "page.md"
    path.parent.mkdir()
    path.write_text(f"# A\n\n{CELL}import numpy\nimport beside\n```\n")

    def page() -> Page:
        return read_page(path)

    keys = [book.asked(page()).key]
    (path.parent / "beside.py").write_text("x = 1\n")
    keys.append(book.asked(page()).key)
    (path.parent / "beside.py").write_text("x = 2\n")
    keys.append(book.asked(page()).key)
    assert len(set(keys)) == 3
    (path.parent / "unasked.py").write_text("x = 2\n")
    assert book.asked(page()).key == keys[-1]
    assert "numpy" in plain_conditions(page()).about["with"]
