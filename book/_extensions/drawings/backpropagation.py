"""The graph of a gradient: values from two pixels and two weights to a loss, and the way back."""

from .pen import arrow, box, group, svg, text, written

PIXELS, WEIGHTS, WANTED, RATE = [2, 1], [1, -1], 3, 0.1
SMALL = "₁₂"


def loss(weights):
    """The output, and half the square of what it lacks."""
    output = sum(x * w for x, w in zip(PIXELS, weights, strict=True))
    return output, (output - WANTED) ** 2 / 2


def draw(label):
    """Boxes with values, grey arrows between them, and orange arrows with gradients below those."""
    output, worth = loss(WEIGHTS)
    slope = output - WANTED
    gradients = [slope * x for x in PIXELS]
    moved = [w - RATE * gradient for w, gradient in zip(WEIGHTS, gradients, strict=True)]
    parts = []
    for n, (x, w) in enumerate(zip(PIXELS, WEIGHTS, strict=True)):
        y = 58 + 94 * n
        parts += [
            told(5, y - 22, 74, "input", f"x{SMALL[n]} = {written(x)}"),
            told(5, y + 22, 74, "kernel", f"w{SMALL[n]} = {written(w)}"),
            arrow(83, y - 20, 146, y - 6),
            arrow(83, y + 14, 146, y),
            arrow(146, y + 11, 83, y + 25, "kernel"),
            text(128, y + 35, written(gradients[n])),
            told(150, y, 92, "output", f"x{SMALL[n]}·w{SMALL[n]} = {written(x * w)}"),
        ]
    return svg(
        540,
        235,
        label,
        *parts,
        arrow(246, 58, 297, 91),
        arrow(287, 101, 243, 73, "kernel"),
        text(253, 100, written(slope)),
        arrow(246, 148, 297, 115),
        arrow(303, 122, 250, 157, "kernel"),
        text(290, 152, written(slope)),
        told(300, 103, 66, "output", f"y = {written(output)}"),
        arrow(370, 98, 402, 98),
        arrow(402, 110, 370, 110, "kernel"),
        text(387, 130, written(slope)),
        told(406, 103, 129, "output", f"½(y − {WANTED})² = {written(worth)}"),
        text(470, 80, "loss", "title"),
        text(
            270,
            228,
            f"a step of a tenth of the gradients: weights {written(moved[0])} "
            f"and {written(moved[1])}, loss {written(loss(moved)[1])}",
        ),
    )


def told(x, y, width, kind, words):
    """A box around words, centred on the height ``y``."""
    return group(kind, box(x, y - 14, width, 28, marked=True, corner=5)) + text(
        x + width / 2, y + 5, words
    )
