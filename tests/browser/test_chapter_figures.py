"""A chapter begins with a picture, and every figure has a number, a caption and a legible text."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = [
    path.relative_to(BOOK).with_suffix(".html").as_posix()
    for path in sorted(BOOK.rglob("*.md"))
    if path.stem != "index" and "appendix" not in path.parts
]
FIRST_SCREEN = 800
SMALLEST = 8.9
"""Pixels of a letter's height on a phone; 9, less what rounding takes."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_begins_with_a_picture_and_all_figures_are_numbered(
    page: Page, book_url: str, name: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": FIRST_SCREEN})
    page.goto(f"{book_url}/{name}")
    top = page.locator(".bd-article figure").first.bounding_box()
    assert top is not None
    assert top["y"] < FIRST_SCREEN
    numbers = page.locator(".bd-article figure .caption-number").all_inner_texts()
    chapter = page.locator(".bd-article h1").first.inner_text().split()[0]
    assert [number.strip() for number in numbers] == [
        f"Figure {chapter}.{place}" for place in range(1, len(numbers) + 1)
    ]
    bare = page.evaluate(
        "[...document.querySelectorAll('.bd-article .cell_output img')]"
        ".filter(i => !i.closest('figure')).map(i => i.alt)"
    )
    assert bare == [], "a picture without a caption"
    captions = page.locator(".bd-article figure .caption-text").all_inner_texts()
    assert all(caption.strip() for caption in captions)
    assert len(set(captions)) == len(captions)


@pytest.mark.parametrize("name", CHAPTERS)
def test_drawings_are_legible_on_a_phone_and_cut_nothing_off(
    page: Page, book_url: str, name: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{book_url}/{name}")
    drawings = page.evaluate(
        """[...document.querySelectorAll('figure.drawing svg')].map(svg => {
            const frame = svg.getBoundingClientRect();
            const texts = [...svg.querySelectorAll('text')];
            const scale = frame.width / svg.viewBox.baseVal.width;
            return {
                label: svg.getAttribute('aria-label') || '',
                smallest: Math.min(...texts.map(t => parseFloat(getComputedStyle(t).fontSize)))
                    * scale,
                outside: texts.filter(t => {
                    const box = t.getBoundingClientRect();
                    return box.left < frame.left - 1 || box.right > frame.right + 1
                        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
                }).map(t => t.textContent),
            };
        })"""
    )
    assert drawings, "a chapter has at least the drawing that it begins with"
    for drawing in drawings:
        assert drawing["label"]
        assert drawing["smallest"] >= SMALLEST
        assert drawing["outside"] == []


def test_the_laboratory_shows_the_photograph_of_its_page(page: Page, book_url: str) -> None:
    """In a finished page most images come late, and those that are hidden never."""
    page.goto(f"{book_url}/convolution.html")
    page.wait_for_function(
        """() => {
            const canvas = document.querySelector('[data-figure="laboratory"] canvas');
            if (!canvas || canvas.width < 100) return false;
            const { width, height } = canvas;
            const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
            const levels = data.filter((_, at) => at % 4 === 0);
            return new Set(levels).size > 50;
        }""",
        timeout=10_000,
    )
