"""Two images that max pooling cannot tell apart: the same numbers elsewhere in their windows."""

from .pen import CELL, arrow, svg, table, text

WINDOWS = [[1, 3, 4, 2], [2, 0, 1, 5], [0, 1, 3, 2], [7, 2, 6, 8]]
"""The four numbers of each window of 2×2, row by row."""

GAP = 6
FOUR = {(0, 0), (0, 1), (1, 0), (1, 1)}


def draw(label):
    """An image on either side, and between them what stays of both."""
    moved = [window[::-1] for window in WINDOWS]
    side = 4 * CELL + GAP
    middle = 36 + side / 2
    largest = [max(window) for window in WINDOWS]
    return svg(
        480,
        175,
        label,
        image(5, WINDOWS, "image"),
        arrow(143, middle, 197, middle),
        table(210, middle - CELL, [largest[:2], largest[2:]], "output", "", FOUR),
        text(240, 26, "max pooling", "title"),
        arrow(337, middle, 283, middle),
        image(475 - side, moved, "another image"),
    )


def image(x, windows, title):
    """Four windows of 2×2 with a gap between them, and the largest number of each marked."""
    parts = [text(x + 2 * CELL + GAP / 2, 26, title, "title")]
    for n, window in enumerate(windows):
        left, top = x + n % 2 * (2 * CELL + GAP), 36 + n // 2 * (2 * CELL + GAP)
        best = divmod(window.index(max(window)), 2)
        parts.append(table(left, top, [window[:2], window[2:]], "input", "", {best}, FOUR - {best}))
    return "".join(parts)
