"""Patches: rectangles, circles, wedges, polygons, arrows, stairs."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.patches import Ellipse, FancyArrowPatch, Rectangle, StepPatch

from ..projection import as_floats, digest
from .items import MANY, Item
from .looks import coordinates, label, patch_look
from .numbers import joined, number, span


def patch_items(patches: Sequence[Any], ax: Any) -> list[Item]:
    """Patches one by one, but many in a row that look alike and have no name together."""
    shown = [patch for patch in patches if patch.get_visible()]
    items = [
        Item(f"hidden {_kind(patch)}{label(patch)}") for patch in patches if patch not in shown
    ]

    def key(patch: Any) -> tuple[str, str, str, str]:
        look = patch_look(patch, "C0") if not isinstance(patch, FancyArrowPatch) else ""
        return _kind(patch), label(patch), look, coordinates(patch, ax)

    for (kind, name, look, place), group in groupby(shown, key):
        members = list(group)
        if not name and len(members) >= MANY:
            points = np.concatenate([_outline(patch) for patch in members])
            what = joined([f"{len(members)} {kind}s", look, place], " ")
            items.append(Item(what, _extent(points, ax) + " " + digest(*points.T)))
        else:
            what = joined([kind + name, look, place], " ")
            items += [Item(what, _patch_data(patch, place, ax)) for patch in members]
    return items


def _kind(patch: Any) -> str:
    name = type(patch).__name__.lower()
    return {"fancyarrow": "arrow", "fancyarrowpatch": "arrow"}.get(name, name)


def _outline(patch: Any) -> Any:
    """The corners of a patch in its own coordinates."""
    if isinstance(patch, FancyArrowPatch):
        ends = getattr(patch, "_posA_posB", None)
        return as_floats(ends) if ends is not None else np.zeros((0, 2))
    path = patch.get_path().transformed(patch.get_patch_transform())
    points = as_floats(path.vertices).reshape(-1, 2)
    # The sine of pi is not quite zero, and each version of matplotlib misses it otherwise.
    noise = 1e-6 * np.abs(points).max(initial=0.0)
    return np.where(np.abs(points) < noise, 0.0, points)


def _patch_data(patch: Any, place: str, ax: Any) -> str:
    """A patch's extent, and a digest of its corners where the extent does not tell them."""
    points = _outline(patch)
    if isinstance(patch, FancyArrowPatch):
        pairs = [f"{number(x)} {number(y)}" for x, y in points]
        return f"from {' to '.join(pairs)}" if pairs else ""
    if place == "elsewhere":
        return ""
    if isinstance(patch, StepPatch):
        values, edges, _ = patch.get_data()
        return f"{len(values)} steps x {span(edges)} y {span(values)} {digest(edges, values)}"
    straight = isinstance(patch, (Rectangle, Ellipse)) and not getattr(patch, "angle", 0)
    numbers = _extent(points, ax)
    return numbers if straight else f"{numbers} {digest(*points.T)}"


def _extent(points: Any, ax: Any) -> str:
    return f"x {span(points[:, 0], ax.xaxis)} y {span(points[:, 1], ax.yaxis)}"
