"""A class for every pixel: an image, a U-shaped network, and the map of classes."""

from .pen import arrow, box, group, line, pixels, svg, table, text

ROWS = (
    "..........",
    "..1.77777.",
    "..1....7..",
    "..1...7...",
    "..1...7...",
    "..1..7....",
    "..1..7....",
    "..........",
)
CELL = 16
SIZES = (64, 32, 16, 8)  # of the maps, as in the chapter's network


def draw(label):
    """The image with two digits, the network's four sizes of maps, and a class in each cell."""
    image = [[0.0 if sign == "." else 0.85 for sign in row] for row in ROWS]
    classes = [["" if sign == "." else sign for sign in row] for row in ROWS]
    ink = {(i, j) for i, row in enumerate(ROWS) for j, sign in enumerate(row) if sign != "."}
    parts = []
    middle, top = 270, 44
    for level, size in enumerate(SIZES[:-1]):
        away = 78 - 20 * level
        half = size / 2
        y = top + half
        sides = (box(x, top, 10, size, marked=True) for x in (middle - away, middle + away - 10))
        parts.append(group("kernel", *sides))
        parts.append(line([(middle - away + 14, y), (middle + away - 14, y)], dashed=True))
        parts.append(text(middle, y - 6, f"{size}×{size}", "faint"))
        top += size + 10
    parts.append(group("kernel", box(middle - 16, top, 32, SIZES[-1], marked=True)))
    parts.append(text(middle, top + 26, f"{SIZES[-1]}×{SIZES[-1]}", "faint"))
    return svg(
        540,
        226,
        label,
        text(4, 22, "image", "title", "start"),
        pixels(4, 32, image, "input", size=CELL),
        text(middle, 22, "U-Net", "title"),
        arrow(168, 76, 188, 76),
        *parts,
        arrow(352, 76, 372, 76),
        text(376, 22, "digit of each pixel", "title", "start"),
        table(376, 32, classes, "output", "", ink, cell=CELL),
    )
