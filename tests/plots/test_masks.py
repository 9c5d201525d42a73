"""Laws of the pictures of class maps: each class has its colour, and each map its place."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from cnnbook import plots
from cnnbook.plots.masks import CLASS_COLOURS, GAP
from pagecheck.figures import describe_figure

NAMES = ["ground", *map(str, range(10))]


def axes_of(figure: plots.BookFigure) -> list[Any]:
    return list(figure.axes)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(1, 4), st.integers(1, 7), st.integers(2, 9))
def test_a_pixel_has_the_colour_that_the_legend_gives_its_class(
    seed: int, count: int, height: int, width: int
) -> None:
    random = torch.Generator().manual_seed(seed)
    maps = torch.randint(11, (count, height, width), generator=random)
    images = torch.randint(256, maps.shape, generator=random).byte()
    figure = plots.show_masks(images, {"due": maps}, NAMES)
    (legend,) = figure.legends
    handles: list[Any] = list(legend.legend_handles)
    colours = {
        text.get_text(): handle.get_facecolor()
        for text, handle in zip(legend.get_texts(), handles, strict=True)
    }
    above, below = axes_of(figure)
    assert [ax.get_title() for ax in (above, below)] == ["image", "due"]
    drawn = below.images[0].to_rgba(below.images[0].get_array())
    for number in range(count):
        left = number * (width + GAP)
        assert np.array_equal(above.images[0].get_array()[:, left : left + width], images[number])
        for row, column in np.ndindex(int(height), int(width)):
            name = NAMES[int(maps[number, row, column])]
            assert np.allclose(drawn[row, left + column], colours[name])


def test_colours_are_far_apart_and_the_ground_is_white() -> None:
    assert len(CLASS_COLOURS) == 11
    assert to_rgb(CLASS_COLOURS[0]) == (1, 1, 1)
    for one, other in combinations(CLASS_COLOURS, 2):
        assert np.abs(np.subtract(to_rgb(one), to_rgb(other))).sum() > 0.3


def test_the_description_drifts_with_a_map() -> None:
    images = np.zeros((2, 4, 5), dtype=np.uint8)
    told = set()
    for row in range(2):
        maps = np.zeros((2, 4, 5), dtype=int)
        maps[1, row, 2] = 3
        told.add(describe_figure(plots.show_masks(images, {"due": maps}, NAMES)))
    assert len(told) == 2


def test_the_letters_can_be_read_and_the_figure_shows_itself() -> None:
    image, maps = np.zeros((4, 4), dtype=np.uint8), [np.ones((4, 4), dtype=int)]
    figure = plots.show_masks([image], {"due": maps, "found": maps}, NAMES, title="scene")
    assert figure.get_figwidth() <= 8
    assert [ax.get_title() for ax in axes_of(figure)] == ["scene", "due", "found"]
    assert all(float(text.get_fontsize()) >= 9 for text in figure.legends[0].get_texts())
    assert all(ax.title.get_fontsize() >= 9 for ax in axes_of(figure))
    assert figure._repr_png_().startswith(b"\x89PNG")


BLACK = np.zeros((4, 4), dtype=np.uint8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_masks([], {}, NAMES), "nothing to show"),
        (lambda: plots.show_masks([BLACK], {}, [*NAMES, "more"]), "colours for 1 to 11 classes"),
        (lambda: plots.show_masks([BLACK], {"due": []}, NAMES), "1 images need as many maps"),
        (
            lambda: plots.show_masks([BLACK], {"due": [np.zeros((4, 5), dtype=int)]}, NAMES),
            r"'due' has a map of \(4, 5\) for an image of \(4, 4\)",
        ),
        (
            lambda: plots.show_masks([BLACK], {"due": [np.full((4, 4), 11)]}, NAMES),
            "runs from 11 to 11; with 11 classes it has to hold whole numbers from 0 to 10",
        ),
        (
            lambda: plots.show_masks([BLACK], {"due": [np.full((4, 4), 0.5)]}, NAMES),
            "whole numbers",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
