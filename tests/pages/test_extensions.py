"""What the book's own Sphinx extensions do to pages, without building the book."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

BOOK = Path(__file__).parents[2] / "book"
sys.path.append(str(BOOK / "_extensions"))

import chapter_numbers  # type: ignore[import-not-found]  # noqa: E402
import furniture  # type: ignore[import-not-found]  # noqa: E402
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
