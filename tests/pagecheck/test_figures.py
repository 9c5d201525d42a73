"""The description of a figure changes when its data do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from pagecheck.figures import describe_figure

DATA = np.arange(12.0).reshape(3, 4)


def figure(
    data: Any = DATA, title: str = "numbers", curve: tuple[float, ...] = (3.0, 2.0, 1.0)
) -> Figure:
    drawn = Figure()
    left, right = drawn.subplots(1, 2)
    left.imshow(data)
    left.set_title(title)
    right.plot([1, 2, 3], curve, label="loss")
    right.bar(["a", "b"], [1.5, 2.5])
    right.set_xlabel("epoch")
    return drawn


CHANGES: dict[str, Callable[[], Figure]] = {
    "title": lambda: figure(title="other"),
    "size": lambda: figure(DATA[:2]),
    "range": lambda: figure(DATA * 2),
    "one value": lambda: figure(np.where(DATA == 5, 9, DATA)),
    "mirrored": lambda: figure(DATA[:, ::-1]),
    "upside down": lambda: figure(DATA[::-1]),
    "turned": lambda: figure(DATA.T),
    "a curve": lambda: figure(curve=(3.0, 2.0, 0.5)),
    "a curve backwards": lambda: figure(curve=(1.0, 2.0, 3.0)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_data_changes_the_description(change: str) -> None:
    assert describe_figure(CHANGES[change]()) != describe_figure(figure())


def test_the_description_is_one_line_and_the_same_for_the_same_figure() -> None:
    text = describe_figure(figure(title="two\nlines"))
    assert "\n" not in text
    assert text == describe_figure(figure(title="two\nlines"))


def test_axes_that_differ_only_in_their_title_share_a_description() -> None:
    drawn = Figure()
    for ax, title in zip(drawn.subplots(1, 3), "abc", strict=True):
        ax.imshow([[0, 1]])
        ax.set_title(title)
    assert describe_figure(drawn).count("image 1x2") == 1
    assert '"a", "b", "c": image' in describe_figure(drawn)


def test_rounding_noise_does_not_change_the_description() -> None:
    assert describe_figure(figure(DATA * (1 + 1e-9))) == describe_figure(figure(DATA))


def test_values_that_are_not_finite_are_counted() -> None:
    assert "and 1 not finite" in describe_figure(figure(np.where(DATA == 5, np.nan, DATA)))
