"""What all looks at a photograph share: another size, and a threshold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]


def resized(pixels: NDArray[Any], height: int, width: int) -> Grey:
    """An image at another size, float32: areas averaged when it shrinks, smooth when it grows."""
    shrinks = height < pixels.shape[0] or width < pixels.shape[1]
    how = Image.Resampling.BOX if shrinks else Image.Resampling.BICUBIC
    image = Image.fromarray(pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32))
    return np.asarray(image.resize((width, height), how), dtype=np.float32)


def otsu_threshold(values: Grey) -> float:
    """The threshold that parts values into two classes whose means differ most.

    That is where ``low * high * (mean of high - mean of low)**2`` is largest, with the numbers of
    values in both classes.

    Source: N. Otsu, A threshold selection method from gray-level histograms, IEEE Transactions on
    Systems, Man, and Cybernetics 9, 1979.

    >>> round(otsu_threshold(np.array([0.0, 0.1, 0.9, 1.0], dtype=np.float32)), 1)
    0.1
    """
    least, most = float(values.min()), float(values.max())
    if most - least <= 1e-5 * max(abs(least), abs(most)):
        return most  # and nothing is above it
    counts, edges = np.histogram(values, 256)
    middles = (edges[:-1] + edges[1:]) / 2
    low, sums = np.cumsum(counts)[:-1], np.cumsum(counts * middles)
    high = values.size - low  # neither is empty: the smallest value lies in the first class
    between = low * high * (sums[:-1] / low - (sums[-1] - sums[:-1]) / high) ** 2
    return float(edges[1:-1][between.argmax()])
