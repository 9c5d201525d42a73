"""How an artist looks: its label, colour, style; what departs from matplotlib's defaults.

Defaults are matplotlib's own and not those of the session, so that a page that changes them shows
it did.
"""

from functools import cache
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Patch

from .numbers import joined, number, quoted

_NAMED = {"#000000": "black", "#ffffff": "white"}
_MARKERS = (
    "o",
    ".",
    "s",
    "x",
    "+",
    "^",
    "v",
    "<",
    ">",
    "*",
    "D",
    "d",
    "p",
    "h",
    "P",
    "X",
    "|",
    "_",
)
_SHOWN_COLOURS = 6


def label(artist: Any) -> str:
    """An artist's label, as it would stand in a legend, with a blank before it."""
    text = str(artist.get_label() or "")
    return "" if text.startswith("_") or not text else f" {quoted(text)}"


def coordinates(artist: Any, ax: Any) -> str:
    """What an artist's coordinates count: nothing to say for data, ``in axes``, or elsewhere."""
    transform = artist.get_transform()
    if ax is None:
        return "elsewhere"
    if any(transform.contains_branch_seperately(ax.transData)):
        return ""
    return "in axes" if any(transform.contains_branch_seperately(ax.transAxes)) else "elsewhere"


@cache
def _cycle() -> tuple[str, ...]:
    colours = matplotlib.rcParamsDefault["axes.prop_cycle"].by_key()["color"]
    return tuple(to_hex(colour) for colour in colours)


def colour_name(colour: Any) -> str:
    """A colour as ``C0`` where it is one of the default cycle, else as six digits.

    >>> colour_name("tab:orange"), colour_name("#d55e00"), colour_name((0, 0, 0, 0))
    ('C1', '#d55e00', 'none')
    """
    rgba = to_rgba(colour)
    if rgba[3] == 0:
        return "none"
    name: str = to_hex(rgba)
    if name in _cycle():
        return f"C{_cycle().index(name)}"
    return _NAMED.get(name, name)


def main_colour(artist: Any) -> str | None:
    """The one colour that an artist is known by, None where it has none or several."""
    if isinstance(artist, Line2D):
        if artist.get_linestyle() not in ("None", "none", "", " "):
            return colour_name(artist.get_color())
        face = colour_name(artist.get_markerfacecolor())
        return face if face != "none" else colour_name(artist.get_markeredgecolor())
    if isinstance(artist, Patch):
        face = colour_name(artist.get_facecolor()) if artist.get_fill() else "none"
        return face if face != "none" else colour_name(artist.get_edgecolor())
    colours = collection_colours(artist) if hasattr(artist, "get_facecolors") else None
    return colour_name(colours[0]) if colours is not None and len(colours) == 1 else None


def collection_colours(collection: Any) -> Any:
    """The colours of a collection's members: of their faces, or of their edges without faces."""
    faces = np.atleast_2d(collection.get_facecolor())
    if faces.size and (faces[:, 3] > 0).any():
        return faces
    edges = collection.get_edgecolor()
    return np.atleast_2d(edges) if len(edges) else np.zeros((0, 4))


def colour_words(colours: Any, expected: str) -> str:
    """Several colours in the order of their first use; nothing where there is just the expected.

    Args:
        colours: rows of red, green, blue and opacity.
        expected: the name of the colour that need not be said.
    """
    names = list(dict.fromkeys(colour_name(colour) for colour in colours))
    if not names or names == [expected]:
        return ""
    if len(names) > _SHOWN_COLOURS:
        return f"{len(names)} colours"
    return " ".join(names)


def line_look(line: Any, expected: str) -> str:
    """Colour, style and marker of a line where they are not the defaults."""
    colour = main_colour(line)
    parts = [colour if colour is not None and colour != expected else ""]
    parts.append(_line_style(line))
    parts.append({"default": ""}.get(line.get_drawstyle(), line.get_drawstyle()))
    marker = line.get_marker()
    if marker not in ("None", "none", "", " ", None):
        parts.append(f"marker {marker}")
        if marker not in ("", ",") and line.get_markersize() != 6:
            parts.append(f"size {number(line.get_markersize())}")
    if line.get_linewidth() != 1.5 and line.get_linestyle() not in ("None", ""):
        parts.append(f"width {number(line.get_linewidth())}")
    return joined([*parts, opacity(line)], " ")


def _line_style(line: Any) -> str:
    style = line.get_linestyle()
    if style in ("-", "solid"):
        return ""
    if style in ("None", "none", "", " "):
        return "no line"
    # A pattern of the author's own goes by the name of the dashed one.
    offset, dashes = getattr(line, "_unscaled_dash_pattern", (0, None))
    default = matplotlib.rcParamsDefault["lines.dashed_pattern"]
    if style == "--" and dashes is not None and list(dashes) != list(default):
        return "dashes " + " ".join(
            number(each) for each in (offset, *dashes)[0 if offset else 1 :]
        )
    return str(style)


def patch_look(patch: Any, expected: str) -> str:
    """Colours, hatch and style of a patch where they are not the defaults."""
    face = colour_name(patch.get_facecolor()) if patch.get_fill() else "none"
    edge = colour_name(patch.get_edgecolor()) if patch.get_linewidth() else "none"
    parts = [face if face != expected else ""]
    if face == "none" and edge != "none":
        parts = [f"outline {edge}"]
    elif edge not in ("none", face) and not (edge == "black" and face == expected):
        parts.append(f"edge {edge}")
    if patch.get_linestyle() not in ("-", "solid"):
        parts.append(str(patch.get_linestyle()))
    if patch.get_hatch():
        parts.append(f"hatch {patch.get_hatch()}")
    hidden = "" if patch.get_visible() else "hidden"
    return joined([hidden, *parts, opacity(patch)], " ")


def opacity(artist: Any) -> str:
    """How opaque an artist is, where it is not wholly."""
    alpha = artist.get_alpha()
    if alpha is None or np.ndim(alpha) or alpha == 1:
        return ""
    return f"alpha {number(alpha)}"


def marker_name(collection: Any) -> str:
    """The marker of scattered points, nothing where it is the usual disc."""
    paths = collection.get_paths()
    if len(paths) != 1:
        return f"{len(paths)} markers"
    for name in _MARKERS:
        style = MarkerStyle(name)
        path = style.get_path().transformed(style.get_transform())
        corners, own = np.asarray(path.vertices), np.asarray(paths[0].vertices)
        if corners.shape == own.shape and np.allclose(corners, own):
            return "" if name == "o" else f"marker {name}"
    return "marker of its own"


def mapped_look(artist: Any) -> str:
    """Colour map and norm of an artist that is coloured by values, where not the defaults."""
    norm = artist.norm
    parts = [_map_name(artist.get_cmap())]
    kind = type(norm).__name__
    if kind not in ("Normalize", "NoNorm"):
        parts.append(f"{kind.removesuffix('Norm').lower()} norm")
        known = {name: getattr(norm, name, None) for name in ("vcenter", "gamma", "linthresh")}
        parts += [f"{name} {number(each)}" for name, each in known.items() if each is not None]
        if hasattr(norm, "boundaries"):
            parts.append("boundaries " + " ".join(number(each) for each in norm.boundaries))
    return joined(parts, " ")


def _map_name(colours: Any) -> str:
    """A colour map's name, or its colours where it is the author's own."""
    known = colours.name in matplotlib.colormaps and matplotlib.colormaps[colours.name] == colours
    if known:
        return "" if colours.name == matplotlib.rcParamsDefault["image.cmap"] else str(colours.name)
    count = min(colours.N, _SHOWN_COLOURS)
    shown = [colour_name(colours(place)) for place in np.linspace(0, 1, count)]
    missing = colours.get_bad()
    parts = [f"map {' '.join(shown)}", f"missing {colour_name(missing)}" if missing[3] else ""]
    return joined(parts, " ")
