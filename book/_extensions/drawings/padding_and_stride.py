"""A window on its way along a row of pixels: as many outputs as it has positions."""

from .pen import arrow, box, group, svg, text

SIZE, KERNEL, PADDING, STRIDE = 7, 3, 1, 2
CELL = 36


def starts():
    """Where windows begin, with the padding counted."""
    return range(0, SIZE + 2 * PADDING - KERNEL + 1, STRIDE)


def draw(label):
    """The padded row, the windows below it, and an output for each."""
    x, y, words = 10, 12, 352
    padded = SIZE + 2 * PADDING
    count = len(starts())
    out = y + CELL + 24 + 20 * count
    sizes = f"({SIZE} + 2·{PADDING} − {KERNEL})/{STRIDE} + 1 = {count}"
    parts = [
        text(words, y + 18, f"{SIZE} pixels,", "", "start"),
        text(words, y + 36, f"padding {PADDING}", "", "start"),
        text(words, y + CELL + 44, f"window {KERNEL},", "", "start"),
        text(words, y + CELL + 62, f"stride {STRIDE}", "", "start"),
        text(words, out + 18, f"{count} outputs", "title", "start"),
        text(words, out + 36, sizes, "", "start"),
    ]
    for place in range(padded):
        inside = PADDING <= place < PADDING + SIZE
        left = x + place * CELL
        kind = "input" if inside else "plain"
        parts.append(group(kind, box(left, y, CELL, CELL, marked=inside)))
        if not inside:
            parts.append(text(left + CELL / 2, y + CELL / 2 + 5, 0, "faint"))
    for n, start in enumerate(starts()):
        left, top = x + start * CELL, y + CELL + 12 + n * 20
        middle = left + KERNEL * CELL / 2
        parts.append(group("kernel", box(left + 2, top, KERNEL * CELL - 4, 12, marked=True)))
        parts.append(arrow(middle, top + 14, middle, out - 3))
        parts.append(group("output", box(middle - CELL / 2, out, CELL, CELL, marked=True)))
    return svg(540, out + CELL + 12, label, *parts)
