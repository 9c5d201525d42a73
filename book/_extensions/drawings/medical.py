"""Seven views in the order of their scores, and a threshold between them."""

from math import pi, sin

from .pen import box, dot, group, line, svg, text

VIEWS = [
    (0.9, True), (0.8, False), (0.7, True), (0.6, False), (0.4, True), (0.3, False), (0.1, False),
]  # fmt: skip
"""Scores, the highest first, and whether there is a lesion: those of the chapter's example."""

STRENGTHS = {0.9: 1, 0.7: 0.75, 0.4: 0.35}
"""How plain the lesion of a view is to be seen."""

THRESHOLD, SIDE, TOP, STEP = 0.65, 62, 40, 76


def draw(label):
    """The views from the right, where the scores are high, to the left."""
    parts = []
    for place, (score, lesion) in enumerate(reversed(VIEWS)):
        x = 6 + STEP * place
        parts += view(x, TOP, place, STRENGTHS.get(score, 0))
        parts.append(text(x + SIDE / 2, TOP + SIDE + 20, f"{score:g}"))
        parts.append(
            text(
                x + SIDE / 2,
                TOP + SIDE + 40,
                "lesion" if lesion else "none",
                "title" if lesion else "faint",
            )
        )
    quiet = sum(score < THRESHOLD for score, _ in VIEWS)
    x = 6 + STEP * quiet - (STEP - SIDE) / 2
    lesions = [score for score, lesion in VIEWS if lesion]
    healthy = [score for score, lesion in VIEWS if not lesion]
    found = sum(score >= THRESHOLD for score in lesions)
    alone = sum(score < THRESHOLD for score in healthy)
    return svg(
        540,
        176,
        label,
        *parts,
        line([(x, 6), (x, 150)], "kernel", dashed=True, thick=True),
        text(x - 10, 18, "no alarm", anchor="end"),
        text(x + 10, 18, "alarm", anchor="start"),
        text(x - 10, 170, f"left alone: {alone} of {len(healthy)} without", anchor="end"),
        text(x + 10, 170, f"found: {found} of {len(lesions)} lesions", anchor="start"),
    )


def view(x, y, number, strength):
    """Tissue: folded bands, other ones in each view, and perhaps a spot in it."""
    period, tilt = 26 + 7 * (number * 3 % 5), (number * 5 % 7 - 3) * 0.08
    bands = []
    for band in range(3):
        points = [
            (
                x + step,
                y
                + 15
                + 16 * band
                + 4 * sin(2 * pi * step / period + 1.7 * number)
                + tilt * (step - SIDE / 2),
            )
            for step in range(5, SIDE - 3, 3)
        ]
        path = "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
        bands.append(
            f'<path d="M{path}" class="fig-stroke" style="stroke-width: 7; stroke-opacity: 0.22;'
            ' stroke-linecap: round"/>'
        )
    parts = [group("input", box(x, y, SIDE, SIDE, corner=3), *bands)]
    if strength:
        parts.append(
            f'<g style="opacity: {strength}">'
            + dot(x + 18 + 11 * number % 30, y + 20 + 7 * number % 24, "input", 6)
            + "</g>"
        )
    return parts
