"""What the plotting functions accept, brought to arrays; the numbers written in cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def as_numbers(values: Any) -> Array:
    """An array of what may be a tensor on any device, an array, or nested lists of these."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.double() if values.is_floating_point() else values
    elif isinstance(values, (list, tuple)):
        values = [as_numbers(value) if hasattr(value, "detach") else value for value in values]
    return np.asarray(values)


def as_image(image: Any) -> Array:
    """An image as matplotlib wants it: (H, W) or (H, W, 3)."""
    array = as_numbers(image)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    elif array.ndim == 3 and array.shape[0] == 3 and array.shape[2] != 3:
        array = array.transpose(1, 2, 0)
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise ValueError(
            f"an image has the shape (H, W), (1, H, W), (3, H, W) or (H, W, 3), not {array.shape}"
        )
    return array


def as_matrix(matrix: Any) -> Array:
    """An array of two axes."""
    array = as_numbers(matrix)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"a matrix has the shape (H, W), not {array.shape}")
    return array


def checked_titles(titles: Sequence[str] | None, count: int) -> list[str]:
    """As many titles as there are pictures."""
    if count == 0:
        raise ValueError("there is nothing to show")
    if titles is None:
        return [""] * count
    if len(titles) != count:
        raise ValueError(f"{count} pictures need {count} titles, not {len(titles)}")
    return list(titles)


def written(value: Any, digits: int = 3) -> str:
    """A number in short: whole numbers in full, others with some significant digits."""
    number = float(value)
    return f"{number:.0f}" if number.is_integer() else f"{number:.{digits}g}"
