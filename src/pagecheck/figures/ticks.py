"""The ticks of an axis, where the author set them or where they are names."""

from typing import Any

import numpy as np
from matplotlib.category import StrCategoryLocator
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    MultipleLocator,
    NullFormatter,
    NullLocator,
)

from .numbers import number, position, quoted_words

_OWN_PLACES = frozenset(
    [
        "AutoLocator",
        "LogLocator",
        "AutoDateLocator",
        "SymmetricalLogLocator",
        "AsinhLocator",
        "LogitLocator",
        "ThetaLocator",
        "RadialLocator",
        "_ColorbarAutoLocator",
    ]
)
_OWN_LABELS = frozenset(
    [
        "ScalarFormatter",
        "LogFormatter",
        "LogFormatterSciNotation",
        "AutoDateFormatter",
        "LogitFormatter",
        "ThetaFormatter",
    ]
)
_SAMPLE = 0.5


def tick_words(axis: Any, name: str) -> str:
    """The ticks of an axis in words; nothing where matplotlib chose them.

    Args:
        axis: the axis, which has been drawn.
        name: how to call it.
    """
    locator, formatter = axis.get_major_locator(), axis.get_major_formatter()
    if isinstance(locator, StrCategoryLocator):
        places = locator.tick_values(0, 0)
        return f"{name} names {quoted_words(formatter.format_ticks(places))}"
    if isinstance(locator, NullLocator) or (
        isinstance(locator, FixedLocator) and not len(_places(locator))
    ):
        return f"no {name} ticks"
    if not labels_shown(axis):
        return f"no {name} labels" if isinstance(locator, FixedLocator) else f"no {name} ticks"
    if isinstance(locator, FixedLocator):
        return _fixed(axis, name, locator, formatter)
    words = []
    if isinstance(locator, MultipleLocator):
        steps = np.diff(locator.tick_values(0, 1000))
        words.append(f"{name} ticks every {number(steps[0])}")
    elif type(locator).__name__ not in _OWN_PLACES:
        words.append(f"{name} ticks by {type(locator).__name__}")
    if isinstance(formatter, NullFormatter):
        words.append(f"no {name} labels")
    elif isinstance(formatter, FixedFormatter):
        words.append(f"{name} labels {quoted_words(formatter.seq)}")
    elif type(formatter).__name__ not in _OWN_LABELS:
        words.append(f"{name} labels {_sample(formatter)}")
    return ", ".join(words)


def labels_shown(axis: Any) -> bool:
    """Whether an axis shows labels at its ticks, on either side."""
    parameters = axis.get_tick_params()
    sides = [parameters[key] for key in parameters if key.startswith("label") and key[5:] in _SIDES]
    return any(sides) or not sides


_SIDES = ("left", "right", "top", "bottom")


def _fixed(axis: Any, name: str, locator: Any, formatter: Any) -> str:
    """Ticks at places of the author's: with his labels, or with the numbers themselves."""
    low, high = sorted(axis.get_view_interval())
    places = _places(locator)
    labels = formatter.format_ticks(places)
    edge = 1e-6 * (high - low)
    kept = [
        (place, label)
        for place, label in zip(places, labels, strict=True)
        if low - edge <= place <= high + edge
    ]
    where = " ".join(position(place, axis) for place, _ in kept)
    if type(formatter).__name__ in _OWN_LABELS:
        return f"{name} ticks {where}"
    words = quoted_words(label for _, label in kept)
    usual = [float(place) for place, _ in kept] == list(range(len(kept)))
    return f"{name} ticks {words}" + ("" if usual else f" at {where}")


def _places(locator: Any) -> Any:
    """The places of fixed ticks."""
    return np.asarray(locator.locs, dtype=float)


def _sample(formatter: Any) -> str:
    """How a formatter writes one number."""
    try:
        return f'like "{formatter(_SAMPLE, 0)}" for {_SAMPLE}'
    except Exception:  # an author's function may ask for the places that it was made for
        return f"by {type(formatter).__name__}"
