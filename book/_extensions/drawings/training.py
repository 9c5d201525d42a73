"""The five steps of training, once round, on one image of four pixels and two classes."""

from math import exp, log

from .pen import arrow, box, group, line, svg, table, text

IMAGE = [[0, 1], [0, 1]]
CLASSES = ("1", "7")
RIGHT = 0  # the image is a 1
RATE = 1
WIDE = 40


def guess(weights):
    """The probability of each class: a logit is the sum of the pixels times the class's weights."""
    logits = [
        sum(
            weight * pixel
            for a, b in zip(own, IMAGE, strict=True)
            for weight, pixel in zip(a, b, strict=True)
        )
        for own in weights
    ]
    powers = [exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]


def gradients(probabilities):
    """For each weight, how much the loss grows with it."""
    errors = [p - (n == RIGHT) for n, p in enumerate(probabilities)]
    return [[[error * pixel if pixel else 0 for pixel in row] for row in IMAGE] for error in errors]


def moved(weights, slopes):
    """The weights after one step against their gradients."""
    return [
        [[w - RATE * s for w, s in zip(a, b, strict=True)] for a, b in zip(own, of, strict=True)]
        for own, of in zip(weights, slopes, strict=True)
    ]


def loss(weights):
    """The cross-entropy, to two places."""
    return f"{-log(guess(weights)[RIGHT]):.2f}"


def draw(label):
    """A ring of image, weights, guess, loss, gradients, and the move of the weights."""
    weights = [[[0, 0], [0, 0]] for _ in CLASSES]
    probabilities = guess(weights)
    slopes = gradients(probabilities)
    lit = {(i, j) for i, row in enumerate(IMAGE) for j, pixel in enumerate(row) if pixel}
    left, right, top, below, middle = 128, 246, 36, 170, 36 + WIDE
    return svg(
        540,
        254,
        label,
        table(4, top, IMAGE, "input", "1 batch", lit, cell=WIDE),
        arrow(90, middle, 122, middle),
        table(left, top, weights[0], "kernel", f"weights of {CLASSES[0]}", cell=WIDE),
        table(right, top, weights[1], "kernel", f"of {CLASSES[1]}", cell=WIDE),
        arrow(332, middle, 364, middle),
        table(370, top, [[p] for p in probabilities], "output", "2 guess", {(RIGHT, 0)}, cell=WIDE),
        *(text(420, top + 25 + WIDE * n, name, "faint") for n, name in enumerate(CLASSES)),
        arrow(432, middle, 464, middle),
        group(
            "output",
            text(470, top - 8, "3 loss", "title", "start"),
            box(470, middle - 18, 50, 36, marked=True),
            text(495, middle + 5, loss(weights)),
        ),
        line([(495, middle + 24), (495, below + WIDE)]),
        arrow(495, below + WIDE, 332, below + WIDE),
        text(414, below + WIDE - 10, "4 gradients", "title"),
        table(left, below, slopes[0], "plain", "", cell=WIDE),
        table(right, below, slopes[1], "plain", "", cell=WIDE),
        arrow(227, below - 8, 227, top + 2 * WIDE + 8, "kernel"),
        text(242, 148, "5 move", "title", "start"),
        text(
            434, below + WIDE + 24, f"and then the loss is {loss(moved(weights, slopes))}", "faint"
        ),
    )
