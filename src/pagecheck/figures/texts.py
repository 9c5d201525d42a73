"""Texts and tables: word by word, in their order, and where they stand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.text import Annotation

from ..projection import as_floats, digest
from .items import Item
from .looks import colour_words
from .numbers import joined, position, written_words


def table_item(table: Any) -> Item:
    """A table, row by row."""
    cells = table.get_celld()
    rows = sorted({row for row, _ in cells})
    columns = sorted({column for _, column in cells})
    lines = [
        written_words(
            cells[row, column].get_text().get_text() for column in columns if (row, column) in cells
        )
        for row in rows
    ]
    colours = [cells[place].get_facecolor() for place in sorted(cells)]
    words = colour_words(colours, "white")
    look = f"{words} {digest(*as_floats(colours).T)}" if words else ""
    size = f"table {len(rows)}x{len(columns)}"
    return Item(joined([size, " / ".join(lines), look], " "))


def text_items(texts: Sequence[Any], ax: Any = None) -> list[Item]:
    """All texts in their order, and where they stand."""
    shown = [text for text in texts if text.get_visible() and text.get_text()]
    arrows = [text for text in texts if isinstance(text, Annotation) and _has_arrow(text)]
    if not shown and not arrows:
        return []
    words = written_words(text.get_text() for text in shown)
    kind = "text" if len(shown) == 1 else "texts"
    where = _places([_text_position(text) for text in shown], ax)
    items = [Item(f"{kind} {words}", where)] if shown else []
    targets = [_target(text) for text in arrows]
    items += [Item("arrow of an annotation", _places([target], ax)) for target in targets]
    return items


def _target(annotation: Any) -> Any:
    """Where an annotation points to."""
    x, y = annotation.xy
    return as_floats([annotation.convert_xunits(x), annotation.convert_yunits(y)])


def _has_arrow(text: Any) -> bool:
    return text.arrow_patch is not None and text.get_visible()


def _text_position(text: Any) -> Any:
    """Where a text stands; an annotation beside a point, by that point."""
    if isinstance(text, Annotation) and text.anncoords != text.xycoords:
        return _target(text)
    if hasattr(text, "get_position_3d"):
        return as_floats(text.get_position_3d())
    return as_floats(text.get_unitless_position())


def _places(points: list[Any], ax: Any) -> str:
    if len(points) == 1:
        point = points[0]
        axes = (ax.xaxis, ax.yaxis) if ax is not None and len(point) == 2 else (None,) * len(point)
        return "at " + " ".join(
            position(each, axis) for each, axis in zip(point, axes, strict=True)
        )
    return digest(*np.array(points).T)
