"""Laws of the pictures of windows and fields: what is framed is what torch reads."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from cnnbook import plots
from cnnbook.plots import BookFigure

QUICK = settings(max_examples=40, deadline=None)
pair = st.tuples(st.integers(1, 3), st.integers(1, 3))


def axes_of(figure: BookFigure) -> list[Any]:
    return list(figure.axes)


def bounds(patch: Any) -> tuple[float, float, float, float]:
    return tuple(float(value) for value in patch.get_bbox().bounds)  # type: ignore[return-value]


@QUICK
@given(pair, pair, st.tuples(st.integers(0, 2), st.integers(0, 2)), pair, st.data())
def test_windows_lie_where_torch_reads_and_unread_pixels_are_crossed_out(
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    data: st.DataObject,
) -> None:
    image = torch.arange(1.0, 57).reshape(1, 1, 7, 8).requires_grad_()
    padded = F.pad(image, (padding[1], padding[1], padding[0], padding[0]))
    padded.retain_grad()
    weights = torch.ones(1, 1, *kernel)
    output = F.conv2d(padded, weights, None, stride, 0, dilation)[0, 0]
    place = data.draw(st.tuples(*(st.integers(0, size - 1) for size in output.shape)))
    figure = plots.show_windows(
        image[0, 0], kernel, [place], stride=stride, padding=padding, dilation=dilation
    )
    left, right = axes_of(figure)
    (gradient,) = torch.autograd.grad(output[place], padded, retain_graph=True)
    rows, columns = (gradient[0, 0].sum(axis).nonzero().flatten() for axis in (1, 0))
    x, y, width, height = bounds(left.patches[0])
    assert (round(x + 0.5), round(y + 0.5)) == (int(columns[0]), int(rows[0]))
    assert (round(width), round(height)) == (
        int(columns[-1] - columns[0] + 1),
        int(rows[-1] - rows[0] + 1),
    )
    assert right.get_title() == "output {}x{}".format(*output.shape)
    assert bounds(right.patches[0])[:2] == pytest.approx((place[1] - 0.42, place[0] - 0.42))
    (everything,) = torch.autograd.grad(output.sum(), padded)
    unread = {(int(column), int(row)) for row, column in (everything[0, 0] == 0).nonzero()}
    crosses = [found for found in left.collections if len(found.get_paths()[0].vertices) == 4]
    crossed = {(int(x), int(y)) for found in crosses for x, y in found.get_offsets()}
    assert crossed == unread
    if max(dilation) > 1:
        circles = [found for found in left.collections if found not in crosses]
        read = {(int(x), int(y)) for x, y in circles[0].get_offsets()}
        assert read == {(int(column), int(row)) for row, column in gradient[0, 0].nonzero()}


def test_the_numbers_of_the_image_and_zeros_around_it_are_written() -> None:
    figure = plots.show_windows([[1, 2], [3, 4]], 2, [(0, 0), (2, 2)], padding=1)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == list("0000012003400000")
    assert figure.axes[0].get_title() == "image 2x2, padding 1"
    dashes = {str(patch.get_linestyle()) for patch in figure.axes[0].patches}
    assert len(dashes) == 2


def test_fields_are_the_data_and_frames_are_the_ranges() -> None:
    seen = torch.zeros(5, 6, dtype=torch.bool)
    seen[1:4, 2:4] = True
    frames = [(range(1, 4), range(2, 4)), None]
    figure = plots.show_fields([seen, torch.rand(5, 6)], ["seen", "share"], frames=frames)
    first, second = figure.axes
    assert np.array_equal(np.asarray(first.images[0].get_array()), seen.double().numpy())
    assert bounds(first.patches[0]) == (1.5, 0.5, 2.0, 3.0)
    assert not len(second.patches)
    assert first.images[0].get_clim() == (0, 1)


def test_frames_may_leave_the_image_and_stay_in_the_picture() -> None:
    frames = {"inside": (range(2), range(2)), "beyond": (range(-3, 4), range(-1, 9))}
    figure = plots.show_frames(torch.rand(6, 6), frames, "frames")
    ax = figure.axes[0]
    assert [bounds(patch) for patch in ax.patches] == [(-0.5, -0.5, 2, 2), (-1.5, -3.5, 10, 7)]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < -1.5 < 8.5 < right
    assert top < -3.5 < 5.5 < bottom
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(frames)


def one_of_each() -> list[BookFigure]:
    return [
        plots.show_windows(torch.arange(49.0).reshape(7, 7), 3, [(0, 0), (2, 2)], dilation=2),
        plots.show_fields([torch.eye(9), torch.rand(40, 40)], ["eye", "noise"]),
        plots.show_frames(torch.rand(3, 28, 28), {"a": (range(3), range(3))}, "frames"),
    ]


def test_every_figure_fits_the_page_and_shows_itself() -> None:
    for figure in one_of_each():
        assert figure.get_figwidth() <= 8
        assert figure.get_facecolor() == (1, 1, 1, 1)
        assert figure._repr_png_().startswith(b"\x89PNG")
        for ax in axes_of(figure):
            assert ax.get_title()
            assert all(text.get_fontsize() >= 9 for text in [*ax.texts, ax.title])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_windows([[1, 2]], 3, [(0, 0)]), "3x3 does not fit into 1x2 pixels"),
        (
            lambda: plots.show_windows([[1] * 5] * 5, 3, [(0, 0)], dilation=3),
            "7x7 does not fit into 5x5",
        ),
        (lambda: plots.show_windows([[1, 2]], 1, [(0, 2)]), r"\(0, 2\) is not in the output 1x2"),
        (lambda: plots.show_windows([[1, 2]], 1, []), "from 1 to 7 places .* not 0"),
        (lambda: plots.show_windows([1, 2], 1, [(0, 0)]), r"shape \(H, W\), not \(2,\)"),
        (lambda: plots.show_fields([]), "nothing to show"),
        (lambda: plots.show_fields([[[1.0, -2.5]]]), "at least 0, not -2.5"),
        (lambda: plots.show_fields([[[1]]], frames=[]), "1 fields need 1 frames, not 0"),
        (lambda: plots.show_frames([[1]], {}), "from 1 to 6 frames"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
