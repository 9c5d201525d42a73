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


def otsu(values: Grey) -> float:
    """The threshold that parts values into two classes that differ most (N. Otsu, 1979)."""
    counts, edges = np.histogram(values, 256)
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * middles)
    low, high = below[:-1], below[-1] - below[:-1]
    between = low * high * (sums[:-1] / low - (sums[-1] - sums[:-1]) / high) ** 2
    return float(edges[1:-1][between.argmax()])
