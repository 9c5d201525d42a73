"""Laws of the pictures with boxes: each box and each name is drawn where it belongs."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cnnbook import plots
from pagecheck.figures import describe_figure


def axes_of(figure: plots.BookFigure) -> list[Any]:
    return list(figure.axes)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(1, 5), st.integers(1, 4))
def test_boxes_enclose_the_pixels_that_they_name(seed: int, count: int, images: int) -> None:
    random = torch.Generator().manual_seed(seed)
    low = torch.randint(0, 10, (images, count, 2), generator=random)
    boxes = torch.cat([low, low + torch.randint(1, 9, low.shape, generator=random)], dim=2)
    names = [[f"{k}" for k in range(count)]] * images
    figure = plots.show_boxes(torch.rand(images, 1, 20, 24), list(boxes), names)
    for ax, own in zip(axes_of(figure), boxes, strict=True):
        (lines,) = ax.collections
        segments = np.array(lines.get_segments())
        assert segments.shape == (count, 5, 2)
        assert np.array_equal(segments[:, 0], segments[:, -1])
        assert np.array_equal(segments.min(axis=1), own[:, :2] - 0.5)
        assert np.array_equal(segments.max(axis=1), own[:, 2:] - 0.5)
        for k, text in enumerate(ax.texts):
            assert text.get_text() == names[0][k]
            assert text.xy == (own[k, 0] - 0.5, own[k, 1] - 0.5)
            assert text.get_va() == ("bottom" if own[k, 1] > 0.12 * 20 else "top")


def test_true_boxes_are_dashed_and_another_colour() -> None:
    box = [[[1, 1, 3, 3]]]
    (ax,) = axes_of(plots.show_boxes([np.ones((4, 4))], box, true=box))
    true, found = ax.collections
    assert true.get_linestyle() != found.get_linestyle()
    assert not np.array_equal(true.get_edgecolor(), found.get_edgecolor())


def test_the_order_of_the_boxes_does_not_show() -> None:
    image, boxes, names = np.ones((9, 9)), np.array([[1, 1, 3, 3], [4, 4, 8, 8]]), ["7", "2"]
    one = plots.show_boxes([image], [boxes], [names])
    other = plots.show_boxes([image], [boxes[::-1]], [names[::-1]])
    assert np.array_equal(pixels(one), pixels(other))


def pixels(figure: Any) -> Any:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def test_an_image_without_boxes_is_shown_and_its_frame_stays_the_image() -> None:
    empty = torch.zeros(0, 4)
    figure = plots.show_boxes(
        [np.ones((4, 6)), np.ones((4, 6))], [empty, [[-5, -5, 9, 9]]], [[], ["big"]]
    )
    for ax in axes_of(figure):
        assert ax.get_xlim() == (-0.5, 5.5)
        assert ax.get_ylim() == (3.5, -0.5)


def test_the_description_drifts_with_the_boxes_and_their_names() -> None:
    image = np.ones((9, 9))
    told = {
        describe_figure(plots.show_boxes([image], [[[1, 1, 5, 5]]], [[name]], true=[[true]]))
        for name, true in (("1", [1, 1, 4, 4]), ("7", [1, 1, 4, 4]), ("1", [1, 2, 4, 4]))
    }
    assert len(told) == 3
    assert all("segments" in text for text in told)


def test_the_letters_can_be_read_and_the_figure_shows_itself() -> None:
    figure = plots.show_boxes([np.ones((9, 9))], [[[1, 1, 5, 5]]], [["3"]], ["a three"])
    assert figure.get_figwidth() <= 8
    for ax in axes_of(figure):
        assert all(text.get_fontsize() >= 9 for text in [*ax.texts, ax.title])
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_boxes([], []), "nothing to show"),
        (lambda: plots.show_boxes([np.ones((4, 4))], []), "need boxes for each"),
        (lambda: plots.show_boxes([np.ones((4, 4))], [[[1, 2, 3]]]), r"shape \(k, 4\)"),
        (
            lambda: plots.show_boxes([np.ones((4, 4))], [[[1, 1, 2, 2]]], [["a", "b"]]),
            "1 boxes need 1 names, not 2",
        ),
        (
            lambda: plots.show_boxes([np.ones((4, 4))], [[[1, 1, 2, 2]]], true=[[], []]),
            "need true boxes for each",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
