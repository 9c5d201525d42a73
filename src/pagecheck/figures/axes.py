"""One pair of axes: titles, what is drawn, and what is set."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.image import BboxImage
from matplotlib.offsetbox import AnchoredOffsetbox
from matplotlib.patches import Patch
from matplotlib.text import Text

from .artists import drawn_items, image_item
from .collections import kind_of
from .items import Item
from .legends import legend_words
from .numbers import joined, number, one_line, position, quoted
from .solid import solid_items
from .texts import text_items
from .ticks import tick_words

_SPINES = frozenset(["left", "bottom", "right", "top"])


@dataclass(frozen=True)
class AxesWords:
    """The description of one pair of axes."""

    title: str
    items: tuple[Item, ...]
    settings: tuple[str, ...]


def axes_words(ax: Any) -> AxesWords:
    """Describe one pair of axes, which have been drawn."""
    if not ax.get_visible():
        return AxesWords("hidden axes", (), ())
    solid = ax.name == "3d"
    items = solid_items(ax) + text_items(ax.texts) if solid else drawn_items(ax)
    items += [_other(artist) for artist in ax.artists if artist.get_visible()]
    return AxesWords(_titles(ax), tuple(items), tuple(_settings(ax, items)))


def _titles(ax: Any) -> str:
    parts = []
    for place in ("center", "left", "right"):
        title = ax.get_title(loc=place)
        if title:
            parts.append(quoted(title) if place == "center" else f"{place} {quoted(title)}")
    return " ".join(parts) or "untitled"


def _other(artist: Any) -> Item:
    """An artist of no usual kind: a box with texts or a picture, another legend."""
    if hasattr(artist, "legend_handles"):
        return Item(legend_words(artist, ()))
    texts = [*artist.findobj(Text), *([artist.text] if hasattr(artist, "text") else [])]
    words = [one_line(text.get_text()) for text in texts if text.get_text()]
    name = "box" if isinstance(artist, AnchoredOffsetbox) else type(artist).__name__
    kind = kind_of(artist) if hasattr(artist, "get_paths") else name
    place = " ".join(number(each) for each in artist.xy) if hasattr(artist, "xy") else ""
    pictures = [str(image_item(box)) for box in artist.findobj(BboxImage)]
    what = joined([kind, *(quoted(word) for word in dict.fromkeys(words))], " ")
    return Item(what, joined([place, *pictures], " "))


def _settings(ax: Any, items: list[Item]) -> list[str]:
    """What the author set, where it departs from matplotlib's defaults."""
    parts = []
    if ax.name not in ("rectilinear", "3d"):
        parts.append(ax.name)
    if ax.name == "3d":
        angles = (ax.elev, ax.azim, ax.roll)
        if angles != (30, -60, 0):
            parts.append("seen from " + " ".join(number(angle) for angle in angles))
    if getattr(ax, "_axis3don", ax.axison):
        parts += _frame(ax)
        for name in "xyz" if ax.name == "3d" else "xy":
            parts += axis_words(ax, name)
    else:
        parts.append("no axes")
        parts += [word for name in "xy" for word in _direction(ax, name)]
    parts.append(_aspect(ax))
    legend = ax.get_legend()
    if legend is not None and legend.get_visible():
        parts.append(legend_words(legend, (ax,)))
    return [part for part in parts if part]


def axis_words(ax: Any, name: str) -> list[str]:
    """Label, scale, limits, direction and ticks of one axis."""
    axis = getattr(ax, f"{name}axis")
    label = axis.get_label().get_text()
    if not axis.get_visible():
        return [f"no {name} axis", *_direction(ax, name)]
    parts = [f"{name} {quoted(label)}" if label else ""]
    if name == "y" and ax.yaxis.get_ticks_position() == "right":
        parts.append("y on the right")
    if name == "x" and ax.xaxis.get_ticks_position() == "top":
        parts.append("x on top")
    parts += [_scale(axis, name), *_direction(ax, name), tick_words(axis, name)]
    if axis.get_tick_params().get("gridOn") and ax.name == "rectilinear":
        parts.append(f"{name} grid")
    return parts


def _scale(axis: Any, name: str) -> str:
    scale = axis.get_scale()
    if scale == "linear":
        return ""
    base = getattr(axis.get_transform(), "base", 10)
    return f"{name} {scale}" + (f" {number(base)}" if base != 10 else "")


def _direction(ax: Any, name: str) -> list[str]:
    """Limits that the author set; without them, whether the axis runs backwards."""
    images = list(ax.images) if name == "y" else []
    if not getattr(ax, f"get_autoscale{name}_on")():
        low, high = getattr(ax, f"get_{name}lim")()
        if ax.name == "polar" or (images and _limits_of(images, (low, high))):
            return []
        axis = getattr(ax, f"{name}axis")
        return [f"{name} from {position(low, axis)} to {position(high, axis)}"]
    inverted = getattr(ax, f"{name}axis_inverted")()
    return [f"{name} inverted"] if inverted and not images else []


def _limits_of(images: list[Any], limits: tuple[float, float]) -> bool:
    """Whether limits are those of a picture, which sets them itself."""
    return any(np.allclose(sorted(image.get_extent()[2:]), sorted(limits)) for image in images)


def _aspect(ax: Any) -> str:
    if ax.name != "rectilinear":
        return ""
    aspect = ax.get_aspect()
    usual = 1.0 if ax.images else "auto"
    box = ax.get_box_aspect()
    parts = [] if aspect == usual else [f"aspect {aspect if aspect == 'auto' else number(aspect)}"]
    return joined([*parts, f"box {number(box)}" if box is not None else ""], " ")


def _frame(ax: Any) -> list[str]:
    """Spines and background; the two usual frames need no word."""
    parts = []
    if ax.name == "rectilinear":
        seen = {name for name in _SPINES & set(ax.spines) if ax.spines[name].get_visible()}
        if not seen:
            parts.append("no frame")
        elif seen not in (set(_SPINES), {"left", "bottom"}):
            parts.append("frame " + " ".join(sorted(seen)))
    background: Patch = ax.patch
    colour = to_hex(background.get_facecolor())
    if background.get_visible() and colour != "#ffffff":
        parts.append(f"background {colour}")
    return parts
