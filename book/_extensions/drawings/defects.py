"""Cloth: a pasted strip to learn from with its mask, and a hole that was never shown."""

from .pen import arrow, box, group, line, svg, text

COUNT, SIZE = 6, 16
STRIP = {(row, column) for row in range(1, 5) for column in (2, 3)}
HOLE = {(3, 3), (3, 4), (2, 3)}
WIDE = COUNT * SIZE


def cloth(x, y, pasted=(), missing=()):
    """A plain weave; where a strip is pasted, the threads go the other way and are darker."""
    threads = []
    for row in range(COUNT):
        for column in range(COUNT):
            if (row, column) in missing:
                continue
            strange = (row, column) in pasted
            upright = ((row + column) % 2 == 0) != strange
            long, short = SIZE - 1, SIZE - 6
            width, height = (short, long) if upright else (long, short)
            left = x + SIZE * column + (SIZE - width) / 2
            top = y + SIZE * row + (SIZE - height) / 2
            threads.append(
                box(left, top, width, height, corner=4, strength=0.7 if strange else 0.3)
            )
    return group("input", *threads, box(x, y, WIDE, WIDE))


def mask(x, y, places):
    """The places, filled."""
    squares = [box(x + SIZE * j, y + SIZE * i, SIZE, SIZE, strength=0.6) for i, j in sorted(places)]
    return group("output", *squares, box(x, y, WIDE, WIDE))


def draw(label):
    """Two tasks: on the left to learn from, on the right to be solved afterwards."""
    top, middle = 52, 52 + WIDE / 2
    return svg(
        540,
        178,
        label,
        text(122, 16, "learns from", "title"),
        cloth(5, top, pasted=STRIP),
        arrow(107, middle, 137, middle),
        mask(142, top, STRIP),
        text(53, 42, "pasted strip"),
        text(190, 42, "mark it"),
        line([(270, 6), (270, 170)], dashed=True),
        text(419, 16, "is judged by", "title"),
        cloth(301, top, missing=HOLE),
        arrow(403, middle, 433, middle),
        mask(438, top, HOLE),
        text(349, 42, "hole, never seen"),
        text(486, 42, "mark it too"),
    )
