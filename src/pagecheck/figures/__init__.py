"""A figure as text, so that it drifts when what it shows does and no pixels are compared.

What is said is there word by word: titles, labels, legends, ticks that the author set, texts in
the picture. What is set is there where it departs from matplotlib's defaults: scales, limits,
colours, styles, colour maps, layout. What is drawn is there by its size, its range and a digest
(see :mod:`pagecheck.projection`), so that a permuted curve, a mirrored picture and two swapped
classes are other figures.
"""

from .layout import describe_drawn, describe_figure

__all__ = ["describe_drawn", "describe_figure"]
