"""The ROC curve of seven views, as a table of their pairs."""

from .medical import VIEWS
from .pen import box, dot, group, line, svg, text

LEFT, TOP, WIDE, HIGH = 150, 30, 70, 50


def draw(label):
    """A cell for each pair; those in the right order are the area under the curve."""
    lesions = [score for score, lesion in VIEWS if lesion]
    healthy = [score for score, lesion in VIEWS if not lesion]
    bottom = TOP + HIGH * len(lesions)
    cells, curve, alarms, found = [], [(LEFT, bottom)], 0, 0
    for _, lesion in VIEWS:
        found, alarms = found + lesion, alarms + (not lesion)
        curve.append((LEFT + WIDE * alarms, bottom - HIGH * found))
    right = 0
    for row, mine in enumerate(lesions):
        for column, other in enumerate(healthy):
            right += mine > other
            cells.append(
                box(LEFT + WIDE * column, bottom - HIGH * (row + 1), WIDE, HIGH, mine > other)
            )
    parts = [
        text(LEFT + WIDE * (column + 0.5), bottom + 18, f"{score:g}")
        for column, score in enumerate(healthy)
    ]
    parts += [
        text(LEFT - 8, bottom - HIGH * (row + 0.5) + 5, f"{score:g}", anchor="end")
        for row, score in enumerate(lesions)
    ]
    for threshold in (0.35, 0.65):
        share = sum(score >= threshold for score in healthy)
        caught = sum(score >= threshold for score in lesions)
        x, y = LEFT + WIDE * share, bottom - HIGH * caught
        parts += [dot(x, y, "kernel", 6), text(x - 8, y - 9, f"≥ {threshold}", "title", "end")]
    return svg(
        540,
        246,
        label,
        group("output", *cells),
        line(curve, "output", thick=True),
        *parts,
        text(LEFT - 38, TOP + 70, "with a lesion", "faint", "end"),
        text(LEFT - 38, TOP + 90, "sensitivity", anchor="end"),
        text(LEFT + WIDE * 2, bottom + 38, "without a lesion", "faint"),
        text(LEFT + WIDE * 2, bottom + 57, "share of false alarms"),
        text(LEFT + WIDE * 4 + 14, TOP + 70, f"{right} of {len(cells)} pairs", anchor="start"),
        text(LEFT + WIDE * 4 + 14, TOP + 88, f"area {right / len(cells):g}", anchor="start"),
    )
