"""What one unit of each layer of LeNet-5 sees: squares that grow by kernel and jump."""

from .pen import box, dot, group, line, svg, text

LAYERS = [("C1", 5, 1), ("S2", 2, 2), ("C3", 5, 1), ("S4", 2, 2), ("C5", 5, 1)]
SCALE = 7
HEIGHTS = [24, 47, 92, 116, 200]


def fields():
    """Side of the field, steps that the layer adds, and their width, layer by layer."""
    side = jump = 1
    found = []
    for name, kernel, stride in LAYERS:
        side += (kernel - 1) * jump
        found.append((name, side, kernel - 1, jump))
        jump *= stride
    return found


def draw(label):
    """Squares with one corner in common, each led to its name and its sum."""
    x, y, names, before = 10, 10, 262, 1
    squares, words = [], []
    for (name, side, steps, jump), height in zip(fields(), HEIGHTS, strict=True):
        long = side * SCALE
        squares.append(group("input", box(x, y, long, long, strength=0.14)))
        words.append(line([(x + long, height), (names - 8, height)]))
        words.append(dot(x + long, height, radius=3))
        words.append(text(names, height + 5, name, "title", "start"))
        words.append(text(names + 34, height + 5, f"{before} + {steps}·{jump} =", "", "start"))
        words.append(text(names + 122, height + 5, side, "title", "start"))
        before = side
    words.append(text(x + 8, y + before * SCALE - 10, "image of 32×32 pixels", "", "start"))
    return svg(420, 2 * y + before * SCALE, label, *squares, *words)
