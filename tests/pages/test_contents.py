"""The landing page: each chapter has a card, and the page stays light."""

import gzip
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

BOOK = Path(__file__).parents[2] / "book"
sys.path.append(str(BOOK / "_extensions"))

import chapter_numbers  # type: ignore[import-not-found]  # noqa: E402
import contents  # type: ignore[import-not-found]  # noqa: E402
import lighter  # type: ignore[import-not-found]  # noqa: E402

CHAPTERS = chapter_numbers.chapters((BOOK / "index.md").read_text(encoding="utf-8"))
MOST_BYTES = 200_000
"""Of the landing page with all that it loads, compressed."""


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_chapter_has_a_drawing_that_adorns_its_card(name: str) -> None:
    picture = contents.picture(name)
    assert picture, f"there is no drawing for {name}"
    root = ElementTree.fromstring(picture)
    assert root.get("aria-hidden") == "true"
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert " id=" not in picture, "drawings stand on one page together"


def test_a_card_is_an_item_with_one_link() -> None:
    made = contents.cards("A & B", [("3", "Cards: why < one?", "a.html", "<svg/>")])
    root = ElementTree.fromstring(f"<div>{made}</div>")
    assert root[0].text == "A & B"
    assert root[1].get("role") == "list"
    (item,) = root[1]
    (link,) = item.iter("a")
    assert link.get("href") == "a.html"
    assert "".join(link.itertext()) == "3 · Cards: why < one?"
    assert item[0].get("aria-hidden") == "true"


def test_a_chapter_without_a_drawing_or_a_question_has_a_card_all_the_same() -> None:
    assert contents.picture("appendix/not-there") == ""
    assert "1 · Alone</span></a>" in contents.card("1", "Alone", "a.html", "")


def test_only_the_search_page_loads_the_search() -> None:
    page = (
        '<script src="_static/searchtools.js"></script>\n<script src="_static/language_data.js">'
        '</script>\n<script src="searchindex.js"></script>\n<script src="a.js"></script>'
    )
    assert lighter.without_search(page).strip() == '<script src="a.js"></script>'


@pytest.mark.slow
def test_the_landing_page_is_light(built: Path) -> None:
    out = built / "html"
    html = (out / "index.html").read_text(encoding="utf-8")
    files = {out / "index.html"}
    for address in re.findall(r'<(?:script|link|img)\b[^>]*(?:src|href)="([^"#?:]+)', html):
        if address.endswith((".css", ".js", ".svg", ".png", ".woff2")):
            files.add(out / address)
    files |= {out / "_static" / "basic.css", *out.glob("_static/vendor/**/*.woff2")}
    found = {str(path): len(gzip.compress(path.read_bytes(), 9)) for path in files}
    assert len(found) > 10
    assert sum(found.values()) < MOST_BYTES, found


@pytest.mark.slow
def test_the_landing_page_has_all_chapters_in_their_order(built: Path) -> None:
    html = (built / "html" / "index.html").read_text(encoding="utf-8")
    cards = re.findall(r'<ul class="chapters".*?</ul>', html, re.DOTALL)
    found = re.findall(r'href="([\w/.-]+)\.html"', "".join(cards))
    assert found == CHAPTERS
