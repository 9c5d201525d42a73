"""A 1×1 convolution: the numbers of one pixel, weighed and added, twice."""

from .pen import arrow, box, group, maps, svg, table, text

PIXEL = [2, 0, 1, 3]
WEIGHTS = [[1, 2, 0, -1], [0, 1, 2, 1]]
SIDE, STEP = 54, 11


def draw(label):
    """Four maps, the column of one pixel, the weights, and that pixel of two maps."""
    output = [[sum(w * x for w, x in zip(row, PIXEL, strict=True))] for row in WEIGHTS]
    return svg(
        480,
        172,
        label,
        text(5, 16, "4 maps", "title", "start"),
        stack(5, 86, len(PIXEL), "input"),
        arrow(100, 96, 122, 96),
        table(130, 36, [[x] for x in PIXEL], "input", "", {(n, 0) for n in range(4)}),
        text(145, 16, "one pixel", "title"),
        text(175, 101, "·", "title"),
        table(190, 66, WEIGHTS, "kernel", "2×4 weights"),
        text(326, 101, "=", "title"),
        table(342, 66, output, "output", "", {(0, 0), (1, 0)}),
        arrow(380, 96, 402, 96),
        text(475, 16, "2 maps", "title", "end"),
        stack(409, 76, len(output), "output"),
    )


def stack(x, y, count, kind):
    """Maps one behind the other, with the same pixel in each."""
    marks = [
        group(kind, box(x + STEP * n + 2, y - STEP * n + 2, 7, 7, strength=0.9))
        for n in range(count)
    ]
    return maps(x, y, count, SIDE, SIDE, kind, STEP) + "".join(marks)
