"""Features kept from one task for another, each with a head of its own."""

from .pen import arrow, box, group, svg, text


def draw(label):
    """The first task above, the second below, and what goes from one to the other."""
    return svg(
        508,
        178,
        label,
        *task(5, "digits 0 to 4", "thousands", "head", learns=True),
        arrow(240, 68, 240, 108, "kernel"),
        text(252, 92, "kept", "title", "start"),
        *task(114, "digits 5 to 9", "ten of each", "new head", learns=False),
    )


def task(y, what, many, head, learns):
    """Digits, features, which are filled if they learn, a head, and five scores."""
    middle = y + 29
    return [
        group("input", box(5, y, 110, 58, marked=True, corner=4)),
        text(60, middle - 4, what),
        text(60, middle + 15, many, "faint"),
        arrow(121, middle, 159, middle),
        group("kernel", box(166, y, 148, 58, marked=learns, corner=4)),
        text(240, middle + 5, "features", "title"),
        arrow(320, middle, 352, middle),
        group("kernel", box(356, y + 8, 94, 42, marked=True, corner=4)),
        text(403, middle + 5, head, "title"),
        arrow(455, middle, 483, middle),
        group("output", *(box(490, middle - 30 + 12 * n, 12, 12, marked=True) for n in range(5))),
    ]
