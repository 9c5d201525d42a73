"""A page asks for nothing from elsewhere, shows no script error, fits a phone, shuts out nobody."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import shut_out

BOOK = Path(__file__).parents[2] / "book"
PAGES = [path.relative_to(BOOK).with_suffix(".html") for path in sorted(BOOK.rglob("*.md"))]
MADE = [Path("genindex.html"), Path("search.html")]
"""What Sphinx makes by itself."""
REFERENCE = [page for page in PAGES if "api" in page.parts]
"""Made of docstrings, all alike: they are looked at as a phone shows them, and no other way."""
READ = [page for page in PAGES if page not in REFERENCE]
LOOKS = [*((1280, page) for page in READ + MADE), *((390, page) for page in PAGES + MADE)]
COLUMN = ".cell_input pre, .cell_output pre.prose, dl.py"
OVERFLOWING = """
selector => {
  document.querySelectorAll('details').forEach(one => { one.open = true; });
  document.querySelectorAll('.toggle-hidden').forEach(one => {
    one.classList.remove('toggle-hidden');
  });
  return [...document.querySelectorAll(selector)]
    .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText);
}
"""
FIGURES = "[...document.querySelectorAll('.pagecheck-figure')].filter(f => f.checkVisibility())"
TOO_SMALL = f"""
() => {FIGURES}.flatMap(figure => [...figure.querySelectorAll('img')])
  .filter(one => one.checkVisibility() && one.clientWidth < 0.74 * one.getAttribute('width'))
  .map(one => one.alt)
"""
OUT_OF_REACH = f"""
() => {FIGURES}.filter(one => (one.scrollWidth > one.clientWidth) !== (one.tabIndex === 0))
  .map(one => one.innerText)
"""

pytestmark = pytest.mark.slow


def open_page(browser: Browser, url: str, width: int) -> tuple[Page, list[str]]:
    """The loaded page and everything it complained about or asked for from another host.

    On a phone it is dark from the beginning.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if width == 390 else "light"
    )
    page = context.new_page()
    faults: list[str] = []
    host = "/".join(url.split("/")[:3])
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: faults.append(message.text) if message.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((host, "data:", "blob:"))
            else faults.append(f"asks for {request.url}")
        ),
    )
    page.goto(url, wait_until="networkidle")
    return page, faults


@pytest.mark.parametrize(("width", "name"), LOOKS, ids=str)
def test_a_page_is_whole_and_keeps_to_itself(
    browser: Browser, book_url: str, width: int, name: Path
) -> None:
    page, faults = open_page(browser, f"{book_url}/{name.as_posix()}", width)
    try:
        assert faults == []
        page.evaluate(  # also those that would be loaded when they come into sight
            "Promise.all([...document.images].map(i => { i.loading = 'eager';"
            " return i.decode().catch(() => 0); }))"
        )
        broken = page.evaluate(
            "[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)"
        )
        assert broken == []
        without_alt = page.evaluate(
            "[...document.querySelectorAll('.cell_output img')].filter(i => !i.alt).length"
        )
        assert without_alt == 0
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 1, "the page scrolls sideways"
        cut = page.evaluate(
            "[...document.querySelectorAll('.prev-next-area *')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
        )
        assert cut == [], "the links to other chapters lose letters"
        unrendered = page.evaluate(
            "[...document.querySelectorAll('.math')].filter(m => !m.querySelector('mjx-container'))"
            ".length"
        )
        assert unrendered == 0, "MathJax has not set every formula"
        assert page.evaluate(TOO_SMALL) == [], "letters of 9 points are below 9 pixels"
        assert page.evaluate(OUT_OF_REACH) == [], "cut off, and not to be moved by keyboard"
        if width == 1280 or name in REFERENCE:
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_selector(f"html[data-theme={scheme}]")
                assert shut_out(page) == "", scheme
        # Last, for it opens what is closed; the margin begins at 1200 pixels.
        for wide in [1280, 1200] if width == 1280 else [width]:
            page.set_viewport_size({"width": wide, "height": 900})
            outside = page.evaluate(OVERFLOWING, COLUMN)
            assert outside == [], f"what is wider than its column at {wide} pixels"
        # axe looks for what style sheets import in the wrong place.
        later = [fault for fault in faults if not fault.startswith("Failed to load resource")]
        assert later == []
    finally:
        page.context.close()


@pytest.mark.parametrize("pale", range(4))
def test_one_pale_word_among_the_code_of_a_page_is_told(page: Page, pale: int) -> None:
    words = ["<span class='k'>for</span>"] * 4
    words[pale] = "<span class='k pale'>for</span>"
    page.set_content(
        "<html lang='en'><title>Code</title><style>.k { color: #004488; background: white; }"
        " .pale { color: #dddddd; }</style><main><h1>Code</h1><div class='highlight'><pre>"
        f"{' '.join(words)}</pre></div></main>"
    )
    before = page.content()
    assert "color-contrast" in shut_out(page)
    assert page.content() == before
