"""Images of one size from pictures of any: as MNIST's digits and Fashion-MNIST's things were."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from .binarize import find_ink
from .grey import Grey, resized
from .read import PhotographError

SMALLEST = 8  # pixels along the longest side, below which no digit can be told from another
THINNEST = 2.0 / 20  # a stroke's width in parts of the digit's length: the 1st percentile of MNIST
THICKEST = 0.16  # likewise, the 90th percentile
FINE = 120  # pixels along the longest side of a digit whose strokes are thinned


def digit_image(grey: Tensor, side: int = 28) -> Tensor:
    """A photographed digit as MNIST would hold it, uint8 of shape (side, side).

    The ink is found wherever it is, dark on light or light on dark; it is white on black then, its
    longest side 20/28 of ``side`` with its proportions kept, its centre of mass in the middle.
    Strokes thinner than MNIST's are thickened to its thinnest, and thicker ones thinned.

    Args:
        grey: uint8 of shape (H, W), as :func:`read_photograph` gives it.
        side: height and width of the result in pixels.

    Raises:
        PhotographError: if there is no ink, or the picture is smaller than 8 pixels.
        ValueError: for a tensor of another kind, or a side below 8.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document
    recognition, Proceedings of the IEEE 86, 1998, section III.A.

    >>> page = torch.full((300, 200), 220, dtype=torch.uint8)
    >>> page[20:120, 30:40] = 60
    >>> image = digit_image(page)
    >>> image[4:24, 13:15].unique(), image.sum().item() == 255 * 20 * 2
    (tensor([255], dtype=torch.uint8), True)
    """
    ink = _of_usual_width(find_ink(_checked(grey, side)))
    small = np.clip(_longest_side(ink, round(side * 20 / 28)), 0, 1)
    small /= small.max()
    # MNIST's centres of mass lie in 13.5 <= index < 14.5: its digits were moved by whole pixels, a
    # half rounded down, and so their edges are as sharp as the shrinking left them.
    corner = [side / 2 - centre for centre in ndimage.center_of_mass(small)]
    return _on_black(255 * small, side, corner)


def whole_image(grey: Tensor, side: int = 28) -> Tensor:
    """A picture of one thing as Fashion-MNIST would hold it, uint8 of shape (side, side).

    The background is what the border shows: taken as black (a light one is inverted first) and
    trimmed, up to 2 % of white or to the noise. The longest side then fills ``side``, and the
    thing is centred.

    Args:
        grey: uint8 of shape (H, W), as :func:`read_photograph` gives it.
        side: height and width of the result in pixels.

    Raises:
        PhotographError: if nothing stands out from the border, or the picture is smaller than
            8 pixels.
        ValueError: for a tensor of another kind, or a side below 8.

    Source: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms, arXiv:1708.07747, 2017, section 2.

    >>> page = torch.full((100, 80), 255, dtype=torch.uint8)
    >>> page[10:70, 20:50] = 55  # twice as high as wide
    >>> image = whole_image(page)
    >>> image[:, 7:21].unique(), image[:, :7].unique()
    (tensor([200], dtype=torch.uint8), tensor([0], dtype=torch.uint8))
    """
    pixels = _checked(grey, side).astype(np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    level = float(np.median(border))
    if level > 127:
        pixels, level = 255 - pixels, 255 - level
    pixels = np.clip((pixels - level) * (255 / (255 - level)), 0, 255)
    noise = 1.4826 * float(np.median(np.abs(border - np.median(border))))
    stands_out = pixels > max(0.02 * 255, 5 * noise)
    if not stands_out.any():
        raise PhotographError("nothing stands out from the border; choose a plain background")
    box = ndimage.find_objects(stands_out.astype(np.int8))[0]
    small = np.clip(_longest_side(pixels[box], side), 0, 255)
    # An odd pixel that is left over is Fashion-MNIST's first one.
    return _on_black(small, side, [ceil((side - length) / 2) for length in small.shape])


def _checked(grey: Tensor, side: int) -> NDArray[np.uint8]:
    if grey.dtype != torch.uint8 or grey.dim() != 2:
        raise ValueError(
            f"a photograph is a uint8 tensor of shape (H, W), not {grey.dtype} of shape "
            f"{tuple(grey.shape)}; read it with read_photograph"
        )
    if side < SMALLEST:
        raise ValueError(f"side is {side}; it has to be {SMALLEST} or more")
    if grey.numel() == 0:
        raise PhotographError("the image is empty; it has no pixels")
    if max(grey.shape) < SMALLEST:
        height, width = grey.shape
        raise PhotographError(
            f"the image has {height}×{width} pixels, too few to see anything; take a larger one"
        )
    pixels: NDArray[np.uint8] = grey.cpu().numpy()
    return pixels


def _of_usual_width(ink: Grey) -> Grey:
    """The ink with strokes at least as wide as MNIST's narrowest, and at most as its widest.

    Shrunk to 20 pixels, the line of a fine pen would be a fraction of a pixel wide: a grey that no
    digit of MNIST has. A broad marker fills what tells an 8 from a 0. A stroke of width w has a
    mean distance to its edge of about w/4.
    """
    size = max(ink.shape)
    inside = np.pad(ink > 0.5, 1)
    width = 4 * float(ndimage.distance_transform_edt(inside)[inside].mean()) - 2
    if width > THICKEST * size and size < FINE:  # a disc takes off whole pixels
        return _of_usual_width(np.clip(_longest_side(ink, FINE), 0, 1))
    radius = (min(max(width, THINNEST * size), THICKEST * size) - width) / 2
    if abs(radius) <= 0.25:  # no disc is that small
        return ink
    reach = int(np.ceil(abs(radius)))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = y**2 + x**2 <= radius**2 + 0.5
    around = np.pad(ink, reach)
    if radius > 0:
        wide: Grey = ndimage.grey_dilation(around, footprint=disc)
        return wide
    narrow: Grey = ndimage.grey_erosion(around, footprint=disc)
    box = ndimage.find_objects((narrow > 0.1).astype(np.int8))
    return narrow[box[0]] if box else ink


def _longest_side(pixels: Grey, length: int) -> Grey:
    scale = length / max(pixels.shape)
    return resized(pixels, *(max(1, round(size * scale)) for size in pixels.shape))


def _on_black(pixels: Grey, side: int, corner: Sequence[float]) -> Tensor:
    """Pixels on a black square, their upper left corner as near to where it should be as fits."""
    top, left = (
        min(max(ceil(place - 0.5), 0), side - length)
        for place, length in zip(corner, pixels.shape, strict=True)
    )
    height, width = pixels.shape
    image = torch.zeros(side, side, dtype=torch.uint8)
    image[top : top + height, left : left + width] = torch.from_numpy(np.round(pixels)).byte()
    return image
