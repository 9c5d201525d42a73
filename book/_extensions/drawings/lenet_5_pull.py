"""How hard two losses pull on F6, on its way from zeros to the drawing of a 3."""

from math import exp

from cnnbook.models.lenet5_codes import digit_bitmaps

from .pen import line, svg, text

J = 1
"""The penalty of the rubbish class, as on the page."""

LEFT, BOTTOM, WIDE, HIGH, MOST = 40, 205, 475, 170, 20


def pull(codes, share, rubbish):
    """The length of the loss's gradient, with the rubbish class or without it."""
    here = [share * value for value in codes[3]]
    penalties = [sum((a - b) ** 2 for a, b in zip(here, code, strict=True)) for code in codes]
    least = min(penalties)
    powers = [exp(least - penalty) for penalty in penalties]
    total = sum(powers) + (exp(least - J) if rubbish else 0)
    gradient = [2 * (a - b) for a, b in zip(here, codes[3], strict=True)]
    for power, code in zip(powers, codes, strict=True):
        gradient = [
            g - power / total * 2 * (a - b) for g, a, b in zip(gradient, here, code, strict=True)
        ]
    return sum(g * g for g in gradient) ** 0.5


def draw(label):
    """Two curves over the share of the way."""
    codes = digit_bitmaps().flatten(1).tolist()
    shares = [n / 100 for n in range(101)]

    def curve(rubbish):
        return [
            (LEFT + WIDE * share, BOTTOM - HIGH * pull(codes, share, rubbish) / MOST)
            for share in shares
        ]

    parts = []
    for height in (0, 10, 20):
        y = BOTTOM - HIGH * height / MOST
        parts += [line([(LEFT - 4, y), (LEFT, y)]), text(LEFT - 9, y + 5, height, "faint", "end")]
    for share in (0, 50, 100):
        x = LEFT + WIDE * share / 100
        parts += [
            line([(x, BOTTOM), (x, BOTTOM + 4)]),
            text(x, BOTTOM + 20, f"{share} %", "faint"),
        ]
    return svg(
        540,
        252,
        label,
        text(5, 16, "pull on F6", "title", "start"),
        line([(LEFT, BOTTOM - HIGH), (LEFT, BOTTOM), (LEFT + WIDE, BOTTOM)]),
        *parts,
        text(LEFT + WIDE / 2, BOTTOM + 41, "of the way to the drawing"),
        line(curve(True), "output", thick=True),
        text(LEFT + 230, 108, "the paper's loss", "title", "start"),
        line(curve(False), "plain", thick=True),
        text(LEFT + 32, 190, "cross-entropy", "title", "start"),
    )
