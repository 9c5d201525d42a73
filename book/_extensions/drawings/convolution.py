"""A kernel on an image: one window, its products, and the number that they make."""

from .pen import arrow, svg, table, text

IMAGE = [[0, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 1, 0]]
KERNEL = [[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]]
AT = (1, 1)


def answer(top, left):
    """The sum of the products of the kernel with the window at a place."""
    return sum(IMAGE[top + a][left + b] * KERNEL[a][b] for a in range(3) for b in range(3))


def draw(label):
    """The image with a window, the kernel, and the output."""
    output = [[answer(i, j) for j in range(3)] for i in range(3)]
    top, left = AT
    window = {(top + a, left + b) for a in range(3) for b in range(3)}
    zeros = {(i, j) for i, row in enumerate(IMAGE) for j, pixel in enumerate(row) if not pixel}
    return svg(
        490,
        215,
        label,
        table(5, 40, IMAGE, "input", "image", window, zeros),
        text(185, 120, "·", "title"),
        table(210, 70, KERNEL, "kernel", "kernel"),
        arrow(320, 115, 370, 115),
        text(345, 103, "sum", "faint"),
        table(390, 70, output, "output", "output", {AT}),
        text(245, 206, f"the nine products of the marked window add up to {output[top][left]}"),
    )
