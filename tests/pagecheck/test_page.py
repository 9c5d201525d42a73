"""What a page is, and what is refused by name."""

from pathlib import Path

import pytest

from pagecheck.page import PageError, parse_page

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
    "an indented fence": (" ```{code-cell} python\n1\n ```\n", "not how a cell is written"),
    "a cell in a note": (f"````{{note}}\n{CELL}````\n", "nested in '{note}'"),
    "a cell in a colon fence": (f":::{{dropdown}} More\n{CELL}:::\n", "nested in '{dropdown}"),
    "a cell in a list": ("- item\n\n      ```{code-cell} python\n      1\n      ```\n", "indented"),
    "a cell in a quotation": ("> ```{code-cell} python\n> 1\n> ```\n", "quoted"),
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
