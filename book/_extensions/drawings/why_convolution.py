"""One shape at two places, seen by a unit that is connected with every pixel, and by a kernel."""

from .pen import box, group, pixels, svg, text

SHAPE = ["..#..", ".#.#.", "#...#", "#...#", ".###."]
SIDE, SIZE = 12, 6
SHAPE_SIDE = len(SHAPE)
PLACES = [(1, 1), (6, 6)]


def image_of(top, left):
    """An image with the shape at a place."""
    rows = [[0] * SIDE for _ in range(SIDE)]
    for i, marks in enumerate(SHAPE):
        for j, mark in enumerate(marks):
            rows[top + i][left + j] = int(mark == "#")
    return rows


def products(image, weights, top, left):
    """The sum of products where the weights are laid on a place of the image."""
    return sum(
        image[top + i][left + j] * weight
        for i, row in enumerate(weights)
        for j, weight in enumerate(row)
    )


def largest(image, weights):
    """The largest answer of the weights over all places where they fit."""
    places = range(SIDE - len(weights) + 1)
    return max(products(image, weights, i, j) for i in places for j in places)


def draw(label):
    """Two images above, two sets of weights on the left, and what they answer."""
    images = [image_of(*place) for place in PLACES]
    kernel = [[int(mark == "#") for mark in marks] for marks in SHAPE]
    rows = [("a weight for each pixel", images[0]), ("one kernel that slides", kernel)]
    high = SIDE * SIZE
    columns, heights = (345, 455), (148, 222)
    parts = []
    for x, image, name in zip(columns, images, ("learned here", "moved"), strict=True):
        parts.append(text(x, 16, name, "title"))
        parts.append(pixels(x - high / 2, 26, image, "input", SIZE))
    for (name, weights), y in zip(rows, heights, strict=True):
        side = len(weights)
        corner = (10 + (high - side * SIZE) / 2, y - side * SIZE / 2)
        parts.append(pixels(*corner, weights, "kernel", SIZE))
        parts.append(text(100, y - 4, name, "title", "start"))
        parts.append(text(100, y + 16, f"{side}×{side} = {side * side} weights", "", "start"))
        for x, image in zip(columns, images, strict=True):
            answer = largest(image, weights)
            parts.append(group("output", box(x - 25, y - 18, 50, 36, marked=bool(answer))))
            parts.append(text(x, y + 5, answer, "title"))
    return svg(502, 256, label, *parts)
