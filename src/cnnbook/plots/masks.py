"""Class maps: to what each pixel of an image belongs, in colours with a legend."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from .arrays import Array, as_image, as_matrix
from .pictures import colour_range, frame
from .style import GREY, WIDTH, BookFigure, in_book_style

# White for the ground, then Paul Tol's muted colours (which colour-blind readers can tell apart),
# and black for a tenth class.
CLASS_COLOURS = (
    "#ffffff", "#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677",
    "#882255", "#aa4499", "#000000",
)  # fmt: skip
GAP = 2  # pixels between the pictures of a row


@in_book_style
def show_masks(
    images: Any,
    maps: Mapping[str, Any],
    class_names: Sequence[str],
    *,
    title: str = "image",
    width: float = WIDTH,
) -> BookFigure:
    """A row of images, and below it rows of class maps of these images; a legend of the classes.

    Args:
        images: grey images (H, W) or (1, H, W), all of one size; as a list, or as one array with
            a first axis more.
        maps: for each row its name and the class maps (H, W) of the images, whole numbers from 0.
        class_names: the classes in the order of their numbers, 11 at most; class 0 is white.
        title: name of the row of images.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no images, sizes or numbers differ, or a map holds a class that
            has no name.

    >>> figure = show_masks([[[9, 0], [9, 0]]], {"due": [[[1, 0], [1, 0]]]}, ["ground", "ink"])
    >>> [ax.get_title() for ax in figure.axes]
    ['image', 'due']
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['ground', 'ink']
    """
    pictures = [as_image(image) for image in images]
    if not pictures:
        raise ValueError("there is nothing to show")
    if not 1 <= len(class_names) <= len(CLASS_COLOURS):
        raise ValueError(
            f"there are colours for 1 to {len(CLASS_COLOURS)} classes, not for {len(class_names)}"
        )
    rows = {name: [as_matrix(own) for own in drawn] for name, drawn in maps.items()}
    for name, drawn in rows.items():
        _check(name, drawn, pictures, len(class_names))
    strips = {title: _strip(pictures)} | {name: _strip(drawn) for name, drawn in rows.items()}
    shape = strips[title].shape
    height = width * shape[0] / shape[1] + 0.3
    figure = BookFigure(figsize=(width, len(strips) * height + 0.4), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(strips), 1)).tolist()
    colours = ListedColormap(CLASS_COLOURS[: len(class_names)])
    for ax, (name, strip) in zip(axes, strips.items(), strict=True):
        if name == title:
            ax.imshow(strip, cmap=GREY, vmin=0, vmax=colour_range(pictures[0], False)[1])
        else:
            ax.imshow(strip, cmap=colours, vmin=-0.5, vmax=len(class_names) - 0.5)
        frame(ax, name)
    handles = [
        Patch(facecolor=colour, edgecolor="0.6", linewidth=0.6, label=name)
        for colour, name in zip(CLASS_COLOURS, class_names, strict=False)
    ]
    look = {"frameon": False, "handlelength": 1, "handletextpad": 0.4, "columnspacing": 1.0}
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), **look)
    return figure


def _check(name: str, drawn: Sequence[Array], pictures: Sequence[Array], classes: int) -> None:
    if len(drawn) != len(pictures):
        raise ValueError(f"{len(pictures)} images need as many maps, not {len(drawn)} ({name!r})")
    for own, picture in zip(drawn, pictures, strict=True):
        if own.shape != picture.shape or picture.shape != pictures[0].shape:
            raise ValueError(
                f"images and maps have one size, but {name!r} has a map of {own.shape} for an "
                f"image of {picture.shape}"
            )
        if not np.issubdtype(own.dtype, np.integer) or own.min() < 0 or own.max() >= classes:
            raise ValueError(
                f"a map of {name!r} runs from {own.min()} to {own.max()}; with {classes} classes "
                f"it has to hold whole numbers from 0 to {classes - 1}"
            )


def _strip(pictures: Sequence[Array]) -> Array:
    """Pictures of one size side by side, with gaps between them in which nothing is drawn."""
    between = np.full((pictures[0].shape[0], GAP), np.nan)
    parts = [part for picture in pictures for part in (between, picture)]
    return np.concatenate(parts[1:], axis=1)
