"""Faults to plant in how a figure is set: scales, limits, colours, styles, layout."""

from typing import Any

from matplotlib.colors import LogNorm

from tests.drift.figures_to_change import Random
from tests.drift.planting import Fault, fault, in_some_axes, one_of

SET: dict[str, Fault] = {}


def _flat(ax: Any) -> bool:
    return bool(ax.name != "3d")


@fault(SET)
@in_some_axes
def scale(ax: Any, random: Random) -> bool:
    ax.set_yscale("symlog" if ax.get_yscale() == "linear" else "linear")
    return bool(ax.axison and _flat(ax))


@fault(SET)
@in_some_axes
def direction(ax: Any, random: Random) -> bool:
    ax.invert_xaxis()
    return True


@fault(SET)
@in_some_axes
def upside_down(ax: Any, random: Random) -> bool:
    ax.invert_yaxis()
    return True


@fault(SET)
@in_some_axes
def cut(ax: Any, random: Random) -> bool:
    low, high = ax.get_xlim()
    ax.set_xlim(low, low + 0.7 * (high - low))
    return True


@fault(SET)
@in_some_axes
def axis_off(ax: Any, random: Random) -> bool:
    shown = bool(ax.axison)
    ax.set_axis_off()
    return shown


@fault(SET)
@in_some_axes
def axes_hidden(ax: Any, random: Random) -> bool:
    ax.set_visible(False)
    return True


@fault(SET)
@in_some_axes
def ticks(ax: Any, random: Random) -> bool:
    if not ax.axison or not len(ax.get_xticks()):
        return False
    ax.set_xticks(ax.get_xticks()[::2])
    return True


@fault(SET)
@in_some_axes
def grid(ax: Any, random: Random) -> bool:
    ax.grid(True)
    return bool(ax.axison and _flat(ax))


@fault(SET)
@in_some_axes
def frame(ax: Any, random: Random) -> bool:
    if not ax.axison or not _flat(ax) or not ax.spines["left"].get_visible():
        return False
    ax.spines["left"].set_visible(False)
    return True


@fault(SET)
@in_some_axes
def background(ax: Any, random: Random) -> bool:
    ax.set_facecolor("0.8")
    return bool(ax.axison and _flat(ax))


@fault(SET)
@in_some_axes
def aspect(ax: Any, random: Random) -> bool:
    if _flat(ax):
        ax.set_aspect(3)
    return _flat(ax)


@fault(SET)
@in_some_axes
def colours_of_two_lines(ax: Any, random: Random) -> bool:
    if len(ax.lines) < 2 or ax.lines[0].get_color() == ax.lines[1].get_color():
        return False
    first, second = ax.lines[0].get_color(), ax.lines[1].get_color()
    ax.lines[0].set_color(second)
    ax.lines[1].set_color(first)
    return True


def _some_line(ax: Any, random: Random) -> Any:
    return one_of([line for line in ax.lines if line.get_visible()], random)


@fault(SET)
@in_some_axes
def style_of_a_line(ax: Any, random: Random) -> bool:
    line = _some_line(ax, random)
    if line is None or line.get_linestyle() in ("None", "-."):
        return False
    line.set_linestyle("-.")
    return True


@fault(SET)
@in_some_axes
def marker_of_a_line(ax: Any, random: Random) -> bool:
    line = _some_line(ax, random)
    if line is not None:
        line.set_marker("D")
    return line is not None


@fault(SET)
@in_some_axes
def width_of_a_line(ax: Any, random: Random) -> bool:
    line = _some_line(ax, random)
    if line is None or line.get_linestyle() == "None":
        return False
    line.set_linewidth(5)
    return True


@fault(SET)
@in_some_axes
def a_thing_hidden(ax: Any, random: Random) -> bool:
    artist = one_of([*ax.lines, *ax.patches, *ax.collections, *ax.images], random)
    if artist is not None:
        artist.set_visible(False)
    return artist is not None


@fault(SET)
@in_some_axes
def opacity_of_a_thing(ax: Any, random: Random) -> bool:
    artist = one_of([*ax.lines, *ax.patches, *ax.collections, *ax.images], random)
    if artist is not None:
        artist.set_alpha(0.1)
    return artist is not None


def _mapped(ax: Any) -> list[Any]:
    things = [*ax.images, *ax.collections]
    return [each for each in things if each.get_array() is not None and each.get_array().ndim < 3]


@fault(SET)
@in_some_axes
def colour_map(ax: Any, random: Random) -> bool:
    for each in _mapped(ax):
        each.set_cmap(each.get_cmap().reversed() if random.random() < 0.5 else "cividis")
    return bool(_mapped(ax))


@fault(SET)
@in_some_axes
def norm(ax: Any, random: Random) -> bool:
    mapped = [each for each in _mapped(ax) if each.get_array().min() > 0 and _flat(ax)]
    for each in mapped:
        each.set_norm(LogNorm())
    return bool(mapped)


@fault(SET)
@in_some_axes
def range_of_colours(ax: Any, random: Random) -> bool:
    for each in _mapped(ax):
        low, high = each.get_clim()
        each.set_clim(low, high + 0.5 * (high - low))
    return bool(_mapped(ax))


@fault(SET)
@in_some_axes
def extent(ax: Any, random: Random) -> bool:
    for image in ax.images:
        left, right, bottom, top = image.get_extent()
        image.set_extent((left, 2 * right, bottom, top))
    return bool(ax.images)


@fault(SET)
@in_some_axes
def smoothing(ax: Any, random: Random) -> bool:
    for image in ax.images:
        image.set_interpolation("bicubic")
    return bool(ax.images)


@fault(SET)
@in_some_axes
def colour_of_a_patch(ax: Any, random: Random) -> bool:
    patch = one_of(ax.patches, random)
    if patch is not None:
        patch.set_color("#123456")
    return patch is not None


@fault(SET)
@in_some_axes
def colour_of_a_collection(ax: Any, random: Random) -> bool:
    plain = [each for each in ax.collections if each.get_array() is None and _flat(ax)]
    collection = one_of(plain, random)
    if collection is not None:
        collection.set_color("#123456")
    return collection is not None


@fault(SET)
@in_some_axes
def point_of_view(ax: Any, random: Random) -> bool:
    if not _flat(ax):
        ax.view_init(60, 60)
    return not _flat(ax)


@fault(SET)
def size(figure: Any, random: Random) -> bool:
    width, height = figure.get_size_inches()
    figure.set_size_inches(1.3 * width, height)
    return True


@fault(SET)
def place_of_axes(figure: Any, random: Random) -> bool:
    if figure.get_layout_engine() is not None:
        return False
    for ax in figure.axes:
        left, bottom, width, height = ax.get_position().bounds
        ax.set_position((left, bottom + 0.05, width, 0.8 * height))
    return True


@fault(SET)
def layout(figure: Any, random: Random) -> bool:
    """The axes stand in one column."""
    axes = [ax for ax in figure.axes if ax.get_subplotspec() is not None]
    if len(axes) < 2 or any(hasattr(ax, "_colorbar") for ax in figure.axes):
        return False
    grid = figure.add_gridspec(len(axes), 1)
    if all(ax.get_subplotspec().get_gridspec().get_geometry() == (len(axes), 1) for ax in axes):
        return False
    for place, ax in enumerate(axes):
        ax.set_subplotspec(grid[place])
    return True


@fault(SET)
def background_of_all(figure: Any, random: Random) -> bool:
    figure.set_facecolor("0.5")
    return True
