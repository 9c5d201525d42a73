"""Where the ink is: paper, light, noise and specks taken away, soft edges kept."""

from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .grey import Grey, Mask, otsu, resized
from .pieces import EIGHT, Labels, NotOneDigitError, Piece, encloses, pieces_of, the_digits
from .read import PhotographError
from .sheet import sheet_alone

VIEW = 256  # pixels along the longest side of what is looked at; a digit then has 100 or more


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
    if (sheet := sheet_alone(pixels)) is not None:
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
    floor = min(0.3, 2 * noise / full)
    soft = np.clip((darkness / full - floor) / (1 - floor), 0, 1)
    # A margin of one pixel of the digit's 20 keeps the soft edge, and no speck beside it.
    near = ndimage.binary_dilation(kept, EIGHT, iterations=max(1, round(size / 20)))
    ink: Grey = np.where(near, soft, 0)[box].astype(np.float32)
    return ink


def _darkness(view: Grey, dark: bool) -> tuple[Grey, Grey]:
    """How much darker than the paper each pixel is; of light ink on dark, how much lighter.

    The paper is the grey closing of the view: what is left when all that is dark and narrower than
    a third of the view is filled. Unlike a blur it follows the edge of a shadow.
    """
    longest = max(view.shape)
    lit = view if dark else 255 - view
    flat = _without_slope(lit)
    window = int(longest / 3) | 1
    paper = ndimage.grey_closing(ndimage.gaussian_filter(flat, longest / 250), (window, window))
    # Smoothed, since a closing follows the noise's peaks; a median keeps the edge of a shadow.
    paper = ndimage.median_filter(paper, 2 * round(longest / 50) + 1)
    level = np.maximum(paper, 1)
    gain = np.clip(np.percentile(level, 90) / level, 1, 5)
    darkness: Grey = gain * (ndimage.gaussian_filter(paper, longest / 250) - flat)
    darkness -= np.median(darkness)  # the closing follows the noise's peaks, not its middle
    return darkness, gain


def _look(view: Grey, dark: bool) -> tuple[Grey, Mask, float]:
    """What is darker than the paper (or lighter), the pixels of its strokes, and the noise."""
    darkness, gain = _darkness(view, dark)
    return darkness, *_strokes(darkness, gain)


def _first_look(view: Grey) -> tuple[bool, tuple[Grey, Mask, float]]:
    """Whether the ink is dark, and what is seen then.

    Where what is found is not drawn with strokes, the other way round is tried.

    Raises:
        PhotographError: if there is no ink, or not one digit.
    """
    first = _ink_is_dark(view)
    seen: dict[bool, tuple[Grey, Mask, float]] = {}
    nothing: PhotographError | None = None
    for dark in (first, not first):
        try:
            seen[dark] = _look(view, dark)
        except NotOneDigitError:
            raise
        except PhotographError as error:
            nothing = nothing or error
            continue
        if _is_drawn(seen[dark][1]):
            return dark, seen[dark]
    if first not in seen:
        assert nothing is not None
        raise nothing
    return first, seen[first]


def _is_drawn(kept: Mask) -> bool:
    """Whether something is drawn with strokes.

    The lit corner of a shadowed sheet runs along the rim and is thick everywhere.
    """
    if not np.concatenate([kept[0], kept[-1], kept[:, 0], kept[:, -1]]).any():
        return True
    box = ndimage.find_objects(kept.astype(np.int8))[0]
    inside = np.pad(kept, 1)
    width = 4 * float(ndimage.distance_transform_edt(inside)[inside].mean())
    return bool(width < 0.35 * max(kept[box].shape))


def _without_slope(view: Grey) -> Grey:
    """The view under even light: its slope taken away, found by the medians of rows and columns.

    A closing would take the darkest side of a slope for a valley, and so for ink. The slope is
    the usual rise from place to place: a shadow's edge, a step at one place, has no part in it.
    """
    flat = view.copy()
    for axis, length in enumerate(view.shape):
        levels = np.median(view, axis=1 - axis)
        apart = max(1, length // 8)
        rise = float(np.median(levels[apart:] - levels[:-apart])) / apart if length > 1 else 0.0
        slope = rise * (np.arange(length, dtype=np.float32) - (length - 1) / 2)
        flat -= np.expand_dims(slope, 1 - axis)
    return flat


def _ink_is_dark(view: Grey) -> bool:
    """Whether narrow things are darker than what surrounds them.

    The border alone would do for even light. Here each pixel is compared with its surroundings at
    several scales; the cube keeps the sign and lets the few strong answers of strokes decide.
    Edges of shadows answer with both signs alike.
    """
    scale = min(1.0, 160 / max(view.shape))
    small = resized(view, *(max(1, round(length * scale)) for length in view.shape))
    longest, total = max(small.shape), 0.0
    for part in (100, 50, 25, 12):
        around = ndimage.gaussian_filter(small, 2 * longest / part)
        excess = around - ndimage.gaussian_filter(small, longest / part)
        total += float((excess.astype(np.float64) ** 3).mean())
    return total >= 0


def _strokes(darkness: Grey, gain: Grey) -> tuple[Mask, float]:
    """The pixels of the digit's strokes, and the standard deviation of the noise."""
    longest = max(darkness.shape)
    soft = ndimage.gaussian_filter(darkness, longest / 250)
    # In a shadow the noise is brought up with the ink, and must not count as ink for that.
    noise = _noise(soft / gain, window=2 * round(3 * longest / 250) + 3)
    kept: Mask | None = None
    for _ in range(3):
        if (soft / gain).max() < max(6 * noise, 10):
            break
        labels, pieces = pieces_of(soft, soft > np.maximum(otsu(soft), 4 * noise * gain))
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


def _noise(soft: Grey, window: int) -> float:
    """The noise's standard deviation, from below: neither shadows nor strokes may count as noise.

    Two estimates, each good where the other is not: from the pixels lighter than paper, and from
    the flattest quarter's differences to their surroundings (0.3186 is a normal variable's).
    """
    middle = np.median(soft)
    lighter = 1.4826 * float(np.median(middle - soft[soft <= middle]))
    rough = np.abs(soft - ndimage.uniform_filter(soft, window))
    return min(lighter, float(np.quantile(rough, 0.25)) / 0.3186)
