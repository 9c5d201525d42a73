"""Faults to plant in what a figure says: titles, labels, legends, texts, names at ticks."""

from typing import Any

import numpy as np

from tests.drift.figures_to_change import Random
from tests.drift.planting import SEEN, Fault, fault, in_some_axes, one_of, other_word

SAID: dict[str, Fault] = {}


@fault(SAID)
@in_some_axes
def title(ax: Any, random: Random) -> bool:
    ax.set_title(other_word(ax.get_title()) or "new")
    return True


@fault(SAID)
@in_some_axes
def second_title(ax: Any, random: Random) -> bool:
    ax.set_title("new", loc="right")
    return True


@fault(SAID)
@in_some_axes
def label_of_x(ax: Any, random: Random) -> bool:
    shown = bool(ax.axison)
    ax.set_xlabel(other_word(ax.get_xlabel()) or "new")
    return shown


@fault(SAID)
@in_some_axes
def labels_exchanged(ax: Any, random: Random) -> bool:
    x, y = ax.get_xlabel(), ax.get_ylabel()
    ax.set(xlabel=y, ylabel=x)
    return bool(ax.axison and x != y)


@fault(SAID)
@in_some_axes
def a_text(ax: Any, random: Random) -> bool:
    text = one_of([each for each in ax.texts if each.get_text()], random)
    if text is not None:
        text.set_text(other_word(text.get_text()))
    return text is not None


@fault(SAID)
@in_some_axes
def texts_exchanged(ax: Any, random: Random) -> bool:
    for _ in range(20):
        first, second = one_of(ax.texts, random), one_of(ax.texts, random)
        if first is not None and first.get_text() != second.get_text():
            words = first.get_text()
            first.set_text(second.get_text())
            second.set_text(words)
            return True
    return False


@fault(SAID)
@in_some_axes
def a_text_moved(ax: Any, random: Random) -> bool:
    text = one_of(
        [each for each in ax.texts if not hasattr(each, "xy") and each.get_text()], random
    )
    if text is not None and ax.name != "3d":
        x, y = text.get_position()
        text.set_position((x + SEEN * float(np.ptp(ax.get_xlim())), y))
        return True
    return False


@fault(SAID)
@in_some_axes
def names_at_ticks(ax: Any, random: Random) -> bool:
    names = [label.get_text() for label in ax.get_xticklabels()]
    if ax.axison and len(ax.get_xticks()) > 1:
        ax.set_xticks(ax.get_xticks(), [*names[1:], other_word(names[0])])
        return True
    return False


@fault(SAID)
@in_some_axes
def words_of_legend(ax: Any, random: Random) -> bool:
    legend = ax.get_legend()
    if legend is None or len(legend.get_texts()) < 2:
        return False
    first, second, *_ = legend.get_texts()
    words = first.get_text()
    first.set_text(second.get_text())
    second.set_text(words)
    return True


@fault(SAID)
@in_some_axes
def no_legend(ax: Any, random: Random) -> bool:
    legend = ax.get_legend()
    if legend is not None:
        legend.remove()
    return legend is not None


@fault(SAID)
@in_some_axes
def a_legend_more(ax: Any, random: Random) -> bool:
    if ax.get_legend() is None and ax.lines and ax.name != "3d":
        ax.legend([ax.lines[0]], ["new"])
        return True
    return False


@fault(SAID)
def title_of_all(figure: Any, random: Random) -> bool:
    figure.suptitle(other_word(figure.get_suptitle()) or "new")
    return True


@fault(SAID)
def a_text_beside(figure: Any, random: Random) -> bool:
    figure.text(0.01, 0.01, "new")
    return True


@fault(SAID)
def label_of_colour_bar(figure: Any, random: Random) -> bool:
    bars = [ax._colorbar for ax in figure.axes if hasattr(ax, "_colorbar")]
    for bar in bars:
        bar.set_label("new")
    return bool(bars)


@fault(SAID)
def no_colour_bar(figure: Any, random: Random) -> bool:
    bars = [ax._colorbar for ax in figure.axes if hasattr(ax, "_colorbar")]
    for bar in bars:
        bar.remove()
    return bool(bars)


@fault(SAID)
@in_some_axes
def a_cell_of_a_table(ax: Any, random: Random) -> bool:
    for each in ax.tables:
        cell = each.get_celld()[1, 1].get_text()
        cell.set_text(other_word(cell.get_text()))
    return bool(ax.tables)
