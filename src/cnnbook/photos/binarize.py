"""Where the ink is: paper, light, noise and specks taken away, soft edges kept."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from .grey import Grey, Mask, otsu_threshold, resized
from .paper import darkness_of, ink_is_dark, noise_of
from .pieces import EIGHT, Labels, NotOneDigitError, Piece, encloses, pieces_of, the_digits
from .read import PhotographError
from .sheet import sheet_alone

VIEW = 256  # pixels along the longest side of what is looked at; a digit then has 100 or more
SHEET = 60  # pixels; in a smaller picture nobody shows a whole sheet of paper
PARTS = (3, 6, 9, 12)
"""The windows that tell ink from paper, one after the other, as parts of the view."""
NARROWER = (5, 8, 11)
"""Others, by which it is seen whether the windows decide what is ink."""
UNEVEN = 0.18
"""Spread of the paper, in parts of the ink's darkness, from which on the ink is but more of it.

Coarse grain has 0.19 and more; paper with a digit on it mostly 0.05 and less, under shadows 0.14.
"""
TWO_KINDS = 0.75
"""Share of the darkness' variance that two classes explain where there are two."""


def find_ink(pixels: NDArray[np.uint8]) -> Grey:
    """The digit's ink cut out: float32 of its own height and width, 0 paper, 1 full ink.

    The photograph is looked at from afar first, and again from nearer as long as the digit is a
    small part of what is seen: a threshold is only good where ink is a fair share of the pixels.

    Raises:
        PhotographError: if there is no ink.

    >>> page = np.full((90, 120), 200, dtype=np.uint8)
    >>> page[20:60, 80:86] = 50
    >>> ink = find_ink(page)
    >>> ink.shape, ink.min().item()
    ((40, 6), 1.0)
    """
    if min(pixels.shape) >= SHEET and (sheet := sheet_alone(pixels)) is not None:
        try:
            return _ink_on_paper(sheet)
        except PhotographError as error:
            if isinstance(error, NotOneDigitError):
                raise
    return _ink_on_paper(pixels)


def _ink_on_paper(pixels: NDArray[np.uint8]) -> Grey:
    (top, left), (bottom, right) = (0, 0), pixels.shape
    dark: bool | None = None
    found: tuple[Grey, Mask, float] | None = None
    for _ in range(4):
        crop = pixels[top:bottom, left:right]
        scale = max(1.0, max(crop.shape) / VIEW)
        view = resized(crop, *(max(1, round(length / scale)) for length in crop.shape))
        try:
            if dark is None:
                dark, found = _first_look(view)
            else:
                found = _look(view, dark)
        except PhotographError:
            if found is None:
                raise
            break  # a blob, so near that it is taken for the paper
        kept = found[1]
        box = ndimage.find_objects(kept.astype(np.int8))[0]
        size = max(kept[box].shape)
        if size >= 0.4 * max(view.shape):
            break
        margin = max(size / 2, 8)  # enough paper to tell it from ink
        above, beside = ((part.start - margin) * scale for part in box)
        below, beyond = ((part.stop + margin) * scale for part in box)
        bottom, right = min(bottom, top + ceil(below)), min(right, left + ceil(beyond))
        top, left = max(top, top + int(above)), max(left, left + int(beside))
    assert found is not None
    darkness, kept, noise = found
    box = ndimage.find_objects(kept.astype(np.int8))[0]
    # What counts as full ink is what most of the stroke reaches; a lens blurs only its edges.
    full = float(np.percentile(darkness[kept], 75))
    _refuse_what_is_paper(darkness, kept, full)
    floor = min(0.3, 2 * noise / full)
    soft = np.clip((darkness / full - floor) / (1 - floor), 0, 1)
    # A margin of one pixel of the digit's 20 keeps the soft edge, and no speck beside it.
    near = ndimage.binary_dilation(kept, EIGHT, iterations=max(1, round(size / 20)))
    ink: Grey = np.where(near, soft, 0)[box].astype(np.float32)
    return ink


def _refuse_what_is_paper(darkness: Grey, kept: Mask, full: float) -> None:
    """Ink stands out from the paper; the dark places of grain are where there is most of it.

    Raises:
        NotOneDigitError: if the paper itself is about as uneven as what is taken for ink.
    """
    longest = max(darkness.shape)
    paper = ~ndimage.binary_dilation(kept, EIGHT, iterations=max(2, longest // 40))
    if paper.sum() < longest:  # a digit that is cut out tightly: too little to tell
        return
    soft = ndimage.gaussian_filter(darkness, longest / 250)[paper]
    # The median distance: lines, frames and blots are few of the pixels.
    spread = 1.4826 * float(np.median(np.abs(soft - np.median(soft))))
    if spread > UNEVEN * full:
        raise NotOneDigitError(
            "the paper is as uneven as what is seen on it, and no digit stands out; photograph it "
            "on plainer paper, or with a darker pen"
        )


def _look(view: Grey, dark: bool, parts: Sequence[int] = PARTS) -> tuple[Grey, Mask, float]:
    """What is darker than the paper (or lighter), the pixels of its strokes, and the noise.

    A window of a third of the view is wider than any pen's stroke, but also than a finger's
    shadow or a shadow's corner, which then are filled like strokes. A shadow comes from outside
    the picture: where what is seen reaches the rim, a narrower window is tried, which is right if
    it leaves nothing at the rim and whole strokes; at last what is darkest by itself.
    """
    wide = darkness, kept, noise = _look_through(view, dark, parts[0])
    if not _reaches_rim(kept):
        return wide
    for part in parts[1:]:
        try:
            narrow = _look_through(view, dark, part)
        except PhotographError:
            continue
        if not _reaches_rim(narrow[1]) and not _is_hollow(view, dark, narrow[1]):
            return narrow
    alone = _darkest(darkness, kept)
    if alone is not None and not _reaches_rim(alone):
        return np.where(kept & ~alone, 0, darkness), alone, noise
    return wide


def _is_hollow(view: Grey, dark: bool, kept: Mask) -> bool:
    """Whether only the edges of strokes are kept: what is beside them is then no lighter."""
    lit = ndimage.gaussian_filter(view if dark else 255 - view, 1) + 1
    near = ndimage.binary_dilation(kept, EIGHT)
    beside = ndimage.binary_dilation(near, EIGHT, iterations=3) & ~near
    if not beside.any():
        return True
    nearest = ndimage.distance_transform_edt(~kept, return_distances=False, return_indices=True)
    # As a ratio, for a shadow dims ink and paper alike.
    step = np.log(lit[beside] / lit[tuple(nearest)][beside])
    return bool((step < 0.3 * np.percentile(step, 80)).mean() > 0.2)


def _reaches_rim(mask: Mask) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _look_through(view: Grey, dark: bool, part: int) -> tuple[Grey, Mask, float]:
    darkness, gain = darkness_of(view, dark, part)
    return darkness, *_strokes(darkness, gain)


def _darkest(darkness: Grey, kept: Mask) -> Mask | None:
    """The darker of the strokes where they are of two kinds, dark and paler; else None."""
    inside = ndimage.binary_erosion(kept, EIGHT)
    if not inside.any():
        return None
    values = darkness[inside]
    edge = otsu_threshold(values)
    high, low = values[values > edge], values[values <= edge]
    if not high.size or not low.size:
        return None
    between = high.size * low.size * (high.mean() - low.mean()) ** 2 / values.size**2
    if between <= TWO_KINDS * values.var():
        return None
    return np.asarray(ndimage.binary_dilation(inside & (darkness > edge), EIGHT) & kept)


def _first_look(view: Grey) -> tuple[bool, tuple[Grey, Mask, float]]:
    """Whether the ink is dark, and what is seen then.

    Where what is found does not look drawn, the other way round is tried.

    Raises:
        PhotographError: if there is no ink, or not one digit.
    """
    first = ink_is_dark(view)
    seen: dict[bool, tuple[Grey, Mask, float]] = {}
    doubts: dict[bool, int] = {}
    nothing: PhotographError | None = None
    for dark in (first, not first):
        try:
            seen[dark] = _look(view, dark)
        except NotOneDigitError:
            if seen:
                continue
            raise
        except PhotographError as error:
            nothing = nothing or error
            continue
        doubts[dark] = _doubts(view, dark, seen[dark][1])
        if doubts[dark] < 2:
            break
    if first in seen and (doubts[first] < 2 or doubts.get(not first) != 0):
        return first, seen[first]
    if doubts.get(not first) == 0:
        return not first, seen[not first]
    assert nothing is not None
    raise nothing


def _doubts(view: Grey, dark: bool, kept: Mask) -> int:
    """How little something looks like a digit drawn on paper; from 2 on it may be none.

    The lit corner of a shadowed sheet reaches the rim, and is a wedge without a dent; the paper
    inside a 0 is a blob. A digit that is cut out tightly reaches from side to side.
    """
    box = ndimage.find_objects(kept.astype(np.int8))[0]
    size = max(kept[box].shape)
    if size < 0.12 * max(kept.shape):
        return 0  # too small to tell
    inside = np.pad(kept[box], 1)
    width = 4 * float(ndimage.distance_transform_edt(inside)[inside].mean())
    of_strokes = width < 0.35 * size and (width < 0.2 * size or _solidity(kept[box]) < 0.85)
    tight = all(
        0.9 * whole <= part for part, whole in zip(kept[box].shape, kept.shape, strict=True)
    )
    cut = _reaches_rim(kept) and not tight
    rim = np.concatenate([kept[0], kept[-1], kept[:, 0], kept[:, -1]])
    if rim.mean() > 0.5:
        return 4  # the paper around a digit that is cut out tightly
    # A thick 1 is a blob too, but it is one through any window.
    return int(not of_strokes) + int(cut) + 2 * int(_is_unsteady(view, dark, kept))


def _is_unsteady(view: Grey, dark: bool, kept: Mask) -> bool:
    """Whether a narrower window shows something else: of strokes it shows the same."""
    try:
        other = _look(view, dark, NARROWER)[1]
    except PhotographError:
        return True
    return bool((kept & other).sum() < 0.8 * (kept | other).sum())


def _solidity(mask: Mask) -> float:
    """A shape's share of its convex hull."""
    corners = np.argwhere(np.pad(mask, ((0, 1), (0, 1))))
    try:
        hull = ConvexHull(
            np.concatenate([corners, corners + np.array([0, 1]), corners + np.array([1, 0])])
        )
    except QhullError:  # all in a line
        return 1.0
    return float(mask.sum() / hull.volume)


def _strokes(darkness: Grey, gain: Grey) -> tuple[Mask, float]:
    """The pixels of the digit's strokes, and the standard deviation of the noise."""
    longest = max(darkness.shape)
    soft = ndimage.gaussian_filter(darkness, longest / 250)
    # In a shadow the noise is brought up with the ink, and must not count as ink for that.
    noise = noise_of(soft / gain, window=2 * round(3 * longest / 250) + 3)
    kept: Mask | None = None
    for _ in range(3):
        if (soft / gain).max() < max(6 * noise, 10):
            break
        labels, pieces = pieces_of(soft, soft > np.maximum(otsu_threshold(soft), 4 * noise * gain))
        main = the_digits(labels, pieces)
        if kept is not None and main.extent < 0.08 * longest:
            break
        # A desk, a frame or a shadow runs along the rim, a digit at most touches it: look again
        # without it, and come back to it if nothing else is there (a 7 cut out tightly).
        along_the_rim = main.rim > 0.12
        if kept is None or not along_the_rim:
            kept = _belonging(labels, main, pieces)
        if not along_the_rim:
            break
        gone = ndimage.binary_dilation(
            labels == main.number, EIGHT, iterations=max(1, longest // 50)
        )
        soft = np.where(gone, 0, soft)
    if kept is None:
        raise PhotographError(
            "no ink was found; photograph the digit larger, sharper, or with a darker pen"
        )
    return kept, noise


def _belonging(labels: Labels, main: Piece, pieces: list[Piece]) -> Mask:
    """The main piece with the pieces that are no specks and near enough to be its strokes."""
    distance = ndimage.distance_transform_edt(labels != main.number)
    numbers = [piece.number for piece in pieces]
    gaps = dict(zip(numbers, ndimage.minimum(distance, labels, numbers), strict=True))
    belonging = [
        piece.number
        for piece in pieces
        if 0.03 * main.mass <= piece.mass <= main.mass
        and gaps[piece.number] <= main.extent / 4
        and (main.rim > 0 or piece.rim == 0)
        and not encloses(labels, piece, [main])
    ]
    kept: Mask = np.isin(labels, belonging)
    return kept
