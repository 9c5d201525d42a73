"""Pairs of figures in which something else is said, or is set otherwise."""

from matplotlib.colors import LogNorm, TwoSlopeNorm
from matplotlib.ticker import MultipleLocator, PercentFormatter

from tests.pagecheck.drawing import (
    CURVE,
    NAMES,
    PICTURE,
    Draw,
    bars,
    calls,
    lines,
    plotted,
    with_bar,
)

A, B = {"label": "a"}, {"label": "b"}
SAID_OR_SET: dict[str, tuple[Draw, Draw]] = {
    # what is said
    "words of a legend": (
        lines({}, {}, legend=lambda _: (["one", "two"],)),
        lines({}, {}, legend=lambda _: (["two", "one"],)),
    ),
    "handles of a legend": (
        lines(A, B, legend=lambda drawn: (drawn, ["a", "b"])),
        lines(A, B, legend=lambda drawn: (drawn[::-1], ["a", "b"])),
    ),
    "order of a legend": (
        lines(A, B, legend=lambda drawn: (drawn, ["a", "b"])),
        lines(A, B, legend=lambda drawn: (drawn[::-1], ["b", "a"])),
    ),
    "no legend": (lines(A, B, legend=lambda _: ()), lines(A, B)),
    "title of a legend": (
        calls(("plot", [1, 2], A), ("legend", {"title": "model"})),
        calls(("plot", [1, 2], A), ("legend", {"title": "layer"})),
    ),
    "a title on the left": (
        calls(("set_title", "a"), ("set_title", "b", {"loc": "left"})),
        calls(("set_title", "a"), ("set_title", "c", {"loc": "left"})),
    ),
    "labels of ticks": (
        calls(("imshow", PICTURE), ("set_xticks", range(3), NAMES)),
        calls(("imshow", PICTURE), ("set_xticks", range(3), NAMES[::-1])),
    ),
    "places of ticks": (
        calls(("plot", [0, 10]), ("set_xticks", [0, 0.5, 1])),
        calls(("plot", [0, 10]), ("set_xticks", [0, 0.25, 1])),
    ),
    "names of bars": (calls(("bar", NAMES[:2], [1, 5])), calls(("bar", NAMES[1::-1], [1, 5]))),
    "names on y": (calls(("barh", NAMES[:2], [1, 5])), calls(("barh", NAMES[1::-1], [1, 5]))),
    "how ticks are written": (
        plotted("grid", False),
        plotted("yaxis.set_major_formatter", PercentFormatter(1)),
    ),
    "steps of ticks": (
        plotted("xaxis.set_major_locator", MultipleLocator(5)),
        plotted("xaxis.set_major_locator", MultipleLocator(10)),
    ),
    "one of many texts": (
        lambda ax: [ax.text(0.1, each / 15, str(each)) for each in range(13)],
        lambda ax: [ax.text(0.1, each / 15, str(each * (each != 6))) for each in range(13)],
    ),
    "places of texts": (
        calls(("text", 0, 0.1, "a"), ("text", 0.5, 0.9, "b")),
        calls(("text", 0.5, 0.9, "a"), ("text", 0, 0.1, "b")),
    ),
    "the target of an annotation": (
        lambda ax: ax.annotate("a", (0.4, 0.5), (0.1, 0.9), arrowprops={"width": 1}),
        lambda ax: ax.annotate("a", (0.6, 0.5), (0.1, 0.9), arrowprops={"width": 1}),
    ),
    "no arrow": (
        lambda ax: ax.annotate("a", (0.4, 0.5), (0.1, 0.9), arrowprops={"width": 1}),
        lambda ax: ax.annotate("a", (0.4, 0.5), (0.1, 0.9)),
    ),
    "label of a colour bar": (with_bar("loss"), with_bar("accuracy")),
    "no colour bar": (with_bar("loss"), with_bar(None)),
    "ticks of a colour bar": (with_bar("a", ticks=[0.2, 0.4]), with_bar("a", ticks=[0.2, 0.6])),
    "direction of a colour bar": (with_bar("a"), with_bar("a", orientation="horizontal")),
    "cells of a table": (
        calls(("table", [["1", "2"], ["3", "4"]])),
        calls(("table", [["1", "2"], ["4", "3"]])),
    ),
    "label of a line": (lines(A, B), lines(B, A)),
    # what is set
    "colours of lines": (lines({}, {}), lines({"color": "C1"}, {"color": "C0"})),
    "style of a line": (lines({}), lines({"linestyle": "--"})),
    "dashes of a line": (lines({"dashes": (5, 1)}), lines({"dashes": (1, 1)})),
    "styles of two lines": (lines({"ls": "--"}, {"ls": ":"}), lines({"ls": ":"}, {"ls": "--"})),
    "a marker": (lines({"marker": "o"}), lines({"marker": "s"})),
    "steps": (lines({}), lines({"drawstyle": "steps-mid"})),
    "width of a line": (lines({}), lines({"linewidth": 4})),
    "opacity": (lines({}), lines({"alpha": 0.2})),
    "hidden line": (lines({}, {}), lines({}, {"visible": False})),
    "hidden axes": (calls(("plot", CURVE)), plotted("set_visible", False)),
    "no axis": (calls(("plot", CURVE)), plotted("set_axis_off")),
    "y logarithmic": (calls(("plot", CURVE)), plotted("set_yscale", "symlog")),
    "x logit": (
        calls(("plot", [0.1, 0.5, 0.9], [1, 2, 3])),
        calls(("plot", [0.1, 0.5, 0.9], [1, 2, 3]), ("set_xscale", "logit")),
    ),
    "base of a scale": (
        calls(("plot", [1, 2, 8]), ("set_yscale", "log", {"base": 10})),
        calls(("plot", [1, 2, 8]), ("set_yscale", "log", {"base": 2})),
    ),
    "axis backwards": (calls(("plot", CURVE)), plotted("invert_xaxis")),
    "axis cut": (calls(("plot", CURVE)), plotted("set_xlim", 1, 2)),
    "limits": (calls(("set_ylim", 0, 1)), calls(("set_ylim", 0, 2))),
    "y on the right": (calls(("plot", CURVE)), plotted("yaxis.tick_right")),
    "aspect": (calls(("plot", CURVE)), plotted("set_aspect", "equal")),
    "grid": (calls(("plot", CURVE)), plotted("grid")),
    "frame": (calls(("plot", CURVE)), plotted("spines.left.set_visible", False)),
    "no ticks": (calls(("plot", CURVE)), plotted("set_xticks", [])),
    "no labels at ticks": (calls(("plot", CURVE)), plotted("tick_params", labelleft=False)),
    "colour map": (calls(("imshow", PICTURE)), calls(("imshow", PICTURE, {"cmap": "gray"}))),
    "colour map reversed": (
        calls(("imshow", PICTURE, {"cmap": "gray"})),
        calls(("imshow", PICTURE, {"cmap": "gray_r"})),
    ),
    "norm": (calls(("imshow", PICTURE)), calls(("imshow", PICTURE, {"norm": LogNorm()}))),
    "middle of a norm": (
        calls(("imshow", PICTURE, {"norm": TwoSlopeNorm(0.4, 0, 1)})),
        calls(("imshow", PICTURE, {"norm": TwoSlopeNorm(0.6, 0, 1)})),
    ),
    "range of the colours": (
        calls(("imshow", PICTURE)),
        calls(("imshow", PICTURE, {"vmax": 2})),
    ),
    "origin": (calls(("imshow", PICTURE)), calls(("imshow", PICTURE, {"origin": "lower"}))),
    "a picture upside down": (
        calls(("imshow", PICTURE)),
        calls(("imshow", PICTURE), ("invert_yaxis",)),
    ),
    "extent": (calls(("imshow", PICTURE)), calls(("imshow", PICTURE, {"extent": (0, 1, 0, 1)}))),
    "interpolation": (
        calls(("imshow", PICTURE)),
        calls(("imshow", PICTURE, {"interpolation": "bilinear"})),
    ),
    "colours of bars": (
        bars([1, 5, 3], color=["r", "g", "b"]),
        bars([1, 5, 3], color=["b", "g", "r"]),
    ),
    "hatches": (bars([1, 5, 3]), bars([1, 5, 3], hatch="//")),
    "background": (calls(("plot", CURVE)), plotted("set_facecolor", "0.9")),
}
