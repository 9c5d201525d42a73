"""The gradient behind a ReLU: it gets back to the numbers that were positive, and to no others."""

from .pen import arrow, svg, table, text

INPUT = [-2, -0.5, 0, 0.5, 2]
GRADIENT = [1, 2, 3, 4, 5]
CELL = 40


def draw(label):
    """Above, five numbers and what ReLU makes of them; below, what comes back through it."""
    positive = {(0, n) for n, x in enumerate(INPUT) if x > 0}
    rest = {(0, n) for n in range(len(INPUT))} - positive
    forward = [max(0, x) for x in INPUT]
    back = [g if x > 0 else 0 for x, g in zip(INPUT, GRADIENT, strict=True)]
    return svg(
        500,
        162,
        label,
        table(5, 30, [INPUT], "input", "x", positive, rest, CELL),
        arrow(215, 50, 285, 50),
        text(250, 38, "ReLU"),
        table(295, 30, [forward], "output", "ReLU(x)", positive, rest, CELL),
        table(295, 115, [GRADIENT], "output", "g", positive, rest, CELL),
        arrow(285, 135, 215, 135, "kernel"),
        text(250, 123, "x > 0?"),
        table(5, 115, [back], "input", "handed back", positive, rest, CELL),
    )
