"""A figure in one line of text, so that it drifts when its data do and no pixels are compared.

For example ``figure: 2 axes; "input": image 5x5 in [0, 3], mean 1.32, centre 2.1 1.9; "outline":
image 5x5 in [-13, 20], mean 2.44, centre 1.8 2.0``: titles, labels, kinds of artist, and sizes,
ranges and centres of their data.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np


def describe_figure(figure: Any) -> str:
    """Describe a matplotlib figure in one line.

    Axes in a row that differ only in their title share one description.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.subplots().plot([0, 1, 2], [5.0, 7.0, 6.5], label="loss")
    >>> describe_figure(figure)
    'figure: 1 axes; untitled: line "loss" 3 points x [0, 2] y [5, 7] ends at 6.50'
    """
    axes = [ax for ax in figure.axes if not hasattr(ax, "_colorbar")]
    parts = [f"{len(axes)} axes"]
    title = figure.get_suptitle()
    if title:
        parts.insert(0, f'"{_one_line(title)}"')
    described = [(_title(ax), _contents(ax)) for ax in axes]
    for contents, group in groupby(described, key=lambda pair: pair[1]):
        titles = ", ".join(title for title, _ in group)
        parts.append(f"{titles}: {contents}")
    return "figure: " + "; ".join(parts)


def _title(ax: Any) -> str:
    title = ax.get_title() or ax.get_title("left") or ax.get_title("right")
    return f'"{_one_line(title)}"' if title else "untitled"


def _contents(ax: Any) -> str:
    """The artists of one axes, each kind in turn."""
    parts = [_image(image) for image in ax.images]
    parts += [_line(line) for line in ax.lines]
    parts += [_container(container) for container in ax.containers]
    in_containers = {id(patch) for container in ax.containers for patch in container}
    parts += [_collection(collection) for collection in ax.collections]
    patches = [patch for patch in ax.patches if id(patch) not in in_containers]
    parts += [_patch(patch) for patch in patches]
    parts += _texts(ax.texts)
    for axis, label in (("x", ax.get_xlabel()), ("y", ax.get_ylabel())):
        if label:
            parts.append(f'{axis} "{_one_line(label)}"')
    scales = [f"{axis} log" for axis in "xy" if getattr(ax, f"get_{axis}scale")() == "log"]
    return ", ".join(parts + scales) or "empty"


def _image(image: Any) -> str:
    data = np.ma.getdata(image.get_array())
    size = "x".join(map(str, data.shape))
    text = f"image {size} in {_range(data)}, mean {_number(np.nanmean(data))}{_centre(data)}"
    low, high = image.get_clim()
    if data.ndim == 2 and (low, high) != (np.nanmin(data), np.nanmax(data)):
        text += f", colours {_range([low, high])}"
    return text


def _centre(data: Any) -> str:
    """Row and column of the centre of mass: without it, a mirrored image would look the same."""
    mass = np.abs(data.astype(float))
    mass = mass.sum(axis=2) if mass.ndim == 3 else mass
    if not np.isfinite(mass).all() or mass.sum() == 0:
        return ""
    row = (mass.sum(axis=1) * np.arange(mass.shape[0])).sum() / mass.sum()
    column = (mass.sum(axis=0) * np.arange(mass.shape[1])).sum() / mass.sum()
    return f", centre {row:.1f} {column:.1f}"


def _line(line: Any) -> str:
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    points = f"{len(x)} points" if len(x) != 1 else "1 point"
    ends = f" ends at {_number(y[-1])}" if len(y) > 1 and np.isfinite(y[-1]) else ""
    return f"line{_label(line)} {points} x {_range(x)} y {_range(y)}{ends}"


def _container(container: Any) -> str:
    heights = [getattr(patch, "get_height", lambda: np.nan)() for patch in container]
    widths = [getattr(patch, "get_width", lambda: np.nan)() for patch in container]
    horizontal = len(set(np.round(heights, 9))) == 1 and len(set(np.round(widths, 9))) > 1
    return f"{len(heights)} bars{_label(container)} {_range(widths if horizontal else heights)}"


def _collection(collection: Any) -> str:
    offsets = np.asarray(collection.get_offsets())
    kind = type(collection).__name__
    if kind == "PathCollection":
        return (
            f"scatter{_label(collection)} {len(offsets)} points "
            f"x {_range(offsets[:, 0])} y {_range(offsets[:, 1])}"
        )
    values = collection.get_array()
    vertices = [path.vertices for path in collection.get_paths() if len(path.vertices)]
    body = f"{kind}{_label(collection)} {len(vertices)} paths"
    if vertices:
        points = np.concatenate(vertices)
        body += f" x {_range(points[:, 0])} y {_range(points[:, 1])}"
    return body if values is None else f"{body} in {_range(values)}"


def _patch(patch: Any) -> str:
    bounds = patch.get_path().transformed(patch.get_patch_transform()).get_extents()
    return (
        f"{type(patch).__name__.lower()}{_label(patch)} "
        f"x {_range([bounds.x0, bounds.x1])} y {_range([bounds.y0, bounds.y1])}"
    )


def _texts(texts: Sequence[Any]) -> list[str]:
    """Short texts in full (the numbers in cells are the data), long lists by count and ends."""
    words = [_one_line(text.get_text()) for text in texts if text.get_text()]
    if not words:
        return []
    if len(words) > 12:
        return [f'{len(words)} texts "{words[0]}" to "{words[-1]}"']
    return ["texts " + " ".join(f'"{word}"' for word in words)]


def _label(artist: Any) -> str:
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") or not label else f' "{_one_line(label)}"'


def _range(values: Iterable[Any]) -> str:
    array = np.asarray(values)
    if array.dtype.kind in "US" or array.dtype == object:
        return f"{len(array)} names"
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    if finite.size == 0:
        return "[none]"
    missing = "" if finite.size == array.size else f" and {array.size - finite.size} not finite"
    return f"[{_number(finite.min())}, {_number(finite.max())}]{missing}"


def _number(value: Any) -> str:
    """Three significant digits for what is measured, all of them for a whole number."""
    if not np.isfinite(value):
        return str(float(value))
    number = float(f"{float(value):.6g}")  # rounding noise must not turn 1 into 0.999
    if number == 0:
        return "0"
    if number.is_integer() and abs(number) < 1e6:
        return str(int(number))
    digits = 2 - int(np.floor(np.log10(abs(number))))
    return f"{number:.{max(digits, 1)}f}" if -2 < digits < 7 else f"{number:.2e}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
