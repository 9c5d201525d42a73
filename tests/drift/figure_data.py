"""Faults to plant in what a figure draws: values exchanged, mirrored, moved, left out."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.container import BarContainer
from matplotlib.patches import Polygon, Rectangle
from matplotlib.quiver import Quiver

from tests.drift.figures_to_change import Random
from tests.drift.planting import SEEN, Fault, exchanged, fault, in_some_axes, one_of

DRAWN: dict[str, Fault] = {}


def _lines(ax: Any) -> list[Any]:
    return [line for line in ax.lines if len(line.get_xdata()) > 3] if ax.name != "3d" else []


@fault(DRAWN)
@in_some_axes
def two_values_of_a_line(ax: Any, random: Random) -> bool:
    line = one_of(_lines(ax), random)
    changed = None if line is None else exchanged(line.get_ydata(orig=False), random)
    if changed is not None:
        line.set_ydata(changed)
    return changed is not None


@fault(DRAWN)
@in_some_axes
def a_value_of_a_line(ax: Any, random: Random) -> bool:
    line = one_of(_lines(ax), random)
    if line is None or np.ptp(line.get_ydata(orig=False)) == 0:
        return False
    y = np.array(line.get_ydata(orig=False), dtype=float)
    inner = int(random.integers(1, len(y) - 1))
    middle = (y.min() + y.max()) / 2
    y[inner] = middle if abs(y[inner] - middle) > SEEN * np.ptp(y) else y.min()
    line.set_ydata(y)
    return True


@fault(DRAWN)
@in_some_axes
def a_line_backwards(ax: Any, random: Random) -> bool:
    line = one_of(_lines(ax), random)
    if line is None or np.ptp(line.get_ydata(orig=False)) == 0:
        return False
    line.set_ydata(np.array(line.get_ydata(orig=False))[::-1])
    return True


@fault(DRAWN)
@in_some_axes
def a_line_moved(ax: Any, random: Random) -> bool:
    line = one_of(_lines(ax), random)
    if line is not None:
        x = np.array(line.get_xdata(orig=False), dtype=float)
        line.set_xdata(x + max(SEEN * float(np.ptp(x)), 0.1))
    return line is not None


def _image_changed(ax: Any, change: Callable[[Any], Any]) -> bool:
    if not ax.images:
        return False
    old = np.array(ax.images[0].get_array())
    new = change(old)
    if new is None or np.array_equal(new, old):
        return False
    ax.images[0].set_data(new)
    return True


@fault(DRAWN)
@in_some_axes
def a_picture_mirrored(ax: Any, random: Random) -> bool:
    return _image_changed(ax, lambda data: data[:, ::-1])


@fault(DRAWN)
@in_some_axes
def a_picture_turned(ax: Any, random: Random) -> bool:
    return _image_changed(ax, lambda data: np.rot90(data, 2))


@fault(DRAWN)
@in_some_axes
def two_pixels(ax: Any, random: Random) -> bool:
    return _image_changed(ax, lambda data: exchanged(data, random))


@fault(DRAWN)
@in_some_axes
def channels(ax: Any, random: Random) -> bool:
    return _image_changed(ax, lambda data: data[:, :, ::-1] if data.ndim == 3 else None)


@fault(DRAWN)
@in_some_axes
def two_points(ax: Any, random: Random) -> bool:
    """Two points of a scatter exchange their heights."""
    points = [each for each in ax.collections if len(each.get_offsets()) > 3]
    if not points or ax.name == "3d" or isinstance(points[0], Quiver):
        return False
    chosen = one_of(points, random)
    offsets = np.array(chosen.get_offsets(), dtype=float)
    changed = exchanged(offsets[:, 1], random)
    if changed is None:
        return False
    chosen.set_offsets(np.column_stack([offsets[:, 0], changed]))
    return True


def _of_points(ax: Any, get: str, change: Callable[[Any], Any]) -> bool:
    for each in ax.collections:
        values = getattr(each, f"get_{get}")()
        values = None if values is None else np.asarray(values)
        if values is not None and len(values) > 3:
            changed = change(values)
            if changed is not None and not np.array_equal(changed, values):
                getattr(each, f"set_{get}")(changed)
                return True
    return False


@fault(DRAWN)
@in_some_axes
def sizes_of_points(ax: Any, random: Random) -> bool:
    points = [each for each in ax.collections if hasattr(each, "get_sizes") and ax.name != "3d"]
    return any(len(each.get_sizes()) > 3 for each in points) and _of_points(
        ax, "sizes", lambda sizes: exchanged(sizes, random)
    )


@fault(DRAWN)
@in_some_axes
def colours_of_points(ax: Any, random: Random) -> bool:
    if ax.name == "3d" or any(each.get_array() is not None for each in ax.collections):
        return False
    return _of_points(ax, "facecolor", lambda colours: colours[::-1])


@fault(DRAWN)
@in_some_axes
def values_of_points(ax: Any, random: Random) -> bool:
    if ax.name == "3d" or any(hasattr(each, "levels") for each in ax.collections):
        return False
    return _of_points(ax, "array", lambda values: exchanged(values, random))


def _bars(ax: Any) -> list[Any]:
    return [each for each in ax.containers if isinstance(each, BarContainer) and len(each) > 1]


@fault(DRAWN)
@in_some_axes
def two_bars(ax: Any, random: Random) -> bool:
    bars = one_of(_bars(ax), random)
    if bars is None:
        return False
    name = "width" if bars.orientation == "horizontal" else "height"
    changed = exchanged([getattr(bar, f"get_{name}")() for bar in bars], random)
    if changed is None:
        return False
    for bar, value in zip(bars, changed, strict=True):
        getattr(bar, f"set_{name}")(value)
    return True


@fault(DRAWN)
@in_some_axes
def a_bar_moved(ax: Any, random: Random) -> bool:
    bars = one_of(_bars(ax), random)
    if bars is not None:
        bar = one_of(list(bars), random)
        bar.set_x(bar.get_x() + 0.5)
    return bars is not None


@fault(DRAWN)
@in_some_axes
def a_patch_moved(ax: Any, random: Random) -> bool:
    known = {id(bar) for bars in ax.containers for bar in bars} if ax.containers else set()
    patches = [
        each
        for each in ax.patches
        if isinstance(each, (Rectangle, Polygon)) and id(each) not in known
    ]
    patch = one_of(patches, random)
    if isinstance(patch, Rectangle):
        patch.set_x(patch.get_x() + 0.5)
    elif patch is not None:
        patch.set_xy(np.asarray(patch.get_xy()) + 0.3)
    return patch is not None


@fault(DRAWN)
@in_some_axes
def directions_of_arrows(ax: Any, random: Random) -> bool:
    fields = [each for each in ax.collections if isinstance(each, Quiver)]
    for each in fields:
        each.set_UVC(each.V, each.U)
    return bool(fields)


@fault(DRAWN)
@in_some_axes
def corners_of_areas(ax: Any, random: Random) -> bool:
    areas = [each for each in ax.collections if type(each).__name__.endswith("PolyCollection")]
    paths = [path for each in areas for path in each.get_paths() if len(path.vertices) > 3]
    if not paths or ax.name == "3d":
        return False
    path = one_of(paths, random)
    corner = int(random.integers(1, len(path.vertices) - 1))
    path.vertices[corner, 1] += SEEN * max(float(np.ptp(path.vertices[:, 1])), 0.1)
    return True


@fault(DRAWN)
@in_some_axes
def depth(ax: Any, random: Random) -> bool:
    """The third coordinates of points or of a line, backwards."""
    if ax.name != "3d" or not ax.lines:
        return False
    x, y, z = ax.lines[0].get_data_3d()
    ax.lines[0].set_data_3d(x, y, np.asarray(z)[::-1])
    return True


@fault(DRAWN)
@in_some_axes
def something_missing(ax: Any, random: Random) -> bool:
    artist = one_of([*ax.lines, *ax.patches, *ax.collections, *ax.images], random)
    if artist is not None and artist.get_visible():
        artist.remove()
        return True
    return False
