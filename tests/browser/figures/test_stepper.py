"""The stepper, driven by mouse and by keyboard, against PyTorch."""

import random
import re
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional as F

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]

Opener = Callable[..., Page]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def figure(page: Page) -> Locator:
    return page.locator('[data-figure="stepper"]')


def table(place: Locator, name: str) -> torch.Tensor:
    """The numbers of a table as they stand on the page."""
    script = """grid => [...grid.querySelectorAll('[role=row]')].map(row =>
        [...row.children].map(cell => (cell.querySelector('input')?.value
            ?? cell.firstChild.textContent).replace('−', '-').replace(',', '.')))"""
    rows = place.get_by_role("grid", name=name, exact=True).evaluate(script)
    return torch.tensor([[float(text) for text in row] for row in rows])


def move_slider(place: Locator, label: str, value: int) -> None:
    """Home, then the right arrow, as a keyboard does it."""
    slider = place.get_by_label(label, exact=True)
    slider.press("Home")
    for _ in range(value - int(slider.get_attribute("min") or 0)):
        slider.press("ArrowRight")


def settle(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_every_setting_gives_pytorchs_numbers(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    draw = random.Random(0)
    images = ["nine", "sixteen", "bar", "point", "random"]
    kernels = ["diagonal", "difference", "corner", "numbered", "sobel", "outline", "sum"]
    for _ in range(12):
        place.get_by_label("Image", exact=True).select_option(draw.choice(images))
        place.get_by_label("Kernel", exact=True).select_option(draw.choice(kernels))
        flip = draw.choice([False, True])
        place.get_by_label("Operation").select_option("convolution" if flip else "correlation")
        stride, padding, dilation = draw.randint(1, 3), draw.randint(0, 2), draw.randint(1, 2)
        for label, value in [("Stride", stride), ("Padding", padding), ("Dilation", dilation)]:
            move_slider(place, label, value)
        settle(page)
        image, kernel = table(place, "image"), table(place, "kernel")
        weights = kernel.flip(0, 1) if flip else kernel
        try:
            due = F.conv2d(image[None, None], weights[None, None], stride=stride, dilation=dilation)
        except RuntimeError:
            assert "does not fit" in place.locator(".fig-sum").inner_text()
            continue
        assert torch.equal(table(place, "output"), due[0, 0])
        if flip:
            assert torch.equal(table(place, "kernel, flipped"), weights)
        formula = place.locator(".fig-formula b").all_inner_texts()
        assert [int(text) for text in formula] in ([due.shape[2], due.shape[3]], [due.shape[3]])


def test_the_pointer_shows_products_and_their_sum(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    expect(place.locator(".fig-total")).to_have_text("= 8")
    cells = place.get_by_role("grid", name="output").get_by_role("gridcell")
    cells.nth(4).hover()
    settle(page)
    terms = place.locator(".fig-term").all_inner_texts()
    factors = [re.findall(r"[−\d.]+", term) for term in terms]
    assert factors == [[str(n), str(int(n in (1, 5, 9)))] for n in range(1, 10)]
    assert place.locator(".fig-total").inner_text() == "= 15"
    assert "fig-here" in (cells.nth(4).get_attribute("class") or "")
    # Over the image the window follows the pointer: its corner is the nearest window's middle.
    place.get_by_role("grid", name="image").get_by_role("gridcell").nth(24).hover()
    settle(page)
    assert place.locator(".fig-total").inner_text() == "= 14"


def test_a_finger_on_an_output(open_figures: Opener) -> None:
    page = open_figures(width=390, has_touch=True, is_mobile=True)
    place = figure(page)
    place.get_by_role("grid", name="output").get_by_role("gridcell").nth(8).tap()
    expect(place.locator(".fig-total")).to_have_text("= 14")


def test_it_walks_pauses_and_steps(open_figures: Opener) -> None:
    page = open_figures()
    page.clock.install()
    place = figure(page)
    total = place.locator(".fig-total")
    place.get_by_role("button", name="Step", exact=True).click()
    page.clock.run_for(50)
    expect(total).to_have_text("= 3")
    # What it has not reached is empty.
    cells = place.get_by_role("grid", name="output").get_by_role("gridcell")
    assert cells.all_inner_texts()[:4] == ["6", "8", "3", ""]
    place.get_by_role("button", name="Play").click()
    page.clock.run_for(1250)
    expect(total).to_have_text("= 15")
    place.get_by_role("button", name="Pause").click()
    page.clock.run_for(3000)
    expect(total).to_have_text("= 15")
    place.get_by_role("button", name="Back").click()
    page.clock.run_for(50)
    expect(total).to_have_text("= 12")
    place.get_by_role("button", name="Play").click()
    page.clock.run_for(10_000)
    expect(place.get_by_role("button", name="Play")).to_be_visible()
    expect(total).to_have_text("= 14")


def test_by_keyboard_alone(open_figures: Opener) -> None:
    """Tab reaches every part and leaves again; arrows move the window and do not turn the page."""
    page = open_figures()
    place = figure(page)
    page.locator("h1 .headerlink").focus()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        inside, name = page.evaluate(
            """() => [!!document.activeElement.closest('[data-figure="stepper"]'),
            document.activeElement.ariaLabel || document.activeElement.textContent.trim()
            || document.activeElement.labels?.[0]?.textContent]"""
        )
        if inside:
            reached.append(name)
        elif reached:
            break
    else:
        pytest.fail("the keyboard does not get out of the figure")
    assert len(reached) == 12
    assert {"Play", "Step", "Back", "Stride", "Padding", "Dilation"} < set(reached)

    output = place.get_by_role("grid", name="output")
    output.locator('[tabindex="0"]').focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    settle(page)
    expect(place.locator(".fig-total")).to_have_text("= 14")
    assert page.url.endswith("figures.html")
    expect(place.get_by_role("status")).to_contain_text("makes 14", timeout=2000)

    weight = place.get_by_label("kernel, row 1, column 2")
    place.get_by_label("kernel, row 1, column 1").focus()
    page.keyboard.press("ArrowRight")
    expect(weight).to_be_focused()
    page.keyboard.type("-0,5")
    settle(page)
    due = F.conv2d(table(place, "image")[None, None], table(place, "kernel")[None, None])[0, 0]
    assert float(table(place, "kernel")[0, 1]) == -0.5
    assert torch.equal(table(place, "output"), due)
    expect(place.get_by_label("Kernel", exact=True)).to_have_value("own")
    # What is no number is marked, and is forgotten when one leaves.
    page.keyboard.press("Control+a")
    page.keyboard.type("x")
    expect(weight).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Tab")
    expect(weight).to_have_value("−0.5")


def test_an_edited_pixel_counts(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_label("image, row 2, column 2").fill("100")
    settle(page)
    image, kernel = table(place, "image"), table(place, "kernel")
    assert float(image[2, 2]) == 100
    due = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    assert torch.equal(table(place, "output"), due)


def test_without_scripts_it_is_a_picture_and_its_text(open_figures: Opener) -> None:
    page = open_figures(java_script_enabled=False)
    place = figure(page)
    expect(place.get_by_role("img", name="This is the stepper.")).to_be_visible()
    expect(place).to_contain_text("What the stepper shows.")
    assert place.get_by_role("button").count() == 0
