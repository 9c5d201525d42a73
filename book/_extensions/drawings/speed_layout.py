"""The twelve numbers of a small image with three channels, in memory in two orders."""

from .pen import arrow, box, group, svg, text

PIXELS = 4
CHANNELS = "abc"
MARKED = 1
"""The pixel whose numbers are filled."""

CELL, LEFT = 40, 28


def draw(label):
    """Two rows of twelve cells, named by channel and pixel."""
    first = [(c, p) for c in range(3) for p in range(PIXELS)]
    last = [(c, p) for p in range(PIXELS) for c in range(3)]
    parts = []
    for n, (title, order) in enumerate((("channels first", first), ("channels last", last))):
        y = 28 + 92 * n
        parts.append(text(LEFT, y - 9, title, "title", "start"))
        for place, (channel, pixel) in enumerate(order):
            x = LEFT + CELL * place
            parts.append(
                group(
                    "input",
                    box(x + 1, y, CELL - 2, 30, pixel == MARKED),
                    text(x + CELL / 2, y + 20, f"{CHANNELS[channel]}{pixel + 1}"),
                )
            )
            if pixel == MARKED:
                parts.append(arrow(x + CELL / 2, y + 52, x + CELL / 2, y + 35))
    return svg(536, 184, label, *parts)
