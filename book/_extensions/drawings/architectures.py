"""Five ideas, side by side: small kernels, one mean of each map, a bottleneck, a skip, a U."""

from .pen import arrow, box, group, line, svg, table, text

COLUMN = 108
TOP, BOTTOM = 34, 150
LAYERS = 3
"""Convolutions of 3x3 in a row."""

MAPS = {"outside": 256, "inside": 64}
"""Maps of a bottleneck, as ResNet-50's first stage has them."""


def draw(label):
    """The five, each with what it saves."""
    weights = LAYERS * 3 * 3, (2 * LAYERS + 1) ** 2
    ideas = [
        ("small kernels", small_kernels, f"{weights[0]} weights", f"in place of {weights[1]}"),
        ("one mean", one_mean, "one number", "for 9 places"),
        ("bottleneck", bottleneck, f"{MAPS['inside']} maps", f"between {MAPS['outside']}"),
        ("way around", way_around, "x + f(x)", "in place of f(x)"),
        ("down and up", down_and_up, "sees far,", "keeps edges"),
    ]
    parts = []
    for n, (title, shape, first, second) in enumerate(ideas):
        middle = COLUMN * (n + 0.5)
        parts += [
            text(middle, 16, title, "title"),
            *shape(middle),
            text(middle, 172, first),
            text(middle, 190, second),
        ]
    return svg(5 * COLUMN, 198, label, *parts)


def small_kernels(middle, cell=14):
    """What one, two and three layers of 3x3 see, one within the other."""
    left, top = middle - 3.5 * cell, (TOP + BOTTOM) / 2 - 3.5 * cell
    return [
        group(
            "kernel",
            *(
                box(
                    left + (3 - reach) * cell,
                    top + (3 - reach) * cell,
                    (2 * reach + 1) * cell,
                    (2 * reach + 1) * cell,
                    strength=0.18,
                )
                for reach in (3, 2, 1)
            ),
            *(
                f'<path d="M{left + step * cell} {top}v{7 * cell}M{left} {top + step * cell}'
                f'h{7 * cell}" class="fig-still-cell"/>'
                for step in range(1, 7)
            ),
        )
    ]


def one_mean(middle, cell=22):
    """A map of 3x3 places, and its mean."""
    left = middle - 1.5 * cell
    marked = {(i, j) for i in range(3) for j in range(3)}
    return [
        table(left, TOP, [[""] * 3] * 3, "input", "", marked, cell=cell),
        arrow(middle, TOP + 3 * cell + 3, middle, BOTTOM - cell - 3),
        table(middle - cell / 2, BOTTOM - cell, [[""]], "output", "", {(0, 0)}, cell=cell),
    ]


def bottleneck(middle, widest=92, high=11):
    """Maps as wide as they are many, and between them the convolutions."""
    wide, narrow = widest, widest * MAPS["inside"] / MAPS["outside"]
    widths = [wide, narrow, narrow, wide]
    gap = (BOTTOM - TOP - 4 * high) / 3
    tops = [TOP + n * (high + gap) for n in range(4)]
    kinds = ["input", "plain", "plain", "output"]
    parts = [
        group(
            "kernel",
            f'<path d="M{middle - above / 2} {y + high}h{above}L{middle + below / 2} '
            f'{y + high + gap}h{-below}Z" class="fig-still-marked"/>',
        )
        for above, below, y in zip(widths, widths[1:], tops, strict=False)
    ]
    parts += [
        group(kind, box(middle - width / 2, y, width, high, marked=True))
        for kind, width, y in zip(kinds, widths, tops, strict=True)
    ]
    return parts


def way_around(middle):
    """Maps, what a block makes of them, and the way around it that leads to the sum."""
    left, right, top, bottom = middle - 20, middle + 34, TOP + 8, BOTTOM - 13
    return [
        line(
            [(left + 22, top - 2), (right, top - 2), (right, bottom), (left + 16, bottom)], "input"
        ),
        arrow(left + 22, bottom, left + 12, bottom, "input"),
        group("input", box(left - 22, TOP, 44, 13, marked=True)),
        arrow(left, TOP + 15, left, TOP + 34),
        group("kernel", box(left - 22, TOP + 34, 44, 32, marked=True, corner=4)),
        text(left, TOP + 55, "f"),
        arrow(left, TOP + 66, left, bottom - 12),
        group(
            "output",
            f'<circle cx="{left}" cy="{bottom}" r="11" class="fig-still-marked"/>',
        ),
        text(left, bottom + 5, "+"),
    ]


def down_and_up(middle):
    """A U: maps halved on the way down, doubled on the way up, and joined across."""
    sizes, tops = [44, 22, 11], [TOP, TOP + 57, BOTTOM - 11]
    parts = []
    for size, top, out in zip(sizes[:2], tops[:2], (38, 24), strict=True):
        parts += [
            group("input", box(middle - out - 6, top, 12, size, marked=True)),
            group("output", box(middle + out - 6, top, 12, size, marked=True)),
            arrow(middle - out + 9, top + size / 2, middle + out - 9, top + size / 2, "input"),
        ]
    parts += [
        group("plain", box(middle - 6, tops[2], 12, sizes[2], marked=True)),
        line([(middle - 38, tops[0] + 47), (middle - 26, tops[1] - 3)]),
        line([(middle + 38, tops[0] + 47), (middle + 26, tops[1] - 3)]),
        line([(middle - 24, tops[1] + 25), (middle - 9, tops[2] + 3)]),
        line([(middle + 24, tops[1] + 25), (middle + 9, tops[2] + 3)]),
    ]
    return parts
