"""Images, matrices and kernels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from .arrays import Array, as_image, as_matrix, checked_titles, written
from .style import (
    COUNTS,
    GREY,
    HIGHLIGHT,
    SIGNED,
    WIDTH,
    BookFigure,
    image_grid,
    in_book_style,
    side_by_side,
)


@in_book_style
def show_images(
    images: Any,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    signed: bool | None = None,
    vmin: float | None = None,
    vmax: float | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """A grid of images.

    A grey image is drawn with 0 black and its largest value (255 for uint8) white. One with
    negative values is drawn in blue (negative), white (zero) and red (positive), over a range
    that is symmetric about zero. ``vmin`` and ``vmax`` give all images the same range.

    Args:
        images: images (H, W), (1, H, W), colour (3, H, W) or (H, W, 3); as a list, or as one
            array with a first axis more.
        titles: one title for each image.
        columns: images in a row; by default up to 4.
        signed: whether to use the signed colours; by default for images with negative values.
        vmin: value drawn darkest.
        vmax: value drawn brightest.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no images, one has no shape of an image, or the numbers of
            images and titles differ.

    >>> show_images([[[0, 1], [2, 3]]], ["four pixels"]).axes[0].get_title()
    'four pixels'
    """
    arrays = [as_image(image) for image in images]
    titles = checked_titles(titles, len(arrays))
    columns = columns or min(len(arrays), 4)
    tallest = max(array.shape[0] / array.shape[1] for array in arrays)
    figure, axes = image_grid(len(arrays), columns, tallest, width)
    for ax, array, title in zip(axes, arrays, titles, strict=True):
        is_signed = bool((array < 0).any()) if signed is None else signed
        low, high = colour_range(array, is_signed)
        colours = SIGNED if is_signed else GREY
        low, high = low if vmin is None else vmin, high if vmax is None else vmax
        ax.imshow(array, cmap=colours, vmin=low, vmax=high)
        frame(ax, title)
    return figure


@in_book_style
def show_matrices(
    matrices: Sequence[Any],
    titles: Sequence[str] | None = None,
    *,
    signed: bool | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """Matrices side by side, cells equally large, with their numbers written in the cells.

    Cells are coloured as in :func:`show_images`.

    Args:
        matrices: matrices (H, W).
        titles: one title for each.
        signed: whether to use the signed colours; by default for matrices with negative values.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no matrices, one is no matrix, or the numbers of matrices and
            titles differ.

    >>> figure = show_matrices([[[1, 0.5]], [[-2], [3]]], ["row", "column"])
    >>> [text.get_text() for text in figure.axes[1].texts]
    ['-2', '3']
    """
    arrays = [as_matrix(matrix) for matrix in matrices]
    figure, axes = side_by_side([array.shape for array in arrays], width)
    for ax, array, title in zip(axes, arrays, checked_titles(titles, len(arrays)), strict=True):
        draw_cells(ax, array, signed)
        frame(ax, title)
    return figure


def show_matrix(
    matrix: Any, title: str = "", *, signed: bool | None = None, width: float = WIDTH
) -> BookFigure:
    """One matrix with its numbers written in the cells; see :func:`show_matrices`.

    >>> len(show_matrix([[1, 2], [3, 4]], "four numbers").axes[0].texts)
    4
    """
    return show_matrices([matrix], [title], signed=signed, width=width)


@in_book_style
def show_convolution(
    image: Any, kernel: Any, position: tuple[int, int], *, width: float = WIDTH
) -> BookFigure:
    """One step of a cross-correlation: the window on the image, the kernel, the output's cell.

    Args:
        image: (H, W), padded already if it shall be.
        kernel: (h, w).
        position: row and column of the output's cell, which are those of the window's corner.
        width: width of the figure in inches.

    Raises:
        ValueError: if one is no matrix, the kernel does not fit, or the position is not in the
            output.

    >>> figure = show_convolution([[1, 2, 3]], [[1, -1]], (0, 1))
    >>> [ax.get_title() for ax in figure.axes]
    ['image, window at (0, 1)', 'kernel', 'output, -1 at (0, 1)']
    """
    image, kernel = as_matrix(image), as_matrix(kernel)
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError(f"a kernel of {kernel.shape} does not fit into an image of {image.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    output = np.einsum("ijkl,kl->ij", windows, kernel)
    row, column = position
    if not (0 <= row < output.shape[0] and 0 <= column < output.shape[1]):
        raise ValueError(f"position {position} is not in the output, which is {output.shape}")
    value = written(output[row, column])
    titles = [f"image, window at {position}", "kernel", f"output, {value} at {position}"]
    figure, axes = side_by_side([image.shape, kernel.shape, output.shape], width)
    for ax, array, title in zip(axes, (image, kernel, output), titles, strict=True):
        # An image is grey unless it has negative values; a kernel and its answers are signed.
        draw_cells(ax, array, signed=None if ax is axes[0] else True)
        frame(ax, title)
    for ax, shape in ((axes[0], kernel.shape), (axes[2], (1, 1))):
        corner = column - 0.5, row - 0.5
        box = Rectangle(corner, shape[1], shape[0], fill=False, edgecolor=HIGHLIGHT, linewidth=3)
        ax.add_patch(box)
    return figure


def show_kernels(
    kernels: Any, titles: Sequence[str] | None = None, *, columns: int = 8, width: float = WIDTH
) -> BookFigure:
    """A grid of kernels in the signed colours, all over the same range so that they compare.

    Args:
        kernels: (N, h, w) or (N, 1, h, w), or a list of kernels.
        titles: one title for each; by default their numbers from 0.
        columns: kernels in a row.
        width: width of the figure in inches.

    Raises:
        ValueError: as :func:`show_images`.

    >>> show_kernels([[[1, -3]], [[2, 0]]]).axes[1].images[0].get_clim()
    (-3.0, 3.0)
    """
    arrays = [as_image(kernel) for kernel in kernels]
    titles = titles or [str(number) for number in range(len(arrays))]
    limit = max((float(np.abs(array).max()) for array in arrays), default=1.0) or 1.0
    columns = min(columns, len(arrays))
    return show_images(
        arrays, titles, columns=columns, signed=True, vmin=-limit, vmax=limit, width=width
    )


def colour_range(array: Array, signed: bool) -> tuple[float, float]:
    """The values at the two ends of the colours."""
    if signed:
        limit = float(np.abs(array).max()) or 1.0
        return -limit, limit
    if array.dtype == np.uint8:
        return 0.0, 255.0
    return 0.0, float(array.max()) or 1.0


def frame(ax: Any, title: str) -> None:
    """Give a picture its title and a thin frame instead of axes."""
    ax.set_title(title)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, linewidth=0.6, color="0.6")


def draw_cells(
    ax: Any,
    array: Array,
    signed: bool | None = None,
    counts_up_to: float | None = None,
    limits: tuple[float, float] | None = None,
) -> None:
    """A matrix in colours, its numbers in black or white, whichever can be read.

    With ``counts_up_to`` the colours are those of counts, from 0 to that number. ``limits`` are
    the values at the ends of the colours, where they are not the matrix's own.
    """
    signed = bool((array < 0).any()) if signed is None else signed
    if counts_up_to is None:
        colours, (low, high) = SIGNED if signed else GREY, colour_range(array, signed)
    else:
        colours, low, high = COUNTS, 0.0, counts_up_to
    low, high = limits or (low, high)
    image = ax.imshow(array, cmap=colours, vmin=low, vmax=high)
    for (row, column), value in np.ndenumerate(array):
        red, green, blue, _ = image.to_rgba(value)
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        look = {"color": "white" if dark else "black", "fontsize": 9}
        ax.text(column, row, written(value), ha="center", va="center", **look)
