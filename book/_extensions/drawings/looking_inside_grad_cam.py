"""Grad-CAM on two small maps: one weight for each, their weighted sum, and its positive part."""

from .pen import arrow, svg, table, text

MAPS = [[[0, 2, 0], [0, 2, 0], [0, 2, 0]], [[0, 0, 0], [1, 3, 1], [0, 0, 0]]]
GRADIENTS = [[[0, 3, 0], [0, 3, 0], [0, 3, 0]], [[3, 0, -3], [0, -6, 0], [-3, 0, 0]]]


def draw(label):
    """Two rows of map, gradients and weight, and what they add up to."""
    weights = [sum(map(sum, gradient)) / 9 for gradient in GRADIENTS]
    total = [
        [sum(w * m[i][j] for w, m in zip(weights, MAPS, strict=True)) for j in range(3)]
        for i in range(3)
    ]
    parts = []
    for n, (rows, gradient, weight) in enumerate(zip(MAPS, GRADIENTS, weights, strict=True)):
        y = 28 + 118 * n
        parts += [
            table(5, y, gradient, "plain", "" if n else "gradients"),
            arrow(101, y + 45, 137, y + 45),
            table(143, y + 30, [[weight]], "kernel", "" if n else "mean"),
            text(185, y + 51, "·", "title"),
            table(198, y, rows, "input", "" if n else "map"),
        ]
    return svg(
        540,
        244,
        label,
        *parts,
        arrow(296, 132, 326, 132),
        table(334, 87, total, "plain", "sum"),
        arrow(428, 132, 442, 132),
        table(446, 87, [[max(0, v) for v in row] for row in total], "output", "Grad-CAM"),
    )
