"""A residual block with numbers: what its convolutions find is added to what came in."""

from .pen import arrow, box, group, line, svg, table, text

X = [[0, 1, 0], [0, 2, 0], [0, 1, 1]]
FIRST = {(0, 0): 1, (-1, 0): -1}
SECOND = {(0, 0): -1, (1, 0): 1}
"""The weights of two kernels of 3x3, by their place from the middle; the others are zero."""


def convolved(image, kernel):
    """The kernel's answers at every place, with a border of zeros."""
    return [
        [
            sum(
                weight * image[i + a][j + b]
                for (a, b), weight in kernel.items()
                if 0 <= i + a < 3 and 0 <= j + b < 3
            )
            for j in range(3)
        ]
        for i in range(3)
    ]


def relu(image):
    """Nothing below zero."""
    return [[max(0, number) for number in row] for row in image]


def draw(label):
    """The maps, the block's two convolutions, what they find, and the sum after a ReLU."""
    found = convolved(relu(convolved(X, FIRST)), SECOND)
    total = relu(
        [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(X, found, strict=True)]
    )
    changed = {(i, j) for i in range(3) for j in range(3) if found[i][j]}
    zeros = {(i, j) for i in range(3) for j in range(3) if not X[i][j]}
    return svg(
        540,
        176,
        label,
        line([(50, 57), (50, 12), (363, 12), (363, 76)], "input", thick=True),
        arrow(363, 72, 363, 90, "input"),
        text(206, 32, "the way around"),
        table(5, 58, X, "input", "", faint=zeros),
        text(50, 168, "x", "title"),
        arrow(99, 103, 119, 103),
        group("kernel", *(box(122, y, 80, 26, marked=True, corner=4) for y in (60, 121))),
        text(162, 78, "conv 3×3"),
        text(162, 108, "ReLU", "faint"),
        text(162, 139, "conv 3×3"),
        arrow(206, 103, 226, 103),
        table(229, 58, found, "plain", "", changed),
        text(274, 168, "f(x)", "title"),
        line([(324, 103), (348, 103)]),
        group("output", '<circle cx="363" cy="103" r="12" class="fig-still-marked"/>'),
        text(363, 108, "+"),
        arrow(377, 103, 437, 103),
        text(405, 93, "ReLU", "faint"),
        table(443, 58, total, "output", "", changed),
        text(536, 168, "ReLU(x + f(x))", "title", "end"),
    )
