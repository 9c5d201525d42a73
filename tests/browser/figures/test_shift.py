"""Shift and pool, dragged and moved by keys, against PyTorch's poolings."""

from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

from cnnbook.layers import BlurPool

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]

Opener = Callable[..., Page]

WAYS: dict[str, nn.Module] = {
    "none": nn.Identity(),
    "strided": nn.MaxPool2d(1, stride=2),
    "max": nn.MaxPool2d(2),
    "average": nn.AvgPool2d(2),
    "blurred": nn.Sequential(nn.MaxPool2d(2, stride=1), BlurPool(3)),
}


def figure(page: Page) -> Locator:
    return page.locator('[data-figure="shift"]')


def centre(image: torch.Tensor) -> torch.Tensor:
    rows, columns = (torch.arange(float(n)) for n in image.shape)
    return torch.stack([(image.sum(1) * rows).sum(), (image.sum(0) * columns).sum()]) / image.sum()


def check(page: Page, picture: str, down: int, right: int) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    place = figure(page)
    pixels = page.evaluate("name => cnnbookFigures.pictures.picture(name, 40)", picture)
    image = torch.tensor(pixels, dtype=torch.float32)
    for name, pool in WAYS.items():
        before = pool(image[None, None])[0, 0]
        after = pool(image.roll((down, right), (0, 1))[None, None])[0, 0]
        changed, moved = place.locator(f'[data-way="{name}"] b').all_inner_texts()
        size = float(before.norm())
        due = float((after - before).norm()) / size if size else 0.0
        assert float(changed) == pytest.approx(due, abs=0.006)
        apart = 1 if name == "none" else 2
        if float(before.sum()) and float(after.sum()):
            distance = float((centre(after) - centre(before)).norm()) * apart
            assert float(moved.split()[0]) == pytest.approx(distance, abs=0.006)
        painted = place.locator(f'[data-way="{name}"] canvas').first.evaluate(
            """canvas => [...canvas.getContext('2d')
            .getImageData(0, 0, canvas.width, canvas.height).data].filter((_, n) => n % 4 === 0)"""
        )
        shown = torch.tensor(painted, dtype=torch.float32).view(after.shape)
        assert float((shown - 255 * after).abs().max()) < 1


def test_dragged_by_mouse(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    handle = place.get_by_role("application")
    handle.scroll_into_view_if_needed()
    place.get_by_role("button", name="Back to the middle").click()
    box = handle.bounding_box()
    assert box is not None
    pixel = box["width"] / 40
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3 * pixel, y - 2 * pixel, steps=4)
    check(page, "seven", -2, 3)
    page.mouse.up()
    page.mouse.move(x, y)
    check(page, "seven", -2, 3)
    place.get_by_role("button", name="Back to the middle").click()
    check(page, "seven", 0, 0)


def test_by_keyboard(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_role("application").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    check(page, "seven", 3, 1)
    assert page.url.endswith("figures.html")
    place.get_by_label("Down, in pixels").press("Home")
    place.get_by_label("Right, in pixels").press("End")
    for picture in ("three", "four", "stripes"):
        place.get_by_label("Picture", exact=True).select_option(picture)
        check(page, picture, -6, 6)
    expect(place.get_by_role("status")).to_contain_text("6 right, -6 down", timeout=2000)


def test_stripes_that_every_second_pixel_does_not_see(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_label("Picture", exact=True).select_option("stripes")
    place.get_by_label("Right, in pixels").fill("1")
    expect(place.locator('[data-way="strided"] b')).to_have_text(["∞", "nowhere"])
