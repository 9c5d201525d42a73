"""Pairs of figures in which something else is drawn, in two and in three dimensions."""

import numpy as np
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from tests.pagecheck.drawing import (
    CLASSES,
    CLOUD,
    COLOURS,
    CURVE,
    DAYS,
    GRID,
    PICTURE,
    RANDOM,
    Draw,
    bars,
    calls,
    swapped,
)

DRAWN: dict[str, tuple[Draw, Draw]] = {
    "a curve permuted": (calls(("plot", CURVE)), calls(("plot", swapped(CURVE)))),
    "another middle": (
        calls(("plot", [3, 2, 2, 2, 2, 1])),
        calls(("plot", [3, 1.1, 2.9, 1.1, 2.9, 1])),
    ),
    "a fall or a valley": (
        calls(("plot", np.linspace(1, 0, 50))),
        calls(("plot", np.r_[1, np.abs(np.linspace(1, -0.9, 48)), 0])),
    ),
    "a curve backwards": (calls(("plot", CURVE)), calls(("plot", np.arange(30)[::-1], CURVE))),
    "bars permuted": (bars([1, 5, 3]), bars([5, 1, 3])),
    "bars moved": (bars([1, 5, 3]), calls(("bar", [1, 2, 3], [1, 5, 3]))),
    "bars lie": (bars([1, 5, 3]), calls(("barh", [0, 1, 2], [1, 5, 3]))),
    "where bars begin": (bars([1, 5, 3]), bars([1, 5, 3], bottom=[0, 1, 0])),
    "width of bars": (bars([1, 5, 3]), bars([1, 5, 3], width=0.3)),
    "length of error bars": (
        calls(("errorbar", [1, 2, 3], [1, 2, 3], [0.1, 0.2, 0.1])),
        calls(("errorbar", [1, 2, 3], [1, 2, 3], [0.1, 0.1, 0.2])),
    ),
    "error bars of bars": (bars([1, 5, 3]), bars([1, 5, 3], yerr=1)),
    "a histogram moved": (calls(("hist", CURVE)), calls(("hist", CURVE + 1))),
    "a histogram in steps": (
        calls(("hist", CURVE, {"histtype": "step"})),
        calls(("hist", -CURVE, {"histtype": "step"})),
    ),
    "points permuted": (
        calls(("scatter", *CLOUD.T)),
        calls(("scatter", CLOUD[:, 0], swapped(CLOUD[:, 1]))),
    ),
    "colours of classes": (
        calls(("scatter", *CLOUD.T, {"c": CLASSES})),
        calls(("scatter", *CLOUD.T, {"c": CLASSES[::-1]})),
    ),
    "sizes of points": (
        calls(("scatter", *CLOUD.T, {"s": np.arange(40)})),
        calls(("scatter", *CLOUD.T, {"s": np.arange(40)[::-1]})),
    ),
    "marker of points": (
        calls(("scatter", *CLOUD.T)),
        calls(("scatter", *CLOUD.T, {"marker": "x"})),
    ),
    "values of points": (
        calls(("scatter", *CLOUD.T, {"c": np.arange(40)})),
        calls(("scatter", *CLOUD.T, {"c": swapped(np.arange(40))})),
    ),
    "channels of a picture": (calls(("imshow", COLOURS)), calls(("imshow", COLOURS[:, :, ::-1]))),
    "pixels shuffled": (
        calls(("imshow", PICTURE)),
        calls(("imshow", RANDOM.permutation(PICTURE.ravel()).reshape(8, 8))),
    ),
    "a picture mirrored": (calls(("imshow", PICTURE)), calls(("imshow", PICTURE[:, ::-1]))),
    "a symmetric picture turned": (
        calls(("imshow", np.eye(8))),
        calls(("imshow", np.eye(8)[::-1])),
    ),
    "one pixel": (calls(("imshow", PICTURE)), calls(("imshow", swapped(PICTURE, 2, 3)))),
    "a mesh": (calls(("pcolormesh", PICTURE)), calls(("pcolormesh", PICTURE.T))),
    "contours": (calls(("contour", PICTURE)), calls(("contour", PICTURE[::-1]))),
    "levels": (
        calls(("contourf", PICTURE, {"levels": [0, 0.5, 1]})),
        calls(("contourf", PICTURE, {"levels": [0, 0.6, 1]})),
    ),
    "an area": (
        calls(("fill_between", range(30), CURVE)),
        calls(("fill_between", range(30), swapped(CURVE))),
    ),
    "arrows": (
        calls(("quiver", *GRID, GRID[1], GRID[0])),
        calls(("quiver", *GRID, GRID[0], GRID[1])),
    ),
    "barbs": (
        calls(("barbs", *GRID, 20 * GRID[1], 20 * GRID[0])),
        calls(("barbs", *GRID, 20 * GRID[0], 20 * GRID[1])),
    ),
    "stems": (calls(("stem", CURVE)), calls(("stem", swapped(CURVE)))),
    "a pie": (calls(("pie", [1, 2, 3])), calls(("pie", [2, 1, 3]))),
    "boxes": (calls(("boxplot", CURVE)), calls(("boxplot", CURVE + 0.1))),
    "violins": (calls(("violinplot", CURVE)), calls(("violinplot", CURVE**2))),
    "a polygon": (
        calls(("fill", [0, 1, 1], [0, 0, 1])),
        calls(("fill", [0, 1, 0], [0, 0, 1])),
    ),
    "an endless line": (
        lambda ax: ax.axline((0, 0), slope=1),
        lambda ax: ax.axline((0, 0), slope=2),
    ),
    "a picture in a box": (
        lambda ax: ax.add_artist(AnnotationBbox(OffsetImage(PICTURE), (0.5, 0.5))),
        lambda ax: ax.add_artist(AnnotationBbox(OffsetImage(PICTURE[::-1]), (0.5, 0.5))),
    ),
    "the key of arrows": (
        lambda ax: ax.quiverkey(ax.quiver([0, 1], [0, 1]), 0.9, 0.9, 1, "1 m"),
        lambda ax: ax.quiverkey(ax.quiver([0, 1], [0, 1]), 0.9, 0.9, 1, "2 m"),
    ),
    "an arrow": (
        calls(("arrow", 0, 0, 1, 1)),
        calls(("arrow", 1, 1, -1, -1)),
    ),
    "events": (calls(("eventplot", [CURVE])), calls(("eventplot", [CURVE[:-1]]))),
    "hexagons": (
        calls(("hexbin", *CLOUD.T, {"gridsize": 5})),
        calls(("hexbin", *-CLOUD.T, {"gridsize": 5})),
    ),
    "stairs": (calls(("stairs", [1, 2, 3])), calls(("stairs", [1, 3, 2]))),
    "layers of areas": (
        calls(("stackplot", range(3), [1, 2, 3], [3, 1, 2])),
        calls(("stackplot", range(3), [3, 1, 2], [1, 2, 3])),
    ),
    "missing values": (
        calls(("plot", np.where(CURVE[4] == CURVE, np.nan, CURVE))),
        calls(("plot", np.where(CURVE[5] == CURVE, np.nan, CURVE))),
    ),
    "masked pixels": (
        calls(("imshow", np.ma.masked_greater(PICTURE, 0.9))),
        calls(("imshow", np.ma.masked_greater(PICTURE, 0.8))),
    ),
    "days": (calls(("plot", DAYS, [1, 2, 3])), calls(("plot", DAYS + 1, [1, 2, 3]))),
    "days on y": (calls(("plot", [1, 2, 3], DAYS)), calls(("plot", [1, 2, 3], DAYS + 1))),
    "an inset": (
        lambda ax: ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot([1, 2]),
        lambda ax: ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot([2, 1]),
    ),
    "the place of an inset": (
        lambda ax: ax.inset_axes((0.5, 0.5, 0.4, 0.4)).plot([1, 2]),
        lambda ax: ax.inset_axes((0.1, 0.5, 0.4, 0.4)).plot([1, 2]),
    ),
    "a second scale": (
        calls(("set_xlim", 1, 2)),
        calls(("set_xlim", 1, 2), ("secondary_xaxis", "top", {"functions": (np.square, np.sqrt)})),
    ),
    "a twin": (
        lambda ax: [ax.plot([1, 2]), ax.twinx().plot([5, 6])],
        lambda ax: [ax.plot([1, 2]), ax.twinx().plot([6, 5])],
    ),
}


SOLID: dict[str, tuple[Draw, Draw]] = {
    "points": (
        calls(("scatter", [0, 1, 2], [0, 1, 2], [0, 1, 2])),
        calls(("scatter", [0, 1, 2], [0, 1, 2], [0, -3, -6])),
    ),
    "label": (calls(("set_zlabel", "accuracy")), calls(("set_zlabel", "loss"))),
    "limits": (calls(("set_zlim", 0, 1)), calls(("set_zlim", 0, 2))),
    "view": (calls(("view_init", 30, 20)), calls(("view_init", 30, 40))),
    "line": (calls(("plot", *CLOUD.T, CURVE[0])), calls(("plot", *CLOUD.T[::-1], CURVE[0]))),
    "surface": (
        calls(("plot_surface", *GRID, GRID[0] * GRID[1])),
        calls(("plot_surface", *GRID, GRID[0] + GRID[1])),
    ),
    "wires": (
        calls(("plot_wireframe", *GRID, GRID[0] * GRID[1])),
        calls(("plot_wireframe", *GRID, GRID[0] + GRID[1])),
    ),
    "bars": (
        calls(("bar3d", [0, 1], [0, 1], 0, 1, 1, [1, 2])),
        calls(("bar3d", [0, 1], [0, 1], 0, 1, 1, [2, 1])),
    ),
    "arrows": (
        calls(("quiver", 0, 0, 0, 1, 2, 3)),
        calls(("quiver", 0, 0, 0, 1, 3, 2)),
    ),
    "text": (calls(("text", 0, 0, 0, "a")), calls(("text", 0, 0, 1, "a"))),
    "contours": (
        calls(("contour", *GRID, GRID[0] * GRID[1])),
        calls(("contour", *GRID, GRID[0] + GRID[1])),
    ),
    "triangles": (
        calls(("plot_trisurf", *CLOUD.T, CLOUD[:, 0])),
        calls(("plot_trisurf", *CLOUD.T, CLOUD[:, 1])),
    ),
}
