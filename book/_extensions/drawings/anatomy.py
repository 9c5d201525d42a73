"""The shapes on the way through a network: maps, then rows of numbers, then ten scores."""

from .pen import arrow, box, group, maps, svg, text

SCALE = 2.5
MIDDLE = 98
DIGIT = [(4, column) for column in range(4, 10)] + [(5, 9), (6, 8), (7, 8), (8, 7), (9, 7)]
"""Rows and columns of a seven's ink, on a field of 14 by 14."""

STACKS = [(6, 24, 103), (6, 12, 222), (16, 8, 300), (16, 4, 375)]
"""Feature maps: how many, their side in pixels, and where they stand."""

BEHIND = {6: 4, 16: 2.2}
"""How far each map of a stack stands behind the one before it."""

ROWS = [(256, 434), (120, 466), (84, 498)]
"""Numbers in a row, drawn upright, and where they stand."""

ARROWS = [
    (79, 99, "kernel"),
    (187, 218, "plain"),
    (276, 297, "kernel"),
    (355, 372, "plain"),
    (419, 432, "plain"),
    (445, 464, "kernel"),
    (477, 496, "kernel"),
    (508, 522, "kernel"),
]


def draw(label):
    """The digit, four stacks of maps, three rows of numbers, and ten scores."""
    return svg(
        540,
        200,
        label,
        picture(5),
        *(stack(*stage) for stage in STACKS),
        *(row(*stage) for stage in ROWS),
        scores(524),
        *(arrow(left, MIDDLE, right, MIDDLE, kind) for left, right, kind in ARROWS),
        text(89, 16, "convolution"),
        text(203, 16, "pooling"),
        text(288, 16, "convolution"),
        text(366, 16, "pooling"),
        text(484, 16, "fully connected"),
    )


def picture(x):
    """The image, to the scale of the maps."""
    side = 28 * SCALE
    dot, top = side / 14, MIDDLE - side / 2
    ink = [box(x + j * dot, top + i * dot, dot, dot, strength=0.9) for i, j in DIGIT]
    frame = box(x, top, side, side)
    return group("input", *ink, frame) + told(x + side / 2, "28×28", "pixels")


def stack(count, side, x):
    """Feature maps one behind the other, and their shape below."""
    step, long = BEHIND[count], SCALE * side
    depth = step * (count - 1)
    layers = maps(x, MIDDLE - (long - depth) / 2, count, long, long, "output", step)
    return layers + told(x + (long + depth) / 2, f"{count} maps", f"{side}×{side}")


def row(count, x):
    """So many numbers; their square root says how high it is."""
    high = 8 * count**0.5
    return group("output", box(x, MIDDLE - high / 2, 8, high, marked=True)) + told(x + 4, "", count)


def scores(x):
    """Ten cells, that of the seven marked."""
    cells = [box(x, MIDDLE - 40 + 8 * n, 8, 8, strength=0.9 if n == 7 else 0) for n in range(10)]
    return group("output", *cells) + told(x + 4, "", 10)


def told(x, above, below):
    """Two lines of words at the foot."""
    return (text(x, 174, above) if above else "") + text(x, 192, below)
