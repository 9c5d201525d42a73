"""Clouds of points in the plane, over those that they should match."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrays import as_matrix
from .style import COLOURS, HIGHLIGHT, WIDTH, BookFigure, in_book_style


@in_book_style
def show_clouds(
    clouds: Mapping[str, Any],
    reference: Any,
    *,
    names: tuple[str, str] = ("real", "drawn"),
    columns: int = 4,
    width: float = WIDTH,
) -> BookFigure:
    """Clouds of points, each over the same reference, at one scale.

    The reference sets the scale; points that are farther out by half are not in the picture.

    Args:
        clouds: points (N, 2), by title.
        reference: points (M, 2), drawn paler beneath each of them.
        names: what the reference and the clouds are, for the legend.
        columns: clouds in a row.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no clouds, or points are not in the plane.

    >>> figure = show_clouds({"one": [[0, 0]], "two": [[1, 1]]}, [[0, 1], [2, 3]])
    >>> [ax.get_title() for ax in figure.axes]
    ['one', 'two']
    """
    points = {title: as_matrix(cloud) for title, cloud in clouds.items()}
    beneath = as_matrix(reference)
    if not points:
        raise ValueError("there are no clouds to show")
    for values in (beneath, *points.values()):
        if values.shape[1] != 2:
            raise ValueError(f"points in the plane were due, (N, 2), not {values.shape}")
    columns = min(columns, len(points))
    rows = -(-len(points) // columns)
    size = width / columns
    figure = BookFigure(figsize=(width, rows * (size + 0.25) + 0.3), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).flatten()
    for ax in axes[len(points) :]:
        ax.remove()
    reach = 1.5 * (float(np.abs(beneath).max()) or 1.0)
    for ax, (title, values) in zip(axes, points.items(), strict=False):
        ax.scatter(*beneath.T, s=14, color=COLOURS[4], linewidths=0, label=names[0])
        ax.scatter(*values.T, s=5, color=HIGHLIGHT, alpha=0.5, linewidths=0, label=names[1])
        ax.set(title=title, xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.set(xticks=[], yticks=[])
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False
    )
    return figure
