"""Networks drawn from numbers: the shapes that pass through them, and what their layers cost."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from .arrays import as_numbers
from .style import COLOURS, WIDTH, BookFigure, in_book_style

Point = tuple[float, float]

INCHES_PER_PIXEL = 0.036  # of a block's height, where the blocks are small enough
TALLEST = 1.1  # inches
CHARACTER = 0.08  # inches, of a letter of 9 points
LABELS = 0.5  # inches, the two lines below a block
GAP = 0.1  # inches between blocks
SLANT = 0.4, 0.3  # how far a pixel of the width goes to the right and up, in pixels
FACES = {"fronts": "#cfe3f2", "tops": "#e8f2f9", "sides": "#9fc4de"}
EDGES = "#1f4e79"


@in_book_style
def show_shapes(
    shapes: Sequence[Sequence[int]], names: Sequence[str], *, title: str = "", width: float = WIDTH
) -> BookFigure:
    r"""The shapes that pass through a network, each as a block, in rows from left to right.

    A block is as high as its feature maps and goes as far back as they are wide, to scale; its
    thickness goes with the square root of the number of channels. A vector of F numbers is F
    channels of one pixel: a thin rod.

    Args:
        shapes: (C, H, W) or (F,) each, without the batch.
        names: what each shape is called, such as the layer that made it.
        title: by default the numbers of shapes and of values.
        width: width of the figure in inches; the row is broken where it is full.

    Raises:
        ValueError: if there are no shapes, one is neither (C, H, W) nor (F,), or the numbers of
            shapes and names differ.

    >>> figure = show_shapes([(1, 28, 28), (6, 24, 24), (10,)], ["image", "conv", "fc"])
    >>> figure.axes[0].texts[1].get_text()
    'conv\n6×24×24'
    """
    sizes = [_three_axes(shape) for shape in shapes]
    if not sizes or len(names) != len(sizes):
        raise ValueError(f"{len(sizes)} shapes need as many names, at least one, not {len(names)}")
    scale = min(INCHES_PER_PIXEL, TALLEST / max(height for _, height, _ in sizes))
    labels = [
        f"{name}\n{'×'.join(map(str, shape))}" for name, shape in zip(names, shapes, strict=True)
    ]
    letters = [max(map(len, label.split("\n"))) for label in labels]
    blocks = [[scale * side for side in _extent(size)] for size in sizes]
    slots = [
        max(block[0], CHARACTER * count) + GAP for block, count in zip(blocks, letters, strict=True)
    ]
    rows = _broken(slots, width)
    tall = [max(blocks[index][1] for index in row) + LABELS + GAP for row in rows]
    figure = BookFigure(figsize=(width, sum(tall) + 0.35))
    ax = figure.add_axes((0, 0, 1, sum(tall) / (sum(tall) + 0.35)))
    ax.set(xlim=(0, width), ylim=(0, sum(tall)))
    ax.set_axis_off()
    ax.set_title(title or f"{len(sizes)} shapes, {_values(sizes):,} values")
    faces: dict[str, list[list[Point]]] = {face: [] for face in FACES}
    bottom = sum(tall)
    for row, height in zip(rows, tall, strict=True):
        bottom -= height
        left = (width - sum(slots[index] for index in row)) / 2
        for index in row:
            middle = left + slots[index] / 2
            corner = middle - blocks[index][0] / 2, bottom + LABELS
            _block(faces, sizes[index], corner, scale)
            look: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 9, "linespacing": 1.3}
            ax.text(middle, bottom + LABELS - 0.06, labels[index], **look)
            left += slots[index]
    _draw(ax, faces)
    return figure


@in_book_style
def show_costs(
    names: Sequence[str],
    costs: Mapping[str, Sequence[int]],
    *,
    width: float = WIDTH,
) -> BookFigure:
    """What each layer costs: a bar for each layer, side by side for each kind of cost.

    Args:
        names: the layers, in the order of use; the first is drawn at the top.
        costs: one number for each layer, by what is counted, such as ``"parameters"``.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no layers or kinds, or a kind has not one number for each layer.

    >>> figure = show_costs(["conv", "fc"], {"parameters": [156, 1290]})
    >>> figure.axes[0].texts[1].get_text()
    ' 1,290'
    """
    if not names or not costs:
        raise ValueError("there are no costs to show: give layers and what is counted of them")
    figure = BookFigure(figsize=(width, 0.3 * len(names) + 0.6), layout="constrained")
    axes = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
    places = list(range(len(names)))
    for number, (ax, (kind, values)) in enumerate(zip(axes, costs.items(), strict=True)):
        amounts = as_numbers(list(values))
        if len(amounts) != len(names):
            raise ValueError(f"{len(names)} layers have not {len(amounts)} numbers of {kind!r}")
        bars = ax.barh(places, amounts, color=COLOURS[number % 7])
        ax.bar_label(bars, [f" {int(amount):,}" for amount in amounts], fontsize=9)
        ax.set(title=f"{kind}: {int(amounts.sum()):,}", xticks=[])
        ax.set_xlim(0, 1.45 * max(float(amounts.max()), 1.0))  # room for the numbers
        ax.set_yticks(places, list(names))
        ax.tick_params(length=0)
        ax.spines["bottom"].set_visible(False)
    axes[0].invert_yaxis()
    return figure


def _three_axes(shape: Sequence[int]) -> tuple[int, int, int]:
    """Channels, height and width; a vector has one pixel a channel."""
    sizes = tuple(int(size) for size in shape)
    if len(sizes) not in (1, 3) or min(sizes) < 1:
        raise ValueError(
            f"a shape is (C, H, W) or (F,) of positive sizes, without the batch, not {sizes}"
        )
    return (sizes[0], 1, 1) if len(sizes) == 1 else (sizes[0], sizes[1], sizes[2])


def _values(sizes: Sequence[tuple[int, int, int]]) -> int:
    return sum(channels * height * width for channels, height, width in sizes)


def _extent(size: tuple[int, int, int]) -> Point:
    """Width and height of a block as it is drawn, in pixels."""
    channels, height, width = size
    return sqrt(channels) + SLANT[0] * width, height + SLANT[1] * width


def _broken(slots: Sequence[float], width: float) -> list[list[int]]:
    """The places of blocks, in rows that are as full as they may be."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for index, slot in enumerate(slots):
        if rows[-1] and used + slot > width:
            rows.append([])
            used = 0.0
        rows[-1].append(index)
        used += slot
    return rows


def _block(
    faces: Mapping[str, list[list[Point]]],
    size: tuple[int, int, int],
    corner: Point,
    scale: float,
) -> None:
    """Add the three faces that one sees of a block; ``corner`` is its lower left one."""
    x, y = corner
    thick, high = scale * sqrt(size[0]), scale * size[1]
    right, up = scale * SLANT[0] * size[2], scale * SLANT[1] * size[2]
    faces["fronts"].append([(x, y), (x + thick, y), (x + thick, y + high), (x, y + high)])
    faces["tops"].append(
        [
            (x, y + high),
            (x + thick, y + high),
            (x + thick + right, y + high + up),
            (x + right, y + high + up),
        ]
    )
    faces["sides"].append(
        [
            (x + thick, y),
            (x + thick + right, y + up),
            (x + thick + right, y + high + up),
            (x + thick, y + high),
        ]
    )


def _draw(ax: Any, faces: Mapping[str, list[list[Point]]]) -> None:
    from matplotlib.collections import PolyCollection

    for name, polygons in faces.items():
        look: dict[str, Any] = {"facecolors": FACES[name], "edgecolors": EDGES, "linewidths": 0.6}
        ax.add_collection(PolyCollection(polygons, label=name, **look))
