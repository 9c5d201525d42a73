"""Draw a digit: the network in the page against PyTorch's, driven by mouse and by keyboard."""

import json
import sys
from base64 import b64encode
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

from cnnbook import datasets, models
from cnnbook.experiments.checkpoints import STEPS, stopped_after
from cnnbook.interpret import feature_maps

sys.path.append(str(Path(__file__).parents[3] / "book" / "_extensions"))
network = import_module("network")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]

Opener = Callable[..., Page]
LAYERS = {  # in the figure, and in PyTorch
    "conv1": "features.conv1",
    "relu1": "features.relu1",
    "conv2": "features.conv2",
    "relu2": "features.relu2",
    "relu3": "classifier.relu1",
    "relu4": "classifier.relu2",
    "scores": "classifier.fc3",
}
FORWARD = """([look, images]) => {
    const { forward, unpackedWeights } = cnnbookFigures.network;
    const weights = unpackedWeights(cnnbookNetwork[look].weights);
    return images.map(image => {
        const layers = forward(weights, image);
        return Object.fromEntries(Object.entries(layers).map(([n, m]) => [n, [...m.data]]));
    });
}"""
SCORES = """([look, bytes]) => {
    const { forward, unpackedWeights } = cnnbookFigures.network;
    const weights = unpackedWeights(cnnbookNetwork[look].weights);
    const levels = Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0));
    const scores = [];
    for (let start = 0; start < levels.length; start += 784) {
        const image = Array.from(levels.subarray(start, start + 784), level => level / 255);
        scores.push([...forward(weights, image).scores.data]);
    }
    return JSON.stringify(scores);
}"""
"""The scores of many images, as one text: Playwright makes an object of each number."""


def figure(page: Page) -> Locator:
    return page.locator('[data-figure="draw"]')


def in_torch(steps: int) -> nn.Module:
    """The network with the weights that the page unpacks."""
    model = models.build("note-000")
    model.load_state_dict(network.unpacked(network.packed(stopped_after(steps).model.state_dict())))
    return model.eval()


def settled(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def said(page: Page) -> torch.Tensor:
    settled(page)
    texts = figure(page).locator(".fig-percent").all_inner_texts()
    return torch.tensor([float(text.removesuffix(" %")) for text in texts])


def seen(page: Page) -> torch.Tensor:
    """The pixels that are shown as what the network sees, from 0 to 1."""
    settled(page)
    levels = page.evaluate(
        """() => [...document.querySelectorAll('[data-figure="draw"] canvas')]
        .find(c => c.ariaLabel?.startsWith('the 28 by 28'))
        .getContext('2d').getImageData(0, 0, 28, 28).data"""
    )
    values = (
        [levels[key] for key in sorted(levels, key=int)] if isinstance(levels, dict) else levels
    )
    return torch.tensor(values, dtype=torch.float32)[::4].view(1, 1, 28, 28) / 255


def test_logits_are_those_of_pytorch(open_figures: Opener) -> None:
    page = open_figures()
    images = datasets.load("mnist", "test").images[:1000]
    levels = b64encode(images.numpy().tobytes()).decode()
    for look in (0, len(STEPS) - 1):
        with torch.no_grad():
            due = in_torch(STEPS[look])(images.float() / 255)
        found = torch.tensor(json.loads(page.evaluate(SCORES, [look, levels])))
        assert found.shape == due.shape
        assert float((found - due).abs().max()) < 1e-4


def test_the_packed_network_reads_as_well_as_the_one_that_was_trained() -> None:
    test = datasets.load("mnist", "test")
    images = test.images.float() / 255
    for steps in STEPS:
        found = stopped_after(steps)
        with torch.no_grad():
            right = (in_torch(steps)(images).argmax(dim=1) == test.labels).double().mean()
        assert float(right) == pytest.approx(found.accuracy, abs=0.005)


def test_every_layer_and_any_unit_of_it(open_figures: Opener) -> None:
    page = open_figures()
    random = torch.Generator().manual_seed(0)
    image = torch.rand(1, 1, 28, 28, generator=random)
    look = len(STEPS) - 1
    model = in_torch(STEPS[look])
    (found,) = page.evaluate(FORWARD, [look, image.flatten(1).tolist()])
    for name, layer in LAYERS.items():
        due = feature_maps(model, image, layer)[0]
        assert torch.allclose(torch.tensor(found[name]), due.flatten(), atol=1e-5)
        for _ in range(5):
            place = [int(torch.randint(n, (), generator=random)) for n in due.shape]
            told: dict[str, Any] = page.evaluate(
                """([look, image, name, place]) => {
                    const { forward, unit, unpackedWeights } = cnnbookFigures.network;
                    const weights = unpackedWeights(cnnbookNetwork[look].weights);
                    return unit(weights, forward(weights, image), name, ...place);
                }""",
                [look, image.flatten().tolist(), name, place],
            )
            value = float(due[tuple(place)])
            assert told["value"] == pytest.approx(value, abs=1e-5)
            if "window" in told:
                made = max(0.0, *(number for row in told["window"] for number in row))
            else:
                made = told["bias"]
                for part in told["parts"]:
                    window, weights = (torch.tensor(part[key]) for key in ("window", "weights"))
                    assert part["sum"] == pytest.approx(float((window * weights).sum()), abs=1e-5)
                    made += part["sum"]
                made = made if name in ("conv1", "conv2", "scores") else max(0.0, made)
            assert made == pytest.approx(value, abs=1e-5)


def drawn_by_mouse(page: Page, *points: tuple[float, float]) -> None:
    pad = figure(page).get_by_role("application")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def check_answer(page: Page, look: int) -> None:
    """The bars say what PyTorch says of the pixels that are shown."""
    with torch.no_grad():
        due = 100 * in_torch(STEPS[look])(seen(page)).softmax(dim=1)[0]
    # What is shown is rounded to 255 levels.
    assert float((said(page) - due).abs().max()) < 1.5


def test_drawn_by_mouse_at_any_step_of_the_training(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_role("button", name="Clear").click()
    expect(place.locator(".fig-guess")).to_contain_text("The pad is empty")
    drawn_by_mouse(page, (0.3, 0.25), (0.7, 0.25), (0.45, 0.8))
    assert int(said(page).argmax()) == 7
    expect(place.locator(".fig-guess")).to_contain_text("It says 7")
    for look in range(len(STEPS)):
        place.get_by_label("Training").fill(str(look))
        check_answer(page, look)
        accuracy = 100 * stopped_after(STEPS[look]).accuracy
        text = f"After {STEPS[look]} steps of training it reads {accuracy:.1f} %"
        expect(place.locator(".fig-trained")).to_contain_text(text)


def test_drawn_by_keyboard(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_role("button", name="Clear").click()
    place.get_by_role("application").focus()
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert int(said(page).argmax()) == 1
    pixels = seen(page)[0, 0]
    rows = (pixels > 0.5).any(dim=1).nonzero()
    assert int(rows.max() - rows.min()) + 1 == pytest.approx(20, abs=1), (
        "20 pixels, as MNIST has it"
    )
    mass = pixels / pixels.sum()
    places = torch.arange(28) + 0.5
    centre = [float((mass.sum(dim=1 - axis) * places).sum()) for axis in (0, 1)]
    assert centre == pytest.approx([14, 14], abs=0.3)
    assert page.url.endswith("figures.html")


@pytest.mark.parametrize("example", ["seven", "three", "four", "two", "both", "letter", "noise"])
def test_examples(open_figures: Opener, example: str) -> None:
    page = open_figures()
    figure(page).get_by_label("On the pad").select_option(example)
    assert float(said(page).sum()) == pytest.approx(100, abs=1)
    check_answer(page, len(STEPS) - 1)
    if example in ("seven", "three", "two"):
        names = {"seven": 7, "three": 3, "two": 2}
        assert int(said(page).argmax()) == names[example]
    drawn_by_mouse(page, (0.1, 0.1), (0.15, 0.1))
    expect(figure(page).get_by_label("On the pad")).to_have_value("own")


def test_a_unit_is_looked_at_by_pointer_and_by_controls(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    maps = place.locator('[data-layer="conv2"]')
    maps.scroll_into_view_if_needed()
    box = maps.bounding_box()
    assert box is not None
    # Map 10 of two rows of eight: the second of the second row; its row 3, column 5.
    x, y = (1 * 9 + 4.5) / (8 * 9 - 1), (1 * 9 + 2.5) / (2 * 9 - 1)
    page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    told = place.locator(".fig-unit-of")
    expect(told).to_contain_text("map 10, row 3, column 5")
    assert told.locator(".fig-part").count() == 6
    value = feature_maps(in_torch(STEPS[-1]), seen(page), "features.conv2")[0, 9, 2, 4]
    shown = told.locator("b").inner_text().replace("−", "-")
    assert float(shown) == pytest.approx(float(value), abs=0.02)
    place.get_by_label("Look at a unit of").select_option("relu4")
    place.get_by_label("Map or unit").fill("84")
    expect(told).to_contain_text("unit 84: numbers below it")
    place.get_by_label("Look at a unit of").select_option("relu1")
    place.get_by_label("Row", exact=True).fill("12")
    expect(told).to_contain_text("map 1, row 12, column 1: the largest of")
    place.get_by_label("Look at a unit of").select_option("scores")
    expect(told).to_contain_text("score of 0")


def test_without_weights_the_still_picture_stays(browser: Any, figures_book: Path) -> None:
    page = browser.new_page()
    page.route("**/figures-network.js*", lambda route: route.abort())
    page.goto((figures_book / "figures.html").as_uri())
    expect(figure(page).locator(".fig-still")).to_be_visible()
    assert figure(page).locator(".fig-live").count() == 0
    page.close()
