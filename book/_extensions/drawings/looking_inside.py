"""One kernel on three digits: each of its maps is the digit once more."""

from .pen import arrow, pixels, svg, table, text

DIGITS = """
............ ............ ............
....####.... .....##..... ..########..
...######... ....###..... ..########..
..##....##.. ...####..... ........##..
..##....##.. .....##..... .......###..
..##....##.. .....##..... ......###...
..##....##.. .....##..... ......##....
..##....##.. .....##..... .....###....
..##....##.. .....##..... .....##.....
...######... ...######... ....###.....
....####.... ...######... ....##......
............ ............ ............
"""
KERNEL = [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]
SIZE = 6


def answers(image):
    """What the kernel makes of an image, negative answers set to zero."""
    inside = range(len(image) - 2)
    return [
        [
            max(0, sum(image[i + a][j + b] * KERNEL[a][b] for a in range(3) for b in range(3)))
            for j in inside
        ]
        for i in inside
    ]


def draw(label):
    """Three digits on the left, the kernel in the middle, three maps on the right."""
    rows = [line.split() for line in DIGITS.split("\n") if line]
    digits = [[[int(mark == "#") for mark in row[n]] for row in rows] for n in range(3)]
    found = [answers(digit) for digit in digits]
    most = max(max(max(row) for row in each) for each in found)
    parts = []
    for n, (digit, answer) in enumerate(zip(digits, found, strict=True)):
        y = 24 + 79 * n
        middle = y + 36
        parts += [
            pixels(5, y, digit, "input", SIZE),
            arrow(84, middle, 196, 139 + 24 * (n - 1)),
            table(206, 94, KERNEL, "kernel", "one kernel" if not n else ""),
            arrow(306, 139 + 24 * (n - 1), 416, middle),
            pixels(426, y + SIZE, answer, "output", SIZE, most),
        ]
    return svg(
        500,
        260,
        label,
        text(5, 15, "digits", "title", "start"),
        text(426, 15, "maps", "title", "start"),
        *parts,
    )
