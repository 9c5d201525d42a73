"""Pages in a real browser. Needs Debian's chromium (or any Chromium named in CHROMIUM)."""

import functools
import http.server
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # what is left out where there is no browser does without Playwright
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "book" / "_extensions"))

from needed import chromium as chromium  # type: ignore[import-not-found]  # noqa: E402


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the browser tests out where there is no browser; CI has to have one."""
    if collection_path.name.startswith("test_") and chromium() is None and not os.environ.get("CI"):
        return True
    return None


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def book_url(built: Path) -> Iterator[str]:
    """The built book, served on localhost."""
    handler = functools.partial(_QuietHandler, directory=built / "html")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield running
        running.close()


ONE_TOKEN_OF_EACH_LOOK = """
() => {
  const background = one => {
    const colour = one ? getComputedStyle(one).backgroundColor : '';
    return colour === 'rgba(0, 0, 0, 0)' ? background(one.parentElement) : colour;
  };
  const looks = new Set();
  const alike = [];
  for (const token of document.querySelectorAll('.highlight pre span[class]')) {
    if (token.children.length || token.attributes.length > 1) continue;
    const { color, fontSize, fontWeight, opacity } = getComputedStyle(token);
    const parts = [color, background(token), fontSize, fontWeight, opacity];
    const look = [...parts, token.checkVisibility()].join();
    if (looks.has(look)) alike.push(token);
    looks.add(look);
  }
  window.takenOut = alike.map(token => [document.createTextNode(token.textContent), token]);
  for (const [text, token] of window.takenOut) token.replaceWith(text);
}
"""
PUT_BACK = "() => { for (const [text, token] of window.takenOut) text.replaceWith(token); }"


def shut_out(page: "Page", part: str | None = None) -> str:
    """What axe has against a page, or a part of it, in words; empty if nothing.

    Code is thousands of coloured words, and looking at the contrast of each took most of axe's
    time: of those that look alike, in colour, ground, size and weight, one is looked at.
    """
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(ONE_TOKEN_OF_EACH_LOOK)
    try:
        # To tell of all that is well, too, takes as long again.
        found = Axe().run(page, part, {"resultTypes": ["violations"]})
    finally:
        page.evaluate(PUT_BACK)
    return str(found.generate_report()) if found.violations_count else ""


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()
