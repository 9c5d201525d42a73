"""One step of learning against autograd."""

import random
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("figures")]

Opener = Callable[..., Page]

NAMES = ("x1", "w1", "x2", "w2", "b", "t")


def figure(page: Page) -> Locator:
    return page.locator('[data-figure="learn"]')


def number(text: str) -> float:
    return float(text.replace("−", "-").removeprefix("∂ "))


def card(place: Locator, name: str) -> Locator:
    return place.locator(f'[data-node="{name}"]')


def inputs(place: Locator) -> dict[str, torch.Tensor]:
    return {
        name: torch.tensor(
            number(card(place, name).locator("input").input_value()),
            dtype=torch.float64,
            requires_grad=True,
        )
        for name in NAMES
    }


def settle(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def check(page: Page) -> dict[str, torch.Tensor]:
    """All numbers of the graph are those of autograd."""
    settle(page)
    place = figure(page)
    given = inputs(place)
    values = {"p1": given["x1"] * given["w1"], "p2": given["x2"] * given["w2"]}
    values["z"] = values["p1"] + values["p2"] + given["b"]
    values["a"] = torch.relu(values["z"])
    values["e"] = values["a"] - given["t"]
    values["loss"] = values["e"] ** 2 / 2
    for value in values.values():
        value.retain_grad()
    values["loss"].backward()  # type: ignore[no-untyped-call]
    for name, value in values.items():
        shown = number(card(place, name).locator(".fig-value").inner_text())
        assert shown == pytest.approx(value.item(), abs=0.006)
    for name, value in (given | values).items():
        shown = number(card(place, name).locator(".fig-gradient").inner_text())
        due = 0.0 if value.grad is None else value.grad.item()
        assert shown == pytest.approx(due, abs=0.006), name
    return given


def test_numbers_of_ones_own(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    check(page)
    draw = random.Random(0)
    for _ in range(6):
        for name in NAMES:
            box = card(place, name).locator("input")
            box.fill(str(round(draw.uniform(-2, 2), 1)))
        check(page)


def test_a_step_is_that_of_gradient_descent(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    place.get_by_label("Learning rate").fill("0.2")
    for _ in range(3):
        given = check(page)
        learned = [given[name] for name in ("w1", "w2", "b")]
        due = [
            each.item() - 0.2 * (each.grad.item() if each.grad is not None else 0)
            for each in learned
        ]
        place.get_by_role("button", name="Take a step").click()
        settle(page)
        shown = [inputs(place)[name].item() for name in ("w1", "w2", "b")]
        assert shown == pytest.approx(due, abs=0.002)
    assert place.locator(".fig-history").inner_text().count("→") == 3
    place.get_by_role("button", name="Begin anew").click()
    settle(page)
    assert inputs(place)["w2"].item() == -1


def test_the_pass_runs_forward_and_back(open_figures: Opener) -> None:
    page = open_figures()
    page.clock.install()
    place = figure(page)

    def filled(kind: str) -> list[str]:
        return [
            each.get_attribute("data-node") or ""
            for each in place.locator(".fig-card").all()
            if each.locator(kind).count() and each.locator(kind).inner_text()
        ]

    advance = place.get_by_role("button", name="Next")
    advance.click()
    page.clock.run_for(100)
    assert (filled(".fig-value"), filled(".fig-gradient")) == (["p1", "p2"], [])
    for _ in range(5):
        advance.click()
    page.clock.run_for(100)
    assert (len(filled(".fig-value")), filled(".fig-gradient")) == (6, ["loss"])
    place.get_by_role("button", name="Play").click()
    page.clock.run_for(2000)
    assert filled(".fig-gradient") == ["a", "t", "e", "loss"]
    page.clock.run_for(9000)
    assert len(filled(".fig-gradient")) == 12
    expect(place.get_by_role("button", name="Play")).to_be_visible()


def test_by_keyboard(open_figures: Opener) -> None:
    page = open_figures()
    place = figure(page)
    weight = card(place, "w1").locator("input")
    weight.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("-1,5")
    check_typed = card(place, "z").locator(".fig-value")
    expect(check_typed).to_have_text("−3.5")
    # Behind a ReLU that lets nothing through there is nothing to learn.
    expect(card(place, "w1").locator(".fig-gradient")).to_have_text("∂ 0")
    page.keyboard.press("Control+a")
    page.keyboard.type("q")
    expect(weight).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Tab")
    expect(weight).to_have_value("−1.5")
    place.get_by_role("button", name="Take a step").press("Enter")
    expect(place.get_by_role("status")).to_contain_text("Loss 2; weights −1.5", timeout=2000)
    place.get_by_label("Learning rate").press("ArrowRight")
    assert page.url.endswith("figures.html")
