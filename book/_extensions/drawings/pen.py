"""Strokes of the book's drawings, in one style and with one colour code.

What goes in is blue, what weighs is orange, what comes out is green: the kinds ``"input"``,
``"kernel"`` and ``"output"``; ``"plain"`` is neither. Lengths are in pixels of a column of 700.
"""

CELL = 30


def svg(width, height, label, *parts):
    """A drawing as wide as its column, but no wider than it is meant."""
    seen = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {written(width)} {written(height)}"'
        f' {seen} style="max-width: {written(width)}px">{"".join(parts)}</svg>'
    )


def text(x, y, words, kind="", anchor="middle"):
    """Words, centred at a place unless told otherwise; kinds are "title" and "faint"."""
    look = f"fig-still-{kind}" if kind else ""
    return (
        f'<text x="{coordinate(x)}" y="{coordinate(y)}" class="{look}" text-anchor="{anchor}">'
        f"{words}</text>"
    )


def group(kind, *parts):
    """What belongs together and has one colour."""
    return f'<g class="fig-still-{kind}">{"".join(parts)}</g>'


def box(x, y, width, height, marked=False, corner=0, strength=None):
    """A rectangle: an outline, filled if it is ``marked``, or shaded by ``strength`` up to 1."""
    look = "fig-still-marked" if marked or strength is not None else "fig-still-cell"
    shade = "" if strength is None else f' style="fill-opacity: {strength:.2f}"'
    return (
        f'<rect x="{coordinate(x)}" y="{coordinate(y)}" width="{coordinate(width)}"'
        f' height="{coordinate(height)}" rx="{corner}" class="{look}"{shade}/>'
    )


def table(x, y, rows, kind, title, marked=(), faint=(), cell=CELL):
    """A table of numbers with a title above; ``marked`` cells are filled, ``faint`` ones grey."""
    parts = [text(x, y - 8, title, "title", "start")] if title else []
    for i, row in enumerate(rows):
        for j, number in enumerate(row):
            left, top = x + j * cell, y + i * cell
            parts.append(box(left, top, cell, cell, (i, j) in marked))
            grey = "faint" if (i, j) in faint else ""
            words = number if isinstance(number, str) else written(number)
            parts.append(text(left + cell / 2, top + cell / 2 + 5, words, grey))
    return group(kind, *parts)


def pixels(x, y, rows, kind, size=8, most=1.0):
    """A picture of shaded squares without numbers; ``most`` is shaded fully."""
    squares = [
        f'<rect x="{coordinate(x + j * size)}" y="{coordinate(y + i * size)}" width="{size}"'
        f' height="{size}" class="fig-ink" style="fill-opacity: {value / most:.2f}"/>'
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if value
    ]
    frame = box(x, y, size * len(rows[0]), size * len(rows))
    return group(kind, *squares, frame)


def maps(x, y, count, width, height, kind, step=5):
    """A stack of feature maps, one behind the other towards the upper right."""
    layers = []
    for n in reversed(range(count)):
        left, top = x + step * n, y - step * n
        layers.append(
            f'<rect x="{coordinate(left)}" y="{coordinate(top)}" width="{coordinate(width)}"'
            f' height="{coordinate(height)}" class="fig-veil"/>'
        )
        layers.append(box(left, top, width, height, marked=True, corner=1))
    return group(kind, *layers)


def line(points, kind="plain", dashed=False, thick=False):
    """A line through points ``[(x, y), ...]``."""
    path = "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in points)
    look = "fig-stroke" + (" fig-dashed" if dashed else "") + (" fig-thick" if thick else "")
    return group(kind, f'<path d="M{path}" class="{look}"/>')


def arrow(x1, y1, x2, y2, kind="plain"):
    """An arrow from one place to another."""
    length = max(1e-9, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5)
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    back = (x2 - 8 * dx, y2 - 8 * dy)
    wings = [(back[0] - 4 * dy, back[1] + 4 * dx), (x2, y2), (back[0] + 4 * dy, back[1] - 4 * dx)]
    head = "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in wings)
    return group(
        kind,
        f'<path d="M{coordinate(x1)} {coordinate(y1)}L{coordinate(x2 - 4 * dx)}'
        f' {coordinate(y2 - 4 * dy)}" class="fig-stroke"/><path d="M{head}Z" class="fig-head"/>',
    )


def dot(x, y, kind="plain", radius=3.5):
    """A filled dot."""
    return group(
        kind, f'<circle cx="{coordinate(x)}" cy="{coordinate(y)}" r="{radius}" class="fig-head"/>'
    )


def bars(x, y, values, kind, width=14, gap=4, height=80, most=None):
    """Upright bars that stand on the line ``y``; the largest, or ``most``, is ``height`` high."""
    top = most or max(values)
    return group(
        kind,
        *(
            box(x + n * (width + gap), y - height * v / top, width, height * v / top, marked=True)
            for n, v in enumerate(values)
        ),
    )


def written(number):
    """A number as the book writes it."""
    return f"{number:g}".replace("-", "−")


def coordinate(number):
    """A place, to a tenth of a pixel."""
    return f"{round(number, 1):g}"


def counted(rows, columns):
    """The whole numbers from 1 on, row by row."""
    return [[i * columns + j + 1 for j in range(columns)] for i in range(rows)]
