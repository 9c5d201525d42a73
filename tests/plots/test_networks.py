"""Laws of the pictures of networks: what is drawn and written are the shapes and the costs."""

from math import prod, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import plots
from cnnbook.plots import BookFigure

side = st.integers(1, 40)
shape = st.one_of(st.tuples(st.integers(1, 300)), st.tuples(st.integers(1, 64), side, side))
shapes_drawn = st.lists(shape, min_size=1, max_size=12)


def axes_of(figure: BookFigure) -> list[Any]:
    return list(figure.axes)


def collections_of(figure: BookFigure) -> dict[str, list[np.ndarray[Any, Any]]]:
    """The corners of all faces, by the name of the face."""
    return {
        str(collection.get_label()): [path.vertices for path in collection.get_paths()]
        for collection in axes_of(figure)[0].collections
    }


@settings(max_examples=30, deadline=None)
@given(shapes_drawn)
def test_blocks_are_to_scale_and_labelled_with_their_shapes(shapes: list[tuple[int, ...]]) -> None:
    names = [f"l{number}" for number in range(len(shapes))]
    figure = plots.show_shapes(shapes, names)
    ax = figure.axes[0]
    for text, name, one in zip(ax.texts, names, shapes, strict=True):
        assert text.get_text() == f"{name}\n{'×'.join(map(str, one))}"
    heights = [one[1] if len(one) == 3 else 1 for one in shapes]
    faces = collections_of(figure)
    drawn = [np.ptp(front, axis=0) for front in faces["fronts"]]
    depths = [np.ptp(side[:, 0]) for side in faces["sides"]]
    widths = [one[2] if len(one) == 3 else 1 for one in shapes]
    scale = drawn[0][1] / heights[0]
    assert np.allclose([high for _, high in drawn], np.multiply(scale, heights))
    assert np.allclose([thick for thick, _ in drawn], [scale * sqrt(one[0]) for one in shapes])
    assert np.allclose(np.divide(depths, widths), depths[0] / widths[0])
    assert f"{sum(map(prod, shapes)):,} values" in ax.get_title()


@settings(max_examples=15, deadline=None)
@given(shapes_drawn, st.floats(4, 7.2))
def test_nothing_overlaps_or_leaves_the_figure(shapes: list[tuple[int, ...]], width: float) -> None:
    figure = plots.show_shapes(shapes, ["conv1"] * len(shapes), width=width)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    for number, box in enumerate(boxes):
        assert box.x0 >= figure.bbox.x0
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= figure.bbox.y0
        assert not any(box.overlaps(other) for other in boxes[:number])
    corners = np.concatenate([face for faces in collections_of(figure).values() for face in faces])
    (left, right), (bottom, top) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    assert corners[:, 0].min() >= left
    assert corners[:, 0].max() <= right
    assert corners[:, 1].min() >= bottom
    assert corners[:, 1].max() <= top


def test_large_images_are_made_to_fit() -> None:
    figure = plots.show_shapes([(3, 224, 224), (64, 112, 112), (1000,)], ["image", "conv", "fc"])
    assert figure.get_figheight() < 3


def test_a_full_row_is_broken() -> None:
    shapes = [(4, 28, 28)] * 9
    one, two = (plots.show_shapes(shapes, ["conv"] * 9, width=width) for width in (7.2, 4))
    assert len({text.get_position()[1] for text in two.axes[0].texts}) > len(
        {text.get_position()[1] for text in one.axes[0].texts}
    )


def test_costs_are_the_data_in_the_order_of_use() -> None:
    costs = {"parameters": [156, 30840], "multiply-adds": [86400, 30720]}
    figure = plots.show_costs(["conv1", "fc1"], costs)
    for ax, (kind, values) in zip(axes_of(figure), costs.items(), strict=True):
        assert [bar.get_width() for bar in ax.patches] == values
        assert [text.get_text() for text in ax.texts] == [f" {value:,}" for value in values]
        assert ax.get_title() == f"{kind}: {sum(values):,}"
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["conv1", "fc1"]
    low, high = figure.axes[0].get_ylim()
    assert low > high, "the first layer is at the top"


def test_letters_can_be_read_and_figures_fit_the_page() -> None:
    figures = [
        plots.show_shapes([(1, 28, 28), (10,)], ["image", "scores"]),
        plots.show_costs(["conv1"], {"parameters": [1]}),
    ]
    for figure in figures:
        assert figure.get_figwidth() <= 8
        assert figure._repr_png_().startswith(b"\x89PNG")
        for ax in axes_of(figure):
            assert ax.get_title()
            assert all(text.get_fontsize() >= 9 for text in [*ax.texts, *ax.get_yticklabels()])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_shapes([], []), "at least one"),
        (lambda: plots.show_shapes([(1, 2, 3)], ["a", "b"]), "1 shapes need as many names"),
        (lambda: plots.show_shapes([(4, 4)], ["a"]), r"\(C, H, W\) or \(F,\) .*not \(4, 4\)"),
        (lambda: plots.show_shapes([(1, 0, 2)], ["a"]), r"positive sizes.*not \(1, 0, 2\)"),
        (lambda: plots.show_shapes([()], ["a"]), r"not \(\)"),
        (lambda: plots.show_costs([], {"parameters": []}), "no costs to show"),
        (lambda: plots.show_costs(["a"], {}), "no costs to show"),
        (lambda: plots.show_costs(["a"], {"parameters": [1, 2]}), "1 layers have not 2 numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
