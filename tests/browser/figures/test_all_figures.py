"""What holds for every interactive figure, and for the directive behind them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.figures.conftest import CONF, FIGURES, sphinx

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]

BOOK = Path(__file__).parents[3] / "book"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_it_fits_and_is_legible(open_figures: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_figures(width=width, color_scheme=scheme)
    assert page.locator(".fig-live").count() == len(FIGURES)
    assert page.locator(".fig-still:visible").count() == 0
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(beyond) <= 1, "the page scrolls sideways"
    small = page.evaluate(
        """[...document.querySelectorAll('.fig-live *')].filter(e => e.checkVisibility()
        && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
        && parseFloat(getComputedStyle(e).fontSize) * (e.ownerSVGElement
            ? e.ownerSVGElement.getBoundingClientRect().width
                / e.ownerSVGElement.viewBox.baseVal.width : 1) < 8.9)
        .map(e => `${e.tagName} ${e.className} ${e.textContent}`)"""
    )
    assert small == []
    assert page.evaluate(CONTRASTS) == []
    unnamed = page.evaluate(
        """[...document.querySelectorAll('.fig-live :is(input, select, button, [tabindex])')]
        .filter(e => !(e.ariaLabel || e.labels?.length || e.textContent.trim())).length"""
    )
    assert unnamed == 0


CONTRASTS = """(() => {
    const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const over = (grounds, colour) => {
        // What the canvas makes of the colours laid over each other is what one sees.
        paint.clearRect(0, 0, 1, 1);
        for (const c of [...grounds, colour]) { paint.fillStyle = c; paint.fillRect(0, 0, 1, 1); }
        return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => {
            const s = v / 255;
            return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
        });
    };
    const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const faults = [];
    for (const e of document.querySelectorAll('.fig-live *')) {
        const texts = [...e.childNodes].filter(n => n.nodeType === 3);
        const words = texts.map(n => n.data.trim()).join('');
        if (!words || !e.checkVisibility() || e.disabled || e.closest('.fig-spoken')) continue;
        const grounds = [];
        for (let up = e; up; up = up.parentElement) {
            grounds.unshift(getComputedStyle(up).backgroundColor);
        }
        const style = getComputedStyle(e);
        const ink = light(over(grounds, e.ownerSVGElement ? style.fill : style.color));
        const ground = light(over(grounds, 'transparent'));
        const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        if (ratio < 4.5) faults.push(`${ratio.toFixed(2)} ${e.className} ${words}`);
    }
    return faults;
})()"""


def test_arrows_turn_the_page_only_outside_of_figures(open_figures: Callable[..., Page]) -> None:
    page = open_figures()
    for focusable in page.locator('.fig-live [tabindex="0"], .fig-live button:visible').all():
        focusable.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
    assert page.url.endswith("figures.html")


def test_the_book_has_every_figure_where_it_is_explained() -> None:
    asked = {
        name: path.stem
        for path in BOOK.glob("*.md")
        for name in re.findall(r"^:::\{interactive\} (\w+)$", path.read_text("utf-8"), re.MULTILINE)
    }
    assert set(asked) == set(FIGURES)


def test_the_directive_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
    (tmp_path / "index.md").write_text(
        "# A\n\n:::{interactive} steper\n:::\n\n:::{interactive} stepper\n:::\n", encoding="utf-8"
    )
    done = sphinx(tmp_path, tmp_path / "out", "dummy")
    assert (
        "there is no figure 'steper'; there are draw, stepper, field, shift, learn," in done.stderr
    )
    assert "the figure 'stepper' needs a :caption: of one line" in done.stderr
