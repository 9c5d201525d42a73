"""A texture: the same small shapes at other places have the same Gram matrix."""

from random import Random

from .pen import arrow, pixels, svg, table, text

SIDE = 12
SHAPE = ((0, 0), (0, 1), (0, 2), (1, 0))
HERE = ((1, 1), (1, 8), (5, 4), (8, 1), (8, 7))
ELSEWHERE = ((1, 4), (4, 0), (4, 8), (8, 3), (9, 8))
FILTERS = ([[1, 1], [0, 0]], [[1, 0], [1, 0]])
BIAS = -1


def picture(places):
    """A picture of the shape at some places."""
    lit = {(i + a, j + b) for i, j in places for a, b in SHAPE}
    return [[int((i, j) in lit) for j in range(SIDE)] for i in range(SIDE)]


def shuffled(rows):
    """The same pixels at other places, each for itself."""
    random = Random(1)
    moved = sorted((pixel for row in rows for pixel in row), key=lambda _: random.random())
    return [moved[SIDE * i : SIDE * (i + 1)] for i in range(SIDE)]


def answers(rows, kernel):
    """A filter's answers after a ReLU: 1 where both its pixels are lit, else 0."""
    return [
        max(0, BIAS + sum(rows[i + a][j + b] * kernel[a][b] for a in (0, 1) for b in (0, 1)))
        for i in range(SIDE - 1)
        for j in range(SIDE - 1)
    ]


def gram(rows):
    """The products of each two filters' answers, added up over all places."""
    maps = [answers(rows, kernel) for kernel in FILTERS]
    return [[sum(p * q for p, q in zip(a, b, strict=True)) for b in maps] for a in maps]


def draw(label):
    """Two filters, three pictures with as many lit pixels, and the Gram matrix of each."""
    first = picture(HERE)
    shown = {"shapes": first, "moved": picture(ELSEWHERE), "shuffled": shuffled(first)}
    parts = []
    for n, (title, rows) in enumerate(shown.items()):
        x = 134 + 146 * n
        parts += [
            text(x, 20, title, "title", "start"),
            pixels(x, 28, rows, "input", size=9, most=1.2),
            arrow(x + 54, 142, x + 54, 172),
            table(x + 24, 180, gram(rows), "output", ""),
        ]
    return svg(
        540,
        246,
        label,
        table(4, 28, FILTERS[0], "kernel", "filters"),
        table(4, 98, FILTERS[1], "kernel", ""),
        text(4, 207, "Gram matrix", "title", "start"),
        text(4, 227, "products, added up", "faint", "start"),
        *parts,
    )
