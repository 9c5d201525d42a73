"""The cross-entropy of one image against the probability of its right class."""

from math import log

from .pen import dot, line, svg, text

LEFT, TOP, WIDE, HIGH = 60, 14, 440, 180
MOST = 4.0
SHOWN = (0.1, 0.5, 0.9)


def place(p):
    """Where a probability's loss lies in the drawing."""
    return LEFT + WIDE * p, TOP + HIGH * (1 + log(p) / MOST)


def draw(label):
    """The curve of the negative logarithm with three of its points."""
    parts = []
    for p in SHOWN:
        x, y = place(p)
        parts += [
            dot(x, y, "output", 5),
            text(x + 10, y - 8, f"{-log(p):.2f}", "title", "start"),
            text(x, TOP + HIGH + 19, f"{p:g}"),
        ]
    curve = [place(0.0185 + (1 - 0.0185) * (n / 120) ** 2) for n in range(121)]
    return svg(
        540,
        236,
        label,
        line([(LEFT, TOP), (LEFT, TOP + HIGH), (LEFT + WIDE, TOP + HIGH)]),
        line(curve, "output", thick=True),
        *parts,
        text(LEFT - 8, TOP + HIGH + 5, "0", anchor="end"),
        text(LEFT - 8, TOP + HIGH / 2, "loss", "faint", "end"),
        text(LEFT - 8, TOP + 12, f"{MOST:g}", anchor="end"),
        text(LEFT + WIDE, TOP + HIGH + 19, "1"),
        text(LEFT + WIDE / 2, TOP + HIGH + 38, "probability of the right class", "faint"),
    )
