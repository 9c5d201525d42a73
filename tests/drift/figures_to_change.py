"""Figures with random data, to plant faults in: small ones of each kind, and the book's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnbook import plots

Random = np.random.Generator
Make = Callable[[Random], Figure]
WORDS = ["cat", "dog", "cow", "bee", "fox", "hen", "rat", "owl", "ant", "pig"]


def axes_with(draw: Callable[[Any, Random], Any], **options: Any) -> Make:
    """A figure with one pair of axes, with names for all that has one."""

    def make(random: Random) -> Figure:
        figure = Figure()
        ax = figure.subplots(subplot_kw=options)
        draw(ax, random)
        ax.set(title="one title", xlabel="epoch", ylabel="loss")
        return figure

    return make


def curves(ax: Any, random: Random) -> None:
    for name, style in zip(WORDS[:3], ("-", "--", ":"), strict=True):
        ax.plot(random.normal(size=20).cumsum(), style, label=name)
    ax.legend()


def few_points(ax: Any, random: Random) -> None:
    for name in WORDS[:2]:
        ax.plot([1, 2, 4, 8], random.random(4) + 0.1, marker="o", label=name)
    ax.set_xscale("log")
    ax.set_xticks([1, 2, 4, 8])
    ax.legend(["first", "second"])


def clouds(ax: Any, random: Random) -> None:
    for marker in "o^":
        ax.scatter(*random.normal(size=(2, 30)), marker=marker)
    classes = random.choice(["#ff0000", "#00ff00", "#0000ff"], 30)
    ax.scatter(*random.normal(size=(2, 30)), c=classes, s=random.uniform(5, 50, 30))


def valued_points(ax: Any, random: Random) -> None:
    points = ax.scatter(*random.normal(size=(2, 30)), c=random.random(30))
    ax.figure.colorbar(points, label="share")


def named_bars(ax: Any, random: Random) -> None:
    ax.bar(WORDS[:4], random.uniform(1, 9, 4), yerr=random.uniform(0.1, 0.9, 4))


def layered_bars(ax: Any, random: Random) -> None:
    first = random.uniform(1, 9, 8)
    ax.barh(range(8), first, label="a")
    ax.barh(range(8), random.uniform(1, 9, 8), left=first, label="b")
    ax.legend()


def histogram(ax: Any, random: Random) -> None:
    ax.hist(random.normal(size=200), bins=12)
    ax.axvline(0.5)
    ax.annotate("middle", (0.5, 10), (1.5, 20), arrowprops={"arrowstyle": "->"})


def confusion(ax: Any, random: Random) -> None:
    table = random.integers(0, 99, (4, 4))
    ax.figure.colorbar(ax.imshow(table, cmap="Blues"), label="images")
    ax.set_xticks(range(4), WORDS[:4])
    ax.set_yticks(range(4), WORDS[4:8])
    for (row, column), value in np.ndenumerate(table):
        ax.text(column, row, str(value))


def mesh(ax: Any, random: Random) -> None:
    ax.pcolormesh(random.random((6, 9)), cmap="magma")


def levels(ax: Any, random: Random) -> None:
    ax.contour(random.random((6, 9)).cumsum(0))


def areas(ax: Any, random: Random) -> None:
    for name in WORDS[:2]:
        middle = random.normal(size=15)
        ax.fill_between(range(15), middle - 1, middle + random.random(15), alpha=0.5, label=name)


def arrows(ax: Any, random: Random) -> None:
    ax.quiver(*np.meshgrid(range(4), range(5)), *random.normal(size=(2, 5, 4)))


def errors(ax: Any, random: Random) -> None:
    ax.errorbar(range(9), random.normal(size=9), random.uniform(0.2, 2, 9), label="mean")


def boxes(ax: Any, random: Random) -> None:
    ax.boxplot(list(random.normal(size=(3, 20))))


def shapes(ax: Any, random: Random) -> None:
    ax.pie(random.uniform(1, 9, 4), labels=WORDS[:4])
    ax.fill(*random.random((2, 3)))


def days(ax: Any, random: Random) -> None:
    ax.plot(np.datetime64("2020-01-01") + np.arange(30), random.normal(size=30))


def table(ax: Any, random: Random) -> None:
    ax.table([[str(each) for each in row] for row in random.integers(0, 99, (3, 3))])
    ax.set_axis_off()


def solid_points(ax: Any, random: Random) -> None:
    ax.scatter(*random.normal(size=(3, 20)))
    ax.plot(*random.normal(size=(3, 9)), label="path")
    ax.set_zlabel("depth")


def surface(ax: Any, random: Random) -> None:
    grid = np.meshgrid(np.arange(6.0), np.arange(5.0))
    ax.plot_surface(*grid, random.random((5, 6)))


def grid_of_axes(random: Random) -> Figure:
    figure = Figure(figsize=(8, 4), layout="constrained")
    for ax, name in zip(figure.subplots(2, 3).flat, WORDS, strict=False):
        ax.imshow(random.random((12, 12, 3)) if name == "dog" else random.random((12, 12)))
        ax.set_title(name)
    figure.suptitle("six pictures")
    return figure


def _book_curves(random: Random) -> Figure:
    drawn = {name: random.random(12).tolist() for name in WORDS[:3]}
    return plots.show_curves(drawn, "epoch", "loss", title="loss by epoch")


def _book_convolution(random: Random) -> Figure:
    return plots.show_convolution(
        random.integers(0, 9, (6, 7)), random.integers(-1, 2, (3, 3)), (1, 2)
    )


def _book_shapes(random: Random) -> Figure:
    sizes = [[int(channels), 14, 14] for channels in random.integers(2, 20, 3)]
    return plots.show_shapes(sizes, WORDS[:3], title="three shapes")


def _book_points(random: Random) -> Figure:
    return plots.show_points([random.normal(size=(80, 2))], np.arange(80) % 4, WORDS[:4], ["maps"])


SMALL: dict[str, Make] = {
    each.__name__: axes_with(each)
    for each in (
        curves,
        few_points,
        clouds,
        valued_points,
        named_bars,
        layered_bars,
        histogram,
        confusion,
        mesh,
        levels,
        areas,
        arrows,
        errors,
        boxes,
        shapes,
        days,
        table,
    )
} | {
    "solid_points": axes_with(solid_points, projection="3d"),
    "surface": axes_with(surface, projection="3d"),
    "grid_of_axes": grid_of_axes,
}
BOOK: dict[str, Make] = {
    "show_images": lambda random: plots.show_images(random.random((6, 14, 14)), WORDS[:6]),
    "show_matrices": lambda random: plots.show_matrices(list(random.integers(-9, 9, (2, 4, 5)))),
    "show_kernels": lambda random: plots.show_kernels(random.normal(size=(8, 5, 5))),
    "show_confusion": lambda random: plots.show_confusion(
        random.integers(0, 99, (5, 5)), WORDS[:5]
    ),
    "show_bars": lambda random: plots.show_bars(
        dict(zip(WORDS[:5], random.uniform(1, 9, 5).tolist(), strict=True)), "accuracy"
    ),
    "show_ladder": lambda random: plots.show_ladder(
        {name: random.random(4).tolist() for name in WORDS[:5]}, "error in %"
    ),
    "show_costs": lambda random: plots.show_costs(
        WORDS[:4], {"parameters": random.integers(9, 999, 4).tolist()}
    ),
    "show_curves": _book_curves,
    "show_convolution": _book_convolution,
    "show_shapes": _book_shapes,
    "show_points": _book_points,
}
