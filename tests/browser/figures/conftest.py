"""A book of three pages that has every interactive figure, opened from the file system."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[3]
FIGURES = {
    "draw": "{example: seven}",
    "stepper": "{image: nine, padding: 1, at: [0, 1]}",
    "field": "{stack: two}",
    "shift": "{picture: seven, right: 1}",
    "learn": "{lr: 0.1}",
    "laboratory": "{kernel: sobel_x}",
}
CONF = f"""
import sys

sys.path.append({str(ROOT / "book" / "_extensions")!r})
extensions = ["myst_parser", "interactive"]
myst_enable_extensions = ["colon_fence"]
html_theme = "sphinx_book_theme"
html_theme_options = {{"navigation_with_keys": True}}
html_static_path = [{str(ROOT / "book" / "_static")!r}]
html_css_files = ["cnnbook.css"]
"""


def sphinx(
    source: Path, out: Path, builder: str = "html", *flags: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "-q", "-b", builder, *flags, str(source), str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def build_book(folder: Path) -> Path:
    """Write and build it; the page with the figures lies between two others."""
    source, out = folder / "source", folder / "html"
    source.mkdir()
    figures = [
        f":::{{interactive}} {name}\n:caption: This is the {name}.\n:settings: {settings}\n"
        f"What the {name} shows.\n:::\n"
        for name, settings in FIGURES.items()
    ]
    (source / "figures.md").write_text("# Figures\n\n" + "\n".join(figures))
    for name in ("before", "after"):
        (source / f"{name}.md").write_text(f"# {name}\n\nNothing.\n")
    (source / "index.md").write_text(
        "# Index\n\n```{toctree}\n\nbefore\nfigures\nafter\n```\n", encoding="utf-8"
    )
    (source / "conf.py").write_text(CONF, encoding="utf-8")
    done = sphinx(source, out, "html", "-W")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def figures_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_book(tmp_path_factory.mktemp("figures"))


@pytest.fixture
def open_figures(browser: Browser, figures_book: Path) -> Iterator[Callable[..., Page]]:
    """Opens the page with the figures; a script error or a request elsewhere fails the test."""
    contexts, faults = [], []

    def open_page(**settings: object) -> Page:
        viewport = {"width": settings.pop("width", 1280), "height": 900}
        context = browser.new_context(viewport=viewport, **settings)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("file:", "data:", "blob:"))
                else faults.append(f"asks for {request.url}")
            ),
        )
        page.goto((figures_book / "figures.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
