"""What the book's own Sphinx extensions do to pages, without building the book."""

import sys
from pathlib import Path

BOOK = Path(__file__).parents[2] / "book"
sys.path.append(str(BOOK / "_extensions"))

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
