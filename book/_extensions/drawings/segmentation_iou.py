"""Intersection over union of a true and a predicted map, by counting cells."""

from .pen import svg, table, text

TRUE = [[0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
PREDICTED = [[0, 0, 1, 0], [0, 1, 1, 1], [0, 0, 0, 0]]
CELL = 36


def lit(rows):
    """The places of the ones."""
    return {(i, j) for i, row in enumerate(rows) for j, value in enumerate(row) if value}


def draw(label):
    """The two maps of the chapter's example, and in how many of them each cell is."""
    true, predicted = lit(TRUE), lit(PREDICTED)
    both, either = true & predicted, true | predicted
    how_many = [
        [
            str(((i, j) in true) + ((i, j) in predicted)) if (i, j) in either else ""
            for j in range(4)
        ]
        for i in range(3)
    ]
    blank = [[""] * 4] * 3
    n, m = len(both), len(either)
    iou, dice = n / m, 2 * n / (len(true) + len(predicted))
    return svg(
        540,
        182,
        label,
        table(4, 30, blank, "input", "true", true, cell=CELL),
        table(198, 30, blank, "output", "predicted", predicted, cell=CELL),
        table(392, 30, how_many, "plain", "in how many", both, cell=CELL),
        text(
            270,
            168,
            f"{n} in both, {m} in either: IoU {n}/{m} = {iou:g},"
            f" Dice 2·{n}/({len(true)} + {len(predicted)}) = {dice:g}",
        ),
    )
