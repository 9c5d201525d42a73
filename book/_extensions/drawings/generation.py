"""Two players: one draws from random numbers, the other scores what is drawn and what is real."""

from math import exp

from .pen import arrow, group, line, pixels, svg, table, text

REAL = (
    "..........",
    "..######..",
    ".##...###.",
    "......##..",
    "....###...",
    "......##..",
    ".......##.",
    ".##...##..",
    "..#####...",
    "..........",
)
DRAWN = (
    "..........",
    "...###.#..",
    ".##....##.",
    "..#...##..",
    "....##.#..",
    "...#..##..",
    ".......#..",
    ".#...##.#.",
    "..###.#...",
    "......#...",
)
SCORES = {"real": 2, "drawn": -1}  # those that the chapter begins with
NUMBERS = (0.3, -1.2, 0.8)


def shaded(rows):
    """A picture's numbers."""
    return [[0.8 * (sign == "#") for sign in row] for row in rows]


def network(x, y, width, before, after, name):
    """A network as a trapezium, centred on a height."""
    path = (
        f"M{x} {y - before / 2}L{x + width} {y - after / 2}L{x + width} {y + after / 2}"
        f"L{x} {y + before / 2}Z"
    )
    drawn = group("kernel", f'<path d="{path}" class="fig-still-marked"/>')
    return drawn + text(x + width / 2, y + 5, name)


def scored(x, y, score):
    """A score, and the probability that it stands for."""
    probability = 1 / (1 + exp(-score))
    return table(x, y, [[score]], "output", "", {(0, 0)}, cell=36) + text(
        x + 44, y + 23, f"{100 * probability:.0f} %", "", "start"
    )


def draw(label):
    """The generator, its picture, a real one, the discriminator, both scores, and the way back."""
    numbers = [[number] for number in NUMBERS]
    return svg(
        540,
        254,
        label,
        table(4, 118, numbers, "input", "random", cell=40),
        arrow(48, 178, 64, 178),
        network(68, 178, 82, 36, 76, "generator"),
        arrow(154, 178, 184, 178),
        text(190, 24, "real", "title", "start"),
        pixels(190, 32, shaded(REAL), "input", size=7),
        text(190, 135, "drawn", "title", "start"),
        pixels(190, 143, shaded(DRAWN), "output", size=7),
        arrow(266, 67, 292, 88),
        arrow(266, 178, 292, 156),
        network(298, 122, 114, 130, 56, "discriminator"),
        arrow(416, 114, 438, 92),
        arrow(416, 130, 438, 152),
        text(444, 52, "score: real?", "title", "start"),
        scored(444, 62, SCORES["real"]),
        scored(444, 142, SCORES["drawn"]),
        line([(462, 184), (462, 242), (109, 242)], "kernel", dashed=True),
        arrow(109, 242, 109, 212, "kernel"),
        text(330, 236, "how to raise this score", "faint"),
    )
