"""Accepting loses nothing: neither what others wrote meanwhile nor a byte outside the blocks."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import pytest

from pagecheck.accept import accept_page, write_records
from pagecheck.compare import agrees
from pagecheck.kernel import PageRun
from pagecheck.page import Page, PageError, page_text, parse_page, read_page
from pagecheck.repeat import Repeats
from pagecheck.results import CellError, CellResult
from pagecheck.rewrite import rewritten
from pagecheck.store import ExecutedPage
from pagecheck.writing import PageChanged, replace_content

CELL = "```{code-cell} python\nprint(7)\n```\n"
PAGE = f"# Title\n\nOLD SENTENCE\n\n{CELL}\n```{{output}}\n8\n```\n\nthe end\n"


def run_that_showed(*texts: str) -> PageRun:
    results = [
        CellResult([{"output_type": "stream", "name": "stdout", "text": text}]) for text in texts
    ]
    return PageRun(tuple(results), 0.1)


def executed(*texts: str) -> ExecutedPage:
    return ExecutedPage("key", run_that_showed(*texts), "2026-11-27", fresh=True)


def repeats(runs: Sequence[PageRun]) -> Repeats:
    """Runs that have been made before: one page has them all."""
    left = list(runs)

    async def runner(page: Page, *, environment: Mapping[str, str]) -> PageRun:
        return left.pop(0)

    return Repeats(len(left), runner=runner)


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "page.md"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("tail", ["\n\nthe end\n", "\n", ""])
@pytest.mark.parametrize("output", ["\n```{output}\n8\n```", "", "\n```{output}\n7\n8\n9\n```"])
def test_only_the_block_is_another_to_the_byte(
    tmp_path: Path, ending: str, mark: str, tail: str, output: str
) -> None:
    cell = CELL if output else CELL.removesuffix("\n")
    before = f"{mark}# Title\n\n{cell}{output}{tail}".replace("\n", ending)
    after = f"{mark}# Title\n\n{CELL}\n```{{output}}\n7\n```{tail}".replace("\n", ending)
    path = written(tmp_path, before.encode())
    path.chmod(0o640)
    assert accept_page(read_page(path), executed("7\n"), {})
    assert path.read_bytes() == after.encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert accept_page(read_page(path), executed("7\n"), {})
    assert path.read_bytes() == after.encode()


def test_links_stay_links_and_their_target_is_written(tmp_path: Path) -> None:
    target = written(tmp_path, PAGE.encode())
    symbolic, hard = tmp_path / "symbolic.md", tmp_path / "hard.md"
    symbolic.symlink_to(target)
    assert accept_page(read_page(symbolic), executed("7\n"), {})
    assert symbolic.is_symlink()
    assert "\n7\n" in target.read_text()
    os.link(target, hard)
    assert accept_page(read_page(hard), executed("6\n"), {})
    assert target.samefile(hard)
    assert "\n6\n" in target.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hard.md", "page.md", "symbolic.md"]


def test_prose_that_was_edited_meanwhile_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, PAGE.encode())
    page = read_page(path)
    path.write_text(PAGE.replace("OLD SENTENCE", "A new sentence\n\nand another"))
    assert accept_page(page, executed("7\n"), {})
    assert path.read_text() == PAGE.replace(
        "OLD SENTENCE", "A new sentence\n\nand another"
    ).replace("\n8\n", "\n7\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [("print(7)", "print(6 + 1)"), ("\n8\n", "\n9\n"), (CELL, f"{CELL}\n{CELL}"), (PAGE, "empty")],
)
def test_a_page_whose_cells_were_edited_meanwhile_is_left_as_it_is(
    tmp_path: Path, old: str, new: str
) -> None:
    path = written(tmp_path, PAGE.encode())
    page = read_page(path)
    path.write_text(PAGE.replace(old, new))
    with pytest.raises(PageError, match=r"page\.md:\d+: the page was changed"):
        accept_page(page, executed("7\n"), {})
    assert path.read_text() == PAGE.replace(old, new)


def test_an_edit_in_the_last_moment_is_not_written_over(tmp_path: Path) -> None:
    path = written(tmp_path, b"edited")
    with pytest.raises(PageChanged):
        replace_content(path, b"as it was read", b"new")
    assert path.read_bytes() == b"edited"
    assert list(tmp_path.iterdir()) == [path]


def test_a_page_that_is_gone_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, PAGE.encode())
    page = read_page(path)
    path.unlink()
    with pytest.raises(PageError, match="could not be written"):
        accept_page(page, executed("7\n"), {})


def test_what_would_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path, PAGE.encode())
    with pytest.raises(PageError, match=r"page\.md:6: this output cannot be written"):
        write_records(read_page(path), {0: "9\n"}, {0: "7\n"})
    assert path.read_text() == PAGE


def test_random_outputs_are_read_back_from_their_page() -> None:
    chance = Random(0)
    pieces = [
        "```",
        "````",
        "{output}",
        "...",
        "\\",
        ":x: y",
        "±",
        "9.5",
        "\r",
        "\n",
        " ",
        "$",
        "<!--",
    ]
    pieces += ["\u2028", "\x0c", "#", "---", "~~~", "`", "```{code-cell} python", "\t", "% a"]
    page = parse_page(f"{CELL}\n{PAGE}")
    for _ in range(2000):
        shown = "".join(chance.choices(pieces, k=chance.randrange(12)))
        after = parse_page(rewritten(page, {0: shown, 1: shown}))
        for cell in after.cells:
            assert agrees(cell.output.text if cell.output else "", shown)
        again = rewritten(after, {0: shown, 1: shown})
        assert again == after.text


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ("<Net at 0x7f12aa340010>\n", "an address in memory"),
        ("{'b', 'a'}\n", "an order left to chance"),
        ("2026-11-27 12:00:01\n", "a time"),
        ("it took 1.5 s\n", "how long something took"),
        ("loss 0.5\n", "measure its bands"),
        ("other words\n", "its words or lines differ"),
    ],
)
def test_what_differs_between_two_runs_is_not_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shown: str, reason: str
) -> None:
    second = {
        "{'b', 'a'}\n": "{'a', 'b'}\n",
        "2026-11-27 12:00:01\n": "2026-11-27 12:00:02\n",
        "it took 1.5 s\n": "it took 1.6 s\n",
        "loss 0.5\n": "loss 0.6\n",
        "other words\n": "words\n",
    }.get(shown, shown)
    path = written(tmp_path, PAGE.encode())
    again = repeats([run_that_showed(second)])
    with again:
        assert not accept_page(read_page(path), executed(shown), {}, again)
    assert reason in capsys.readouterr().out
    assert path.read_text() == PAGE


def test_measuring_makes_all_bands_anew_and_says_what_was_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.replace("\n8\n", "\nacc 98.5±9 of 10±5\n")
    path = written(tmp_path, text.encode())
    seen = ["acc 98.4 of 10\n", "acc 98.6 of 10\n", "acc 98.5 of 10\n"]
    for _ in range(2):
        again = repeats([run_that_showed(one) for one in seen[1:]])
        with again:
            assert accept_page(read_page(path), executed(seen[0]), {}, again, measure=True)
        assert path.read_text() == PAGE.replace("\n8\n", "\nacc 98.5±0.3 of 10\n")
    assert "98.5±0.3 (98.4 to 98.6)" in capsys.readouterr().out


def test_a_repeated_run_that_breaks_off_records_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, PAGE.encode())
    broken = PageRun((CellResult([], CellError("ValueError", "odd")),), 0.1)
    again = repeats([broken])
    with again:
        assert not accept_page(read_page(path), executed("7\n"), {}, again)
    assert "page.md:6: a second run ended here with ValueError: odd" in capsys.readouterr().out
    assert path.read_text() == PAGE


def test_each_repeated_run_has_another_environment_and_leaves_none(tmp_path: Path) -> None:
    seen: list[Mapping[str, str]] = []

    async def runner(page: Page, *, environment: Mapping[str, str]) -> PageRun:
        seen.append(environment)
        cache = Path(environment["BOOK_CACHE"])
        assert list(cache.iterdir()) == []
        (cache / "kept").write_text("of this run")
        return run_that_showed(environment["PYTHONHASHSEED"])

    page = parse_page(PAGE, tmp_path / "page.md")
    vary = {"BOOK_FORMAT": ["wide", "narrow"], "BOOK_AGE": ["", "old"]}
    with Repeats(4, vary, ["BOOK_CACHE"], 2, runner) as again:
        runs = again.runs(page, {"BOOK_FORMAT": "other", "BOOK_DEVICE": "cpu"})
    assert runs == [run_that_showed(environment["PYTHONHASHSEED"]) for environment in seen]
    assert len({run["PYTHONHASHSEED"] for run in seen}) == 4
    assert {run["OMP_NUM_THREADS"] for run in seen} == {"1", "2"}
    assert len({(run["OMP_NUM_THREADS"], run["BOOK_FORMAT"]) for run in seen}) == 4
    assert {run["BOOK_FORMAT"] for run in seen} == {"wide", "narrow"}
    assert {run.get("BOOK_AGE") for run in seen} == {None, "old"}
    assert {run["BOOK_DEVICE"] for run in seen} == {"cpu"}
    assert not any(Path(run["BOOK_CACHE"]).exists() for run in seen)


def test_a_page_in_order_is_neither_run_again_nor_touched(tmp_path: Path) -> None:
    path = written(tmp_path, PAGE.replace("\n8\n", "\n7\n").encode())
    before = path.stat().st_mtime_ns
    with repeats([]) as none:
        assert accept_page(read_page(path), executed("7\n"), {}, none)
    assert path.stat().st_mtime_ns == before
    assert page_text(path) == PAGE.replace("\n8\n", "\n7\n")
