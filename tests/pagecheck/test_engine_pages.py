"""Small pages that once broke the engine: each has a verdict, and accepting it does no harm.

What was due stands at the head of each page, in ``tests/pagecheck/engine``.
"""

import re
import shutil
import threading
import time
from pathlib import Path

import pytest

from pagecheck.cli import main

PAGES = Path(__file__).parent / "engine"
PASS = ""
VERDICTS = {
    "accept-address": "accept-address.md:10: the cell shows output, but none is recorded",
    "accept-carriage-return": "100 is not 0",
    "accept-crlf": "accept-crlf.md:14: the output.*7 is not 8",
    "accept-hang": "the output is not the recorded one",
    "accept-lost-edit": "2 is not 1",
    "accept-printed-option": "the cell shows output, but none is recorded",
    "alarm-columns": PASS,
    "bom": PASS,
    "figure-3d": r'z \[-6, 0\].*z "loss"',
    "figure-colours": "8x8x3.*digest.*8x8 gray_r",
    "figure-data": "y 3 1.10 2.90.*3 bars 5 1 3.*scatter 4 points",
    "figure-error-last": "none is recorded.*x 2020-01-01 to 2020-02-01",
    "figure-lost-dates": "none is recorded.*x 2020-01-01 to 2020-02-01",
    "figure-names": 'x ticks "dog" "cat" "cow".*x names "dog" "cat"',
    "files/files": "files.md:4: 'files' must be a list",
    "glue": "none is recorded.*glue accuracy: 0.55",
    "html-comment": "html-comment.md:10: a cell inside or right below an HTML comment",
    "line-separator": "line-separator.md:16: .*1 is not 2",
    "line-syntax": r"line-syntax.md:12: .*SyntaxError.*line 3",
    "list-cell": "list-cell.md:11: a cell in a list .* move it to the beginning of the line",
    "matplotlib-inline": 'figure: 1 axes; "accuracy 0.55": line 3 points',
    "one-decimal": "0.9 is not 1.0.*0.2 is not 0.1.*3.12 is not 3.11",
    "printed-dots": r"\+ epoch 99",
    "prompt-in-text": PASS,
    "rich-output": r"accuracy \*\*0.91\*\*.*loss 0.09",
    "run-magic-error": "run-magic-error.md:15: .*ZeroDivisionError: division by zero",
    "runner-await": PASS,
    "runner-chdir": PASS,
    "runner-children": PASS,
    "runner-clear-output": PASS,
    "runner-deprecation": "error stream.*DeprecationWarning: old",
    "runner-race": "PrintedPastPython",
    "runner-sys-path": PASS,
    "runner-timeout": PASS,  # it waits: what is counted is processor seconds
    "runner-warning-filter": PASS,
    "same-text/de/same": PASS,
    "same-text/en/same": PASS,
}

pytestmark = pytest.mark.slow


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A copy of the page that the test is about, with what lies beside it."""
    monkeypatch.delenv("CI", raising=False)
    folder = tmp_path / "pages"
    shutil.copytree(PAGES, folder)
    return folder / f"{request.param}.md"


def check(page: Path) -> int:
    return main(["check", "--store", str(page.parent / "kept"), str(page)])


def accept(page: Path) -> int:
    return main(["accept", "--store", str(page.parent / "kept"), str(page)])


def test_every_page_has_its_verdict_here() -> None:
    assert {str(path.relative_to(PAGES).with_suffix("")) for path in PAGES.rglob("*.md")} == {
        *VERDICTS
    }


@pytest.mark.parametrize(("page", "words"), VERDICTS.items(), indirect=["page"])
def test_a_page_has_the_verdict_that_is_due(
    page: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = check(page)
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert status == (1 if words else 0), told.out + told.err
    assert re.search(words, told.out + told.err, re.DOTALL), told.out + told.err


@pytest.mark.parametrize(
    "page", ["accept-carriage-return", "accept-crlf", "accept-hang", "accept-printed-option"],
    indirect=True,
)  # fmt: skip
def test_what_is_accepted_agrees_and_stays_as_it_is(page: Path) -> None:
    page.chmod(0o640)
    before = page.read_bytes()
    assert accept(page) == 0
    once = page.read_bytes()
    assert once != before
    assert once.count(b"\r\n") == (once.count(b"\n") if b"\r\n" in before else 0)
    assert page.stat().st_mode & 0o777 == 0o640
    assert accept(page) == check(page) == 0
    assert page.read_bytes() == once


@pytest.mark.parametrize("page", ["accept-address"], indirect=True)
def test_what_will_not_stay_is_not_accepted(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = page.read_bytes()
    assert accept(page) == 1
    told = capsys.readouterr().out
    assert "an address in memory" in told
    assert told.count("not recorded") == 3
    assert page.read_bytes() == before


@pytest.mark.parametrize("page", ["accept-lost-edit"], indirect=True)
def test_what_is_edited_while_a_page_runs_is_kept(page: Path) -> None:
    def edit() -> None:
        time.sleep(1)
        page.write_text(page.read_text().replace("OLD SENTENCE", "NEW SENTENCE"))

    editor = threading.Thread(target=edit)
    editor.start()
    accept(page)
    editor.join()
    assert "NEW SENTENCE" in page.read_text()


@pytest.mark.parametrize("page", ["accept-crlf"], indirect=True)
def test_a_link_stays_a_link(page: Path) -> None:
    link = page.with_name("link.md")
    link.symlink_to(page.name)
    assert accept(link) == 0
    assert link.is_symlink()
    assert check(page) == 0


@pytest.mark.parametrize("page", ["files/files"], indirect=True)
def test_a_declared_file_that_changes_is_read_anew(page: Path) -> None:
    page.write_text(page.read_text().replace("files: data.txt", "files: [data.txt]"))
    assert check(page) == 0
    page.with_name("data.txt").write_text("6\n")
    assert check(page) == 1
