"""What readers do besides reading: search, open solutions, take a page along, use the keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.test_pages_in_a_browser import BOOK, PAGES

pytestmark = pytest.mark.slow

CHAPTERS = [name for name in PAGES if name.parts[0] not in ("appendix", "index.html")]
SEARCHES = {
    "receptive field": "receptive-field",
    "convolution": "convolution",
    "kernel": "convolution",
    "padding": "padding-and-stride",
    "stride": "padding-and-stride",
    "dilation": "padding-and-stride",
    "pooling": "pooling",
    "max pooling": "pooling",
    "relu": "why-convolution",
    "softmax": "anatomy",
    "cross-entropy": "training",
    "backpropagation": "backpropagation",
    "chain rule": "backpropagation",
    "overfitting": "training",
    "dropout": "modern-training",
    "batch normalization": "modern-training",
    "augmentation": "modern-training",
    "transposed convolution": "padding-and-stride",
    "U-Net": "architectures",
    "non-maximum suppression": "applications/detection",
    "GAN": "applications/generation",
    "感受野": "receptive-field",
    "卷积核": "convolution",
    "池化": "pooling",
}
"""What is typed, and the chapter that is due among the first three."""


@pytest.mark.parametrize("query", SEARCHES)
def test_a_search_leads_to_the_chapter(page: Page, book_url: str, query: str) -> None:
    page.goto(f"{book_url}/search.html?q={query}")
    page.wait_for_selector("ul.search > li a")
    found = page.evaluate(
        "[...document.querySelectorAll('ul.search > li > a')].map(a => a.getAttribute('href'))"
    )
    assert SEARCHES[query] in {link.partition(".html")[0] for link in found[:3]}, found[:5]


@pytest.mark.parametrize("name", CHAPTERS, ids=str)
def test_a_solution_opens_by_its_title_and_by_a_link(page: Page, book_url: str, name: Path) -> None:
    page.goto(f"{book_url}/{name.as_posix()}", wait_until="load")
    closed = page.locator(".solution.toggle-hidden")
    count = closed.count()
    assert count > 0
    first = page.locator(".solution").first
    anchor = first.get_attribute("id")
    first.locator(".admonition-title").click(position={"x": 20, "y": 10})
    assert closed.count() == count - 1
    page.goto(f"{book_url}/{name.as_posix()}#{anchor}")
    page.reload()
    assert "toggle-hidden" not in (page.locator(f'[id="{anchor}"]').get_attribute("class") or "")


def test_the_arrows_do_not_turn_the_page(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/lenet-5.html")
    page.locator("div.cell_input pre").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert page.url.endswith("lenet-5.html")


def test_a_page_can_be_had_as_a_notebook_from_its_head(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/convolution.html")
    link = page.locator(".dropdown-download-buttons a").first
    assert (link.get_attribute("href") or "").endswith("convolution.ipynb")
    answer = page.request.get(f"{book_url}/{link.get_attribute('href')}")
    assert answer.ok
    assert answer.json()["nbformat"] == 4


def test_chapters_are_counted_through_and_their_exercises_with_them(
    page: Page, book_url: str
) -> None:
    index = (BOOK / "index.md").read_text(encoding="utf-8").split("\n")
    names = [name.with_suffix("").as_posix() for name in CHAPTERS]
    order = [line for line in index if line in names]
    assert sorted(order) == sorted(names)
    for number, name in enumerate(order, start=1):
        page.goto(f"{book_url}/{name}.html")
        assert page.locator(".bd-article h1").first.inner_text().startswith(f"{number} · ")
        facts = page.locator(".chapter-facts").inner_text()
        titles = page.locator(".exercise > .admonition-title").all_inner_texts()
        assert [title.split(" (")[0] for title in titles] == [
            f"Exercise {number}.{one}" for one in range(1, len(titles) + 1)
        ]
        assert re.match(rf"About \d+ minutes to read · {len(titles)} exercises · take ", facts)


def test_every_page_says_what_it_is_about(page: Page, book_url: str) -> None:
    said = {}
    for name in [*CHAPTERS, Path("index.html")]:
        page.goto(f"{book_url}/{name.as_posix()}")
        said[name] = page.locator('meta[name="description"]').get_attribute("content") or ""
    assert all(40 <= len(text) <= 162 for text in said.values()), said
    assert len(set(said.values())) == len(said)


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_a_word_shows_its_entry_of_the_glossary(page: Page, book_url: str, way: str) -> None:
    page.goto(f"{book_url}/convolution.html", wait_until="networkidle")
    word = page.locator("a.term").first
    card = page.locator("#term-card")
    assert card.count() == 0
    getattr(word, way)()
    card.wait_for(state="visible")
    assert card.locator("strong").inner_text()[:4].lower() == word.inner_text()[:4].lower()
    assert re.search("[\u4e00-\u9fff]", card.locator("[lang=zh]").inner_text())
    assert len(card.locator("p").inner_text()) > 10
    assert word.get_attribute("aria-describedby") == "term-card"
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")
    assert "appendix/glossary.html#term-" in (word.get_attribute("href") or "")


def test_a_chapter_is_a_notebook_and_a_script_below_its_title(page: Page, book_url: str) -> None:
    page.goto(f"{book_url}/pooling.html")
    links = page.locator(".chapter-facts a")
    assert links.all_inner_texts() == ["notebook", "script"]
    for link in links.all():
        answer = page.request.get(f"{book_url}/{link.get_attribute('href')}")
        assert answer.ok
        assert "max_pool" in answer.text()
