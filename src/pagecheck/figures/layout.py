"""A whole figure: its layout, its own texts, and its axes one after the other."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_hex

from .artists import image_item
from .axes import AxesWords, axes_words, axis_words
from .legends import colour_bar_words, legend_words
from .numbers import joined, number, quoted
from .texts import text_items

_IN_ONE_LINE = 2
"""So many things drawn in one pair of axes still fit into its line."""


def describe_figure(figure: Any) -> str:
    """Describe a matplotlib figure; it is drawn first, so that all that drawing sets is settled.

    One pair of axes with little in it takes one line; of several, each takes a line of its own,
    and what all of them share is said once. How many lines there are, and what stands in them,
    does not depend on the numbers.

    Args:
        figure: the figure.

    Returns:
        The description, without a line break at its end.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.subplots().plot([0, 1, 2], [5.0, 7.0, 6.5], label="loss")
    >>> describe_figure(figure)
    'figure: 1 axes; untitled: line "loss" 3 points x 0 to 2 y 5 7 6.50'
    """
    figure.draw_without_rendering()
    return describe_drawn(figure)


def describe_drawn(figure: Any) -> str:
    """Describe a figure that has been drawn as it is now."""
    return "\n".join(_figure_lines(figure, "figure"))


def _figure_lines(figure: Any, kind: str) -> list[str]:
    axes = [ax for ax in figure.axes if ax.get_figure(root=False) is figure]
    plain = [ax for ax in axes if not hasattr(ax, "_colorbar")]
    described = [axes_words(ax) for ax in plain]
    shared, what = _shared(described)
    parts = [joined([_layout(figure, plain), _size(figure, kind), *_each(shared, what)])]
    parts += _own_words(figure, plain)
    lines = []
    for ax, words in zip(plain, described, strict=True):
        lines += _axes_lines(ax, words, shared, what, _place(ax, plain))
    bars = {id(ax): colour_bar_words(ax._colorbar) for ax in axes if hasattr(ax, "_colorbar")}
    lines += [f"  {words}" for words in bars.values()]
    for part in getattr(figure, "subfigs", ()):
        lines += [f"  {line}" for line in _figure_lines(part, "subfigure")]
    head = f"{kind}: {'; '.join(parts)}"
    if len(lines) == 1 and not bars:
        return [f"{head}; {lines[0].strip()}"]
    return [head, *lines]


def _layout(figure: Any, axes: Sequence[Any]) -> str:
    """Rows and columns of the axes."""
    grid = _grid(axes)
    if grid is None or len(axes) == 1:
        return f"{len(axes)} axes"
    rows, columns = grid
    return (
        f"{rows}x{columns} axes"
        if len(axes) == rows * columns
        else (f"{len(axes)} axes in {rows}x{columns}")
    )


def _grid(axes: Sequence[Any]) -> tuple[int, int] | None:
    """Rows and columns that all axes stand in, None where they do not share them."""
    places = [_cell(ax) for ax in axes]
    grids = {place[0] for place in places if place is not None}
    return grids.pop() if len(grids) == 1 and None not in places else None


def _cell(ax: Any) -> tuple[tuple[int, int], tuple[int, int, int, int]] | None:
    """The grid of some axes, and their first and last row and column in it."""
    spec = ax.get_subplotspec()
    if spec is None:
        return None
    spec = spec.get_topmost_subplotspec()
    rows, columns = spec.rowspan, spec.colspan
    return spec.get_gridspec().get_geometry(), (
        rows.start,
        rows.stop,
        columns.start,
        columns.stop,
    )


def _place(ax: Any, axes: Sequence[Any]) -> str:
    """Where some axes stand, if not where they come in the order of reading."""
    cell = _cell(ax)
    if cell is None or _moved(ax):
        numbers = ax.get_position(original=True).bounds
        return "at " + " ".join(number(each) for each in numbers)
    (rows, columns), (top, bottom, left, right) = cell
    index = list(axes).index(ax)
    if (bottom - top, right - left) == (1, 1) and top * columns + left == index:
        return ""
    if (rows, columns) == (1, 1):
        return "over the same place" if index else ""
    return f"row {_run(top, bottom)} column {_run(left, right)}"


def _moved(ax: Any) -> bool:
    """Whether the author put axes elsewhere than their grid does."""
    if ax.get_figure(root=True).get_layout_engine() is not None:
        return False
    own = ax.get_subplotspec().get_position(ax.get_figure(root=False)).bounds
    return not np.allclose(own, ax.get_position(original=True).bounds, atol=1e-3)


def _run(start: int, stop: int) -> str:
    return str(start + 1) if stop == start + 1 else f"{start + 1}-{stop}"


def _size(figure: Any, kind: str) -> str:
    if kind != "figure":
        return ""
    size = tuple(float(each) for each in figure.get_size_inches())
    parts = []
    if size != tuple(matplotlib.rcParamsDefault["figure.figsize"]):
        parts.append(f"{number(size[0])}x{number(size[1])} inches")
    colour = to_hex(figure.get_facecolor())
    return joined([*parts, f"background {colour}" if colour != "#ffffff" else ""])


def _own_words(figure: Any, axes: Sequence[Any]) -> list[str]:
    """What stands in the figure outside of its axes."""
    parts = []
    named = (
        ("", figure.get_suptitle()),
        ("x ", figure.get_supxlabel()),
        ("y ", figure.get_supylabel()),
    )
    own = {text for _, text in named if text}
    parts += [f"{name}{quoted(text)}" for name, text in named if text]
    parts += [
        str(item)
        for item in text_items([text for text in figure.texts if text.get_text() not in own])
    ]
    parts += [legend_words(legend, axes) for legend in figure.legends if legend.get_visible()]
    parts += [str(image_item(image)) for image in figure.images]
    others = [*figure.lines, *figure.patches, *figure.artists]
    return [*parts, f"{len(others)} artists outside of axes"] if others else parts


def _shared(described: Sequence[AxesWords]) -> tuple[tuple[str, ...], str]:
    """What all axes have in common: settings, and the kind of picture where each has just one."""
    if len(described) < 2:
        return (), ""
    settings = tuple(
        word for word in described[0].settings if all(word in each.settings for each in described)
    )
    kinds = {each.items[0].what if len(each.items) == 1 else "" for each in described}
    return settings, kinds.pop() if len(kinds) == 1 else ""


def _each(shared: Sequence[str], what: str) -> list[str]:
    words = joined([what, *shared])
    return [f"each {words}"] if words else []


def _axes_lines(
    ax: Any, words: AxesWords, shared: Sequence[str], what: str, place: str
) -> list[str]:
    """The lines of some axes, with those that stand in them."""
    settings = [word for word in words.settings if word not in shared]
    items = [item.data if what else str(item) for item in words.items]
    title = joined([words.title, place], " ")
    if len(items) <= _IN_ONE_LINE:
        content = joined([*items, *settings]) or ("empty" if not what else "")
        lines = [f"  {title}: {content}" if content else f"  {title}"]
    else:
        first = f"  {title}: {joined(settings)}" if settings else f"  {title}:"
        lines = [first, *(f"    {item}" for item in items)]
    return lines + [f"    {line}" for child in ax.child_axes for line in _child_lines(ax, child)]


def _child_lines(parent: Any, ax: Any) -> list[str]:
    """Axes within axes: an inset, or a second scale."""
    if not hasattr(ax, "get_subplotspec") or type(ax).__name__ == "SecondaryAxis":
        name = "x" if ax._orientation == "x" else "y"
        low, high = getattr(ax, f"get_{name}lim")()
        words = [word for word in axis_words(ax, name) if word and " from " not in word]
        return [f"second {name} axis from {number(low)} to {number(high)}: {joined(words)}"]
    corners = parent.transAxes.inverted().transform(ax.get_window_extent().corners())
    (left, bottom), (right, top) = corners[0], corners[-1]
    where = " ".join(number(each) for each in (left, bottom, right - left, top - bottom))
    lines = _axes_lines(ax, axes_words(ax), (), "", f"inset at {where}")
    return [line.strip() for line in lines]
