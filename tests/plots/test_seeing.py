"""Laws of the figures for seeing: a part shows its own numbers, lines are the connections."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import plots
from cnnbook.plots import style
from pagecheck.figures import describe_figure

QUICK = settings(max_examples=25, deadline=None)


def axes_of(figure: plots.BookFigure) -> list[Any]:
    return list(figure.axes)


@QUICK
@given(st.integers(0, 9), st.data())
def test_the_part_shows_its_own_numbers_and_the_frame_lies_around_them(
    seed: int, data: st.DataObject
) -> None:
    random = torch.Generator().manual_seed(seed)
    image = torch.randint(0, 256, (9, 7), dtype=torch.uint8, generator=random)
    top, left = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 6))
    bottom, right = data.draw(st.integers(top + 1, 9)), data.draw(st.integers(left + 1, 7))
    whole, part = axes_of(plots.show_crop(image, (top, bottom), (left, right)))
    assert np.array_equal(whole.images[0].get_array(), image.numpy())
    due = image[top:bottom, left:right].numpy()
    assert np.array_equal(part.images[0].get_array(), due)
    written = {text.get_position(): int(text.get_text()) for text in part.texts}
    assert written == {(j, i): due[i, j] for i in range(len(due)) for j in range(due.shape[1])}
    frame = whole.patches[0]
    assert frame.get_xy() == (left - 0.5, top - 0.5)
    assert (frame.get_height(), frame.get_width()) == due.shape


def test_the_part_has_the_colours_of_the_image() -> None:
    image = np.array([[0, 5], [1, 2]])
    limits = [ax.images[0].get_clim() for ax in plots.show_crop(image, (1, 2), (0, 2)).axes]
    assert limits == [(0, 5), (0, 5)]


@QUICK
@given(st.integers(1, 4), st.integers(1, 6))
def test_every_connection_is_one_stroke_from_its_pixel_to_its_unit(units: int, pixels: int) -> None:
    random = torch.Generator().manual_seed(units * 10 + pixels)
    weights = torch.randint(0, 4, (units, pixels), generator=random)
    ax = axes_of(plots.show_connections([weights], ["layer"]))[0]
    drawn = {}
    for lines in ax.collections[:-2]:
        number = int(lines.get_label().removeprefix("weight "))
        for (pixel, low), (place, high) in lines.get_segments():
            assert (low, high) == (0, 1)
            drawn[round(place - (pixels - units) / 2), int(pixel)] = number
    due = {
        (unit, pixel): int(weights[unit, pixel])
        for unit in range(units)
        for pixel in range(pixels)
        if weights[unit, pixel]
    }
    assert drawn == due


def test_shared_weights_look_alike_and_many_are_grey() -> None:
    shared, many = axes_of(
        plots.show_connections([[[1, 2, 0], [0, 1, 2]], np.arange(1, 13).reshape(3, 4)])
    )
    first, second = shared.collections[:2]
    assert len(first.get_segments()) == len(second.get_segments()) == 2
    assert tuple(first.get_colors()[0]) != tuple(second.get_colors()[0])
    assert first.get_linestyles() != second.get_linestyles()
    assert many.collections[0].get_label() == "12 weights"
    assert len(many.collections[0].get_segments()) == 12


def test_a_layer_drifts_when_its_connections_do() -> None:
    one = describe_figure(plots.show_connections([[[1, 1, 0], [0, 1, 1]]], ["layer"]))
    other = describe_figure(plots.show_connections([[[1, 2, 0], [0, 1, 2]]], ["layer"]))
    assert one != other


def test_figures_fit_the_page_and_can_be_read_in_any_session() -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 4, "text.color": "white", "axes.facecolor": "red"}):
        figures = [
            plots.show_crop(np.arange(100).reshape(10, 10) + 100, (0, 10), (0, 10)),
            plots.show_connections([np.eye(4, 6, dtype=int)] * 3, list("abc")),
        ]
    for figure in figures:
        assert figure.get_figwidth() <= style.WIDTH
        assert figure.get_facecolor() == (1, 1, 1, 1)
        assert figure._repr_png_().startswith(b"\x89PNG")
        for ax in axes_of(figure):
            assert all(text.get_fontsize() >= 9 for text in [*ax.texts, ax.title])
            assert ax.title.get_color() == "black"
    figures[0].draw_without_rendering()
    part = axes_of(figures[0])[1]
    cell = part.get_window_extent().width / 10
    assert all(text.get_window_extent().width < cell for text in part.texts)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_crop([1, 2], (0, 1), (0, 1)), r"a matrix has the shape \(H, W\)"),
        (lambda: plots.show_crop([[1, 2]], (0, 2), (0, 1)), "rows 0 to 2 .* with 1 rows"),
        (lambda: plots.show_crop([[1, 2]], (0, 1), (2, 2)), "columns 2 to 2"),
        (lambda: plots.show_crop([[1, 2]], (0, 1), (-1, 1)), "columns -1 to 1"),
        (lambda: plots.show_crop([[1]], (0, 1), (0, 1), titles=["a"]), "2 pictures need 2"),
        (lambda: plots.show_connections([]), "nothing to show"),
        (lambda: plots.show_connections([[[0.5]]]), "whole numbers"),
        (lambda: plots.show_connections([[[-1]]]), "whole numbers"),
        (lambda: plots.show_connections([[[1]]], ["a", "b"]), "1 pictures need 1 titles"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
