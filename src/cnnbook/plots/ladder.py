"""Several variants, each with several runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .arrays import Array, as_numbers
from .style import COLOURS, DASHES, HIGHLIGHT, WIDTH, BookFigure, in_book_style


@in_book_style
def show_ladder(
    runs: Mapping[str, Sequence[float]],
    xlabel: str,
    *,
    title: str = "",
    references: Mapping[str, float] | None = None,
    width: float = WIDTH,
) -> BookFigure:
    """A row for each variant: a dot for each of its runs, and a stroke at their mean.

    Args:
        runs: the values of the runs, by variant; the first is drawn at the top.
        xlabel: what the values are, with their unit.
        title: by default the label.
        references: values to compare with, such as published ones, as vertical lines by name.
        width: width of the figure in inches.

    Raises:
        ValueError: if there are no variants, or one has no runs.

    >>> figure = show_ladder({"a": [1, 3], "b": [2]}, "error in %", references={"paper": 1.5})
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['a', 'b']
    """
    values: dict[str, Array] = {
        name: as_numbers(list(each)).astype(float) for name, each in runs.items()
    }
    if not values:
        raise ValueError("there are no runs to show")
    if empty := [name for name, each in values.items() if not each.size]:
        raise ValueError(f"{empty[0]!r} has no runs")
    figure = BookFigure(figsize=(width, 0.38 * len(values) + 1.3), layout="constrained")
    ax = figure.subplots()
    places = np.arange(len(values))
    heights = np.repeat(places, [each.size for each in values.values()])
    ax.scatter(np.concatenate(list(values.values())), heights, s=26, color=COLOURS[0], alpha=0.6,
               label="a run")  # fmt: skip
    means = [each.mean() for each in values.values()]
    ax.scatter(means, places, s=260, marker="|", linewidths=2.2, color="black", label="mean")
    for number, (name, value) in enumerate((references or {}).items()):
        look: dict[str, Any] = {
            "color": HIGHLIGHT,
            "linestyle": DASHES[(number + 1) % 7],
            "linewidth": 1.6,
        }
        ax.axvline(value, label=name, zorder=0, **look)
    ax.set_yticks(places, list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.set(xlabel=xlabel, title=title or xlabel)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.3)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4,
                  frameon=False)  # fmt: skip
    return figure
