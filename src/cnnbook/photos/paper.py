"""What the paper is like: its light, its noise, and whether what is drawn on it is darker."""

import numpy as np
from scipy import ndimage

from .grey import Grey, resized


def darkness_of(view: Grey, dark: bool, part: int) -> tuple[Grey, Grey]:
    """How much darker than the paper each pixel is; of light ink on dark, how much lighter.

    The paper is the grey closing of the view: what is left when all that is dark and narrower than
    a window is filled, one of ``part`` along the view. Unlike a blur it follows the edge of a
    shadow.
    """
    longest = max(view.shape)
    lit = view if dark else 255 - view
    flat = _without_slope(lit)
    window = int(longest / part) | 1
    paper = ndimage.grey_closing(ndimage.gaussian_filter(flat, longest / 250), (window, window))
    # Smoothed, since a closing follows the noise's peaks; a median keeps the edge of a shadow.
    paper = ndimage.median_filter(paper, 2 * round(longest / 50) + 1)
    level = np.maximum(paper, 1)
    gain = np.clip(np.percentile(level, 90) / level, 1, 5)
    darkness: Grey = gain * (ndimage.gaussian_filter(paper, longest / 250) - flat)
    darkness -= np.median(darkness)  # the closing follows the noise's peaks, not its middle
    return darkness, gain


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


def ink_is_dark(view: Grey) -> bool:
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


def noise_of(soft: Grey, window: int) -> float:
    """The noise's standard deviation, from below: neither shadows nor strokes may count as noise.

    Two estimates, each good where the other is not: from the pixels lighter than paper, and from
    the flattest quarter's differences to their surroundings (0.3186 is a normal variable's).
    """
    middle = np.median(soft)
    lighter = 1.4826 * float(np.median(middle - soft[soft <= middle]))
    rough = np.abs(soft - ndimage.uniform_filter(soft, window))
    return min(lighter, float(np.quantile(rough, 0.25)) / 0.3186)
