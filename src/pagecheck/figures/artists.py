"""The artists of one pair of axes: images, lines and bars here, the others in their modules."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.lines import AxLine

from ..projection import as_floats, digest
from .collections import collection_items, style_words
from .items import MANY, Item
from .looks import (
    collection_colours,
    colour_words,
    coordinates,
    label,
    line_look,
    main_colour,
    mapped_look,
    opacity,
    patch_look,
)
from .numbers import FEW, few_or_span, joined, listed, number, position, scaled, span, spans
from .patches import patch_items
from .texts import table_item, text_items

_PLAIN_INTERPOLATION = ("auto", "antialiased", "nearest", "none", None)


def drawn_items(ax: Any) -> list[Item]:
    """What is drawn in some axes, each kind in turn, in the order of drawing."""
    errors = [each for each in ax.containers if isinstance(each, ErrorbarContainer)]
    bars = [each for each in ax.containers if isinstance(each, BarContainer)]
    parts = {id(patch) for container in bars for patch in container}
    parts |= {id(cap) for container in errors for cap in container.lines[1]}
    parts |= {id(stroke) for container in errors for stroke in container.lines[2]}
    names = {id(each.lines[0]): label(each) for each in errors if each.lines[0] is not None}
    items = [_hidden(image) or image_item(image, ax) for image in ax.images]
    items += _line_items([line for line in ax.lines if id(line) not in parts], names, ax)
    items += [item for each in errors for item in _error_items(each, ax)]
    items += [_bars(each, index, ax) for index, each in enumerate(bars)]
    items += collection_items([each for each in ax.collections if id(each) not in parts], ax)
    items += patch_items([patch for patch in ax.patches if id(patch) not in parts], ax)
    items += [table_item(table) for table in ax.tables]
    return items + text_items(ax.texts, ax)


def image_item(image: Any, ax: Any = None) -> Item:
    """A picture in axes: size, look, range, mean, centre of mass, digest."""
    data = as_floats(image.get_array())
    size = "x".join(map(str, data.shape))
    plain = data.ndim == 2
    what = [f"image {size}{label(image)}", mapped_look(image) if plain else "", opacity(image)]
    what.append(_place_of_image(image, data, ax))
    if image.get_interpolation() not in _PLAIN_INTERPOLATION:
        what.append(str(image.get_interpolation()))
    numbers = [f"in {span(data)}", _mean(data), _centre(data)]
    if plain and not spans(image.get_clim(), data):
        numbers.append(f"colours {span(image.get_clim())}")
    return Item(joined(what, " "), joined([*numbers, digest(data)]))


def _mean(data: Any) -> str:
    """The mean; what is nothing but rounding noise beside the data is zero."""
    finite = data[np.isfinite(data)]
    if not finite.size:
        return ""
    mean = float(finite.mean())
    return f"mean {number(mean if abs(mean) > 1e-6 * float(np.abs(finite).max()) else 0.0)}"


def _centre(data: Any) -> str:
    """Row and column of the centre of mass, which bears the noise of a training."""
    mass = np.abs(data)
    mass = mass.sum(axis=2) if mass.ndim == 3 else mass
    if not np.isfinite(mass).all() or mass.sum() == 0:
        return ""
    row = (mass.sum(axis=1) * np.arange(mass.shape[0])).sum() / mass.sum()
    column = (mass.sum(axis=0) * np.arange(mass.shape[1])).sum() / mass.sum()
    return f"centre {row:.1f} {column:.1f}"


def _place_of_image(image: Any, data: Any, ax: Any) -> str:
    """Where it lies: by the centres of its pixels with the first row on top, unless said."""
    if not hasattr(image, "get_extent"):
        return ""
    height, width = data.shape[:2]
    usual = (-0.5, width - 0.5, height - 0.5, -0.5)
    lower = image.origin == "lower"
    if lower:
        usual = (-0.5, width - 0.5, -0.5, height - 0.5)
    parts = ["first row below" if lower else ""]
    extent = image.get_extent()
    if not np.allclose(extent, usual):
        left, right, bottom, top = (number(each) for each in extent)
        parts.append(f"from {left} to {right} and {bottom} to {top}")
    if ax is not None and ax.yaxis_inverted() == lower:
        parts.append("upside down")
    return joined(parts, " ")


def _line_items(lines: Sequence[Any], names: dict[int, str], ax: Any) -> list[Item]:
    """Lines one by one, but many in a row that look alike and have no name together."""
    described = []
    for index, line in enumerate(lines):
        name = names.get(id(line)) or label(line)
        look = line_look(line, f"C{index % 10}")
        place = "endless" if isinstance(line, AxLine) else coordinates(line, ax)
        points = _line_points(line)
        described.append((name, look, place, bool(line.get_visible()), len(points), points))
    items: list[Item] = []
    for (name, look, place, visible, count, *_), group in groupby(described, lambda each: each[:5]):
        curves = [each[5] for each in group]
        many = not name and len(curves) >= MANY
        for data in [curves] if many else [[curve] for curve in curves]:
            what = f"{len(data)} lines of" if many else f"line{name}"
            noun = "point" if count == 1 else "points"
            words = joined([what, f"{count} {noun}", look, place], " ")
            if visible:
                items.append(Item(words, _curves(data, ax)))
            else:
                items.append(Item(f"hidden {words}"))
    return items


def _line_points(line: Any) -> Any:
    """The points of a line in data; of an endless one, a point and where it goes."""
    if not isinstance(line, AxLine):
        return np.asarray(line.get_xydata(), dtype=float)
    endless: Any = line
    x, y = endless.get_xy1()
    slope = endless.get_slope()
    return as_floats([(x, y), endless.get_xy2() if slope is None else (x + 1, y + slope)])


def _curves(curves: list[Any], ax: Any) -> str:
    points = np.concatenate(curves)
    x, y = points[:, 0], points[:, 1]
    if len(points) <= FEW:
        return f"x {listed(x, ax.xaxis)} y {few_or_span(y, ax.yaxis)}"
    end = y[-1] if len(curves) == 1 and np.isfinite(y[-1]) else None
    ends = f" ends at {position(end, ax.yaxis)}" if end is not None else ""
    sums = digest(scaled(x, ax.xaxis), scaled(y, ax.yaxis))
    return f"x {span(x, ax.xaxis)} y {span(y, ax.yaxis)}{ends} {sums}"


def _error_items(container: Any, ax: Any) -> list[Item]:
    """Error bars, whose ends the record knows."""
    items = []
    line = container.lines[0]
    expected = "C0" if line is None else main_colour(line)
    for strokes in container.lines[2]:
        if strokes not in ax.collections:
            continue  # it has been removed from the axes, but not from its container
        points = np.concatenate([np.zeros((0, 2)), *strokes.get_segments()])
        name = "" if container.lines[0] is not None else label(container)
        colours = colour_words(collection_colours(strokes), expected or "")
        hidden = "" if strokes.get_visible() else "hidden"
        what = joined(
            [
                f"{len(strokes.get_segments())} error bars{name}",
                hidden,
                colours,
                style_words(strokes),
                opacity(strokes),
            ],
            " ",
        )
        x, y = points[:, 0], points[:, 1]
        numbers = f"x {span(x, ax.xaxis)} y {span(y, ax.yaxis)} {digest(x, y)}"
        items.append(Item(what, numbers))
    return items


def _bars(container: Any, index: int, ax: Any) -> Item:
    """Bars: where they stand, how long they are, and where they begin if not at zero."""
    patches = [patch for patch in container if patch in ax.patches]
    upright = getattr(container, "orientation", "vertical") != "horizontal"
    left, bottom, width, height = (
        as_floats([getattr(patch, f"get_{name}")() for patch in patches])
        for name in ("x", "y", "width", "height")
    )
    start, thickness = (left, width) if upright else (bottom, height)
    base, length = (bottom, height) if upright else (left, width)
    along, across = (ax.xaxis, ax.yaxis) if upright else (ax.yaxis, ax.xaxis)
    what = [f"{len(patches)} bars{label(container)}", "" if upright else "horizontal"]
    if patches:
        what += _bar_looks(patches, index)
    places = start + thickness / 2
    numbers = []
    if not np.allclose(places, np.arange(len(places))):
        few = len(places) <= FEW
        numbers.append(f"at {listed(places, along) if few else span(places, along)}")
    numbers.append(few_or_span(length, across))
    if base.any():
        numbers.append(f"from {few_or_span(base, across)}")
    widths = np.unique(thickness.round(9))
    if len(widths) > 1 or not np.allclose(widths, 0.8):
        numbers.append(f"width {few_or_span(widths)}")
    if len(patches) > FEW:
        columns = (scaled(places, along), scaled(base, across), scaled(length, across), thickness)
        numbers.append(digest(*columns))
    return Item(joined(what, " "), joined(numbers, " "))


def _bar_looks(patches: list[Any], index: int) -> list[str]:
    expected = f"C{index % 10}"
    looks = [patch_look(patch, expected) or expected for patch in patches]
    if len(set(looks)) == 1:
        return ["" if looks[0] == expected else looks[0]]
    return ["looking", " / ".join(looks)]


def _hidden(artist: Any) -> Item | None:
    """An artist that is not shown, by its kind only."""
    if artist.get_visible():
        return None
    return Item(f"hidden {type(artist).__name__}{label(artist)}")
