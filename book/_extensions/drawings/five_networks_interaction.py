"""Two networks under two trainings: the mean accuracies, with a line for each network."""

from .five_networks import accuracies
from .pen import dot, line, svg, text

MEANS = {  # for each network, its trainings as note 003 trains and as note 004 trains
    "network 003": ("note 003", "note 003, as 004 trains"),
    "network 004": ("note 004, as 003 trains", "note 004"),
}
LOW, HIGH = 97.6, 99.2


def place(accuracy):
    """Where an accuracy lies from top to bottom."""
    return 195 - 175 * (accuracy - LOW) / (HIGH - LOW)


def draw(label):
    """Two lines that fall, and one falls further."""
    columns = (150, 370)
    parts = []
    for name, variants in MEANS.items():
        kind = "output" if name == "network 003" else "plain"
        means = []
        for x, variant in zip(columns, variants, strict=True):
            scores = accuracies(variant)
            means.append((x, place(sum(scores) / len(scores))))
            parts += [dot(x, place(score), kind, 2.5) for score in scores]
        parts += [
            line(means, kind, dashed=kind == "plain", thick=True),
            *(dot(*each, kind, 5) for each in means),
            text(columns[1] + 16, means[1][1] + 5, name, "title", "start"),
        ]
    for percent in (98, 98.5, 99):
        y = place(percent)
        parts += [line([(70, y), (76, y)]), text(64, y + 5, f"{percent} %", "faint", "end")]
    return svg(
        500,
        236,
        label,
        line([(76, 20), (76, 200), (430, 200)]),
        *(
            text(x, 222, f"as note {number} trains")
            for x, number in zip(columns, ("003", "004"), strict=True)
        ),
        *parts,
    )
