"""Gradient descent in a long valley: to and fro across it, and slowly along it."""

from .pen import dot, group, line, svg, text

STEEP, FLAT, RATE, STEPS = 2.0, 0.1, 0.93, 14
START = (-4.4, 0.95)
SCALE, CENTRE = 42, (270, 65)
LEVELS = [1, 0.55, 0.2]
"""The loss on each line, as a share of that at the start."""


def path():
    """The places that it steps on, from ``START`` on."""
    x, y = START
    places = [(x, y)]
    for _ in range(STEPS):
        x, y = x - RATE * FLAT * x, y - RATE * STEEP * y
        places.append((x, y))
    return places


def place(point):
    """Where it is in the drawing."""
    return CENTRE[0] + SCALE * point[0], CENTRE[1] - SCALE * point[1]


def ellipse(level):
    """Where the loss, half of each curvature times its square, is this share of the start's."""
    twice = level * (FLAT * START[0] ** 2 + STEEP * START[1] ** 2)
    wide, high = (SCALE * (twice / curvature) ** 0.5 for curvature in (FLAT, STEEP))
    return group(
        "plain",
        f'<ellipse cx="{CENTRE[0]}" cy="{CENTRE[1]}" rx="{wide:.1f}" ry="{high:.1f}"'
        ' class="fig-still-cell"/>',
    )


def draw(label):
    """Lines of equal loss, and the path across them."""
    places = [place(point) for point in path()]
    return svg(
        540,
        132,
        label,
        *map(ellipse, LEVELS),
        line(places, "kernel"),
        *(dot(x, y, "kernel", 3) for x, y in places),
        dot(*CENTRE, "output", 5),
        text(CENTRE[0] + 12, CENTRE[1] + 5, "lowest loss", "", "start"),
        text(place(START)[0] - 8, place(START)[1] - 4, "start", "", "end"),
    )
