"""A sheet of paper that lies on something darker: the picture without what is around it."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from .grey import Mask, otsu_threshold, resized

VIEW = 200  # pixels along the longest side of what is looked at

_CONTRAST = 30  # least difference in grey between the sheet and what it lies on


def sheet_alone(pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The part of a photograph that shows the sheet; around it the paper goes on.

    A sheet is a large light area with four corners, no dent in its outline, and a good part of the
    picture's rim dark around it. A digit that the edge of a shadow crosses is such a dent: what is
    lit there is no sheet.

    Returns:
        The picture of the sheet, None where none is seen.

    >>> desk = np.full((90, 120), 40, dtype=np.uint8)
    >>> desk[20:70, 30:90] = 210
    >>> desk[40:60, 50:54] = 60
    >>> sheet = sheet_alone(desk)
    >>> sheet.shape, int((sheet < 100).sum()) == 20 * 4
    ((52, 62), True)
    """
    scale = max(1.0, max(pixels.shape) / VIEW)
    view = resized(pixels, *(max(1, round(length / scale)) for length in pixels.shape))
    soft = ndimage.gaussian_filter(view, 1)
    if soft.max() - soft.min() < _CONTRAST:
        return None
    light = soft > otsu_threshold(soft)
    labels, count = ndimage.label(light)
    if count == 0:
        return None
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    largest = labels == sizes.argmax()
    region = ndimage.binary_fill_holes(largest)
    if not _is_sheet(view, largest, region):
        return None
    inside = ndimage.binary_erosion(region, iterations=2)
    if not inside.any():
        return None
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    paper = np.where(inside, view, view[tuple(nearest)])
    box = ndimage.find_objects(region.astype(np.int8))[0]
    ends = [(part.start - 1, part.stop + 1) for part in box]
    whole = tuple(
        slice(max(0, int(start * scale)), min(length, int(np.ceil(stop * scale))))
        for (start, stop), length in zip(ends, pixels.shape, strict=True)
    )
    seen = resized(inside.astype(np.float32), *pixels.shape)[whole] > 0.5
    around = resized(paper, *pixels.shape)[whole]
    return np.where(seen, pixels[whole], np.clip(np.round(around), 0, 255)).astype(np.uint8)


def _is_sheet(view: NDArray[np.float32], light: Mask, region: Mask) -> bool:
    share = region.mean()
    rim = np.concatenate([region[0], region[-1], region[:, 0], region[:, -1]])
    if not 0.06 < share < 0.95 or rim.mean() > 0.7 or light.sum() < 0.7 * region.sum():
        return False
    # From a ring just outside to one just inside: light that changes slowly makes no such step.
    inner = region & ~ndimage.binary_erosion(region, iterations=4, border_value=1)
    outer = ndimage.binary_dilation(region, iterations=4) & ~region
    if not outer.any() or np.median(view[inner]) - np.median(view[outer]) < _CONTRAST:
        return False
    try:
        hull = ConvexHull(np.argwhere(region))
    except QhullError:  # a line
        return False
    corners = hull.points[hull.vertices]
    if _largest_quadrilateral(corners) < 0.88 * hull.volume:
        return False
    sides = np.ptp(corners @ _axes(corners), axis=0)
    if max(sides) > 4 * min(sides):
        return False
    return not _dented(region, hull.equations)


def _axes(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    axes: NDArray[np.float64] = np.linalg.eigh(np.cov(corners.T))[1]
    return axes


def _dented(region: Mask, sides: NDArray[np.float64]) -> bool:
    """Whether the convex hull has more than slivers that the region lacks."""
    places = np.indices(region.shape).reshape(2, -1)
    within = (sides[:, :2] @ places + sides[:, 2:] <= 1e-9).all(axis=0).reshape(region.shape)
    dents = ndimage.binary_opening(within & ~region, iterations=2)
    return bool(dents.sum() > 0.001 * region.sum())


def _largest_quadrilateral(corners: NDArray[np.float64]) -> float:
    """The area of the largest quadrilateral among the corners of a convex outline, about.

    An ellipse leaves a third of its area outside of it, a sheet next to nothing.
    """
    if len(corners) < 4:
        return 0.0
    step = max(1, len(corners) // 40)
    some = corners[::step]
    best = 0.0
    for first in range(len(some)):
        for third in range(first + 2, len(some)):
            diagonal = some[third] - some[first]
            across = diagonal[0] * (some[:, 1] - some[first, 1]) - diagonal[1] * (
                some[:, 0] - some[first, 0]
            )
            best = max(best, float(across.max() - across.min()) / 2)
    return best
