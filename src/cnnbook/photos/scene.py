"""A picture of any size, brought to what the detector has learned on: light ink, 20 pixels high."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from . import PhotographError
from .grey import otsu_threshold

HEIGHT = 20.0
"""Pixels that a digit is high, on average, in the scenes that the detector learns from."""
SMALLEST = 8.0
LARGEST = 1024
"""The longest side of a picture, once its digits are :data:`HEIGHT` pixels high."""
MULTIPLE = 4
"""The sides of a prepared picture are multiples of it: the detector's grid has such cells."""
MARGIN = 2 * MULTIPLE
GROUND, INK = 0.12, 0.82
"""The grey of paper and of ink in the middle of what the detector has learned on."""


class Prepared(NamedTuple):
    """A picture for the network, and the way back.

    Attributes:
        image: float ``(1, 1, H, W)``, the sides multiples of :data:`MULTIPLE`.
        factor: pixels of ``image`` for one of the picture.
    """

    image: Tensor
    factor: float

    def back(self, boxes: Tensor, height: int, width: int) -> Tensor:
        """Boxes of ``image`` in pixels of the picture, cut off at its border."""
        there = (boxes - MARGIN) / self.factor
        limits = torch.tensor([width, height, width, height])
        return torch.minimum(there.clamp(min=0), limits)


def prepared(grey: Tensor, digit_height: float | None = None) -> Prepared:
    """A picture as the detector's network takes it.

    The slope of light is taken away. What there is less of, dark or light, is taken for the ink;
    the ink becomes light. The picture is scaled so that a digit is 20 pixels high, with a margin.

    Args:
        grey: uint8 ``(H, W)``.
        digit_height: how high a digit is, in pixels of the picture; by default as high as most of
            the ink's connected pieces.

    Raises:
        ValueError: for a tensor of another kind, or a height that is not positive.
        PhotographError: if there is no ink, or the digits are too small.
    """
    check(grey, digit_height)
    values = torch.from_numpy(without_slope(grey.cpu().numpy().astype(np.float32) / 255))
    # Grain would fall into pieces of its own; a digit's strokes are wider than this.
    blurred = ndimage.gaussian_filter(values.numpy(), max(grey.shape) / 250)
    inked = blurred > otsu_threshold(blurred)
    if inked.mean() > 0.5:
        inked, values = ~inked, 1 - values
    ink = torch.from_numpy(inked)
    if not inked.any() or inked.all():
        raise PhotographError("the picture is of one grey; there is no ink in it")
    ground, full = values[~ink].median(), values[ink].median()
    if full - ground < 0.1:
        raise PhotographError(
            "no ink stands out from the paper; take a darker pen, or a picture with more light"
        )
    height = digit_height or typical_height(inked)
    if height < SMALLEST:
        raise PhotographError(
            f"the pieces of ink are {height:.0f} pixels high, too small for digits; take a nearer "
            "picture, or say digit_height"
        )
    values = (GROUND + (INK - GROUND) * (values - ground) / (full - ground)).clamp(0, 1)
    factor = HEIGHT / height
    size = [max(1, round(factor * side)) for side in grey.shape]
    if max(size) > LARGEST:
        raise PhotographError(
            f"digits of {height:.0f} pixels are too small a part of a picture of {grey.shape[0]}×"
            f"{grey.shape[1]}; cut out the part with the digits, or say digit_height"
        )
    small = F.interpolate(values[None, None], size, mode="bilinear", antialias=True)
    down, right = (MARGIN + -side % MULTIPLE for side in size)
    return Prepared(F.pad(small, (MARGIN, right, MARGIN, down), value=GROUND), factor)


def check(grey: Tensor, digit_height: float | None) -> None:
    """Whether a picture and a height are such.

    Raises:
        ValueError: in one sentence, if they are not.
    """
    if not isinstance(grey, Tensor):
        raise ValueError(
            f"a picture is a file's name or a uint8 tensor (H, W), not {type(grey).__name__}"
        )
    if grey.dtype != torch.uint8:
        raise ValueError(
            f"a picture holds uint8 numbers from 0 to 255, not {grey.dtype}; multiply numbers from "
            "0 to 1 by 255 and call .to(torch.uint8)"
        )
    if grey.ndim != 2 or min(grey.shape) < SMALLEST:
        raise PhotographError(  # a ValueError, to which a file's name is added
            f"a picture is grey, of shape (H, W) or (1, H, W), {SMALLEST:.0f} pixels or more along "
            f"each side, not {tuple(grey.shape)}"
        )
    if digit_height is not None and not digit_height > 0:
        raise ValueError(f"digit_height is a number of pixels above 0, not {digit_height}")


def without_slope(values: NDArray[Any]) -> NDArray[Any]:
    """A picture under even light: along each axis, what rises from its first third to its last.

    >>> slope = np.tile(np.linspace(0, 1, 9, dtype=np.float32), (9, 1))
    >>> bool(without_slope(slope).std() < 1e-6)
    True
    """
    for axis, length in enumerate(values.shape):
        # Of rows, then of columns; ink is in the minority.
        levels = np.median(values, axis=1 - axis)
        third = length // 3
        rise = np.median(levels[length - third :]) - np.median(levels[:third])
        share = (length - 1) / (length - third)  # between the thirds' middles lies less than all
        line = share * rise * np.linspace(-0.5, 0.5, length, dtype=np.float32)
        values = values - np.expand_dims(line.astype(np.float32), 1 - axis)
    return values


def typical_height(inked: NDArray[np.bool_]) -> float:
    """The height of the piece of ink that half of all ink is in lower ones than."""
    labels, _ = ndimage.label(inked, np.ones((3, 3)))
    boxes = ndimage.find_objects(labels)
    heights = np.array([rows.stop - rows.start for rows, _ in boxes])
    areas = np.bincount(labels.ravel())[1:]
    order = heights.argsort()
    middle = np.searchsorted(areas[order].cumsum(), areas.sum() / 2)
    return float(heights[order][middle])
