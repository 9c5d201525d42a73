"""The description of a figure changes when what a reader sees does, and stays when it does not."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from pagecheck.figures import describe_figure
from tests.pagecheck.drawing import CURVE, DAYS, NAMES, PICTURE, RANDOM, Draw, calls
from tests.pagecheck.pairs_drawn import DRAWN, SOLID
from tests.pagecheck.pairs_set import SAID_OR_SET

CHANGES = SAID_OR_SET | DRAWN


def described(draw: Draw, **options: Any) -> str:
    figure = Figure()
    draw(figure.subplots(subplot_kw=options))
    return describe_figure(figure)


def two(rows: int = 1, columns: int = 2, **options: Any) -> Figure:
    figure = Figure(**options)
    for place, ax in enumerate(figure.subplots(rows, columns).flat):
        ax.plot([place, 1, 5])
    return figure


def with_words(method: str, *arguments: Any) -> Figure:
    figure = two()
    getattr(figure, method)(*arguments)
    return figure


def placed(left: float) -> Figure:
    figure = Figure()
    figure.add_axes((left, 0.1, 0.4, 0.4)).plot([1, 2])
    return figure


def with_subfigures(title: str) -> Figure:
    figure = Figure()
    parts = figure.subfigures(1, 2, squeeze=False)[0]
    parts[0].subplots().plot([1, 2])
    parts[1].suptitle(title)
    return figure


def with_legend(names: list[str]) -> Figure:
    figure = two()
    figure.legend([ax.lines[0] for ax in figure.axes], names)
    return figure


FIGURES: dict[str, tuple[Figure, Figure]] = {
    "layout": (two(1, 2), two(2, 1)),
    "size": (two(), two(figsize=(3, 2))),
    "background": (two(), two(facecolor="0.5")),
    "title": (with_words("suptitle", "99.12"), with_words("suptitle", "99.13")),
    "title of all x": (with_words("supxlabel", "epoch"), with_words("supxlabel", "step")),
    "title of all y": (with_words("supylabel", "epoch"), with_words("supylabel", "step")),
    "a text": (with_words("text", 0.1, 0.1, "a"), with_words("text", 0.1, 0.1, "b")),
    "a picture": (
        with_words("figimage", PICTURE),
        with_words("figimage", PICTURE[::-1]),
    ),
    "place of axes": (placed(0.1), placed(0.5)),
    "title of a part": (with_subfigures("a"), with_subfigures("b")),
    "legend": (with_legend(["a", "b"]), with_legend(["b", "a"])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_axes_is_told(change: str) -> None:
    before, after = CHANGES[change]
    assert described(before) != described(after)


@pytest.mark.parametrize("change", SOLID)
def test_a_change_in_three_dimensions_is_told(change: str) -> None:
    before, after = (described(each, projection="3d") for each in SOLID[change])
    assert before != after


@pytest.mark.parametrize("change", FIGURES)
def test_a_change_of_the_whole_figure_is_told(change: str) -> None:
    before, after = FIGURES[change]
    assert describe_figure(before) != describe_figure(after)


@pytest.mark.parametrize("change", CHANGES)
def test_a_figure_that_is_drawn_again_has_the_same_description(change: str) -> None:
    figure = Figure()
    CHANGES[change][1](figure.subplots())
    assert describe_figure(figure) == describe_figure(figure) == described(CHANGES[change][1])


@pytest.mark.parametrize("change", SOLID)
def test_a_solid_figure_that_is_drawn_again_has_the_same_description(change: str) -> None:
    figure = Figure()
    SOLID[change][1](figure.subplots(subplot_kw={"projection": "3d"}))
    assert describe_figure(figure) == describe_figure(figure)


@pytest.mark.parametrize(
    "values",
    [
        DAYS,
        [datetime.date(2020, 1, 1), datetime.date(2020, 2, 1), datetime.date(2020, 3, 1)],
        [datetime.datetime(2020, 1, 1, hour) for hour in (1, 2, 3)],
        NAMES,
        [10**20, 10**21, 10**22],
        [Decimal("1.5"), Decimal("2.5"), Decimal(4)],
        [1, None, 3],
        [True, False, True],
        np.ma.masked_equal([1, 2, 3], 2),
        [np.nan] * 3,
        [],
    ],
    ids=lambda values: str(values)[:20],
)
def test_whatever_can_be_plotted_is_described(values: Any) -> None:
    for draw in (calls(("plot", range(len(values)), values)), calls(("scatter", values, values))):
        assert described(draw).startswith("figure: 1 axes; untitled: ")
    if not isinstance(values, np.ma.MaskedArray):
        assert described(calls(("plot", values, range(len(values)))))


def test_dates_are_written_as_dates() -> None:
    assert "x [2020-01-01, 2020-01-30]" in described(
        calls(("plot", np.arange(30) + DAYS[0], CURVE))
    )


def test_every_way_to_use_dates_is_described() -> None:
    day = datetime.date(2020, 1, 2)
    ways = {
        "limits": calls(("plot", DAYS, [1, 2, 3]), ("set_xlim", DAYS[0], DAYS[2])),
        "bars": calls(("bar", DAYS, [1, 2, 3])),
        "a histogram": calls(("hist", DAYS)),
        "a line": calls(("axvline", day)),
        "an area": calls(("axvspan", day, DAYS[1])),
        "a text": calls(("plot", DAYS, [1, 2, 3]), ("text", day, 1, "here")),
        "an annotation": calls(("plot", DAYS, [1, 2, 3]), ("annotate", "here", (day, 1))),
        "an area between": calls(("fill_between", DAYS, [1, 2, 3])),
        "stems": calls(("stem", DAYS, [1, 2, 3])),
    }
    for name, draw in ways.items():
        assert "2020-0" in described(draw), name


def test_rounding_noise_does_not_change_the_description() -> None:
    noise = 1 + 1e-9 * RANDOM.normal(size=30)
    assert described(calls(("plot", CURVE))) == described(calls(("plot", CURVE * noise)))
    nothing = calls(("imshow", PICTURE - PICTURE.mean()))
    assert "mean 0," in described(nothing)


def test_a_description_stays_in_one_line_for_one_pair_of_axes_with_little_in_it() -> None:
    text = described(calls(("plot", CURVE), ("set_title", "two\nlines")))
    assert "\n" not in text
    assert '"two lines"' in text


def test_each_of_several_axes_takes_a_line_and_what_they_share_is_said_once() -> None:
    figure = Figure()
    for ax, title in zip(figure.subplots(1, 3), "abc", strict=True):
        ax.imshow(PICTURE, cmap="gray")
        ax.set_title(title)
        ax.set_axis_off()
    head, *lines = describe_figure(figure).split("\n")
    assert head == "figure: 1x3 axes, each image 8x8 gray, no axes"
    assert [line[:5] for line in lines] == ['  "a"', '  "b"', '  "c"']


def test_nothing_at_all_is_described_too() -> None:
    nothing: dict[str, Draw] = {
        "scatter": calls(("scatter", [], [], {"c": []})),
        "bars": calls(("bar", [], [])),
        "mesh": calls(("pcolormesh", np.full((2, 2), np.nan))),
        "picture": calls(("imshow", np.full((2, 2), np.nan))),
    }
    for name, draw in nothing.items():
        assert described(draw).startswith("figure: 1 axes; untitled: "), name


def test_values_that_are_not_finite_are_counted() -> None:
    assert "and 1 not finite" in described(calls(("plot", np.r_[CURVE, np.nan])))


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1, 1e30])
def test_the_digest_does_not_depend_on_the_unit(scale: float) -> None:
    digests = {described(calls(("plot", CURVE * each))).split("digest")[1] for each in (1, scale)}
    assert len(digests) == 1
