"""A digest of data that tells a permutation from the original and forgives rounding noise.

Two sums of the data with fixed weights. The weights look random, so that whatever is swapped,
mirrored or replaced moves the sums; the sums are smooth, so that noise in the last bits of the
data moves them in their last bits too, where a hash would become another one. For data that come
from a training they move as far as the data do, and take bands.
"""

from typing import Any

import numpy as np

SUMS = 2
_MIDDLE = 5.0
"""Where a sum of nothing lies: far enough from zero to be written with five digits."""
_MISSING = 1.5
"""What stands for a value that is not finite: outside of all others."""


def weights(count: int, stream: int) -> Any:
    """The first weights of a stream, always the same: between 0.5 and 1.5 from zero.

    They come from the generator SplitMix64, written out here: no version of numpy changes it.

    >>> [round(float(weight), 3) for weight in weights(4, stream=0)]
    [1.383, -0.932, 0.526, -1.471]
    """
    with np.errstate(over="ignore"):
        state = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(stream << 40)
        state *= np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    size = 0.5 + (state >> np.uint64(12)).astype(float) / 2.0**52
    return np.where(state & np.uint64(1), size, -size)


def digest(*columns: Any, limits: tuple[float, float] | None = None) -> str:
    """The digest of some columns of numbers.

    Each column is scaled to its own range, so that the digest does not depend on units, and a
    column that hardly varies counts as one that does not.

    Args:
        columns: arrays of numbers of any sizes. Values that are not finite are told apart from
            those that are.
        limits: the range that all columns are scaled to, instead of their own.

    Returns:
        Two numbers around 5 with four decimals.

    >>> digest([1, 5, 3])
    'digest 4.3318 5.0153'
    >>> digest([5, 1, 3])
    'digest 5.6682 4.9847'
    >>> digest([1, 5, 3 + 1e-9])
    'digest 4.3318 5.0153'
    """
    arrays = [as_floats(column).ravel() for column in columns]
    total = sum(array.size for array in arrays)
    sums = [0.0] * SUMS
    for number, array in enumerate(arrays):
        scaled = _scaled(array, limits)
        for index in range(SUMS):
            sums[index] += float(weights(array.size, SUMS * number + index) @ scaled)
    return "digest " + " ".join(f"{_MIDDLE + each / max(total, 1) ** 0.5:.4f}" for each in sums)


def as_floats(values: Any) -> Any:
    """Any array as floats; what is masked or missing becomes NaN.

    >>> as_floats([1, None])
    array([ 1., nan])
    """
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(float), np.nan)
    return np.asarray(values, dtype=float)


def _scaled(array: Any, limits: tuple[float, float] | None) -> Any:
    """Values as distances from the middle of their range, between -0.5 and 0.5."""
    finite = np.isfinite(array)
    if limits is None:
        kept = array[finite]
        limits = (kept.min(), kept.max()) if kept.size else (0.0, 0.0)
    low, high = limits
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        return np.where(finite, 0.0, _MISSING)
    with np.errstate(invalid="ignore"):
        return np.where(finite, (array - low) / (high - low) - 0.5, _MISSING)
