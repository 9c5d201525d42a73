"""A last layer that gets every place of the maps, and one that gets a mean of each."""

from .pen import arrow, box, group, maps, svg, text

MAPS, SIDE, CLASSES = 32, 3, 10
"""The last maps of the chapter's trial, their side, and the classes of clothes."""

PER_NUMBER, HIGH = 0.62, 20
LEVELS = {"maps": 50, "numbers": 128, "scores": 196}
"""Upper edges, from top to bottom."""


def draw(label):
    """Both, from the maps down to the scores."""
    heads = {"every place": (130, MAPS * SIDE**2), "a mean of each map": (374, MAPS)}
    parts = []
    for title, (middle, numbers) in heads.items():
        parts += [text(middle, 16, title, "title"), *head(middle, numbers)]
    return svg(540, 222, label, *parts)


def head(middle, numbers):
    """Maps, the numbers that are taken from them, and the weights to the scores."""
    wide, narrow = PER_NUMBER * numbers, PER_NUMBER * CLASSES
    top, bottom = LEVELS["numbers"] + HIGH, LEVELS["scores"]
    beside = wide / 2
    return [
        maps(middle - 25, LEVELS["maps"], 4, 36, 36, "input"),
        text(middle + 40, LEVELS["maps"] + 18, f"{MAPS} maps of {SIDE}×{SIDE}", anchor="start"),
        arrow(middle, LEVELS["maps"] + 42, middle, LEVELS["numbers"] - 5),
        group("input", box(middle - wide / 2, LEVELS["numbers"], wide, HIGH, marked=True)),
        text(middle + beside + 8, LEVELS["numbers"] + 15, f"{numbers} numbers", anchor="start"),
        group(
            "kernel",
            f'<path d="M{middle - wide / 2:.1f} {top}h{wide:.1f}L{middle + narrow / 2:.1f} {bottom}'
            f'h{-narrow:.1f}Z" class="fig-still-marked"/>',
        ),
        text(middle + 50, bottom - 8, f"{numbers * CLASSES:,} weights", anchor="start"),
        group("output", box(middle - narrow / 2, bottom, narrow, HIGH, marked=True)),
        text(middle - 12, bottom + 15, f"{CLASSES} scores", anchor="end"),
    ]
