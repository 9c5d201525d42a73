"""The gradient of an image: each output stamps the kernel, times its own gradient."""

from .pen import arrow, line, svg, table, text

GRADIENT = [[0, 0, 0], [1, 2, 0]]
KERNEL = [[1, 2], [3, 4]]
CELL = 26


def stamp(row, column):
    """What one output hands back to the image."""
    image = [[0] * 4 for _ in range(3)]
    for a in (0, 1):
        for b in (0, 1):
            image[row + a][column + b] = GRADIENT[row][column] * KERNEL[a][b]
    return image


def draw(label):
    """The gradient of the output, the kernel, two stamps, and their sum."""
    first, second = stamp(1, 0), stamp(1, 1)
    total = [
        [p + q for p, q in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)
    ]
    return svg(
        498,
        215,
        label,
        text(44, 62, "g", "title"),
        table(5, 74, GRADIENT, "output", "", {(1, 0), (1, 1)}, zeros(GRADIENT), CELL),
        text(98, 105, "·", "title"),
        table(112, 74, KERNEL, "kernel", "", cell=CELL),
        text(138, 62, "kernel", "title"),
        arrow(170, 94, 200, 66),
        arrow(170, 106, 200, 134),
        table(208, 24, first, "input", "", window(0), zeros(first), CELL),
        text(260, 16, "once", "title"),
        table(208, 132, second, "input", "", window(1), zeros(second), CELL),
        text(260, 124, "twice", "title"),
        line([(318, 63), (340, 63), (340, 171), (318, 171)]),
        arrow(340, 100, 378, 100),
        text(364, 92, "sum", "faint"),
        table(386, 61, total, "input", "", window(0) | window(1), zeros(total), CELL),
        text(438, 50, "of the image", "title"),
    )


def window(column):
    """The cells on which the lower output in this column looks."""
    return {(row, column + b) for row in (1, 2) for b in (0, 1)}


def zeros(rows):
    """The cells that hold nothing."""
    return {(i, j) for i, row in enumerate(rows) for j, number in enumerate(row) if not number}
