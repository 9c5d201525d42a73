"""LeNet-5 from the image to a drawing of its digit, which is compared with fixed drawings."""

from cnnbook.models.lenet5_codes import digit_bitmaps

from .pen import arrow, line, maps, pixels, svg, text

IMAGE = """
..............
...######.....
..########....
..##....###...
.........##...
........###...
.....#####....
.....######...
.........###..
..........##..
..........##..
..##.....###..
...########...
.....#####....
"""
WRONG = [(4, 2), (8, 0)]
"""Rows and columns where the picture of this example is not as the drawing of a 3."""

COMPARED = (3, 5, 8)


def draw(label):
    """The image, the stacks of maps, the picture that F6 makes, and three of the drawings."""
    image = [[int(mark == "#") for mark in row] for row in IMAGE.split()]
    codes = [[[int(v) for v in row] for row in code] for code in digit_bitmaps().tolist()]
    picture = [row[:] for row in codes[3]]
    for row, column in WRONG:
        picture[row][column] *= -1
    parts = []
    for n, digit in enumerate(COMPARED):
        y = 30 + 74 * n
        penalty = sum(
            (a - b) ** 2
            for row, drawn in zip(picture, codes[digit], strict=True)
            for a, b in zip(row, drawn, strict=True)
        )
        parts += [
            line([(384, 135), (412, y + 30)]),
            pixels(418, y, inked(codes[digit]), "kernel", 5),
            text(461, y + 35, f"penalty {penalty}", "" if n else "title", "start"),
        ]
    return svg(
        540,
        244,
        label,
        text(5, 74, "image", "title", "start"),
        pixels(5, 84, image, "input", 7),
        arrow(109, 133, 131, 133),
        maps(136, 130, 6, 40, 40, "output"),
        text(168, 208, "6 maps"),
        maps(210, 152, 16, 18, 18, "output", 4),
        text(246, 208, "16 maps"),
        arrow(289, 133, 311, 133),
        text(316, 71, "picture", "title", "start"),
        pixels(316, 81, inked(picture), "output", 9),
        text(418, 18, "drawings", "title", "start"),
        *parts,
    )


def inked(code):
    """Ones for ink, and zeros."""
    return [[int(value > 0) for value in row] for row in code]
