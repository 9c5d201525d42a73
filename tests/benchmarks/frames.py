"""How soon the interactive figures answer: from the pointer to the pixel, from a stroke to a digit.

Builds a book of three pages with every figure, and leads a mouse over each in headless Chromium::

    python -m tests.benchmarks.frames [--moves 200]

Three times are taken of each move. *Work* is what the page does with it: from its first listener to
the end of the frame that shows the answer; it has to fit a frame of 16 ms. *Since the move* begins
where the browser was told of the move, so that waiting for the next frame counts as well. Both are
the clock's, and the machine should be idle; *processor* is the time that the page's main thread
has computed for a move, its layout and painting included, which hardly depends on other processes.
For the drawn digit there is also the time from a move to the probabilities.
"""

import argparse
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.conftest import chromium
from tests.browser.figures.conftest import FIGURES, build_book

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FRAME, ANSWER = 16.0, 50.0
"""Milliseconds that are asked for, at the 95th percentile."""
DRAGGED = ("draw", "shift")
"""Figures that answer to a pressed button; the others, to a pointer."""
LISTEN = """name => {
    const figure = document.querySelector(`[data-figure="${name}"]`);
    const found = window.found = { work: [], since: [], answer: [] };
    let begun = 0;
    const channel = new MessageChannel();
    const waiting = [];
    channel.port1.onmessage = () => {
        const now = performance.now();
        for (const [work, since] of waiting.splice(0)) {
            found.work.push(now - work);
            found.since.push(now - since);
        }
    };
    window.addEventListener('pointermove', event => {
        const now = begun = performance.now();
        if (waiting.length === 0) requestAnimationFrame(() => channel.port2.postMessage(0));
        waiting.push([now, event.timeStamp]);
    }, { capture: true });
    new MutationObserver(changes => {
        const at = changes.some(one => one.target.parentElement?.closest('.fig-percent')
            || one.target.closest?.('.fig-percent'));
        if (at && begun) { found.answer.push(performance.now() - begun); begun = 0; }
    }).observe(figure, { subtree: true, childList: true, characterData: true });
}"""


def path(moves: int) -> Iterator[tuple[float, float]]:
    """Places in the unit square, along a curve that comes by everywhere."""
    for n in range(moves):
        turn = 2 * math.pi * n / moves
        yield 0.5 + 0.4 * math.sin(3 * turn), 0.5 + 0.4 * math.sin(4 * turn)


def ground(figure: "Locator", name: str) -> dict[str, float]:
    """Where a figure is touched: its pad, or all of it."""
    place = figure.get_by_role("application").first if name in DRAGGED else figure
    place = place if place.count() else figure
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    return {key: box[key] for key in ("x", "y", "width", "height")}


def measured(page: "Page", name: str, moves: int) -> dict[str, list[float]]:
    """The times of one figure in milliseconds."""
    figure = page.locator(f'[data-figure="{name}"]')
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = ground(figure, name)
    page.evaluate(LISTEN, name)
    for place, (x, y) in enumerate(path(moves)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if place == 0 and name in DRAGGED:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(200)
    found: dict[str, list[float]] = page.evaluate("window.found")
    return found


def computed(page: "Page", name: str, moves: int) -> list[float]:
    """Milliseconds of processor that the page's main thread takes for each move."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(m["value"]) for m in metrics if m["name"] == "TaskDuration")

    box = ground(page.locator(f'[data-figure="{name}"]'), name)
    times = []
    for place, (x, y) in enumerate(path(moves)):
        before = spent()
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        times.append(spent() - before)
        if place == 0 and name in DRAGGED:
            page.mouse.down()
    page.mouse.up()
    return times[1:]


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200)
    moves = parser.parse_args().moves
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        address = (build_book(Path(folder)) / "figures.html").as_uri()
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        print(f"Chromium {browser.version}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'ms':12s} {'work':>7s}    95 %     since    95 %   processor  95 %")
        for name in FIGURES:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            found = measured(page, name, moves)
            page.reload()
            found["processor"] = computed(page, name, max(2, moves // 2))
            shown = [
                f"{percentile(found[key], 0.5):7.1f} {percentile(found[key], 0.95):7.1f}"
                for key in ("work", "since", "processor")
            ]
            late = "" if percentile(found["work"], 0.95) <= FRAME else f"  over {FRAME:.0f} ms"
            print(f"{name:12s} {'   '.join(shown)}{late}")
            if name == "draw":
                most = percentile(found["answer"], 0.95)
                late = "" if most <= ANSWER else f", over {ANSWER:.0f} ms"
                print(
                    f"  to the probabilities: {percentile(found['answer'], 0.5):.1f} ms, "
                    f"95 % {most:.1f} ms ({len(found['answer'])} times){late}"
                )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
