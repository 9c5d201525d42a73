"""The kernel laboratory: its kernels are the package's, its outputs PyTorch's."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from matplotlib.cbook import get_sample_data
from matplotlib.image import imread
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional as F

from cnnbook import kernels

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]

Opener = Callable[..., Page]


def figure(page: Page) -> Locator:
    return page.locator('[data-figure="laboratory"]')


def photograph() -> torch.Tensor:
    """As the chapter cuts it."""
    colours = imread(get_sample_data("grace_hopper.jpg", asfileobj=False))
    face = torch.tensor(colours, dtype=torch.float32)[20:320, 110:410].mean(dim=2)
    return F.avg_pool2d(face[None], 2)[0].round()


def answer(image: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    return F.conv2d(image[None, None].double(), kernel[None, None].double())[0, 0]


def check(page: Page, due: torch.Tensor, row: int, column: int) -> None:
    """The range, and the number at one place, where the pointer is put."""
    place = figure(page)
    expect(place.locator(".fig-scale")).to_contain_text(
        f"from {due.min():.0f} to {due.max():.0f}".replace("-", "−")
    )
    output = place.get_by_role("application")
    box = output.bounding_box()
    assert box is not None
    rows, columns = due.shape
    output.hover(
        position={
            "x": (column + 0.5) * box["width"] / columns,
            "y": (row + 0.5) * box["height"] / rows,
        }
    )
    words = place.locator(".fig-pointed").inner_text()
    assert words.startswith(f"Row {row}, column {column}:")
    number = float(words.rstrip(".").split()[-1].replace("−", "-"))
    assert number == pytest.approx(float(due[row, column]), abs=0.006)


def test_the_kernels_are_the_packages(open_figures: Opener) -> None:
    page = open_figures()
    found = page.evaluate(
        """() => Object.fromEntries(Object.keys(cnnbookFigures.laboratory.NAMED)
        .map(name => [name, cnnbookFigures.laboratory.named(name)]))"""
    )
    assert tuple(found) == kernels.names()
    for name, weights in found.items():
        torch.testing.assert_close(torch.tensor(weights, dtype=torch.float32), kernels.kernel(name))


def test_every_kernel_on_the_photograph(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.scroll_into_view_if_needed()
    for n, name in enumerate(kernels.names()):
        place.get_by_label("Kernel", exact=True).select_option(name)
        check(page, answer(photograph(), kernels.kernel(name)), 17 * n, 147 - 13 * n)


def test_by_keyboard_a_kernel_of_ones_own_on_a_digit(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_label("Picture", exact=True).select_option("digit")
    pixels = page.evaluate("cnnbookFigures.pictures.picture('seven', 28)")
    digit = (255 * torch.tensor(pixels, dtype=torch.float64)).round()
    own = kernels.kernel("sobel_x").double()
    place.get_by_label("kernel, row 1, column 1").focus()
    for column, weight in enumerate(("2", "-0,5", "1")):
        page.keyboard.press("Control+a")
        page.keyboard.type(weight)
        page.keyboard.press("Control+a")
        page.keyboard.press("ArrowRight")
        own[0, column] = float(weight.replace(",", "."))
    expect(place.get_by_label("Kernel", exact=True)).to_have_value("own")
    due = answer(digit, own)
    check(page, due, 5, 9)
    output = place.get_by_role("application")
    output.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    words = place.locator(".fig-pointed").inner_text()
    assert words.startswith("Row 6, column 11:")
    assert page.url.endswith("figures.html")
    expect(place.get_by_text(words)).to_have_count(2, timeout=2000)  # seen, and spoken


def test_a_picture_of_ones_own(open_figures: Opener, tmp_path: Path) -> None:
    page = open_figures()
    place = figure(page)
    torch.manual_seed(0)
    image = torch.randint(0, 256, (150, 150), dtype=torch.uint8)
    Image.fromarray(image.numpy()).save(tmp_path / "own.png")
    with page.expect_file_chooser() as chooser:
        place.get_by_label("Picture", exact=True).select_option("file")
        place.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(tmp_path / "own.png")
    expect(place.locator(".fig-message")).to_have_text("The picture stays on this machine.")
    check(page, answer(image.float(), kernels.kernel("sobel_x")), 40, 50)
    (tmp_path / "none.png").write_text("no picture")
    place.locator("input[type=file]").set_input_files(tmp_path / "none.png")
    expect(place.locator(".fig-message")).to_contain_text("no picture that this browser can read")


def test_the_camera(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    page.evaluate(
        """() => {
        const canvas = document.createElement('canvas');
        canvas.width = 200; canvas.height = 150;
        const context = canvas.getContext('2d');
        const fill = () => {
            context.fillStyle = '#fff'; context.fillRect(0, 0, 100, 150);
            context.fillStyle = '#000'; context.fillRect(100, 0, 100, 150);
        };
        setInterval(fill, 40);
        window.stream = canvas.captureStream(25);
        Object.defineProperty(navigator, 'mediaDevices',
            {value: {getUserMedia: async () => window.stream}, configurable: true});
    }"""
    )
    place.get_by_label("Picture", exact=True).select_option("camera")
    expect(place.locator(".fig-message")).to_contain_text("stay on this machine")
    # White on the left and black on the right: falling brightness is negative.
    expect(place.locator(".fig-scale")).to_contain_text("from −10")
    place.get_by_label("Picture", exact=True).select_option("digit")
    assert page.evaluate("window.stream.getTracks().every(t => t.readyState === 'ended')")
    page.evaluate("""Object.defineProperty(navigator, 'mediaDevices', {value: undefined})""")
    place.get_by_label("Picture", exact=True).select_option("camera")
    expect(place.locator(".fig-message")).to_contain_text("There is no camera")
