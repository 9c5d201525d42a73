"""Laws of the figures of sums over channels, and of those of several runs."""

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


def drawn(figure: BookFigure) -> list[np.ndarray[Any, Any]]:
    return [np.asarray(ax.images[0].get_array()) for ax in axes_of(figure)]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 9), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3),
    st.integers(1, 3), st.data(),
)  # fmt: skip
def test_the_sum_over_channels_is_torchs(
    seed: int, channels: int, rows: int, columns: int, extra: int, data: st.DataObject
) -> None:
    generator = torch.Generator().manual_seed(seed)
    size = (channels, rows + extra - 1, columns + extra)
    image = torch.randint(-9, 9, size, generator=generator).float()
    kernel = torch.randint(-9, 9, (channels, rows, columns), generator=generator).float()
    due = F.conv2d(image[None], kernel[None])[0, 0]
    position = data.draw(st.tuples(*(st.integers(0, size - 1) for size in due.shape)))
    figure = plots.show_channel_sum(image, kernel, position)
    arrays = drawn(figure)
    assert np.array_equal(arrays[-1], due.numpy())
    for c in range(channels):
        part = F.conv2d(image[None, c : c + 1], kernel[None, c : c + 1])[0, 0]
        for array, tensor in zip(arrays[3 * c :], (image[c], kernel[c], part), strict=False):
            assert np.array_equal(array, tensor.numpy())
    assert axes_of(figure)[-1].get_title().endswith(f"= {due[position]:.0f}")
    window, cell = (axes_of(figure)[number].patches[0] for number in (0, -1))
    assert window.get_xy() == cell.get_xy() == (position[1] - 0.5, position[0] - 0.5)
    assert (window.get_height(), window.get_width()) == (rows, columns)


def test_runs_are_drawn_as_dots_and_their_means_as_a_line() -> None:
    runs = {"a": [[1.0, 3.0], [4.0, 6.0]], "b": [[0.0], [1.0, 2.0, 3.0]]}
    figure = plots.show_spread(runs, [1, 8], "size", "score", log_x=True, limits=(0, 9))
    ax = axes_of(figure)[0]
    assert [list(line.get_ydata()) for line in ax.lines] == [[2, 5], [0, 2]]
    assert [len(dots.get_offsets()) for dots in ax.collections] == [4, 4]
    assert ax.collections[1].get_offsets().tolist() == [[1, 0], [8, 1], [8, 2], [8, 3]]
    assert (ax.get_xscale(), ax.get_ylim()) == ("log", (0, 9))
    figure.draw_without_rendering()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "8"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_the_letters_can_be_read() -> None:
    image, kernel = torch.ones(2, 4, 4), torch.ones(2, 2, 2)
    for figure in (
        plots.show_channel_sum(image, kernel, (0, 0)),
        plots.show_spread({"a": [[1.0], [2.0]]}, [1, 2], "x", "y"),
    ):
        assert figure.get_figwidth() <= 8
        assert figure.get_facecolor() == (1, 1, 1, 1)
        for ax in axes_of(figure):
            labels = [*ax.texts, ax.title, *ax.get_xticklabels(), *ax.get_yticklabels()]
            assert all(text.get_fontsize() >= 9 for text in labels)
        assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_channel_sum([[1]], [[1]], (0, 0)), r"image has to have .*\(1, 1\)"),
        (
            lambda: plots.show_channel_sum(np.ones((2, 3, 3)), np.ones((3, 1, 1)), (0, 0)),
            "an image of 2 channels needs a kernel of as many, not 3",
        ),
        (
            lambda: plots.show_channel_sum(np.ones((1, 3, 3)), np.ones((1, 4, 1)), (0, 0)),
            "does not fit",
        ),
        (
            lambda: plots.show_channel_sum(np.ones((1, 3, 3)), np.ones((1, 2, 2)), (2, 0)),
            r"\(2, 0\) is not in the output",
        ),
        (lambda: plots.show_spread({}, [1], "x", "y"), "no runs"),
        (lambda: plots.show_spread({"a": [[1.0]]}, [1, 2], "x", "y"), "each of the 2 places"),
        (lambda: plots.show_spread({"a": [[]]}, [1], "x", "y"), "'a' needs values"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
