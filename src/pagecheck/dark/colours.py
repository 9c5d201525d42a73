"""The counterpart of a colour on a dark ground.

What is grey, or so pale that it reads as a tinted ground, is mirrored: as much as it stands out
from white, it stands out from the dark ground, and white is the ground itself. Other colours keep
their hue and become lighter only where they would hardly be seen. Lightness is that of OKLab, in
which equal steps look equal; contrast is that of the WCAG.
"""

from functools import cache
from math import ceil, hypot, log

Colour = tuple[float, float, float]
"""Red, green and blue, from 0 to 1."""

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
TEXT, MARK = 4.5, 3.0
"""The contrast that texts need at least, and that of other things that have a colour."""
_GREY = 0.07
"""Colours whose chroma in OKLab is less are mirrored: greys, and tints such as pale blue."""
_STRONGEST = 14.0
"""The contrast of black's counterpart: white itself would glare."""
_SHARE = log(_STRONGEST) / log(21)
_STEPS = 24


def parsed(text: str) -> Colour:
    """A colour as matplotlib writes it.

    Raises:
        ValueError: if it is written otherwise.

    >>> parsed("#ff0000")
    (1.0, 0.0, 0.0)
    """
    if len(text) not in (7, 9) or not text.startswith("#"):
        raise ValueError(f"{text!r} is no colour such as #d55e00")
    red, green, blue = (int(text[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def written(colour: Colour) -> str:
    """A colour for SVG.

    >>> written((1.0, 0.0, 0.5))
    '#ff0080'
    """
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def luminance(colour: Colour) -> float:
    """The relative luminance, from 0 to 1."""
    red, green, blue = (_linear(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast of two colours, from 1 to 21.

    >>> round(contrast((0, 0, 0), (1, 1, 1)), 6)
    21.0
    """
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def blended(colour: Colour, opacity: float, ground: Colour) -> Colour:
    """What is seen of a colour that lets some of the ground through."""
    red, green, blue = (
        opacity * above + (1 - opacity) * below for above, below in zip(colour, ground, strict=True)
    )
    return red, green, blue


def is_grey(colour: Colour) -> bool:
    """Whether a colour is grey, or a tint that is mirrored like one."""
    _, green_red, blue_yellow = _oklab(colour)
    return hypot(green_red, blue_yellow) < _GREY


@cache
def counterpart(colour: Colour, ground: Colour, least: float, opacity: float = 1.0) -> Colour:
    """What stands on a dark ground for a colour that stood on white.

    Args:
        colour: the colour on white.
        ground: the dark ground.
        least: the contrast to the ground that it has to have, :data:`TEXT` or :data:`MARK`; what
            is no text need not stand out more than it did from white.
        opacity: how much of it is seen, on either ground.
    """
    before = contrast(blended(colour, opacity, WHITE), WHITE)
    is_text = least >= TEXT
    if is_grey(colour):
        wanted = max(before**_SHARE, least) if is_text else before**_SHARE
        return ground if wanted == 1 else _lightened(colour, ground, wanted, opacity)
    wanted = least if is_text else min(least, before)
    if contrast(blended(colour, opacity, ground), ground) >= wanted:
        return colour
    return _lightened(colour, ground, wanted, opacity)


@cache
def readable(colour: Colour, ground: Colour, page: Colour) -> Colour:
    """A text's colour on something that lies on the dark page: as it was, or its counterpart."""
    choices = [counterpart(colour, page, TEXT), colour]
    best = max(choices, key=lambda choice: contrast(choice, ground))
    if contrast(best, ground) < TEXT:
        return max((BLACK, WHITE), key=lambda choice: contrast(choice, ground))
    return best


def _lightened(colour: Colour, ground: Colour, wanted: float, opacity: float) -> Colour:
    """The darkest colour of a hue that has a contrast to a dark ground, white if none has it."""
    _, green_red, blue_yellow = _oklab(colour)
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        tried = blended(_within(middle, green_red, blue_yellow), opacity, ground)
        if luminance(tried) < luminance(ground) or contrast(tried, ground) < wanted:
            low = middle
        else:
            high = middle
    return _upwards(_within(high, green_red, blue_yellow))


def _within(lightness: float, green_red: float, blue_yellow: float) -> Colour:
    """A colour of a screen, as strong as one can be that has this lightness and hue."""
    strength = 1.0
    for _ in range(_STEPS):
        parts = _linear_of(lightness, strength * green_red, strength * blue_yellow)
        if all(-1e-4 <= part <= 1 + 1e-4 for part in parts):
            break
        strength *= 0.9
    else:
        parts = _linear_of(lightness, 0.0, 0.0)
    red, green, blue = (_gamma(min(max(part, 0.0), 1.0)) for part in parts)
    return red, green, blue


def _upwards(colour: Colour) -> Colour:
    """A colour in whole steps of a screen, none of them darker, so that contrast is kept."""
    red, green, blue = (min(ceil(part * 255 - 1e-6), 255) / 255 for part in colour)
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)


def _oklab(colour: Colour) -> Colour:
    """Lightness, green to red, blue to yellow: https://bottosson.github.io/posts/oklab/."""
    red, green, blue = (_linear(part) for part in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear_of(lightness: float, green_red: float, blue_yellow: float) -> Colour:
    """The other way, to linear red, green and blue, which a screen may not have."""
    long = (lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
