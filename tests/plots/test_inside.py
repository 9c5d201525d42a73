"""Laws of the figures of what is inside: every picture is where it belongs, on one range."""

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
@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
def test_every_picture_lies_in_its_place_and_lines_between_are_masked(
    count: int, columns: int, high: int, wide: int
) -> None:
    pictures = torch.rand(count, high, wide, generator=torch.Generator().manual_seed(count)) + 1
    (ax,) = axes_of(plots.show_mosaics([pictures], columns=columns))
    drawn = ax.images[0].get_array()
    columns = min(columns, count)
    for number in range(count):
        top, left = number // columns * (high + 1), number % columns * (wide + 1)
        part = drawn[top : top + high, left : left + wide]
        assert not np.ma.getmaskarray(part).any()
        assert np.allclose(np.ma.getdata(part), pictures[number].numpy())
    assert (~np.ma.getmaskarray(drawn)).sum() == count * high * wide


def test_a_mosaic_has_one_range_unless_its_pictures_are_equalised() -> None:
    pictures = torch.tensor([[[1.0, 4.0]], [[-2.0, 1.0]], [[0.0, 0.0]]])
    (ax,) = axes_of(plots.show_mosaics([pictures], columns=3))
    assert ax.images[0].get_clim() == (-4, 4)
    (ax,) = axes_of(plots.show_mosaics([pictures], columns=3, equalise=True))
    drawn = np.ma.getdata(ax.images[0].get_array())[0]
    assert drawn.tolist() == [0.25, 1, 0, -1, 0.5, 0, 0, 0]
    (ax,) = axes_of(plots.show_mosaics([pictures.abs()], columns=3))
    assert ax.images[0].get_clim() == (0, 4)


@QUICK
@given(st.integers(0, 99), st.integers(2, 10), st.floats(1e-3, 1e3))
def test_names_of_classes_do_not_lie_over_each_other(seed: int, count: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    middles = random.normal(size=(count, 2)) * random.choice([0, 0.01, 1])
    points = np.concatenate([middles, [[-3, -3], [3, 3]]]) * scale
    labels = np.concatenate([np.arange(count), [0, 0]])
    names = [str(number) for number in range(count)]
    figure = plots.show_points([points], labels, names)
    (ax,) = figure.axes
    size = figure.get_size_inches() / np.ptp(points, axis=0)
    places = np.array([text.get_position() for text in ax.texts]) * size
    between = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    assert between[~np.eye(count, dtype=bool)].min() > 0.15, "inches"


def test_labels_stand_at_the_middle_of_their_rows() -> None:
    (ax,) = axes_of(plots.show_mosaics([torch.rand(4, 3, 5)], columns=2, row_labels=["a", "b"]))
    assert ax.get_yticks().tolist() == [1, 5]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]


@QUICK
@given(st.integers(0, 99))
def test_points_are_drawn_where_they_are_and_named_in_their_middle(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.arange(50) % 3
    points = random.normal(size=(50, 2)) + 5 * labels[:, None]
    (ax,) = axes_of(plots.show_points([points], labels, ["a", "b", "c", "d"]))
    assert np.allclose(ax.collections[0].get_offsets(), points)
    colours = ax.collections[0].get_facecolors()
    assert len({tuple(colour) for colour in colours}) == 3
    assert all((colours[labels == k] == colours[k]).all() for k in range(3))
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c"]
    for number, text in enumerate(ax.texts):
        assert np.allclose(text.get_position(), np.median(points[labels == number], axis=0))


def test_figures_drift_when_their_data_do() -> None:
    pictures = torch.arange(24.0).reshape(4, 2, 3)
    one, other = (plots.show_mosaics([each]) for each in (pictures, pictures.flip(0)))
    assert describe_figure(one) != describe_figure(other)
    points = np.arange(6.0).reshape(3, 2)
    one, other = (plots.show_points([each], [0, 0, 1], "ab") for each in (points, points[::-1] + 1))
    assert describe_figure(one) != describe_figure(other)


def test_figures_fit_the_page_and_can_be_read_in_any_session() -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 4, "text.color": "white", "axes.facecolor": "red"}):
        figures = [
            plots.show_mosaics([torch.rand(16, 5, 5), torch.rand(1, 9, 9)], ["a", "b"]),
            plots.show_points([np.eye(2)] * 2, [0, 1], ["x", "y"], ["one", "two"]),
        ]
    for figure in figures:
        assert figure.get_figwidth() <= style.WIDTH
        assert figure.get_facecolor() == (1, 1, 1, 1)
        assert figure._repr_png_().startswith(b"\x89PNG")
        for ax in axes_of(figure):
            assert all(text.get_fontsize() >= 9 for text in [*ax.texts, ax.title])
            assert ax.title.get_color() == "black"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_mosaics([]), "nothing to show"),
        (lambda: plots.show_mosaics([[[1, 2]]]), r"pictures \(N, h, w\)"),
        (lambda: plots.show_mosaics([[[[1]]]], columns=[1, 2]), "a number of columns each"),
        (lambda: plots.show_mosaics([[[[1]]]], columns=0), "a number of columns each"),
        (lambda: plots.show_mosaics([[[[1]]]], ["a", "b"]), "1 pictures need 2|need 1 titles"),
        (lambda: plots.show_mosaics([[[[1]]]], row_labels=["a", "b"]), "1 rows need 1 labels"),
        (lambda: plots.show_points([], [0], ["a"]), "nothing to show"),
        (lambda: plots.show_points([[[0, 0]]], [0, 0], ["a"]), "2 points in the plane"),
        (lambda: plots.show_points([[[0, 0]]], [0], "abcdefghijk"), "from 1 to 10 classes"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
