"""Laws of the connection table: what is filled is what is connected, and it is counted."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook import plots


@st.composite
def tables(draw: Any) -> tuple[int, list[tuple[int, ...]]]:
    channels = draw(st.integers(1, 7))
    row = st.sets(st.integers(0, channels - 1))
    return channels, [tuple(r) for r in draw(st.lists(row, min_size=1, max_size=20))]


@settings(max_examples=25, deadline=None)
@given(tables())
def test_a_cell_is_filled_where_two_channels_are_connected(
    drawn: tuple[int, list[tuple[int, ...]]],
) -> None:
    channels, table = drawn
    ax = plots.show_connection_table(table, channels).axes[0]
    filled = np.asarray(ax.images[0].get_array())
    assert filled.shape == (channels, len(table))
    assert {(int(row), int(column)) for row, column in np.argwhere(filled)} == {
        (channel, column) for column, row in enumerate(table) for channel in row
    }
    due = f"{sum(map(len, table))} of {channels * len(table)} connections"
    assert ax.get_title() == due


def test_the_letters_can_be_read_and_the_figure_shows_itself() -> None:
    figure = plots.show_connection_table([(0, 1)] * 16, 6, xlabel="C3", ylabel="S2", title="table")
    ax = figure.axes[0]
    assert figure.get_figwidth() <= 8
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("C3", "S2", "table")
    labels: list[Any] = [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.title, ax.xaxis.label]
    assert all(label.get_fontsize() >= 9 for label in labels)
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("table", "words"),
    [([], "the table is empty"), ([(0,), (2,)], "output channel 1 is connected to 2")],
)
def test_a_table_that_cannot_be_is_refused(table: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plots.show_connection_table(table, 2)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.text("abcde", min_size=1, max_size=5),
        st.lists(st.floats(-100, 100), min_size=1, max_size=6),
        min_size=1,
        max_size=7,
    )
)
def test_each_run_is_a_dot_in_its_variants_row_and_the_stroke_is_their_mean(
    runs: dict[str, list[float]],
) -> None:
    ax: Any = plots.show_ladder(runs, "error in %").axes[0]
    dots, means = (np.asarray(each.get_offsets()) for each in ax.collections)
    rows = list(runs.values())
    assert np.allclose(dots, [(value, row) for row, vs in enumerate(rows) for value in vs])
    assert np.allclose(means, [(float(np.mean(values)), row) for row, values in enumerate(rows)])
    assert [label.get_text() for label in ax.get_yticklabels()] == list(runs)
    assert ax.yaxis_inverted()  # the first at the top


def test_references_are_lines_at_their_values() -> None:
    figure = plots.show_ladder({"a": [1.0]}, "x", references={"paper": 0.95, "other": 0.8})
    ax: Any = figure.axes[0]
    assert [(line.get_label(), line.get_xdata()[0]) for line in ax.lines] == [
        ("paper", 0.95), ("other", 0.8),
    ]  # fmt: skip
    assert [text.get_text() for text in figure.legends[0].texts] == [
        "a run", "mean", "paper", "other",
    ]  # fmt: skip
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("runs", "words"), [({}, "no runs to show"), ({"a": [1.0], "b": []}, "'b' has no runs")]
)
def test_a_ladder_without_runs_is_refused(runs: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plots.show_ladder(runs, "x")
