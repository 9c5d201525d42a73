"""What the book's own Sphinx extensions do to pages, without building the book."""

import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import nbformat
import pydata_sphinx_theme  # type: ignore[import-untyped]
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from PIL import Image
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]
from sphinx_codeautolink.extension.block import SourceTransform  # type: ignore[import-untyped]
from sphinx_codeautolink.parse import parse_names  # type: ignore[import-untyped]

BOOK = Path(__file__).parents[2] / "book"
sys.path.append(str(BOOK / "_extensions"))

import api_links  # type: ignore[import-not-found]  # noqa: E402
import cards  # type: ignore[import-not-found]  # noqa: E402
import chapter_numbers  # type: ignore[import-not-found]  # noqa: E402
import code_lines  # type: ignore[import-not-found]  # noqa: E402
import furniture  # type: ignore[import-not-found]  # noqa: E402
import hover  # type: ignore[import-not-found]  # noqa: E402
import margins  # type: ignore[import-not-found]  # noqa: E402
import portable  # type: ignore[import-not-found]  # noqa: E402
import styles  # type: ignore[import-not-found]  # noqa: E402
import terms  # type: ignore[import-not-found]  # noqa: E402

HTML = (
    '<script defer="" src="_static/scripts/fontawesome.js?digest=1"></script>\n'
    '<div class="sidebar-primary-item">\n<a class="navbar-brand logo" href="#">x</a></div>'
    '<p>text</p><img alt="a" src="1.svg"/><img alt="b" src="2.svg"/>'
    '<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry">'
)


def test_html_is_put_right_once() -> None:
    better = furniture.improved(HTML)
    assert "fontawesome" not in better
    assert "role=" not in better.replace('role="navigation"', "")
    assert 'aria-label="Book" class="sidebar-primary-item" role="navigation"' in better
    assert better.count("<img") == 2
    assert better.count('loading="lazy"') == 1
    assert better.index('loading="lazy"') > better.index('alt="a"')
    assert furniture.improved(better) == better
    assert furniture.improved("<p>nothing</p>") == "<p>nothing</p>"


@pytest.mark.parametrize("link", [api_links.link_whole, api_links.link_only_code])
def test_code_is_linked_whether_the_whole_page_is_read_or_not(link: Any, tmp_path: Path) -> None:
    cells = ["from a import b\nb.c(1) < 2", "x = 'é & b'", "from a import b\nb.c(b.c(2))", "x = 3"]
    page, transforms = "<p>b.c &amp; c</p>\n", []
    for number, cell in enumerate(cells):
        lines = highlight(cell, PythonLexer(), HtmlFormatter(nowrap=True))
        page += (
            '<div class="highlight-python notranslate"><div class="highlight">'
            f"<pre>{lines}</pre></div>\n</div>\n<p>{number} &lt; b.c</p>\n"
        )
        names = [name for name in parse_names(cell, None) if name.code_str == "b.c"]
        for name in names:
            name.resolved_location = "a.b.c"
        transforms.append(SourceTransform(cell, names, None, number))
    path = tmp_path / "sub/page.html"
    path.parent.mkdir()
    path.write_text(page, encoding="utf-8")
    inventory = {"a.b.c": "api.html#c"}
    link("sub/page", tmp_path, transforms, inventory, {}, [], disable_link_titles=False)
    made, before = (
        BeautifulSoup(html, "html.parser") for html in (path.read_text(encoding="utf-8"), page)
    )
    links = made.find_all("a", href="../api.html#c", title="a.b.c")
    assert [each.get_text() for each in links] == ["b.c", "b.c", "b.c"]
    for each in links:
        each.unwrap()
    assert str(made) == str(before)


def test_words_lead_to_where_they_are_explained_in_every_spelling() -> None:
    glossary = (
        "```{glossary}\nnormalisation\n标准化 °\n  Do. ([Here](../images.md#three-scales))\n\n"
        "pixel\n像素\n  A number. ([There](../images.md))\n```"
    )
    assert terms.explained(glossary) == {
        "images": {
            "three-scales": ["normalisation", "normalization", "标准化"],
            None: ["pixel", "像素"],
        }
    }


def test_every_word_of_the_glossary_has_its_place() -> None:
    text = (BOOK / "appendix" / "glossary.md").read_text(encoding="utf-8")
    entries = sum(block.count("\n\n") + 1 for block in terms.BLOCK.findall(text))
    found = terms.explained(text)
    words = [word for page in found.values() for here in page.values() for word in here]
    assert len(words) >= 2 * entries
    for page in found:
        assert (BOOK / f"{page}.md").is_file()


def test_chapters_are_those_of_all_numbered_tables() -> None:
    assert chapter_numbers.chapters(
        "```{toctree}\n:caption: A\n:numbered: 1\n\nfirst\nsecond\n```\n\n"
        "```{toctree}\n:caption: B\n\nnot-this\n```\n\n```{toctree}\n:numbered: 1\n\nthird\n```\n"
    ) == ["first", "second", "third"]


def test_a_book_with_an_address_has_a_map_and_an_answer_to_wrong_ways() -> None:
    address = "https://example.org/book"
    root = ElementTree.fromstring(furniture.sitemap(address, ["index", "applications/aerial"]))
    assert [place[0].text for place in root] == [
        f"{address}/index.html", f"{address}/applications/aerial.html",
    ]  # fmt: skip
    page = furniture.not_found(address, "A & B")
    assert set(re.findall(r'href="([^"]*)"', page)) == {
        f"{address}/index.html", f"{address}/search.html",
    }  # fmt: skip
    assert "A &amp; B" in page


def test_a_build_without_the_glossary_has_the_script_that_its_pages_ask_for(tmp_path: Path) -> None:
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=tmp_path)
    standard = SimpleNamespace(objects={})
    env = SimpleNamespace(
        doc2path=lambda name: tmp_path / name, domains=SimpleNamespace(standard_domain=standard)
    )
    hover.write_script(app, env)
    assert (tmp_path / "_static" / hover.SCRIPT).read_text() == "window.cnnbookTerms = {};\n"


def test_terms_are_found_as_words_longest_first_and_in_the_plural() -> None:
    find = hover.pattern(frozenset(["pooling", "max pooling", "skip connection", "ReLU"]))
    said = "Max pooling, then ReLUs and skip connections; whirlpooling is none"
    assert [found[0] for found in find.finditer(said)] == [
        "Max pooling", "ReLUs", "skip connections",
    ]  # fmt: skip


def test_the_glossary_tells_each_word_in_chinese_and_without_marks() -> None:
    known = hover.entries((BOOK / "appendix" / "glossary.md").read_text(encoding="utf-8"))
    assert known["pixel"][:2] == ("pixel", "像素")
    assert known["batch normalization"] == known["batch normalisation"]
    assert "depthwize" not in known
    for first, chinese, sentence, page in known.values():
        assert first
        assert hover.HAN.search(chinese)
        assert not re.search(r"[`\[\]{}]|\]\(", sentence)
        assert page
        assert (BOOK / f"{page}.md").is_file()


def test_a_notebook_is_a_script_as_well() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# One\n\ntext"),
            nbformat.v4.new_code_cell("a = 1\nprint(a)"),
        ]
    )
    assert portable.script(notebook) == (
        "# %% [markdown]\n# # One\n#\n# text\n\n# %%\na = 1\nprint(a)\n"
    )


CELL = (
    '<div class="cell_input docutils container">\n<div class="highlight-python notranslate">'
    '<div class="highlight"><pre><span></span><span class="k">if</span> <span>x</span>:\n\n'
    "    <a><span>y</span></a>\n</pre></div></div></div>"
)


def test_lines_of_code_are_elements_and_its_text_stays() -> None:
    made = code_lines.marked(CELL)
    assert code_lines.shown(made) == code_lines.shown(CELL)
    assert made.count('class="line"') == 2
    assert '<span class="line" style="--in: 4">    <a>' in made
    assert code_lines.marked(made) == made
    assert code_lines.marked("<pre>no cell</pre>") == "<pre>no cell</pre>"
    crossing = CELL.replace(":\n\n", ":<b>\n</b>\n")
    assert code_lines.marked(crossing) == crossing


def test_sentences_wrap_and_tables_do_not() -> None:
    output = '<div class="output stream"><div class="highlight"><pre><span></span>{}\n</pre></div>'

    def classes(text: str) -> str:
        return "".join(re.findall(r'<pre class="(\w+)"', code_lines.marked(output.format(text))))

    assert classes("x needs 3 &lt; 4") == "prose"
    assert classes("tensor([[1.,  2.],\n        [3.,  4.]])") == ""
    assert classes("name   1\nother  " + "2" * 90) == "wide"
    again = code_lines.marked(output.format("a"))
    assert code_lines.marked(again) == again


def told(address: str, title: str) -> str:
    app = SimpleNamespace(config=SimpleNamespace(html_baseurl=address))
    context = {"title": title}
    cards.tell(app, "applications/aerial", "page.html", context, nodes.paragraph())
    return str(context.get("metatags", ""))


def test_a_page_with_an_address_names_its_picture_by_what_it_shows() -> None:
    said = told("https://example.org/book/", "<b>3</b> · What&#39;s &lt; &amp; &quot;so&quot;?")
    title = '3 · What\'s < & "so"?'
    assert cards.titles_in(said) == [title]
    assert f'"https://example.org/book/_static/cards/{cards.name_of(title)}"' in said
    assert 'content="https://example.org/book/applications/aerial.html"' in said
    assert cards.name_of(title) != cards.name_of("another")


def test_a_folder_without_an_address_names_no_picture() -> None:
    assert told("", "A title") == ""


@pytest.mark.parametrize("title", ["Short?", "A title of many words " * 8])
def test_a_picture_has_the_size_that_is_said_and_holds_its_words(title: str) -> None:
    shown = Image.open(io.BytesIO(cards.picture(title, "The book"))).convert("L")
    assert shown.size == (cards.WIDTH, cards.HEIGHT)
    bright = shown.point(lambda grey: 255 * (grey > 200))
    left, top, right, bottom = bright.getbbox() or (0, 0, 0, 0)
    assert 0 < left < right < 880, "words reach neither the edge nor the table of pixels"
    assert 0 < top < bottom < cards.HEIGHT


def test_a_note_stands_with_the_paragraph_before_it() -> None:
    section = nodes.section()
    title, note = nodes.title(), nodes.sidebar(classes=["margin"])
    note += [title, nodes.paragraph("", "an aside")]
    section += [nodes.paragraph("", "first"), nodes.paragraph("", "second"), note]
    margins.lay_together(None, section)
    first, pair = section.children
    assert first.astext() == "first"
    assert pair["classes"] == ["noted"]
    assert [type(one) for one in pair] == [nodes.paragraph, nodes.sidebar]
    assert pair.astext() == "second\n\nan aside"
    assert not list(pair.findall(nodes.title))


def test_margin_notes_of_all_chapters_follow_a_paragraph() -> None:
    count = 0
    for path in BOOK.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        for found in re.finditer(r"([^\n]*)\n\n```\{margin\}\n(.+?)```\n", text, re.DOTALL):
            count += 1
            assert found[1], path
            assert not found[1].startswith(("#", "```", ":::", "$$")), path
            assert len(found[2].split()) < 60, f"{path}: an aside is short"
    assert count == sum(p.read_text("utf-8").count("```{margin}") for p in BOOK.rglob("*.md")) > 20


THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
SHEET = (THEME / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")


def bare(sheet: str) -> str:
    """A style sheet without comments, and without blanks that mean nothing."""
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    return re.sub(r"\s*([{}:;,>])\s*", r"\1", re.sub(r"\s+", " ", sheet)).strip()


def test_a_style_sheet_all_of_whose_names_are_met_stays_as_it_is() -> None:
    assert bare(styles.used(SHEET, lambda name: True)) == bare(SHEET)


def test_rules_that_a_page_may_ask_for_stay_and_others_go() -> None:
    may = styles.known(['<nav class="bd-sidebar dropdown-menu" id="x">'], ['add("show")'])
    less = styles.used(SHEET, may)
    assert ".dropdown-menu.show{display:block}" in less
    assert ":root" in less
    assert "@font-face" in less
    assert ".carousel" in SHEET
    assert ".carousel" not in less
    assert styles.used(less, may) == less
    assert len(less) < len(SHEET) / 2
