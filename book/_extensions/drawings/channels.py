"""Three channels, a part of the kernel for each, and one map, the sum of their answers."""

from .pen import arrow, line, svg, table, text, written

RED, WHITE = [[1, 0, 0, 1]] * 3, [[0, 0, 0, 1]] * 3
CHANNELS = {"red": (RED, 2), "green": (WHITE, -1), "blue": (WHITE, -1)}
"""A red stroke on the left and a white one on the right; the weight of each channel's part."""

CELL, WIDER = 22, 26
AT = (0, 2)


def answer(image, weight):
    """What a window of 2×2 equal weights gives at each place."""
    return [
        [weight * sum(image[i + a][j + b] for a in (0, 1) for b in (0, 1)) for j in range(3)]
        for i in range(2)
    ]


def draw(label):
    """A row for each channel, and on the right what they add up to."""
    answers = [answer(*part) for part in CHANNELS.values()]
    total = [[sum(part[i][j] for part in answers) for j in range(3)] for i in range(2)]
    window = {(AT[0] + a, AT[1] + b) for a in (0, 1) for b in (0, 1)}
    parts = []
    for n, (name, (image, weight)) in enumerate(CHANNELS.items()):
        top = 26 + 72 * n
        middle = top + 1.5 * CELL
        zeros = {(i, j) for i in range(3) for j in range(4) if not image[i][j]}
        parts += [
            text(48, middle + 5, name, anchor="end"),
            table(56, top, image, "input", "", window, zeros, CELL),
            text(155, middle + 5, "·", "title"),
            table(166, middle - WIDER, [[weight] * 2] * 2, "kernel", "", cell=WIDER),
            arrow(224, middle, 246, middle),
            table(254, middle - WIDER, answers[n], "output", "", {AT}, cell=WIDER),
            line([(338, middle), (356, middle), (356, 131)]),
        ]
    sums = " − ".join(written(abs(part[AT[0]][AT[1]])) for part in answers)
    return svg(
        492,
        242,
        label,
        text(100, 16, "channels", "title"),
        text(192, 16, "kernel", "title"),
        text(293, 16, "answers", "title"),
        *parts,
        text(378, 122, "sum", "faint"),
        arrow(356, 131, 394, 131),
        table(402, 131 - WIDER, total, "output", "", {AT}, cell=WIDER),
        text(441, 96, "one map", "title"),
        text(437, 178, f"{sums} = {written(total[AT[0]][AT[1]])}"),
        text(437, 197, "on the white", "faint"),
    )
