"""Which channels a layer connects, as a table."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import ListedColormap

from .style import COLOURS, WIDTH, BookFigure, in_book_style, one_axes


@in_book_style
def show_connection_table(
    table: Sequence[Sequence[int]],
    in_channels: int,
    *,
    xlabel: str = "output channel",
    ylabel: str = "input channel",
    title: str = "",
    width: float = WIDTH,
) -> BookFigure:
    """A column for each output channel, a row for each input channel, filled where they meet.

    Args:
        table: for each output channel, the input channels that it is connected to, from 0.
        in_channels: input channels that there are.
        xlabel: what the columns are.
        ylabel: what the rows are.
        title: by default the number of connections, of how many.
        width: width of the figure in inches.

    Raises:
        ValueError: if the table is empty, or names an input channel that there is not.

    >>> figure = show_connection_table([(0, 1), (1,)], 2)
    >>> figure.axes[0].get_title(), figure.axes[0].images[0].get_array().tolist()
    ('3 of 4 connections', [[1, 0], [1, 1]])
    """
    if not table:
        raise ValueError("the table is empty: name the input channels of each output channel")
    filled = np.zeros((in_channels, len(table)), dtype=int)
    for column, row in enumerate(table):
        for channel in row:
            if not 0 <= channel < in_channels:
                raise ValueError(
                    f"output channel {column} is connected to {channel}; input channels go from 0 "
                    f"to {in_channels - 1}"
                )
            filled[channel, column] = 1
    cell = min(width / (len(table) + 2), 0.5)
    size = (cell * (len(table) + 2), cell * in_channels + 0.9)
    figure, ax = one_axes(size[0], size[1] / size[0])
    ax.imshow(filled, cmap=ListedColormap(["white", COLOURS[0]]), vmin=0, vmax=1)
    ax.set_xticks(range(len(table)))
    ax.set_yticks(range(in_channels))
    ax.set_xticks(np.arange(len(table) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(in_channels + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="0.75", linewidth=0.8)
    ax.tick_params(which="both", length=0)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title or f"{filled.sum()} of {filled.size} connections")
    return figure
