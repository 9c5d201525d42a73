"""Taking a page of another MyST-NB book: its cells respelt, its outputs recorded."""

import ast
from pathlib import Path

import pytest

from pagecheck.adopt import AdoptOptions, respell_page, settle_page
from pagecheck.cli import main
from pagecheck.kernel import PageRun
from pagecheck.page import PageError, parse_page, read_page
from pagecheck.respell import Respelling, respell
from pagecheck.results import CellResult
from pagecheck.wrapping import printing_its_error, without_last_value

HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
CELL = "```{code-cell} python\n1 + 1\n```\n"


@pytest.mark.parametrize(
    "fence",
    [
        "```{code-cell}",
        "```{code-cell} ipython",
        "```{code-cell} ipython3",
        "```{code-cell} python3",
        "``` {code-cell} python",
        "````{code-cell} ipython3",
        "~~~{code-cell} python",
        ":::{code-cell}",
    ],
)
def test_every_spelling_of_a_cell_becomes_the_one(fence: str) -> None:
    marks = fence[: len(fence) - len(fence.lstrip("`~:"))]
    text, told = respell(f"{HEAD}# T\n\n{fence}\n1 + 1\n{marks}\n\nthe end\n", Path("page.md"))
    assert text == f"{HEAD}# T\n\n{CELL}\nthe end\n"
    assert told == [f"page.md:7: {fence!r} is '```{{code-cell}} python' now"]
    assert respell(text, Path("page.md")) == (text, [])


@pytest.mark.parametrize(
    "block",
    ["```{code-cell} julia\n1\n```\n", "```python\n1\n```\n", "- ```{code-cell}\n  1\n  ```\n"],
)
def test_what_is_no_cell_of_python_stays(block: str) -> None:
    assert respell(f"{HEAD}{block}", Path("page.md")) == (f"{HEAD}{block}", [])


OPTIONS = {
    "unknown options are left out": (":id: a\n:tags: [hide-input]\n\n", ":tags: [hide-input]\n\n"),
    "a caption is the alternative text": (
        "---\nmystnb:\n  figure:\n    caption: A *line* of {math}`x`\n---\n",
        "---\nmystnb:\n  figure:\n    caption: A *line* of {math}`x`\n"
        "  image:\n    alt: A line of x\n---\n",
    ),
    "an alternative text stays": (
        "---\nmystnb: {figure: {caption: A}, image: {alt: B}}\n---\n",
        "---\nmystnb: {figure: {caption: A}, image: {alt: B}}\n---\n",
    ),
}


@pytest.mark.parametrize("what", OPTIONS)
def test_options(what: str) -> None:
    before, after = OPTIONS[what]
    text, _ = respell(f"{HEAD}```{{code-cell}} ipython3\n{before}1 + 1\n```\n", Path("page.md"))
    assert text == f"{HEAD}```{{code-cell}} python\n{after}1 + 1\n```\n"
    parse_page(text)


def test_a_cell_that_raises_prints_its_error_or_is_left() -> None:
    cell = "```{code-cell} python\n:tags: [raises-exception]\n\n1 / 0\n```\n"
    text, _ = respell(HEAD + cell, Path("page.md"))
    (parsed,) = parse_page(text).cells
    assert parsed.options == {}
    assert parsed.source.startswith("try:\n    1 / 0\nexcept")
    left, told = respell(HEAD + cell, Path("page.md"), Respelling(wrap=False))
    assert (left, told) == (HEAD + cell, [])


def test_a_cell_that_is_not_run_becomes_plain_code() -> None:
    cell = "```{code-cell} ipython3\n:tags: [skip-execution]\n\nrm()\n```\n"
    assert respell(HEAD + cell, Path("page.md"))[0] == f"{HEAD}```python\nrm()\n```\n"


@pytest.mark.parametrize(
    ("matter", "expected"),
    [
        ("", HEAD),
        ("---\ntitle: T\n---\n", HEAD.replace("kernel", "title: T\nkernel", 1)),
        (
            "---\njupytext: {}\nkernelspec:\n  name: conda-x\n  language: python\nx: 1\n---\n",
            "---\njupytext: {}\nkernelspec: {name: python3, display_name: Python 3}\nx: 1\n---\n",
        ),
        ("---\nfile_format: mystnb\nkernelspec: {name: ir, language: R}\n---\n",) * 2,
    ],
)
def test_the_front_matter_asks_for_pythons_kernel(matter: str, expected: str) -> None:
    assert respell(f"{matter}# T\n", Path("page.md"))[0] == f"{expected}# T\n"


def test_blocks_of_d2l_become_cells_on_demand() -> None:
    text = (
        f"{HEAD}```{{.python .input  n=1}}\n#@tab all\nx = 1\n```\n\n"
        "```{.python .input}\n#@tab mxnet\nnpx.set_np()\n```\n\n"
        "```{.python .input}\n%%tab pytorch, tensorflow\nprint(x)\n```\n"
    )
    assert respell(text, Path("page.md"))[0] == text
    cells = parse_page(respell(text, Path("page.md"), Respelling(d2l=True))[0]).cells
    assert [cell.source for cell in cells] == ["x = 1", "print(x)"]


@pytest.mark.parametrize(
    "code",
    ["1 / 0", 'x = """\n  a\n"""\nif x:\n    raise KeyError(x)', 'print(f"""{\n1}\n b""")\n1 / 0'],
)
def test_wrapping_changes_nothing_but_where_the_error_goes(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrapped = printing_its_error(code)
    assert wrapped is not None
    plain: dict[str, object] = {}
    with pytest.raises(Exception, match=r"zero|a") as error:
        exec(code, plain)
    printed = capsys.readouterr().out
    new: dict[str, object] = {}
    exec(wrapped, new)
    assert capsys.readouterr().out == f"{printed}{type(error.value).__name__}: {error.value}\n"
    assert new.get("x") == plain.get("x")


def test_magics_are_not_wrapped() -> None:
    assert printing_its_error("%run script.py") is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("plt.legend()", "plt.legend();"),
        ("é = 1; plt.legend()  # é", "é = 1; plt.legend();  # é"),
        ("f(\n    1,\n)  # c\n\n# end", "f(\n    1,\n);  # c\n\n# end"),
        ("x = 1", None),
        ("f();", None),
        ("%matplotlib inline", None),
        ("", None),
    ],
)
def test_only_a_last_value_gets_a_semicolon(code: str, expected: str | None) -> None:
    assert without_last_value(code) == expected
    if expected:
        assert ast.dump(ast.parse(expected)) == ast.dump(ast.parse(code))


def test_a_page_that_cannot_be_respelt_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    text = "# T\n\n```{code-cell}\n1\n```\n\n- ```{code-cell}\n  1\n  ```\n"
    path.write_text(text)
    with pytest.raises(PageError, match="a cell in a list, a quotation"):
        respell_page(path, AdoptOptions())
    assert path.read_text() == text


def test_what_a_run_shows_to_be_unfit_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(f"{HEAD}{CELL}\n{CELL}\n{CELL}".replace("\n", "\r\n").encode())
    legend = {"text/plain": "<matplotlib.legend.Legend at 0x7f1200aa3400>"}
    picture = {"text/plain": "figure: 1 axes", "image/svg+xml": "<svg/>"}
    shown = [
        [{"output_type": "execute_result", "data": legend, "metadata": {}}],
        [{"output_type": "display_data", "data": picture, "metadata": {}}],
        [{"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}}],
    ]
    run = PageRun(tuple(map(CellResult, shown)), 0.1)
    options = AdoptOptions("A picture")
    assert len(settle_page(read_page(path), run, options)) == 2
    cells = read_page(path).cells
    assert [cell.source for cell in cells] == ["1 + 1;", "1 + 1", "1 + 1"]
    assert [cell.alt for cell in cells] == [None, "A picture", None]
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")


FOREIGN = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
# Foreign

```{code-cell} ipython3
:id: abc

class Net: pass
print("mean", sum([1.5, 2.25]))
Net()
```

```{code-cell}
:tags: [raises-exception]

1 / 0
```
"""


@pytest.mark.slow
def test_an_adopted_page_passes_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    path = tmp_path / "page.md"
    path.write_text(FOREIGN)
    assert main(["adopt", "page.md"]) == 0
    adopted = path.read_text()
    outputs = [cell.output and cell.output.text for cell in read_page(path).cells]
    assert outputs == ["mean 3.75\n", "ZeroDivisionError: division by zero\n"]
    capsys.readouterr()
    assert main(["check", "page.md"]) == main(["adopt", "page.md"]) == main(["accept", "."]) == 0
    assert path.read_text() == adopted
    assert "rewritten" not in capsys.readouterr().out
    path.write_text(adopted.replace("mean 3.75", "mean 3.70"))
    assert main(["check", "page.md"]) == 1
    assert "page.md:14: the output is not the recorded one" in capsys.readouterr().out
