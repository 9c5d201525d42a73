"""What two networks read of the same images: four fields, of which two compare them."""

from .pen import box, group, svg, text

LEFT, TOP, WIDE, HIGH = 134, 52, 130, 56


def draw(label):
    """A table of two rows and two columns, the fields b and c filled."""
    fields = (("both", "b"), ("c", "neither"))
    parts = []
    for i, row in enumerate(fields):
        for j, words in enumerate(row):
            x, y = LEFT + WIDE * j, TOP + HIGH * i
            parts.append(group("output", box(x, y, WIDE, HIGH, marked=i != j)))
            kind = "title" if i != j else "faint"
            parts.append(text(x + WIDE / 2, y + HIGH / 2 + 5, words, kind))
    return svg(
        540,
        212,
        label,
        text(LEFT + WIDE, 18, "second network", "title"),
        text(LEFT + WIDE / 2, 42, "right"),
        text(LEFT + 1.5 * WIDE, 42, "wrong"),
        text(4, TOP + HIGH + 5, "first", "title", "start"),
        text(LEFT - 10, TOP + HIGH / 2 + 5, "right", anchor="end"),
        text(LEFT - 10, TOP + 1.5 * HIGH + 5, "wrong", anchor="end"),
        *parts,
        text(408, TOP + HIGH / 2 + 5, "b: first alone", "", "start"),
        text(408, TOP + 1.5 * HIGH + 5, "c: second alone", "", "start"),
        text(LEFT + WIDE, 196, "b − c scatters by √(b + c)"),
    )
