"""Tiles to train with and to judge by: whole areas kept apart, and tiles drawn at random."""

from random import Random

from .pen import box, group, svg, text

ROWS, COLUMNS, WEST = 16, 18, 11
CELL = 11


def apart():
    """West and east with a column between them that belongs to neither."""
    places = [(i, j) for i in range(ROWS) for j in range(COLUMNS)]
    return {p for p in places if p[1] < WEST}, {p for p in places if p[1] > WEST}


def mixed():
    """As many of each, drawn by chance from the same columns."""
    train, test = apart()
    places = sorted(train | test)
    random = Random(0)
    order = sorted(places, key=lambda _: random.random())
    return set(order[: len(train)]), set(order[len(train) :])


def beside(train, test):
    """How many tiles to judge by share a side with one to train with."""
    ways = ((0, 1), (1, 0), (0, -1), (-1, 0))
    return sum(any((i + a, j + b) in train for a, b in ways) for i, j in test)


def tiles(x, y, places, kind):
    """Small filled squares: faint ones to train with, strong ones to judge by."""
    strength = 0.2 if kind == "input" else 0.8
    return group(
        kind,
        *(
            box(x + CELL * j, y + CELL * i, CELL, CELL, strength=strength)
            for i, j in sorted(places)
        ),
    )


def draw(label):
    """Both ways to part the map, with the number of tiles to judge by that have such neighbours."""
    parts = []
    for x, title, (train, test) in ((4, "areas apart", apart()), (338, "at random", mixed())):
        parts += [
            text(x, 20, title, "title", "start"),
            tiles(x, 28, train, "input"),
            tiles(x, 28, test, "output"),
            text(x, 226, f"{beside(train, test)} of {len(test)} beside training", "", "start"),
        ]
    train, test = apart()
    return svg(
        540,
        234,
        label,
        *parts,
        tiles(216, 90, {(0, 0)}, "input"),
        text(234, 100, f"training: {len(train)}", "", "start"),
        tiles(216, 116, {(0, 0)}, "output"),
        text(234, 126, f"test: {len(test)}", "", "start"),
    )
