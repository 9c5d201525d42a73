"""Still pictures of the interactive figures: what one sees where no script runs, and in print.

Those of other figures of the page are in the modules beside this one.
"""

from base64 import b64encode
from functools import cache
from io import BytesIO

from PIL import Image

from .pen import CELL, counted, svg, table, text, written

# Those of stepper.js that chapters begin with.
IMAGES = {
    "nine": counted(3, 3),
    "fortynine": counted(7, 7),
    "point": [[int((i, j) == (2, 2)) for j in range(5)] for i in range(5)],
}
KERNELS = {
    "diagonal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "numbered": counted(3, 3),
    "sum": [[1] * 3] * 3,
}


def stepper(label, settings):
    """A padded image, a kernel as it is laid on, and the output, with one window and its sum."""
    stride, padding = settings.get("stride", 1), settings.get("padding", 0)
    pixels = IMAGES[settings.get("image", "nine")]
    kernel = KERNELS[settings.get("kernel", "diagonal")]
    if settings.get("flip"):
        kernel = [row[::-1] for row in kernel[::-1]]
    side = len(pixels) + 2 * padding
    inside = range(padding, side - padding)
    image = [
        [
            pixels[i - padding][j - padding] if i in inside and j in inside else 0
            for j in range(side)
        ]
        for i in range(side)
    ]
    border = {(i, j) for i in range(side) for j in range(side) if not {i, j} <= set(inside)}
    places = range(0, side - 2, stride)

    def terms(top, left):
        return [(image[top + a][left + b], kernel[a][b]) for a in range(3) for b in range(3)]

    output = [[sum(x * w for x, w in terms(i, j)) for j in places] for i in places]
    row, column = settings.get("at", [0, 0])
    top, left = row * stride, column * stride
    window = {(top + a, left + b) for a in range(3) for b in range(3)}
    telling = [f"{written(x)}·{written(w)}" for x, w in terms(top, left) if w and (x or padding)]
    width, height = (side + len(places) + 3) * CELL + 90, side * CELL + 65
    name = "kernel, flipped" if settings.get("flip") else "kernel"
    return svg(
        width,
        height,
        label,
        table(5, 30, image, "input", "image", window, border),
        table(side * CELL + 40, 30, kernel, "kernel", name),
        table((side + 3) * CELL + 80, 30, output, "output", "output", {(row, column)}),
        text(width / 2, height - 10, f"{' + '.join(telling)} = {written(output[row][column])}"),
    )


def field(label, settings):
    """Three rows of units; one at the top sees three below it and five pixels of the image."""
    rows = [(5, "output", [2]), (7, "output", [2, 3, 4]), (9, "input", [2, 3, 4, 5, 6])]
    parts = []
    for n, (units, kind, seen) in enumerate(rows):
        for unit in range(units):
            look = "fig-still-marked" if unit in seen else "fig-still-cell"
            left = 165 + (unit - (units - 1) / 2) * 36 - 13
            parts.append(
                f'<g class="fig-still-{kind}"><rect x="{left}" y="{10 + 55 * n}" width="26"'
                f' height="26" class="{look}"/></g>'
            )
    for n, (_, _, seen) in enumerate(rows[:2]):
        units, below = rows[n][0], rows[n + 1][0]
        for unit in seen:
            x = 165 + (unit - (units - 1) / 2) * 36
            for other in range(unit, unit + 3):
                to = 165 + (other - (below - 1) / 2) * 36
                parts.append(f'<path class="fig-lines" d="M{x} {36 + 55 * n}L{to} {65 + 55 * n}"/>')
    for column, paths in enumerate([1, 2, 3, 2, 1]):
        parts.append(text(165 + (column - 2) * 36, 168, paths))
    return svg(330, 175, label, *parts)


def shift(label, settings):
    """A stroke of one pixel's width, before and after a move by one, and both after max pooling."""
    parts = []
    for n, column in enumerate((2, 3)):
        image = [[0, *(int(j == column) for j in range(1, 7))] for _ in range(4)]
        image = [[*row, 0] for row in image]
        pooled = [[max(row[j : j + 2]) for j in range(0, 8, 2)] for row in image[::2]]
        top = 30 + 165 * n
        title = "moved by one" if n else "a stroke"
        lit = {(i, column) for i in range(4)}
        parts.append(table(5, top, image, "input", title, lit))
        parts.append(table(290, top, pooled, "output", "max pooling", {(0, 1), (1, 1)}))
    return svg(420, 320, label, *parts)


LEARNING = [  # what is given, what is computed from it, its value, and its gradient
    ("x₁ = 2, w₁ = 0.5", "p₁ = x₁ · w₁", "1", "−1.5"),
    ("x₂ = 1, w₂ = −1", "p₂ = x₂ · w₂", "−1", "−1.5"),
    ("b = 0.5", "z = p₁ + p₂ + b", "0.5", "−1.5"),
    ("", "a = ReLU(z)", "0.5", "−1.5"),
    ("t = 2", "e = a − t", "−1.5", "−1.5"),
    ("", "L = e² / 2", "1.125", "1"),
]


def learn(label, settings):
    """A graph from two pixels and two weights to the loss, with each value and gradient."""
    parts = [text(270, 16, "value", "title"), text(345, 16, "∂", "title")]
    for n, (given, formula, value, gradient) in enumerate(LEARNING):
        y = 28 + 40 * n
        parts.append(
            f'<g class="fig-still-output"><rect x="140" y="{y}" width="240" height="30" rx="5"'
            ' class="fig-still-cell"/></g>'
        )
        parts.append(text(125, y + 20, given, anchor="end"))
        parts.append(text(148, y + 20, formula, anchor="start"))
        parts.append(text(278, y + 20, value))
        parts.append(text(345, y + 20, gradient))
    return svg(390, 270, label, *parts)


def laboratory(label, settings):
    """The photograph of the chapter, which the figure reads as well, and a kernel."""
    kernel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    return (
        f'<img class="fig-photo" alt="A photograph of Grace Hopper" src="{photograph()}"'
        ' width="150" height="150"/>'
        + svg(100, 125, label, table(5, 30, kernel, "kernel", "Sobel x"))
    )


@cache
def photograph():
    """The pixels that the chapter cuts out, as an address that holds the picture itself.

    A script may read the pixels of such a picture; those of a file next to the page it may not.
    """
    from matplotlib.cbook import get_sample_data  # here, since a build with nothing new draws none
    from matplotlib.image import imread

    colours = imread(get_sample_data("grace_hopper.jpg", asfileobj=False))
    face = colours[20:320, 110:410].astype("float32").mean(axis=2)
    # Added in PyTorch's order, which decides how some halves are rounded.
    blocks = face[::2, ::2] + face[::2, 1::2] + face[1::2, ::2] + face[1::2, 1::2]
    pixels = (blocks / 4).round().astype("uint8")
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


def draw(label, settings):
    """A seven of pixels, the maps that it goes through, and ten bars, one of them long."""
    parts = [text(5, 16, "28×28 pixels", "title", "start")]
    for row, column in SEVEN:
        left, top = 5 + 8 * column, 24 + 8 * row
        parts.append(
            f'<g class="fig-still-input"><rect x="{left}" y="{top}" width="8" height="8"'
            ' class="fig-still-marked"/></g>'
        )
    parts.append(
        '<g class="fig-still-input"><rect x="5" y="24" width="112" height="112"'
        ' class="fig-still-cell"/></g>'
    )
    for title, left, columns, maps, side in (
        ("6 maps", 140, 2, 6, 30),
        ("16 maps", 225, 4, 16, 16),
    ):
        parts.append(text(left, 16, title, "title", "start"))
        for number in range(maps):
            x, y = left + number % columns * (side + 6), 24 + number // columns * (side + 6)
            parts.append(
                f'<g class="fig-still-output"><rect x="{x}" y="{y}" width="{side}" height="{side}"'
                ' class="fig-still-marked"/></g>'
            )
    parts.append(text(335, 16, "10 probabilities", "title", "start"))
    for digit in range(10):
        y, length = 24 + 12 * digit, 80 if digit == 7 else 3
        parts.append(text(340, y + 9, digit))
        parts.append(
            f'<g class="fig-still-output"><rect x="350" y="{y + 2}" width="{length}" height="7"'
            ' class="fig-still-marked"/></g>'
        )
    return svg(450, 150, label, *parts)


SEVEN = [(4, column) for column in range(4, 10)] + [(5, 9), (6, 8), (7, 8), (8, 7), (9, 7)]
"""Rows and columns of the still picture's digit, on a field of 14 by 14."""

DRAWN = {
    "draw": draw,
    "stepper": stepper,
    "field": field,
    "shift": shift,
    "learn": learn,
    "laboratory": laboratory,
}
