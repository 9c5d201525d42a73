"""What is drawn in three dimensions.

Matplotlib keeps the places before they are projected only under private names; where a version
has others, the figure is refused rather than described without its third dimension.
"""

from typing import Any

import numpy as np
from matplotlib.collections import Collection

from ..projection import as_floats, digest
from .collections import style_words
from .items import Item
from .looks import (
    colour_words,
    label,
    line_look,
    mapped_look,
    marker_name,
    opacity,
)
from .numbers import joined, number, span


def solid_items(ax: Any) -> list[Item]:
    """The artists of three-dimensional axes, without texts and images."""
    items = [_line(line, index) for index, line in enumerate(ax.lines)]
    items += [_collection(each, index) for index, each in enumerate(ax.collections)]
    return items + [_patch(patch) for patch in ax.patches]


def _line(line: Any, index: int) -> Item:
    x, y, z = (as_floats(each) for each in line.get_data_3d())
    what = joined([f"line{label(line)} {len(z)} points", line_look(line, f"C{index % 10}")], " ")
    return _shown(line, what, _numbers(x, y, z))


def _collection(collection: Any, index: int) -> Item:
    name = type(collection).__name__
    if hasattr(collection, "_offsets3d"):
        x, y, z = (as_floats(each) for each in collection._offsets3d)
        kind, look = f"scatter{label(collection)} {len(z)} points", marker_name(collection)
        extra = (
            [as_floats(collection._sizes3d)] if len(np.atleast_1d(collection._sizes3d)) > 1 else []
        )
        colours = _unshaded(collection)
    elif hasattr(collection, "_3dverts_codes"):
        return _contour(collection)
    elif hasattr(collection, "_segments3d"):
        points = _joined_points(collection._segments3d)
        x, y, z = points.T
        kind, look = f"segments{label(collection)} {len(collection._segments3d)}", ""
        extra, colours = [], np.atleast_2d(collection.get_edgecolor())
    elif hasattr(collection, "_faces") or hasattr(collection, "_vec"):
        x, y, z = _corners(collection)
        kind, look = f"surface{label(collection)}", ""
        extra, colours = [], _unshaded(collection)
    else:
        raise NotImplementedError(f"this version of matplotlib hides the places of {name}")
    values = collection.get_array()
    if values is not None:
        look = joined([look, mapped_look(collection)], " ")
        extra.append(as_floats(values))
    else:
        look = joined([look, colour_words(colours, f"C{index % 10}")], " ")
        extra += list(as_floats(colours)[:, :3].T) if len(colours) > 1 else []
    what = joined([kind, look, style_words(collection), opacity(collection)], " ")
    return _shown(collection, what, _numbers(x, y, z, *extra))


def _unshaded(collection: Any) -> Any:
    """The colours of the faces, before what is far away is drawn paler."""
    colours = getattr(collection, "_facecolor3d", None)
    return np.atleast_2d(Collection.get_facecolor(collection) if colours is None else colours)


def _contour(contour: Any) -> Item:
    """Contours, each by the box that it fills: where its path begins is the library's affair."""
    paths = [as_floats(points) for points, _ in contour._3dverts_codes]
    boxes = [(*each.min(axis=0), *each.max(axis=0)) for each in paths if len(each)]
    x, y, z = _joined_points(paths).T
    levels = " ".join(number(level) for level in contour.levels)
    what = joined([f"contours at {levels}", mapped_look(contour)], " ")
    numbers = f"x {span(x)} y {span(y)} z {span(z)} {digest(*as_floats(boxes).T)}"
    return _shown(contour, what, numbers)


def _corners(surface: Any) -> Any:
    """The corners of a surface's faces, in the order that they were given in."""
    faces = getattr(surface, "_faces", None)
    if faces is None:
        return as_floats(surface._vec)[:3]
    return as_floats(faces).reshape(-1, 3).T


def _patch(patch: Any) -> Item:
    points = _joined_points([patch._segment3d])
    x, y, z = points.T
    return _shown(patch, f"{type(patch).__name__.lower()}{label(patch)}", _numbers(x, y, z))


def _joined_points(segments: Any) -> Any:
    return np.concatenate([np.zeros((0, 3)), *(as_floats(each) for each in segments)])


def _numbers(x: Any, y: Any, z: Any, *others: Any) -> str:
    return f"x {span(x)} y {span(y)} z {span(z)} {digest(x, y, z, *others)}"


def _shown(artist: Any, what: str, numbers: str) -> Item:
    return Item(what, numbers) if artist.get_visible() else Item(f"hidden {what}")
