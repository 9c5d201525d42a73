"""The commands and the book's settings: each mistake is one sentence."""

from pathlib import Path

import pytest

from pagecheck.cli import main
from pagecheck.conditions import default_conditions
from pagecheck.config import ConfigError, read_config


def settings(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_without_settings_a_book_has_the_engines_own(tmp_path: Path) -> None:
    config = read_config(settings(tmp_path, ""))
    assert config.conditions is default_conditions
    assert config.pages == ()
    assert config.store == tmp_path / "_build/pages"


def test_settings_are_named_from_the_folder_of_their_file(tmp_path: Path) -> None:
    text = """
[tool.pagecheck]
pages = ["book"]
store = "kept"
conditions = "a_books_own:conditions"
repeat = {vary = {FORMAT = ["wide", "narrow"]}, empty = ["CACHE"]}
"""
    (tmp_path / "a_books_own.py").write_text("def conditions(data): return ()\n")
    (tmp_path / "book" / "part").mkdir(parents=True)
    config = read_config(settings(tmp_path, text) / "book" / "part")
    assert config.pages == (tmp_path / "book",)
    assert config.store == tmp_path / "kept"
    assert config.conditions.__module__ == "a_books_own"
    assert config.vary == {"FORMAT": ("wide", "narrow")}
    assert config.empty == ("CACHE",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tool.pagecheck]\npage = 1", "no setting 'page'"),
        ("[tool.pagecheck]\nrepeat = {evry = 1}", "no setting 'repeat.evry'"),
        ("[tool.pagecheck]\npages = 'book'", "'pages' of [tool.pagecheck] must be a list"),
        ("[tool.pagecheck]\nrepeat = {vary = {A = 'b'}}", "'repeat.vary.A' of"),
        ("[tool.pagecheck]\nconditions = 'nowhere:nothing'", "cannot be imported"),
        ("[tool.pagecheck]\nconditions = 'json'", "write 'module:function'"),
        ("[tool.pagecheck]\nconditions = 5", "write 'module:function'"),
        ("[tool", "pyproject.toml"),
    ],
)
def test_wrong_settings_are_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    told: str,
) -> None:
    with pytest.raises(ConfigError) as error:
        read_config(settings(tmp_path, text))
    assert told in str(error.value)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "page.md"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("pagecheck: ")
    assert "Traceback" not in message


def test_data_without_a_function_that_makes_them_ready_is_told() -> None:
    with pytest.raises(ValueError, match="the page names the data mnist, but"):
        default_conditions(["mnist"])


PAGES = {
    "latin.md": ("# é\n".encode("latin-1"), "latin.md:1: the page is not in UTF-8"),
    "list.md": (b"- ```{code-cell} python\n", "list.md:1: an indented or quoted cell"),
    "data.md": (
        b"---\npagecheck: {data: [mnist]}\n---\n```{code-cell} python\n1\n```\n",
        "data.md:1: the page could not be run: the page names the data mnist",
    ),
}


@pytest.mark.parametrize("command", ["check", "accept", "adopt"])
def test_each_page_has_its_turn_whatever_is_wrong_with_the_others(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.chdir(settings(tmp_path, ""))
    monkeypatch.delenv("CI", raising=False)
    for name, (content, _) in PAGES.items():
        (tmp_path / name).write_bytes(content)
    assert main([command, "absent.md", *PAGES]) == 1
    message = capsys.readouterr().err
    assert [line.split(": ")[1].split(":")[0] for line in message.splitlines()] == [
        "absent.md",
        *PAGES,
    ]
    for _, told in PAGES.values():
        assert told in message


def test_without_pages_the_use_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(settings(tmp_path, ""))
    assert main(["check"]) == 2
    assert "name some" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["accept", "--repeat", "none", "page.md"])
