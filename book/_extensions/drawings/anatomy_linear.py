"""Two kernels in a row: one larger kernel, unless a ReLU stands between them."""

from .pen import box, group, line, pixels, svg, text

FIRST = [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
SECOND = [[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0]]
SIZE = 11


def both(first, second):
    """The kernel that does what two kernels do in turn."""
    result = [[0] * 9 for _ in range(9)]
    for i, row in enumerate(first):
        for j, weight in enumerate(row):
            for a, other in enumerate(second):
                for b, factor in enumerate(other):
                    result[i + a][j + b] += weight * factor
    return result


def draw(label):
    """Above, nothing between them, and what they amount to; below, a ReLU."""
    one = both(FIRST, SECOND)
    most = max(map(max, one))
    return svg(
        420,
        220,
        label,
        text(33, 26, "5×5", "title"),
        text(193, 26, "5×5", "title"),
        text(354, 16, "9×9", "title"),
        *kernels(34),
        text(113, 58, "nothing"),
        text(113, 76, "between"),
        text(263, 66, "=", "title"),
        pixels(305, 24, one, "kernel", SIZE, most),
        *kernels(143),
        group("plain", box(86, 143, 55, 55, corner=4)),
        line([(94, 184), (113, 184), (133, 156)], "plain", thick=True),
        text(113, 216, "ReLU"),
        text(263, 175, "≠", "title"),
        text(305, 175, "any one kernel", "", "start"),
    )


def kernels(y):
    """The two kernels, with room between them."""
    return [
        pixels(5, y, FIRST, "kernel", SIZE),
        pixels(166, y, SECOND, "kernel", SIZE),
    ]
