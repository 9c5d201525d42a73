"""Which half of a network is trained and which stays as it began, in four networks."""

from .pen import arrow, box, group, line, svg, text

ROWS = [
    ("both trained", True, True),
    ("features still", False, True),
    ("classifier still", True, False),
]
HEIGHT, STEP = 34, 46


def draw(label):
    """A row for each network, between the picture that goes in and the scores that come out."""
    bottom = 12 + STEP * len(ROWS)
    return svg(
        560,
        bottom + HEIGHT + 12,
        label,
        *(part for place, row in enumerate(ROWS) for part in network(12 + STEP * place, *row)),
        *ends(bottom, "linear classifier"),
        half(208, bottom, 236, "one matrix", True),
    )


def network(y, name, features, classifier):
    """One network in two halves."""
    return [
        *ends(y, name),
        half(208, y, 106, "features", features),
        arrow(317, y + HEIGHT / 2, 335, y + HEIGHT / 2),
        half(338, y, 106, "classifier", classifier),
    ]


def ends(y, name):
    """The network's name, the picture that goes in, and the ten scores that come out."""
    middle = y + HEIGHT / 2
    scores = (box(482 + 7 * n, middle - 8, 5, 16, marked=True) for n in range(10))
    return [
        text(130, middle + 5, name, "", "end"),
        group("input", box(140, y + 2, 30, 30, marked=True)),
        arrow(174, middle, 204, middle),
        arrow(448, middle, 478, middle),
        group("output", *scores),
    ]


def half(x, y, width, name, trained):
    """A half: filled where its weights are trained, a dashed outline where they stay."""
    words = text(x + width / 2, y + HEIGHT / 2 + 5, name)
    if trained:
        return group("kernel", box(x, y, width, HEIGHT, marked=True, corner=4), words)
    right, low = x + width, y + HEIGHT
    outline = [(x, y), (right, y), (right, low), (x, low), (x, y)]
    return group("plain", line(outline, "plain", dashed=True), words)
