"""Softmax: three logits, their exponentials, and these divided by their sum."""

from math import exp

from .pen import arrow, box, group, line, svg, text, written

LOGITS = [2, 1, -1]


def draw(label):
    """Three groups of bars."""
    powers = [exp(logit) for logit in LOGITS]
    shares = [power / sum(powers) for power in powers]
    return svg(
        530,
        222,
        label,
        *bars(5, LOGITS, 34, "input", "logits", written),
        text(167, 115, "exp", "title"),
        arrow(147, 125, 187, 125),
        *bars(197, powers, 16, "plain", "exponentials", "{:.2f}".format),
        text(362, 115, "÷ sum", "title"),
        arrow(339, 125, 384, 125),
        *bars(392, shares, 168, "output", "probabilities", "{:.2f}".format),
    )


def bars(x, values, scale, kind, title, told):
    """Bars on a line, those of negative values below it, each with its number."""
    ground, parts = 165, [text(x + 66, 16, title, "title")]
    for n, value in enumerate(values):
        left, high = x + 6 + 44 * n, abs(scale * value)
        top = ground - high if value > 0 else ground
        parts.append(group(kind, box(left, top, 32, high, marked=True)))
        parts.append(text(left + 16, top - 6 if value > 0 else ground + high + 16, told(value)))
    return [*parts, line([(x, ground), (x + 132, ground)])]
