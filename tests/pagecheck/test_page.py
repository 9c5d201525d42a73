"""What a page is, and what is refused by name."""

from pathlib import Path

import pytest

from pagecheck.page import PageError, parse_page, read_page

CELL = "```{code-cell} python\nprint(1)\n```\n"

REFUSED = {
    "a cell without language": ("```{code-cell}\n1\n```\n", "not how a cell is written"),
    "a cell in IPython": ("```{code-cell} ipython3\n1\n```\n", "not how a cell is written"),
    "a cell in python3": ("```{code-cell} python3\n1\n```\n", "not how a cell is written"),
    "a cell with a blank": ("``` {code-cell} python\n1\n```\n", "not how a cell is written"),
    "a cell with tildes": ("~~~{code-cell} python\n1\n~~~\n", "not how a cell is written"),
    "a cell with colons": (":::{code-cell} python\n1\n:::\n", "not how a cell is written"),
    "a longer fence": ("````{code-cell} python\n1\n````\n", "not how a cell is written"),
    "another engine": ("```{jupyter-execute}\n1\n```\n", "not how a cell is written"),
    "an indented fence": (" ```{code-cell} python\n1\n ```\n", "move it to the beginning"),
    "a cell in a list item": ("1. item\n\n   ```{code-cell} python\n   1\n   ```\n", "in a list"),
    "an indented output": (f"{CELL}\n ```{{output}}\n 1\n ```\n", "an output in a list"),
    "a cell in a comment": (f"<!--\n{CELL}-->\n\n{CELL}", "below an HTML comment is not seen"),
    "a cell in one line's comment": (f"<!-- a\n{CELL} -->\n", "below an HTML comment"),
    "a cell right below a tag": (f"<details>\n{CELL}</details>\n", "below an HTML tag is not seen"),
    "a cell right below another tag": (f"\n<my-tag>\n{CELL}", "below an HTML tag is not seen"),
    "a cell right below a tag below a heading": (f"# T\n<b>\n{CELL}", "below an HTML tag"),
    "a cell in a script": (f"<script>\n\n{CELL}</script>\n", "below an HTML tag is not seen"),
    "options that are no mapping": (
        "```{code-cell} python\n:mystnb: image\n1\n```\n",
        "'mystnb' must hold options",
    ),
    "image options that are no mapping": (
        "```{code-cell} python\n---\nmystnb: {image: a figure}\n---\n1\n```\n",
        "'image' must hold options",
    ),
    "alternative text that is no text": (
        "```{code-cell} python\n---\nmystnb: {image: {alt: [a]}}\n---\n1\n```\n",
        "must be a text",
    ),
    "line ends of old Macs": ("# T\rtext\n", "without a line feed"),
    "another kernel": ("---\nkernelspec: {name: ir}\n---\n", "asks for the kernel 'ir'"),
    "another language": (
        "---\nkernelspec: {name: python3, language: julia}\n---\n",
        "asks for the kernel 'julia'",
    ),
    "a kernel that is no mapping": ("---\nkernelspec: python3\n---\n", "write 'kernelspec: {name"),
    "settings that are no mapping": ("---\npagecheck: [x]\n---\n", "must hold settings by name"),
    "an unknown setting": (
        "---\npagecheck: {datas: [a]}\n---\n",
        "no setting 'datas'; a page may have 'data', 'files', 'timeout', 'takes'",
    ),
    "a setting twice": ("---\npagecheck:\n  data: [a]\n  data: [b]\n---\n", "stands here twice"),
    "settings under another word": ("---\npagechek: {files: [a]}\n---\n", "under 'pagecheck'"),
    "data that are no list": ("---\npagecheck: {data: mnist}\n---\n", "as in 'data: [mnist]'"),
    "data that are no names": ("---\npagecheck: {data: [1]}\n---\n", "a list of names"),
    "files that are no list": ("---\npagecheck: {files: a.txt}\n---\n", "as in 'files: [a.txt]'"),
    "a time that is a word": ("---\npagecheck: {timeout: ten}\n---\n", "a number of seconds"),
    "no length": ("---\npagecheck: {takes: long}\n---\n", "'takes' must be a number of seconds"),
    "no time": ("---\npagecheck: {timeout: 0}\n---\n", "a number of seconds"),
    "front matter that is not YAML": ("---\na: [\n---\n", "not valid YAML"),
    "a cell in a note": (f"````{{note}}\n{CELL}````\n", "nested in '{note}'"),
    "a cell in a colon fence": (f":::{{dropdown}} More\n{CELL}:::\n", "nested in '{dropdown}"),
    "a cell in a list": (
        "- item\n\n      ```{code-cell} python\n      1\n      ```\n",
        "in a list",
    ),
    "a cell in a quotation": ("> ```{code-cell} python\n> 1\n> ```\n", "a quotation"),
    "a cell in a definition": ("term\n: ```{code-cell} python\n  1\n  ```\n", "or the like"),
    "a cell in a footnote": ("[^1]: ```{code-cell} python\n    1\n    ```\n", "or the like"),
    "a cell in a list in a list": ("- 1. > ```{code-cell} python\n", "or the like"),
    "a prompt": ("```{code-cell} python\n>>> 1\n```\n", "'>>>' in a cell"),
    "an empty cell": ("```{code-cell} python\n\n```\n", "empty"),
    "a cell that never ends": ("```{code-cell} python\n1\n", "no closing fence"),
    "an output without a cell": ("```{output}\n1\n```\n", "does not follow a cell"),
    "an output after prose": (f"{CELL}\nprose\n\n```{{output}}\n1\n```\n", "does not follow"),
    "two outputs": (f"{CELL}\n```{{output}}\n1\n```\n\n```{{output}}\n1\n```\n", "does not follow"),
    "an unknown option": ("```{code-cell} python\n:load: x.py\n1\n```\n", "no option 'load'"),
    "an expected exception": (
        "```{code-cell} python\n:tags: [raises-exception]\n1 / 0\n```\n",
        "raises-exception",
    ),
    "an unknown output option": (f"{CELL}\n```{{output}}\n:skip: yes\n1\n```\n", "has the options"),
    "unchecked without a reason": (
        f"{CELL}\n```{{output}}\n:unchecked:\n1\n```\n",
        "has the options",
    ),
    "front matter that is no mapping": ("---\n- a\n---\n", "must be a mapping"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_two_runners_would_not_agree_about_is_refused_by_name(name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(PageError, match=r"page\.md:\d+: ") as error:
        parse_page(text, Path("page.md"))
    assert reason in str(error.value)


def test_a_wrong_setting_is_told_with_its_own_line() -> None:
    text = "---\nfile_format: mystnb\npagecheck:\n  data: [a]\n  timeout: ten\n---\n"
    with pytest.raises(PageError, match=r"page\.md:5: "):
        parse_page(text)


def test_a_declared_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    page = tmp_path / "page.md"
    page.write_text("---\na: 1\npagecheck: {files: [folder]}\n---\n")
    assert read_page(page).files == (tmp_path / "folder",)
    page.write_text("---\na: 1\npagecheck: {files: [folder, abesnt.txt]}\n---\n")
    with pytest.raises(PageError, match=r"page\.md:3: there is no file 'abesnt\.txt'"):
        read_page(page)


def test_a_page_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes("# T\n\ncafé\n".encode("latin-1"))
    with pytest.raises(PageError, match=r"page\.md:3: the page is not in UTF-8 \(byte 0xe9\)"):
        read_page(page)


def test_a_byte_order_mark_and_crlf_change_nothing_but_the_bytes(tmp_path: Path) -> None:
    text = f"---\npagecheck: {{timeout: 5}}\n---\n\n{CELL}\n```{{output}}\n1\n```\n"
    path = tmp_path / "page.md"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read_page(path) == parse_page(text, path)


@pytest.mark.parametrize("character", ["\u2028", "\x0c", "\x0b", "\x85", "\x1c"])
def test_only_a_line_feed_ends_a_line(character: str) -> None:
    text = f"one{character}line\n\n{CELL}\n```{{output}}\na{character}b\n```\n"
    (cell,) = parse_page(text).cells
    assert text.split("\n")[cell.line - 1] == "print(1)"
    assert cell.output is not None
    assert cell.output.text == f"a{character}b\n"
    with pytest.raises(PageError, match=r"page\.md:4: "):
        parse_page(f"one{character}line\n\n\n- ```{{code-cell}} python\n")


def test_a_prompt_in_a_text_is_text() -> None:
    cell = '```{code-cell} python\ntext = """\n>>> 1 + 1\n2\n"""\n```\n'
    assert len(parse_page(cell).cells) == 1
    with pytest.raises(PageError, match=r"page\.md:6: '>>>' in a cell"):
        parse_page(cell.replace('"""\n```', '"""\n>>> 2\n```'))


def test_cells_beside_html_are_cells() -> None:
    for html in ("<!-- one line -->\n", "<details>\n\n", "a paragraph\n<b>\n", "<!--\n-->\n"):
        assert len(parse_page(f"{html}{CELL}").cells) == 1, html


def test_cells_shown_as_text_are_left_alone() -> None:
    text = f"````md\n{CELL}````\n\n````{{code-block}} md\n{CELL}````\n\n{CELL}"
    assert len(parse_page(text).cells) == 1


def test_lines_are_counted_from_the_top_of_the_page() -> None:
    text = f"---\na: 1\n---\n\n# T\n\n{CELL}\n```{{output}}\n1\n```\n"
    (cell,) = parse_page(text).cells
    lines = text.splitlines()
    assert lines[cell.line - 1] == "print(1)"
    assert cell.output is not None
    assert lines[cell.output.line - 1] == "```{output}"


def test_options_are_read_in_both_forms() -> None:
    short = parse_page("```{code-cell} python\n:tags: [hide-input]\n\n1\n```\n").cells[0]
    long = parse_page("```{code-cell} python\n---\ntags: [hide-input]\n---\n1\n```\n").cells[0]
    assert short.options == long.options == {"tags": ["hide-input"]}
    assert short.source == long.source == "1"
    assert short.line == 4
    assert long.line == 5


def test_blanking_the_outputs_keeps_every_line_in_its_place() -> None:
    text = f"{CELL}\n```{{output}}\n1\n```\n\nprose\n"
    blanked = parse_page(text).without_outputs()
    assert blanked.splitlines().index("prose") == text.splitlines().index("prose")
    assert "{output}" not in blanked
