"""A build always leaves a book: whatever is wrong with some pages, all can be read."""

import re
from pathlib import Path

import pytest

from pagecheck import notebooks
from tests.pagecheck.conftest import HEAD, SmallBook

CELL = "```{code-cell} python\n"
GOOD = f"# Good\n\n{CELL}print('all is well')\n```\n\n```{{output}}\nall is well\n```\n"
DRIFT = f"# Drift\n\n{CELL}print('new <text>')\n```\n\n```{{output}}\nold text\n```\n"
ERROR = (
    f"# Error\n\n{CELL}print('it came so far')\n```\n\n```{{output}}\nit came so far\n```\n\n"
    f"{CELL}x = 1\nx / 0\n```\n\n{CELL}print('never shown')\n```\n\n"
    "```{output}\nnever shown\n```\n"
)
HANG = f"# Hang\n\n{CELL}while True:\n    pass\n```\n"
HANG_HEAD = HEAD.replace("---\n", "---\npagecheck: {timeout: 1}\n", 1)
DEAD = f"# Dead\n\n{CELL}import os\nos.kill(os.getpid(), 9)\n```\n"
REFUSED = "# Refused\n\nIts text.\n\n```{code-cell} ipython3\n1\n```\n"


def html(book: SmallBook, name: str) -> str:
    return (book.folder / "_build" / "html" / name).read_text(encoding="utf-8")


def marks(text: str) -> list[str]:
    return re.findall(r'class="pagecheck-mark.*?id="([\w-]+)"', text)


@pytest.mark.slow
def test_what_is_wrong_with_four_pages_is_told_marked_and_repaired_one_by_one(
    small_book: SmallBook,
) -> None:
    small_book.write("good.md", GOOD)
    small_book.write("drift.md", DRIFT)
    small_book.write("error.md", ERROR)
    small_book.write("hang.md", HANG, HANG_HEAD)
    small_book.write("dead.md", DEAD)
    reasons = (
        "drift.md:12: the output is not the recorded one",
        "error.md:17: the cell ended with ZeroDivisionError: division by zero",
        "hang.md:9: the cell ended with CellTimeout",
        "dead.md:8: the cell ended with DeadKernel",
    )
    for _ in range(2):
        built = small_book.build()
        assert built.returncode == 1
        assert "The book is not in order: 4 problems." in built.stderr
        assert "Traceback" not in built.stderr
        for reason in reasons:
            assert reason in built.stderr

    assert "all is well" in html(small_book, "pages/good.html")
    assert "pagecheck-" not in html(small_book, "pages/good.html").replace("pagecheck-run", "")
    drift, error = (html(small_book, f"pages/{name}.html") for name in ("drift", "error"))
    assert marks(drift) == ["pagecheck-mark-1"]
    assert 'href="#pagecheck-mark-1"' in drift
    fold = drift[drift.index("<details>") : drift.index("</details>")]
    assert "old text" in fold
    assert "new &lt;text&gt;" in fold
    assert "it came so far" in error
    assert "ZeroDivisionError" in error
    assert "1 of its 3 cells ran" in error
    assert "never shown" not in error.replace("print(&#39;never shown&#39;)", "").replace(
        "'never shown'", ""
    )
    assert "\x1b" not in error
    index = html(small_book, "index.html")
    for name in ("drift", "error", "hang", "dead"):
        assert re.search(rf'pagecheck-top.*href="pages/{name}.html"', index, re.DOTALL)
    assert "pages/good</span></a>:" not in index

    small_book.write("drift.md", DRIFT.replace("old text", "new <text>"))
    small_book.write("error.md", ERROR.replace("x / 0", "x / 1;"))
    small_book.write("hang.md", HANG.replace("while True", "if True"), HANG_HEAD)
    small_book.write("dead.md", DEAD.replace("os.kill", "print", 1).replace("print(", "x = ("))
    built = small_book.build()
    assert built.returncode == 0, built.stderr
    assert "pages: 3 run, 2 taken from the cache" in built.stdout, "a drift is judged anew, not run"
    assert "pagecheck-top" not in html(small_book, "index.html")
    for name in ("drift", "error", "hang", "dead"):
        assert "pagecheck-mark" not in html(small_book, f"pages/{name}.html")


@pytest.mark.slow
def test_a_page_that_is_refused_is_rendered_as_far_as_it_goes(small_book: SmallBook) -> None:
    small_book.write("good.md", GOOD)
    small_book.write("refused.md", REFUSED)
    for _ in range(2):
        built = small_book.build()
        assert built.returncode == 1
        assert "refused.md:9:" in built.stderr
    page = html(small_book, "pages/refused.html")
    assert "Its text." in page
    assert "This page did not run" in page
    assert "all is well" in html(small_book, "pages/good.html")


def test_cells_that_myst_nb_sees_otherwise_are_told_by_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = f"# Title\n\n{CELL}one\n```\n\n{CELL}two\n```\n"
    whole = notebooks.read_notebook(text)
    told = [notebooks.Reading.mismatch]
    del whole.cells[-1]
    monkeypatch.setattr(notebooks, "_markdown_notebook", lambda text: whole)
    assert notebooks.read_notebook(text) is whole, "it is rendered all the same"
    told.append((notebooks.Reading.mismatch or "").partition(";")[0])
    assert told[0] is None
    assert str(told[1]).startswith("8: MyST-NB does not see this cell")


@pytest.mark.slow
def test_two_pages_with_equal_text_are_two_pages(small_book: SmallBook) -> None:
    text = (
        f"# Same\n\n{CELL}from pathlib import Path\nprint(Path('data.txt').read_text())\n```\n\n"
        "```{output}\n98.9±0.4\n```\n"
    )
    head = HEAD.replace("---\n", "---\npagecheck: {files: [data.txt]}\n", 1)
    for folder, value in (("de", "99.1"), ("en", "98.7")):
        path = small_book.write(f"{folder}/same.md", text, head)
        (path.parent / "data.txt").write_text(value)
    index = small_book.folder / "book" / "index.md"
    index.write_text(index.read_text().replace("pages/*", "pages/*/*"))
    built = small_book.build()
    assert built.returncode == 0, built.stderr
    assert "99.1" in html(small_book, "pages/de/same.html")
    assert "98.7" in html(small_book, "pages/en/same.html")
    (small_book.folder / "book/pages/de/data.txt").write_text("12.3")
    again = small_book.build()
    assert again.returncode == 1, "the content of a declared file is part of the key"
    assert "pages: 1 run, 1 taken" in again.stdout


@pytest.mark.slow
def test_conditions_that_cannot_be_had_are_a_problem_of_their_page(small_book: SmallBook) -> None:
    conf = small_book.folder / "conf.py"
    damaged = "    if page.data:\n        raise OSError('the data are damaged')\n"
    conf.write_text(conf.read_text().replace("    fingerprint =", f"{damaged}    fingerprint ="))
    small_book.write("good.md", GOOD)
    head = HEAD.replace("---\n", "---\npagecheck: {data: [some]}\n", 1)
    small_book.write("data.md", GOOD, head)
    built, tested = small_book.build(), small_book.test()
    for report in (built.stderr, tested.stdout):
        assert "data.md:1: the page cannot run: the data are damaged" in report
    assert built.returncode == tested.returncode == 1
    assert "all is well" in html(small_book, "pages/good.html")


@pytest.mark.slow
def test_some_pages_are_built_by_themselves(small_book: SmallBook) -> None:
    small_book.write("good.md", f"{GOOD}\nSee [the other](other.md) and {{doc}}`other`.\n")
    small_book.write("other.md", ERROR)
    built = small_book.build(PAGECHECK_PAGES="book/pages/good.md")
    assert built.returncode == 0, built.stderr
    assert "building pages/good.md" in built.stdout
    assert "left out: 1 other pages" in built.stdout
    assert "pages: 1 run" in built.stdout
    assert not (small_book.folder / "_build/html/pages/other.html").exists()
    wrong = small_book.build(PAGECHECK_PAGES="book/pages/absent.md")
    assert wrong.returncode == 1
    assert "book/pages/absent.md is no page of this book" in wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.slow
def test_a_full_disk_is_told_with_the_remedy(small_book: SmallBook, tmp_path: Path) -> None:
    small_book.write("good.md", GOOD)
    blocked = small_book.folder / "_build"
    blocked.mkdir()
    (blocked / "pages").write_text("a file where the runs' folder should be")
    built = small_book.build()
    assert built.returncode == 1
    assert "run could not be kept" in built.stderr
    assert "Traceback" not in built.stderr
