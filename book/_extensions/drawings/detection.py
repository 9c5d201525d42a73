"""A scene, the cells of it that say "here", and the boxes that come out."""

from .pen import arrow, box, group, line, pixels, svg, text

SEVEN = ["1111111", "0000011", "0000110", "0001100", "0001100", "0011000", "0011000", "0011000"]
ONE = ["0011", "0111", "1111", "0011", "0011", "0011", "0011", "0011", "0011", "0011", "0011"]
PLACES = [("7", SEVEN, 4, 4), ("1", ONE, 19, 13)]
"""Names, pixels, and the column and row of the upper left corner."""

SIDE, CELL, PIXEL = 28, 4, 6
LINE = [(column, 26 - column // 2) for column in range(15)]
"""A faint line that is no digit."""


def boxes():
    """Left, top, right and bottom of each digit, at the borders of pixels."""
    return [(x, y, x + len(rows[0]), y + len(rows)) for _, rows, x, y in PLACES]


def answering():
    """The cells, by row and column, whose centre is less than a cell away from a digit's."""
    cells = set()
    for left, top, right, bottom in boxes():
        x, y = (left + right) / 2, (top + bottom) / 2
        for row in range(SIDE // CELL):
            for column in range(SIDE // CELL):
                away = abs(CELL * (column + 0.5) - x), abs(CELL * (row + 0.5) - y)
                if max(away) < CELL:
                    cells.add((row, column))
    return cells


def scene():
    """The pixels, from 0 to 1."""
    image = [[0.0] * SIDE for _ in range(SIDE)]
    for column, row in LINE:
        image[row][column] = 0.35
    for _, rows, left, top in PLACES:
        for i, row in enumerate(rows):
            for j, ink in enumerate(row):
                image[top + i][left + j] = max(image[top + i][left + j], float(ink))
    return image


def draw(label):
    """The scene, the grid of cells, and the scene with its boxes and names."""
    image, wide, yes = scene(), SIDE * PIXEL, answering()
    top, lefts = 26, [2, 186, 370]
    faint = [[0.4 * ink for ink in row] for row in image]
    cells = [
        box(lefts[1] + side * column, top + side * row, side, side, (row, column) in yes)
        for side in [CELL * PIXEL]
        for row in range(SIDE // CELL)
        for column in range(SIDE // CELL)
    ]
    found = []
    for (name, *_), (left, above, right, bottom) in zip(PLACES, boxes(), strict=True):
        x, y = lefts[2] + PIXEL * left - 3, top + PIXEL * above - 3
        width, height = PIXEL * (right - left) + 6, PIXEL * (bottom - above) + 6
        corners = [
            (x, y),
            (x + width, y),
            (x + width, y + height),
            (x, y + height),
            (x, y),
            (x + 2, y),
        ]
        found += [
            line(corners, "output", thick=True),
            text(x + width + 5, y + 12, name, "title", "start"),
        ]
    return svg(
        540,
        222,
        label,
        text(lefts[0], 16, "scene", "title", "start"),
        pixels(lefts[0], top, image, "input", PIXEL),
        arrow(172, top + wide / 2, 184, top + wide / 2),
        text(lefts[1], 16, "each cell answers", "title", "start"),
        pixels(lefts[1], top, faint, "input", PIXEL),
        group("output", *cells),
        arrow(356, top + wide / 2, 368, top + wide / 2),
        text(lefts[2], 16, "boxes and names", "title", "start"),
        pixels(lefts[2], top, image, "input", PIXEL),
        *found,
        text(lefts[1] + wide / 2, top + wide + 20, f"{len(yes)} of {len(cells)} cells say yes"),
    )
