"""A pair of convolutions and a bottleneck, as wide as their maps are many."""

from .pen import box, group, svg, text

SHAPES = {"a pair of 3×3": ([64, 64, 64], [3, 3]), "a bottleneck": ([256, 64, 64, 256], [1, 3, 1])}
"""Maps before, between and after the convolutions, and the sides of their kernels."""

PER_MAP, TOP, BOTTOM, HIGH = 0.5, 28, 196, 20


def weights(maps, sides):
    """The weights of each convolution, without biases."""
    return [a * b * side * side for a, b, side in zip(maps, maps[1:], sides, strict=False)]


def draw(label):
    """Both, from top to bottom, with the weights of each convolution and their sum."""
    parts = []
    for (title, (maps, sides)), middle in zip(SHAPES.items(), (62, 310), strict=True):
        counts = weights(maps, sides)
        parts += [
            text(middle, 16, title, "title"),
            *tower(middle, maps, sides, counts),
            text(middle, BOTTOM + 22, f"{sum(counts):,} weights"),
        ]
    return svg(500, 228, label, *parts)


def tower(middle, maps, sides, counts):
    """Bars for maps, and between them what connects them."""
    gap = (BOTTOM - TOP - HIGH * len(maps)) / len(sides)
    tops = [TOP + n * (HIGH + gap) for n in range(len(maps))]
    kinds = ["input", *["plain"] * (len(maps) - 2), "output"]
    beside = middle + PER_MAP * max(maps) / 2 + 12
    parts = []
    for n, (side, count) in enumerate(zip(sides, counts, strict=True)):
        above, below = PER_MAP * maps[n], PER_MAP * maps[n + 1]
        y = tops[n] + HIGH
        parts += [
            group(
                "kernel",
                f'<path d="M{middle - above / 2} {y:.1f}h{above}L{middle + below / 2} {y + gap:.1f}'
                f'h{-below}Z" class="fig-still-marked"/>',
            ),
            text(beside, y + gap / 2 + 5, f"{side}×{side}: {count:,}", anchor="start"),
        ]
    for kind, count, y in zip(kinds, maps, tops, strict=True):
        width = PER_MAP * count
        parts += [
            group(kind, box(middle - width / 2, y, width, HIGH, marked=True)),
            text(middle, y + 15, count),
        ]
    return parts
