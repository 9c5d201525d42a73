"""The commands: each page has its turn, and each mistake is one sentence."""

from pathlib import Path

import pytest

from pagecheck.cli import main

PAGES = {
    "latin.md": ("# é\n".encode("latin-1"), "latin.md:1: the page is not in UTF-8"),
    "list.md": (b"- ```{code-cell} python\n", "list.md:1: a cell in a list, a quotation"),
    "kernel.md": (b"---\nkernelspec: {name: ir}\n---\n", "kernel.md:2: the page asks for"),
}


@pytest.mark.parametrize("command", ["check", "accept", "adopt"])
def test_each_page_has_its_turn_whatever_is_wrong_with_the_others(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    for name, (content, _) in PAGES.items():
        (tmp_path / name).write_bytes(content)
    assert main([command, "absent.md", *PAGES]) == 1
    message = capsys.readouterr().err
    assert [line.split()[1].split(":")[0] for line in message.splitlines()] == [
        "absent.md",
        *PAGES,
    ]
    for _, told in PAGES.values():
        assert told in message


def test_without_pages_the_use_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    assert "name the pages" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["accept", "--repeat", "none", "page.md"])


def test_a_book_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.md").write_text("# T\n")
    (tmp_path / "conf.py").write_text("pagecheck_conditions = 'nowhere:nothing'\n")
    assert main(["check", "page.md"]) == 1
    message = capsys.readouterr().err
    assert "conf.py names 'nowhere:nothing', which cannot be imported" in message
    assert message.count("\n") == 1


def test_what_another_machine_showed_counts_where_bands_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / "part").mkdir()
    page, shown = tmp_path / "part" / "page.md", tmp_path / "shown.json"
    page.write_text("```{code-cell} python\nprint('right', 0.97)\n```\n\n" * 2)
    shown.write_text('{"part/page.md": ["right 0.95", "wrong 0.1"], "part/other.md": ["right 0"]}')
    assert main(["accept", "--repeat", "3", "--shown", "shown.json", "part/page.md"]) == 0
    text = page.read_text()
    assert "right 0.97±0.06" in text
    assert "right 0.97\n" in text, "a cell that showed other words is another cell"
    for content in ("{", '["right"]', '{"page.md": "right"}'):
        shown.write_text(content)
        with pytest.raises(SystemExit, match="2"):
            main(["accept", "--repeat", "3", "--shown", "shown.json", "part/page.md"])
        assert "shown.json" in capsys.readouterr().err


@pytest.mark.parametrize(("recorded", "status"), [("0.50", 1), ("0.50±0.03", 0)])
def test_a_check_may_run_pages_again_under_other_conditions(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    recorded: str,
    status: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHARE", raising=False)
    (tmp_path / "conf.py").write_text("pagecheck_vary = {'SHARE': ['', '0.52']}\n")
    (tmp_path / "page.md").write_text(
        "```{code-cell} python\nimport os\n\nprint(os.environ.get('SHARE', '0.50'))\n```\n\n"
        f"```{{output}}\n{recorded}\n```\n"
    )
    assert main(["check", "page.md"]) == 0
    assert main(["check", "--repeat", "3", "page.md"]) == status
    told = capsys.readouterr().out
    assert f"page.md: 2 more runs, {'1 with a' if status else 'none with a'} difference" in told
    assert ("SHARE=0.52" in told) == bool(status)
