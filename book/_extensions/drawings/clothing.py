"""Ten pictures of clothing and what each was called, with precision and recall."""

from .pen import box, group, svg, text

NAMES = ["T-shirt", "shirt", "trousers"]
TRUE = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
SAID = [0, 0, 0, 0, 1, 0, 1, 2, 2, 2]
CELL, LEFT, TOP = 52, 105, 52
SHAPES = {  # on a field of 40 by 40
    "T-shirt": "M14 6L3 13L8 21L12 18V36H28V18L32 21L37 13L26 6Q20 11 14 6Z",
    "shirt": "M14 5L8 8L3 33L9 34L12 18V36H28V18L31 34L37 33L32 8L26 5L20 11L14 5ZM20 11V36",
    "trousers": "M11 4H29L33 37H24L20 15L16 37H7Z",
}


def draw(label):
    """The confusion matrix, with precision under a column and recall beside a row."""
    counts = [[0] * 3 for _ in range(3)]
    for true, said in zip(TRUE, SAID, strict=True):
        counts[true][said] += 1
    parts = [
        text(5, TOP + 1.5 * CELL + 5, "it is", "faint", "start"),
        text(LEFT - 10, TOP - 21, "it is called", "faint", "end"),
        text(LEFT - 22, TOP + 3 * CELL + 24, "precision", "title", "end"),
        text(LEFT + 3 * CELL + 45, TOP - 21, "recall", "title"),
    ]
    for n, name in enumerate(NAMES):
        here = counts[n][n]
        along, down = sum(counts[n]), sum(row[n] for row in counts)
        parts += [
            garment(name, LEFT - 50, TOP + n * CELL + 6, "input"),
            garment(name, LEFT + n * CELL + 6, TOP - 46, "output"),
            text(LEFT + 3 * CELL + 45, TOP + (n + 0.5) * CELL + 5, f"{here} of {along}"),
            text(LEFT + (n + 0.5) * CELL, TOP + 3 * CELL + 24, f"{here} of {down}"),
        ]
        for said in range(3):
            x, y = LEFT + said * CELL, TOP + n * CELL
            kind = "output" if said == n else "plain"
            count = counts[n][said]
            parts += [
                group(kind, box(x, y, CELL, CELL, marked=bool(count))),
                text(x + CELL / 2, y + CELL / 2 + 5, count, "" if count else "faint"),
            ]
    return svg(360, 240, label, *parts)


def garment(name, x, y, kind):
    """The outline of a piece."""
    return group(
        kind,
        f'<g transform="translate({x} {y})"><path d="{SHAPES[name]}"'
        ' class="fig-still-marked"/></g>',
    )
