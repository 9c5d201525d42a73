"""Collections: scattered points, meshes, contours, fields of arrows, filled areas, segments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import (
    FillBetweenPolyCollection,
    LineCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.contour import ContourSet
from matplotlib.quiver import Barbs, Quiver

from ..projection import as_floats, digest
from .items import Item
from .looks import (
    collection_colours,
    colour_name,
    colour_words,
    coordinates,
    label,
    mapped_look,
    marker_name,
    opacity,
)
from .numbers import FEW, few_or_span, joined, number, scaled, span, spans

_KINDS = (
    (ContourSet, "contour"),
    (Quiver, "arrow field"),
    (Barbs, "barbs"),
    (QuadMesh, "mesh"),
    (PathCollection, "scatter"),
    (FillBetweenPolyCollection, "area"),
    (PolyCollection, "polygons"),
    (LineCollection, "segments"),
)


def collection_items(collections: Sequence[Any], ax: Any) -> list[Item]:
    """The collections of some axes, in order."""
    counts: dict[str, int] = {}
    items = []
    for collection in collections:
        kind = kind_of(collection)
        index = counts[kind] = counts.get(kind, -1) + 1
        if not collection.get_visible():
            items.append(Item(f"hidden {kind}{label(collection)}"))
        else:
            items.append(_item(collection, kind, index, ax))
    return items


def kind_of(collection: Any) -> str:
    """What a reader would call a collection."""
    for cls, name in _KINDS:
        if isinstance(collection, cls):
            return name
    return type(collection).__name__


def _item(collection: Any, kind: str, index: int, ax: Any) -> Item:
    if isinstance(collection, ContourSet):
        return _contour(collection)
    place = coordinates(collection, ax)
    if isinstance(collection, (Quiver, Barbs)):
        size, columns, numbers = _arrows(collection)
        place = ""
    elif isinstance(collection, QuadMesh):
        size, columns, numbers = _mesh(collection)
    elif kind == "scatter" or len(collection.get_offsets()) > 1:
        size, columns, numbers = _points(collection, ax)
        place = ""
    else:
        size, columns, numbers = _paths(collection, ax if place == "" else None)
    values = collection.get_array()
    what = [f"{kind}{label(collection)}", size]
    if values is not None:
        what.append(mapped_look(collection))
        numbers.append(f"in {span(values)}")
        if not spans(collection.get_clim(), values):
            numbers.append(f"colours {span(collection.get_clim())}")
        columns.append(values)
    else:
        colours = collection_colours(collection)
        what += [colour_words(colours, f"C{index % 10}"), _edges(collection, colours)]
        if len(colours) > 1:
            columns += list(colours[:, :3].T)
    what += [style_words(collection), opacity(collection), place]
    numbers.append(digest(*columns))
    return Item(joined(what, " "), joined(numbers, " "))


def _edges(collection: Any, colours: Any) -> str:
    """The colour of the edges, where it is one and not that of the faces."""
    edges = collection.get_edgecolor()
    widths = np.atleast_1d(collection.get_linewidth())
    if len(edges) != 1 or not len(colours) or not widths.any():
        return ""
    name = colour_name(edges[0])
    shown = {colour_name(colour) for colour in colours}
    return "" if name == "none" or name in shown else f"edge {name}"


def style_words(collection: Any) -> str:
    """Dashes, hatches and widths, where they are not the defaults."""
    patterns = collection.get_linestyle()
    parts = ["dashed" if any(dashes for _, dashes in patterns) else ""]
    if collection.get_hatch():
        parts.append(f"hatch {collection.get_hatch()}")
    widths = np.unique(as_floats(collection.get_linewidth()))
    if len(widths) == 1 and widths[0] not in (0.0, 1.0, 1.5):
        parts.append(f"width {number(widths[0])}")
    elif len(widths) > 1:
        parts.append(f"widths {few_or_span(widths)}")
    return joined(parts, " ")


def _points(collection: Any, ax: Any) -> tuple[str, list[Any], list[str]]:
    offsets = as_floats(collection.get_offsets()).reshape(-1, 2)
    if isinstance(collection.get_offsets(), np.ma.MaskedArray):
        offsets = as_floats(collection.get_offsets())
    columns = [scaled(offsets[:, 0], ax.xaxis), scaled(offsets[:, 1], ax.yaxis)]
    numbers = [f"x {span(offsets[:, 0], ax.xaxis)} y {span(offsets[:, 1], ax.yaxis)}"]
    noun = "point" if len(offsets) == 1 else "points"
    size = [f"{len(offsets)} {noun}"]
    if isinstance(collection, PathCollection):
        size.append(marker_name(collection))
        sizes = as_floats(collection.get_sizes())
        if len(sizes) > 1:
            numbers.append(f"sizes {span(sizes)}")
            columns.append(sizes)
        elif len(sizes) and sizes[0] != 36:
            size.append(f"size {number(sizes[0])}")
    return joined(size, " "), columns, numbers


def _mesh(mesh: Any) -> tuple[str, list[Any], list[str]]:
    corners = as_floats(mesh.get_coordinates())
    rows, columns = corners.shape[0] - 1, corners.shape[1] - 1
    x, y = corners[..., 0], corners[..., 1]
    return f"{rows}x{columns}", [x, y], [f"x {span(x)} y {span(y)}"]


def _arrows(field: Any) -> tuple[str, list[Any], list[str]]:
    places = as_floats(field.get_offsets())
    names = ("U", "V") if isinstance(field, Quiver) else ("u", "v")
    u, v = (as_floats(getattr(field, name)).ravel() for name in names)
    x, y = places[:, 0], places[:, 1]
    numbers = [f"x {span(x)} y {span(y)} by {span(u)} and {span(v)}"]
    return str(len(u)), [x, y, u, v], numbers


def _paths(collection: Any, ax: Any) -> tuple[str, list[Any], list[str]]:
    vertices = [as_floats(path.vertices) for path in collection.get_paths() if len(path.vertices)]
    points = np.concatenate([np.zeros((0, 2)), *vertices])
    lengths = [len(each) for each in vertices]
    axes = (ax.xaxis, ax.yaxis) if ax is not None else (None, None)
    numbers = [f"x {span(points[:, 0], axes[0])} y {span(points[:, 1], axes[1])}"]
    size = "" if isinstance(collection, FillBetweenPolyCollection) else str(len(vertices))
    return size, [points[:, 0], points[:, 1], lengths], numbers


def _contour(contour: Any) -> Item:
    """Contours by their levels; how their paths are cut is the library's affair.

    The digest is of what each level encloses, since the order of the points on a path and where
    it begins may change with the library.
    """
    levels = as_floats(contour.levels)
    few = " ".join(number(level) for level in levels) if len(levels) <= 2 * FEW else span(levels)
    what = "filled contours" if contour.filled else "contours"
    look = (
        mapped_look(contour)
        if contour.colors is None
        else colour_words(
            np.atleast_2d(
                contour.get_edgecolor() if not contour.filled else contour.get_facecolor()
            ),
            "",
        )
    )
    bounds = [
        (*each.vertices.mean(axis=0), *each.vertices.min(axis=0), *each.vertices.max(axis=0))
        if len(each.vertices)
        else (np.nan,) * 6
        for each in contour.get_paths()
    ]
    looks = [look, style_words(contour), opacity(contour)]
    low, high = contour.get_clim()
    usual = (low, high) == (levels.min(), levels.max())
    colours = "" if usual else f"colours {span([low, high])}"
    numbers = joined([colours, digest(*as_floats(bounds).T)], " ")
    return Item(joined([what, *looks, f"at {few}"], " "), numbers)
