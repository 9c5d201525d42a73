"""Matplotlib's figures on dark pages.

A figure is drawn once, on white, and kept as SVG. From this the page's two pictures are made when
it is rendered: both without the white ground, and one with the colours that a dark page needs.
The figure itself is not touched, and no cell runs for it.
"""

from .drawing import DARK, FigureNotUnderstoodError, Pair, is_figure, on_both_grounds, pixel_size

__all__ = [
    "DARK",
    "FigureNotUnderstoodError",
    "Pair",
    "is_figure",
    "on_both_grounds",
    "pixel_size",
]
