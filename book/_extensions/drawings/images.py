"""A digit as a picture, and a part of it as the numbers that a program is given."""

from itertools import pairwise

from .pen import box, group, line, pixels, svg, text

SIDE, SIZE, CELL = 14, 15, 36
STROKE = [(10.5, 2), (4.5, 2.3), (4, 6.3), (7.5, 5.7), (9.8, 7.3), (9.6, 10), (7, 11.7), (3, 11.2)]
TOP, LEFT, ROWS, COLUMNS = 1, 2, 5, 5


def distance(x, y, first, last):
    """How far a place lies from the straight piece between two points."""
    (x1, y1), (x2, y2) = first, last
    dx, dy = x2 - x1, y2 - y1
    along = min(1, max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)))
    return ((x - x1 - along * dx) ** 2 + (y - y1 - along * dy) ** 2) ** 0.5


def byte(row, column):
    """A pixel of a stroke with soft edges, from 0 to 255."""
    away = min(distance(column + 0.5, row + 0.5, *piece) for piece in pairwise(STROKE))
    return round(255 * min(1, max(0, 1.6 - away)))


def draw(label):
    """The whole digit, and lines from a window in it to the same window in numbers."""
    digit = [[byte(i, j) for j in range(SIDE)] for i in range(SIDE)]
    x, y = 10, 34
    window = (x + LEFT * SIZE, y + TOP * SIZE, COLUMNS * SIZE, ROWS * SIZE)
    right, bottom = window[0] + window[2], window[1] + window[3]
    left, top = 310, 49
    parts = [
        text(x, y - 10, "what a person sees", "title", "start"),
        pixels(x, y, digit, "input", SIZE, 255),
        group("plain", f'<g class="fig-thick">{box(*window)}</g>'),
        line([(right, window[1]), (left, top)], dashed=True),
        line([(right, bottom), (left, top + ROWS * CELL)], dashed=True),
        text(left, y - 10, "what a program sees", "title", "start"),
    ]
    for i in range(ROWS):
        for j in range(COLUMNS):
            value = digit[TOP + i][LEFT + j]
            place = (left + j * CELL, top + i * CELL)
            parts.append(group("input", box(*place, CELL, CELL, strength=0.4 * value / 255)))
            parts.append(text(place[0] + CELL / 2, place[1] + CELL / 2 + 5, value))
    return svg(500, 252, label, *parts)
