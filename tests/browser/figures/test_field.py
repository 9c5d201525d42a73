"""The receptive field's figure against PyTorch's gradients and the package's recursion."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional as F

from cnnbook.arithmetic import ReceptiveField

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]

Opener = Callable[..., Page]


def figure(page: Page) -> Locator:
    return page.locator('[data-figure="field"]')


def layers_of(place: Locator) -> list[dict[str, int]]:
    """The layers as they stand in the inputs."""
    rows = place.get_by_role("table").get_by_role("row").all()[1:]
    names = ("kernel", "stride", "dilation", "padding")
    values = [[int(each.input_value()) for each in row.locator("input").all()] for row in rows]
    return [dict(zip(names, row, strict=True)) for row in values]


def paths_to(pixels: int, layers: list[dict[str, int]], unit: int) -> list[int]:
    """How often each pixel counts where all weights are one."""
    x = torch.zeros(1, 1, pixels, dtype=torch.float64, requires_grad=True)
    output = x
    for layer in layers:
        ones = torch.ones(1, 1, layer["kernel"], dtype=torch.float64)
        step: dict[str, Any] = {name: size for name, size in layer.items() if name != "kernel"}
        output = F.conv1d(output, ones, **step)
    (gradient,) = torch.autograd.grad(output[0, 0, unit], x)
    return [int(count) for count in gradient[0, 0]]


def check(page: Page, pixels: int) -> None:
    """What the figure says of the unit that is chosen is so."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    place = figure(page)
    words = place.locator(".fig-answer").inner_text().replace("−", "-").split()
    unit, layer = int(words[1]), int(words[4]) if words[2] == "of" else 0
    layers = layers_of(place)[:layer]
    known = ReceptiveField()
    for each in layers:
        known = known.through(each["kernel"], each["stride"], each["padding"], each["dilation"])
    seen = known.pixels(unit)
    place_of_pixels = words.index("pixels")
    said = [int(words[place_of_pixels + n].rstrip(",")) for n in (1, 3)]
    assert said == [seen.start, seen.stop - 1]
    due = paths_to(pixels, layers, unit)
    read = [n for n, count in enumerate(due) if count]
    found = [int(word) for word in words[words.index("Paths:") + 1 :]]
    assert found == due[read[0] : read[-1] + 1]


@pytest.mark.parametrize(
    ("stack", "pixels"),
    [("two", 9), ("one", 9), ("lenet", 32), ("pooling", 22), ("doubled", 19), ("holes", 17)],
)
def test_stacks_by_mouse(open_figures: Opener, stack: str, pixels: int) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_label("Stack").select_option(stack)
    check(page, pixels)
    draw = random.Random(stack)
    for cell in draw.sample(place.locator("rect.fig-unit").all(), 4):
        cell.hover(force=True)
        check(page, pixels)
    assert page.evaluate("document.querySelector('.fig-square').width") > 100


def test_by_keyboard_with_layers_of_ones_own(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    image = place.get_by_label("Pixels of the image")
    image.press("End")
    place.get_by_role("button", name="Add a layer").press("Enter")
    draw = random.Random(1)
    for n in (1, 2, 3):
        for name, value in [
            ("kernel", draw.randint(1, 5)),
            ("stride", draw.randint(1, 2)),
            ("dilation", draw.randint(1, 2)),
            ("padding", draw.randint(0, 2)),
        ]:
            place.get_by_label(f"layer {n}, {name}").fill(str(value))
    expect(place.get_by_label("Stack")).to_have_value("own")
    drawing = place.get_by_role("application")
    drawing.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
        check(page, 40)
    for _ in range(45):
        page.keyboard.press("ArrowLeft")
    check(page, 40)
    assert page.url.endswith("figures.html")
    place.get_by_role("button", name="Take one off").press("Enter")
    check(page, 40)
    expect(place.get_by_role("status")).to_contain_text("sees pixels", timeout=2000)


def test_a_finger(open_figures: Opener) -> None:
    page = open_figures(width=390, has_touch=True, is_mobile=True)
    figure(page).locator("rect.fig-unit").nth(3).tap(force=True)
    check(page, 9)
    expect(figure(page).locator(".fig-answer")).to_contain_text("Pixel 3 sees pixels 3 to 3")


def test_a_kernel_that_does_not_fit(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_label("layer 2, kernel").fill("7")
    place.get_by_label("layer 1, kernel").fill("7")
    expect(place.locator(".fig-recursion")).to_contain_text("does not fit")
    check(page, 9)
