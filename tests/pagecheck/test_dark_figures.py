"""Figures on dark pages: what of them changes there, and what must not."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from pagecheck.dark import (
    DARK,
    FigureNotUnderstoodError,
    is_figure,
    on_both_grounds,
    pixel_size,
)
from pagecheck.dark.colours import (
    BLACK,
    MARK,
    TEXT,
    WHITE,
    contrast,
    counterpart,
    luminance,
    parsed,
    readable,
    written,
)
from pagecheck.dark.shapes import encloses, transform
from pagecheck.display import FigureError, figure_bundle, figure_svg
from pagecheck.figures import describe_figure
from pagecheck.mapped import mapped_marked
from tests.pagecheck.conftest import SmallBook

PAGE = parsed(DARK)
SVG = "{http://www.w3.org/2000/svg}"
STEPS = range(0, 256, 15)
Drawn = Callable[[], Figure]


def single(**options: Any) -> tuple[Figure, Any]:
    figure = Figure(figsize=(4, 3))
    return figure, figure.add_subplot(**options)


def pair(figure: Figure) -> Any:
    both = on_both_grounds(figure_svg(figure, "test"))
    assert both is not None
    return both


def colours(svg: str) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}\b", svg))


def pictures(svg: str) -> list[str]:
    return re.findall(r"base64,\s*([^\"]+)", svg)


def texts(svg: str) -> dict[str, str]:
    """The colours of a drawing's texts, by what they say."""
    root = ElementTree.fromstring(svg)
    return {
        "".join(text.itertext()): _fill(text.get("style", "")) for text in root.iter(f"{SVG}text")
    }


def _fill(style: str) -> str:
    found = re.search(r"fill: (#\w+)", style)
    return found[1] if found else "#000000"


def curves() -> Figure:
    figure, ax = single()
    ax.plot([1, 3, 2], label="dark", color="#1f1f6f")
    ax.plot([2, 1, 3], "ko--", label="black")
    ax.grid(alpha=0.3)
    ax.legend()
    ax.set_title("curves")
    return figure


def twins() -> Figure:
    figure, ax = single()
    ax.bar([0, 1, 2], [3, 2, 1], color="white", edgecolor="black", hatch="//")
    other = ax.twinx()
    other.errorbar([0, 1, 2], [1, 2, 3], [0.1, 0.2, 0.3], color="0.4")
    other.fill_between([0, 1, 2], [1, 1, 2], color="C0", alpha=0.2)
    other.set_ylabel("other", color="#000088")
    return figure


def solid() -> Figure:
    figure, ax = single(projection="3d")
    across, down = np.meshgrid(np.arange(4.0), np.arange(4.0))
    ax.plot_surface(across, down, across * down, cmap="magma")
    ax.scatter([0, 1], [1, 2], [3, 4], color="black")
    ax.set_zlabel("height")
    return figure


def heat() -> Figure:
    figure, ax = single()
    image = ax.imshow(np.eye(3), cmap="gray")
    for place in range(3):
        ax.text(place, place, "black", color="black", ha="center")
        ax.text(place, (place + 1) % 3, "white", color="white", ha="center")
    figure.colorbar(image, label="value")
    return figure


def meshes() -> Figure:
    figure = Figure(figsize=(6, 3))
    mesh, ax = figure.subplots(1, 2)
    mesh.pcolormesh(np.eye(4), cmap="gray")
    ax.contour(np.arange(16.0).reshape(4, 4), colors="black")
    ax.scatter([1, 2, 3], [1, 2, 3], c=[0, 1, 2], cmap="viridis")
    ax.annotate("here", (1, 1), (3, 2), arrowprops={"arrowstyle": "->"})
    return figure


ALL: list[Drawn] = [curves, twins, solid, heat, meshes]
every_figure = pytest.mark.parametrize("drawn", ALL)


@pytest.fixture
def as_texts() -> Iterator[None]:
    """Texts can be read in the drawings, which have curves for letters otherwise."""
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        yield


@every_figure
def test_a_figure_is_the_same_when_it_has_been_drawn(drawn: Drawn) -> None:
    figure = drawn()
    before, first = describe_figure(figure), figure_svg(figure, "test")
    names = [artist.get_gid() for artist in figure.findobj()]
    pair(figure)
    assert describe_figure(figure) == before
    assert [artist.get_gid() for artist in figure.findobj()] == names
    assert figure_svg(figure, "test") == first


def test_a_figure_that_raises_says_so_and_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figure = meshes()
    mapped = [artist for artist in figure.findobj() if getattr(artist, "get_array", None)]
    mapped[0].set_gid("mine")
    monkeypatch.setattr(mapped[-1], "draw", None)
    with pytest.raises(FigureError):
        figure_bundle(figure)
    assert mapped[0].get_gid() == "mine"
    assert {artist.get_gid() for artist in mapped[1:]} == {None}


@every_figure
def test_pictures_are_the_same_in_both(drawn: Drawn) -> None:
    figure = drawn()
    original, both = figure_svg(figure, "test"), pair(figure)
    assert pictures(original) == pictures(both.light) == pictures(both.dark)


def test_a_heat_map_has_a_picture_and_a_bar() -> None:
    assert len(pictures(pair(heat()).dark)) == 2


@every_figure
def test_only_the_ground_is_missing_on_light_pages(drawn: Drawn) -> None:
    original, light = figure_svg(drawn(), "test"), pair(drawn()).light
    left = list(ElementTree.fromstring(light).iter(f"{SVG}path"))
    came = list(ElementTree.fromstring(original).iter(f"{SVG}path"))
    changed = [
        (one.get("style"), other.get("style"))
        for one, other in zip(came, left, strict=True)
        if one.attrib != other.attrib
    ]
    assert changed
    assert set(changed) == {("fill: #ffffff", "fill: none")}


@pytest.mark.usefixtures("as_texts")
@every_figure
def test_texts_on_the_page_can_be_read(drawn: Drawn) -> None:
    on_pictures = {"black", "white"} if drawn is heat else set()
    found = texts(pair(drawn()).dark)
    assert len(found) > 4
    for text, colour in found.items():
        if text not in on_pictures:
            assert contrast(parsed(colour), PAGE) >= TEXT, text


@pytest.mark.usefixtures("as_texts")
def test_texts_on_a_picture_stay_as_they_are() -> None:
    found = texts(pair(heat()).dark)
    assert found["value"] == written(counterpart(BLACK, PAGE, TEXT))
    dark = pair(heat()).dark
    said = re.findall(r'<text style="([^"]*)"[^>]*>(black|white)</text>', dark)
    assert {(_fill(style), text) for style, text in said} == {
        ("#000000", "black"),
        ("#ffffff", "white"),
    }


def test_letters_that_are_drawn_are_found_on_a_picture() -> None:
    """As in the test before, where letters are curves, as they are on pages."""
    figure, ax = single()
    ax.imshow(np.eye(2), cmap="gray")
    ax.text(0, 0, "black", color="#010101", ha="center", fontsize=20, rotation=30)
    ax.text(0, 1, "white", color="#fefefe", ha="center")
    ax.set_xlabel("outside", color="#020202")
    found = colours(pair(figure).dark)
    assert {"#010101", "#fefefe"} <= found
    assert "#020202" not in found


def test_a_text_before_a_see_through_picture_lies_on_the_page() -> None:
    figure, ax = single()
    empty = np.zeros((4, 4, 4))
    empty[0, 0] = 1
    ax.imshow(empty)
    ax.text(2, 2, "on the page", color="#010101", ha="center")
    ax.text(0, 0, "x", color="#020202", ha="center", va="center")
    found = colours(pair(figure).dark)
    assert "#010101" not in found
    assert "#020202" in found


@pytest.mark.usefixtures("as_texts")
def test_a_text_on_a_colour_can_be_read_there() -> None:
    figure, ax = single()
    ax.bar([0], [1], color="#f0e442")
    ax.text(0, 0.5, "on yellow", color="black", ha="center")
    ax.text(0.6, 0.5, "on white", color="black", bbox={"facecolor": "white"})
    found = texts(pair(figure).dark)
    assert contrast(parsed(found["on yellow"]), parsed("#f0e442")) > TEXT
    assert contrast(parsed(found["on white"]), PAGE) > TEXT


def test_colours_that_are_numbers_stay() -> None:
    svg = figure_svg(meshes(), "test")
    dark = pair(meshes()).dark
    for colour in (matplotlib.colormaps["viridis"](value) for value in (0.0, 0.5, 1.0)):
        assert matplotlib.colors.to_hex(colour) in colours(svg) & colours(dark)
    # The mesh has black and white; the lines of the contours have a colour of their own.
    mesh = re.findall(r'<g id="pagecheck-mapped-\d">.*?</g>\s*<g id', dark, re.DOTALL)
    assert any("#ffffff" in one for one in mesh)
    assert not re.search(r'd="[^"]+"[^>]*stroke: #000000', dark)


def test_a_surface_keeps_the_colours_of_its_heights() -> None:
    surface = {colour for colour in colours(pair(solid()).light) if not_grey(colour)}
    assert len(surface) > 4
    assert surface <= colours(pair(solid()).dark)


def not_grey(colour: str) -> bool:
    red, green, blue = parsed(colour)
    return max(red, green, blue) - min(red, green, blue) > 0.1


def test_black_lines_bars_and_markers_turn_light_and_white_is_the_ground() -> None:
    for drawn in (curves, twins):
        dark = pair(drawn()).dark
        assert "#000000" not in colours(dark)
        assert "#ffffff" not in colours(dark)
        root = ElementTree.fromstring(dark)
        shapes = [*root.iter(f"{SVG}path"), *root.iter(f"{SVG}use")]
        painted = [shape for shape in shapes if "style" in shape.attrib]
        assert painted
        # Where no fill is said it is black; what is defined is painted where it is used.
        assert all("fill:" in shape.get("style", "") for shape in painted if not shape.get("id"))


def test_the_key_of_a_picture_keeps_its_colours() -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    figure, ax = single()
    classes = ["#ffffff", "#332288", "#000000"]
    ax.imshow([[0, 1], [2, 0]], cmap=ListedColormap(classes))
    names = ["ground", "one", "two", "not seen"]
    keys = [
        Patch(facecolor=colour, label=name)
        for colour, name in zip([*classes, "#117733"], names, strict=True)
    ]
    figure.legend(handles=keys)
    assert {*classes, "#117733"} - {"#000000"} <= colours(pair(figure).dark)
    ax.images[0].remove()
    assert not {"#ffffff", "#332288"} & colours(pair(figure).dark)


def test_a_line_has_one_colour_wherever_it_runs() -> None:
    figure, ax = single()
    ax.plot([0, 3], [0, 3], color="#999999", label="grey")
    ax.fill_between([0, 4], [4, 4], color="#f0e442")
    ax.plot([1, 2], [2, 1], color="#999999")
    ax.legend()
    grey = counterpart(parsed("#999999"), PAGE, MARK)
    dark = pair(figure).dark
    assert "#999999" not in dark
    assert dark.count(f"stroke: {written(grey)}") == 3


def test_a_figure_with_a_ground_of_its_own_stays_as_it_is() -> None:
    for ground in ("black", "#ffeecc"):
        figure = curves()
        figure.set_facecolor(ground)
        assert on_both_grounds(figure_svg(figure, "test")) is None
    figure.set_facecolor("none")
    assert on_both_grounds(figure_svg(figure, "test")) is not None


def test_inset_axes_hide_what_is_below_them() -> None:
    figure, ax = single()
    ax.plot([0, 1])
    inset = figure.add_axes((0.5, 0.3, 0.3, 0.3))
    inset.plot([1, 0])
    both = pair(figure)
    assert both.light.count("fill: #ffffff") == 1
    assert both.dark.count(f"fill: {DARK}") == 1


def test_a_drawing_that_cannot_be_gone_through_is_told() -> None:
    svg = figure_svg(curves(), "test")
    for broken in (svg[:-20], svg.replace("#1f1f6f", "#1f1"), svg.replace('d="M', 'd="M 1 ', 1)):
        with pytest.raises(FigureNotUnderstoodError):
            on_both_grounds(broken)


def test_the_size_is_that_of_a_browser() -> None:
    svg = figure_svg(curves(), "test")
    assert is_figure(svg)
    width, height = pixel_size(svg) or (0, 0)
    assert 300 < width < 400
    assert 200 < height < 300
    assert pixel_size('<svg viewBox="0 0 1 1"><rect width="3pt" height="4pt"/></svg>') is None


GREYS = [(step / 255,) * 3 for step in STEPS]
ANY = [(a / 255, b / 255, c / 255) for a in STEPS[::4] for b in STEPS[::4] for c in STEPS[::4]]


def test_greys_are_mirrored() -> None:
    lights = [luminance(counterpart(grey, PAGE, MARK)) for grey in GREYS]
    assert lights == sorted(lights, reverse=True)
    assert counterpart(WHITE, PAGE, MARK) == PAGE
    assert 12 < contrast(counterpart(BLACK, PAGE, MARK), PAGE) < 16


def test_any_text_can_be_read_on_any_ground() -> None:
    for colour in ANY:
        assert contrast(counterpart(colour, PAGE, TEXT), PAGE) >= TEXT
        for ground in ANY[::3]:
            assert contrast(readable(colour, ground, PAGE), ground) >= TEXT


@pytest.mark.parametrize("name", ["red", "blue", "navy", "#882255", "#0072b2", "gold"])
@pytest.mark.parametrize("opacity", [1.0, 0.6])
def test_strong_colours_keep_their_hue(name: str, opacity: float) -> None:
    from matplotlib.colors import rgb_to_hsv, to_rgb

    colour = to_rgb(name)
    made = counterpart(colour, PAGE, MARK, opacity)
    if opacity == 1:
        assert contrast(made, PAGE) >= min(MARK, contrast(colour, WHITE))
        assert (made == colour) == (contrast(colour, PAGE) >= min(MARK, contrast(colour, WHITE)))
    turn = abs(rgb_to_hsv(made)[0] - rgb_to_hsv(colour)[0])
    assert min(turn, 1 - turn) < 0.08


@pytest.mark.parametrize(
    "text",
    ["matrix(2 1 -1 3 4 5)", "translate(3) scale(2)", "rotate(30 1 2)", "scale(1 -1) rotate(-90)"],
)
def test_a_map_and_its_inverse(text: str) -> None:
    there = transform(text)
    assert there.origin(there.point((3.0, 4.0))) == pytest.approx((3.0, 4.0))


def test_a_hole_is_not_inside() -> None:
    outer = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)]
    inner = [(3.0, 3.0), (6.0, 3.0), (6.0, 6.0), (3.0, 6.0)]
    assert encloses([outer, inner], (1, 1))
    assert not encloses([outer, inner], (4, 4))
    assert not encloses([outer, inner], (10, 4))


def test_marks_are_taken_off_after_an_error() -> None:
    figure = meshes()
    with pytest.raises(RuntimeError), mapped_marked(figure):
        raise RuntimeError
    assert {artist.get_gid() for artist in figure.findobj()} == {None}


PLOTTED = """# One

```{code-cell} python
---
mystnb: {image: {alt: a line}, figure: {caption: What is drawn.}}
---
from matplotlib import pyplot

pyplot.plot([1, 2])
None
```

```{code-cell} python
---
mystnb: {image: {alt: a square}}
---
from IPython.display import display
from PIL import Image

display(Image.new("RGB", (8, 4)))
```
"""


def images(html: str) -> list[dict[str, str]]:
    tags = re.findall(r"<img [^>]*>", html)
    return [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in tags]


@pytest.mark.slow
def test_a_page_has_a_picture_for_each_mode(small_book: SmallBook) -> None:
    small_book.write("one.md", PLOTTED)
    conf = small_book.folder / "conf.py"
    small_book.build()  # its outputs are not recorded, which does not matter here
    page = small_book.folder / "_build" / "html" / "pages" / "one.html"
    drawn, square = images(page.read_text(encoding="utf-8"))
    assert "class" not in drawn
    assert (square["width"], square["height"]) == ("8", "4")

    conf.write_text(f"{conf.read_text()}\npagecheck_dark_figures = True\n")
    ended = small_book.build()
    assert "taken from the cache" in ended.stdout  # no page runs anew
    assert "pages: 0 run" in ended.stdout
    html = page.read_text(encoding="utf-8")
    light, dark, other = images(html)
    assert [one["class"] for one in (light, dark)] == ["only-light", "only-dark"]
    assert light["alt"] == dark["alt"] == "a line"
    assert dark["style"].startswith("background: none")
    assert "style" not in light
    assert "class" not in other
    size = [drawn["width"], drawn["height"]]
    assert [light["width"], light["height"]] == [dark["width"], dark["height"]] == size
    assert int(size[0]) > 300
    # What is not shown hides a caption beside it, in the themes' style sheets.
    assert re.search(r"</div>\s*<figcaption>", html)
    folder = page.parent.parent / "_images"
    light_svg, dark_svg = (
        (folder / Path(one["src"]).name).read_text(encoding="utf-8") for one in (light, dark)
    )
    assert "fill: #ffffff" not in light_svg
    assert "#000000" not in dark_svg
    notebook = next((small_book.folder / "_build").rglob("one.ipynb")).read_text(encoding="utf-8")
    assert "fill: #ffffff" in notebook

    small_book._run("-m sphinx -q -c . -d _build/book -b epub book _build/epub", {})
    written = (small_book.folder / "_build" / "epub" / "pages" / "one.xhtml").read_text()
    assert [one.get("class") for one in images(written)] == [None, None]


@pytest.mark.slow
def test_a_ground_that_is_no_colour_is_refused(small_book: SmallBook) -> None:
    conf = small_book.folder / "conf.py"
    conf.write_text(f"{conf.read_text()}\npagecheck_dark_figures = 'dark'\n")
    ended = small_book.build()
    assert ended.returncode
    assert "'dark' is no colour" in ended.stderr
