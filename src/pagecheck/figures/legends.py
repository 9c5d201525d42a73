"""Legends and colour bars."""

from collections.abc import Iterable
from typing import Any

from matplotlib.lines import Line2D

from .looks import line_look, main_colour
from .numbers import number, quoted
from .ticks import tick_words


def legend_words(legend: Any, axes: Iterable[Any]) -> str:
    """The entries of a legend in their order.

    An entry whose handle looks like the artist of that name needs no more words; another one says
    how its handle looks.

    Args:
        legend: the legend.
        axes: where its artists are.
    """
    looks = {label: look for ax in axes for label, look in _named_looks(ax)}
    title = legend.get_title().get_text()
    words = [f"legend {quoted(title)}:" if title else "legend"]
    for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=False):
        words.append(quoted(text.get_text()))
        look = _look(handle)
        if look and looks.get(text.get_text()) != look:
            words.append(look)
    return " ".join(words)


def _named_looks(ax: Any) -> list[tuple[str, str]]:
    """Label and look of each artist that a legend of these axes would name."""
    artists = [*ax.lines, *ax.patches, *ax.collections]
    found = [(str(artist.get_label()), _look(artist)) for artist in artists]
    for container in ax.containers:
        first = next((each for each in container if hasattr(each, "get_label")), None)
        if first is not None:
            found.append((str(container.get_label()), _look(first)))
    return found


def _look(artist: Any) -> str:
    if isinstance(artist, Line2D):
        return f"{main_colour(artist)} {line_look(artist, main_colour(artist) or '')}".strip()
    return (main_colour(artist) if hasattr(artist, "get_facecolor") else None) or ""


def colour_bar_words(bar: Any) -> str:
    """A colour bar: its label, the values at its ends, its ticks where they were set."""
    axis = bar.long_axis
    label = axis.get_label().get_text()
    words = ["colour bar"]
    if label:
        words.append(quoted(label))
    if bar.ax.get_title():
        words.append(f"title {quoted(bar.ax.get_title())}")
    if bar.orientation == "horizontal":
        words.append("horizontal")
    low, high = bar.vmin, bar.vmax
    words.append(f"from {number(low)} to {number(high)}")
    if axis.get_inverted():
        words.append("inverted")
    ticks = tick_words(axis, "its")
    return " ".join(words) + (f", {ticks}" if ticks else "")
