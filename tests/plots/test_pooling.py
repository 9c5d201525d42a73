"""Laws of the pooling figure: frames mark the windows and the cells made from them."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from cnnbook import plots
from cnnbook.plots import BookFigure


def axes_of(figure: BookFigure) -> list[Any]:
    return list(figure.axes)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 9), st.integers(2, 8), st.integers(2, 8), st.integers(1, 2), st.data())
def test_a_frame_holds_the_numbers_that_its_cell_is_made_from(
    seed: int, rows: int, columns: int, size: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, 3))
    generator = torch.Generator().manual_seed(seed)
    image = torch.randint(-9, 9, (rows, columns), generator=generator).float()
    largest = F.max_pool2d(image[None], size, stride)[0]
    mean = F.avg_pool2d(image[None], size, stride)[0]
    figure = plots.show_pooling(image, {"max": largest, "mean": mean}, size, stride=stride)
    left, middle, right = axes_of(figure)
    assert np.array_equal(left.images[0].get_array(), image.numpy())
    assert np.array_equal(middle.images[0].get_array(), largest.numpy())
    assert np.array_equal(right.images[0].get_array(), mean.numpy())
    assert len(left.patches) == len(middle.patches) == len(right.patches) == largest.numel()
    for window, cell in zip(left.patches, middle.patches, strict=True):
        assert window.get_edgecolor() == cell.get_edgecolor()
        x, y = (round(value + 0.5) for value in window.get_xy())
        j, i = (round(value + 0.5) for value in cell.get_xy())
        assert image[y : y + size, x : x + size].max() == largest[i, j]


def test_the_letters_can_be_read_and_the_figure_shows_itself() -> None:
    figure = plots.show_pooling(torch.ones(4, 4), {"max": torch.ones(2, 2)}, 2)
    assert figure.get_figwidth() <= 8
    for ax in axes_of(figure):
        assert all(text.get_fontsize() >= 9 for text in [*ax.texts, ax.title])
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_pooling([[1, 2]], {}, 2), r"2 pixels, 2 apart, do not fit"),
        (lambda: plots.show_pooling([[1]], {}, 0), "do not fit"),
        (
            lambda: plots.show_pooling(np.ones((4, 4)), {"max": np.ones((3, 3))}, 2),
            r"'max' has the shape \(3, 3\), the windows give \(2, 2\)",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
