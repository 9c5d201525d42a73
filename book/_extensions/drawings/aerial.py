"""What tells a house from above: of four things that look alike, the network marks two."""

from math import cos, pi, sin

from .pen import arrow, group, pixels, svg, text

SIDE = 168
GRID = 28  # pixels of the map of houses
LONG = 13  # how far a shadow reaches, to the right and down


def rectangle(x, y, width, height, angle=0.0):
    """The corners of a rectangle about a centre."""
    ways = [(-width, -height), (width, -height), (width, height), (-width, height)]
    c, s = cos(angle), sin(angle)
    return [(x + (u * c - v * s) / 2, y + (u * s + v * c) / 2) for u, v in ways]


HOUSES = (rectangle(44, 34, 58, 34), rectangle(119, 106, 54, 32, -0.5))
YARD = rectangle(129, 31, 54, 34)
TREE = [(44 + 15 * cos(pi * n / 16), 112 + 15 * sin(pi * n / 16)) for n in range(32)]


def inside(x, y, corners):
    """Whether a place lies in a rectangle: to the same hand of all its sides."""
    sides = zip(corners, corners[1:] + corners[:1], strict=True)
    return all((c - a) * (y - b) >= (d - b) * (x - a) for (a, b), (c, d) in sides)


def marks():
    """The map of the houses: ones on zeros."""
    middles = [(n + 0.5) * SIDE / GRID for n in range(GRID)]
    return [[int(any(inside(x, y, each) for each in HOUSES)) for x in middles] for y in middles]


def area(points, strength=1.0):
    """A filled outline."""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}Z" class="fig-ink" style="fill-opacity: {strength:.2f}"/>'


def veil(points):
    """An outline that hides what lies under it."""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}Z" class="fig-veil"/>'


def shadow(corners):
    """What a thing keeps from a sun in the north-west."""
    moved = [(x + LONG, y + LONG) for x, y in corners]
    sides = zip(corners, corners[1:] + corners[:1], moved[1:] + moved[:1], moved, strict=True)
    return "".join(map(area, (moved, *sides)))


def roof(corners):
    """Two slopes that meet in a ridge along the longer side."""
    a, b, c, d = corners
    left = ((a[0] + d[0]) / 2, (a[1] + d[1]) / 2)
    right = ((b[0] + c[0]) / 2, (b[1] + c[1]) / 2)
    return veil(corners) + area([a, b, right, left], 0.4) + area([left, right, c, d], 0.85)


def draw(label):
    """Two houses, a yard and a tree with the sun behind them, and the map of the houses."""
    x, y, far = 70, 34, 366
    frame = rectangle(SIDE / 2, SIDE / 2, SIDE, SIDE)
    shadows = "".join(map(shadow, (*HOUSES, TREE)))
    scene = [
        group("input", area(frame, 0.1)),
        group("plain", f'<g style="opacity: 0.6">{shadows}</g>'),
        group("input", *map(roof, HOUSES), area(YARD, 0.6), veil(TREE), area(TREE, 0.85)),
    ]
    return svg(
        540,
        210,
        label,
        text(4, 28, "sun", "faint", "start"),
        arrow(34, 34, 60, 60),
        text(x, y - 10, "from above", "title", "start"),
        f'<g transform="translate({x} {y})">{"".join(scene)}</g>',
        text(x + 42, y + 80, "house"),
        text(x + 129, y + 66, "yard"),
        text(x + 48, y + 161, "tree"),
        text(x + 126, y + 161, "house"),
        arrow(254, y + 84, 350, y + 84, "kernel"),
        text(302, y + 72, "U-Net", "title"),
        text(far, y - 10, "houses", "title", "start"),
        pixels(far, y, marks(), "output", size=SIDE // GRID, most=1.2),
    )
