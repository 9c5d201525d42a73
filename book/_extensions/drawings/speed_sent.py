"""A step on a GPU in time: operations that are sent one by one, and a recorded step."""

from .pen import arrow, box, group, line, svg, text

SENT, RUN, COUNT = 46, 16, 8
"""How long sending and computing take in this example, and how many operations there are."""

LEFT = 62


def draw(label):
    """Above, the GPU waits between operations; below, they follow on each other."""
    parts = []
    for n, title in enumerate(("operations sent one by one", "one recorded step")):
        y = 26 + 114 * n
        parts += [
            text(5, y - 9, title, "title", "start"),
            text(5, y + 19, "host", anchor="start"),
            text(5, y + 65, "GPU", anchor="start"),
            line([(LEFT, y + 72), (530, y + 72)]),
        ]
        for operation in range(COUNT):
            if not n or not operation:
                x = LEFT + SENT * operation
                parts.append(group("input", box(x, y, SENT - 2, 28, True)))
                parts.append(arrow(x + SENT - 2, y + 29, x + SENT, y + 43))
            ready = LEFT + SENT * (operation + 1) if not n else LEFT + SENT + RUN * operation
            parts.append(group("output", box(ready, y + 44, RUN - 2, 28, True)))
    return svg(540, 218, label, *parts)
