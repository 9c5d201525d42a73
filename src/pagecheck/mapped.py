"""Colours that stand for numbers: they are marked in a figure's SVG, which says nothing of it.

What draws a page's figures for dark pages (:mod:`pagecheck.dark`) leaves them as they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MARK = "pagecheck-mapped"
"""How the identifiers of their groups begin."""


@contextmanager
def mapped_marked(figure: Any) -> Iterator[None]:
    """Name the artists of a matplotlib figure whose colours are made of numbers, for a while."""
    mapped = [artist for artist in figure.findobj() if _is_mapped(artist)]
    names = [artist.get_gid() for artist in mapped]
    try:
        for count, artist in enumerate(mapped, start=1):
            artist.set_gid(f"{MARK}-{count}")
        yield
    finally:
        for artist, name in zip(mapped, names, strict=True):
            artist.set_gid(name)


def _is_mapped(artist: Any) -> bool:
    """Whether a colour map gives an artist its colours; contours may have colours of their own."""
    values = getattr(artist, "get_array", lambda: None)()
    return values is not None and getattr(artist, "colors", None) is None
