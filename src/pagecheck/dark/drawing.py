"""An SVG drawing of matplotlib's, for light and for dark pages.

What is drawn is gone through in the order in which it is painted, so that it is known what lies
below each part: the page, something that has a colour, or a picture. On the page, colours get
their counterparts. Pictures, and all whose colours are made of numbers, stay as they are. So does
what lies on them: a number in a cell is black or white by the cell's colour. A text on a colour
is what can be read better.
"""

import base64
import re
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from ..mapped import MARK as MAPPED
from .colours import MARK, TEXT, Colour, blended, counterpart, is_grey, parsed, readable, written
from .shapes import Box, Point, Transform, around, encloses, numbers, outlines, transform

DARK = "#121212"
"""The ground of dark pages, unless the book says another."""
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_PIXELS_A_POINT = 4 / 3
_EDGE = 0.75
"""Points by which what lies on something has to be away from its edge: its frame is not on it."""
_BEYOND = 1.5
"""Points by which it may stick out."""
_WIDE = 0.3
"""Half the width of a letter, as a share of its size, where fonts are the reader's own."""

ElementTree.register_namespace("", _SVG[1:-1])
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


class FigureNotUnderstoodError(Exception):
    """A drawing that is not as matplotlib writes it."""


@dataclass(frozen=True)
class Pair:
    """A figure without its white ground, in the colours of light and of dark pages."""

    light: str
    dark: str


def is_figure(svg: str) -> bool:
    """Whether a drawing is matplotlib's."""
    return "<dc:title>Matplotlib v" in svg


def pixel_size(svg: str) -> tuple[int, int] | None:
    """How wide and high a browser shows a drawing; None if it does not say so in points.

    >>> pixel_size('<svg width="72pt" height="36.1pt"/>')
    (96, 48)
    """
    head = svg[: svg.find(">", svg.find("<svg")) + 1]
    sides = [re.search(rf'\b{name}="([\d.]+)pt"', head) for name in ("width", "height")]
    width, height = (side and round(_PIXELS_A_POINT * float(side[1])) for side in sides)
    return None if width is None or height is None else (width, height)


def on_both_grounds(svg: str, page: str = DARK) -> Pair | None:
    """A figure for light and for dark pages; None if it brings a ground of its own.

    Args:
        svg: the figure as matplotlib writes it, on white.
        page: the ground of dark pages.

    Raises:
        FigureNotUnderstoodError: if it cannot be gone through.
    """
    try:
        root = ElementTree.fromstring(svg.encode())
        for metadata in root.findall(f"{_SVG}metadata"):
            root.remove(metadata)
        if not _without_ground(root):
            return None
        light = ElementTree.tostring(root, encoding="unicode")
        _Recolouring(root, parsed(page)).run()
    except (
        ElementTree.ParseError,
        ValueError,
        LookupError,
        TypeError,
        ZeroDivisionError,
        OSError,
        ImportError,
    ) as error:
        raise FigureNotUnderstoodError(f"{type(error).__name__}: {error}") from error
    return Pair(light, ElementTree.tostring(root, encoding="unicode"))


def _without_ground(root: Any) -> bool:
    """Take the white off that the figure and its axes lie on; False if the figure is not on white.

    What lies on something else, as inset axes do on a curve, keeps it.
    """
    for group in root.findall(f"{_SVG}g"):
        for ground in _grounds(group):
            style = _style(ground)
            seen = _opacity(style, "fill") > 0
            if seen and style.get("fill", "#000000") not in ("none", "#ffffff"):
                return False
            if "stroke" not in style:
                ground.set("style", "fill: none")
        covered: list[Box] = []
        for axes in group.findall(f"{_SVG}g"):
            for ground in _grounds(axes) if axes.get("id", "").startswith("axes_") else []:
                place = _box(ground.get("d", ""))
                meets = any(_meet(place, other) for other in covered)
                style = _style(ground)
                if not meets and style.get("fill") == "#ffffff" and "stroke" not in style:
                    ground.set("style", "fill: none")
                covered.append(place)
    return True


def _grounds(group: Any) -> list[Any]:
    """The path of a group's own ground, which is its first part; or none."""
    first = next(iter(group), None)
    if first is None or not first.get("id", "").startswith("patch_"):
        return []
    return list(first.findall(f"{_SVG}path"))[:1]


def _meet(one: Box, other: Box) -> bool:
    common = one.common(other)
    return common.right - common.left > _BEYOND and common.bottom - common.top > _BEYOND


@dataclass(frozen=True)
class _Ground:
    """Something that others may lie on.

    ``colour`` is None where others keep their colours; ``outline`` is None where it fills its box.
    """

    box: Box
    colour: Colour | None
    outline: list[list[Point]] | None = None
    picture: "_Pixels | None" = None

    def holds(self, box: Box, is_text: bool, is_frame: bool) -> bool:
        """Whether something lies on it."""
        if not self.box.holds(box.centre, _EDGE):
            return False
        if not is_text and not self.box.covers(box, _BEYOND):
            return False
        if is_frame and box.covers(self.box, _BEYOND):
            return False
        if self.outline is not None and not encloses(self.outline, box.centre):
            return False
        return self.picture is None or self.picture.is_seen(box.centre)


@dataclass
class _Pixels:
    """The pixels of a picture in the drawing, which may let through what is below."""

    element: Any
    place: Transform
    _opacity: Any = None

    def is_seen(self, point: Point) -> bool:
        """Whether it hides what is below at a point."""
        if self._opacity is None:
            self._opacity = _decoded(self.element).getchannel("A")
        x, y = self.place.origin(point)
        left, top, width, height = _rectangle(self.element)
        column = int((x - left) / width * self._opacity.width)
        row = int((y - top) / height * self._opacity.height)
        last_column, last_row = self._opacity.width - 1, self._opacity.height - 1
        pixel = self._opacity.getpixel((min(max(column, 0), last_column), min(row, last_row)))
        return bool(pixel > 127)


@dataclass(frozen=True)
class _Within:
    """What is known of a part from the groups that it is in."""

    clip: Box | None = None
    is_text: bool = False
    is_mapped: bool = False


@dataclass
class _Recolouring:
    """The way through one drawing."""

    root: Any
    page: Colour
    _below: list[_Ground] = field(default_factory=list)
    _named: dict[str, Any] = field(default_factory=dict)
    _boxes: dict[str, Box] = field(default_factory=dict)
    _kept: set[Any] = field(default_factory=set)

    def run(self) -> None:
        """Give everything the colours for a dark page."""
        self._named = {part.get("id"): part for part in self.root.iter() if part.get("id")}
        for part in self.root:
            self._part(part, _Within())

    def _part(self, part: Any, within: _Within) -> None:
        kind = part.tag.removeprefix(_SVG)
        if "clip-path" in part.attrib:
            within = replace(within, clip=self._clip(part).common(within.clip))
        if kind == "defs":
            self._definitions(part, within)
        elif kind == "g" and "transform" in part.attrib and not within.is_mapped:
            self._text(part, self._run_box(part))
        elif kind == "text" and not within.is_mapped:
            self._text(part, _text_box(part))
        elif kind in ("g", "a"):
            name = part.get("id", "")
            if name.startswith("legend_"):
                self._kept |= self._swatches(part)
            if name:
                within = replace(
                    within,
                    is_text=name.startswith("text_"),
                    is_mapped=within.is_mapped or name.startswith(MAPPED),
                )
            for child in part:
                self._part(child, within)
        elif kind == "image":
            self._image(part, within)
        elif kind in ("path", "use"):
            self._shape(part, kind, within)

    def _swatches(self, legend: Any) -> set[Any]:
        """The filled patches of a legend, if it is the key to a picture, which has their colours.

        A picture need not have all of them. Black and white alone tell nothing: most have them.
        """
        patches = [
            (path, _box(path.get("d", "")), _style(path).get("fill", "#000000"))
            for path in legend.iter(f"{_SVG}path")
            if path.get("d", "").strip() and _style(path).get("fill") != "none"
            and path.get("id") is None
        ]  # fmt: skip
        swatches = [
            (path, fill)
            for path, box, fill in patches
            if not any(box.covers(other, 0) for one, other, _ in patches if one is not path)
        ]
        fills = {fill for _, fill in swatches}
        pictured = fills & self._pictured() if len(fills) > 1 else set()
        if len(pictured) < 2 or all(is_grey(parsed(fill)) for fill in pictured):
            return set()
        return {path for path, _ in swatches}

    def _pictured(self) -> set[str]:
        """All colours of the drawing's pictures."""
        pictures = [_decoded(image).convert("RGB") for image in self.root.iter(f"{_SVG}image")]
        return {
            f"#{red:02x}{green:02x}{blue:02x}"
            for picture in pictures
            for _, (red, green, blue) in picture.getcolors(picture.width * picture.height)
        }

    def _definitions(self, part: Any, within: _Within) -> None:
        """Markers take their colour from where they are used; hatches are on the page."""
        for path in part.findall(f"{_SVG}path"):
            style = _style(path)
            if style.pop("stroke", None) is not None and not within.is_mapped:
                _set_style(path, style)
        for pattern in part.findall(f"{_SVG}pattern"):
            for shape in pattern:
                if shape.get("fill", "none") != "none":
                    shape.set("fill", self._new(shape.get("fill"), self.page, MARK))
                self._recolour(shape, self.page, MARK)

    def _text(self, part: Any, box: Box | None) -> None:
        if box is not None:
            found = self._ground(box, is_text=True)
            self._recolour(part, found, TEXT, is_filled=True)

    def _shape(self, part: Any, kind: str, within: _Within) -> None:
        style = _style(part)
        box = self._shape_box(part, kind)
        is_filled = style.get("fill", "#000000") != "none"
        if box is None:
            return
        found = self._ground(box, is_text=within.is_text, is_frame=not is_filled)
        if part in self._kept:
            self._recolour(part, self.page, MARK, is_filled=False, names=("stroke",))
        elif not within.is_mapped:
            self._recolour(part, found, TEXT if within.is_text else MARK, is_filled=is_filled)
        if is_filled and kind == "path" and not within.is_text:
            self._note(part, box, found, within)

    def _note(self, part: Any, box: Box, found: Colour | None, within: _Within) -> None:
        """Remember a filled shape: others may come to lie on it."""
        style = _style(part)
        fill = style.get("fill", "#000000")
        colour = None
        if not within.is_mapped:
            if not fill.startswith("#"):
                return  # a hatch, which lets the page through
            opacity = _opacity(style, "fill")
            under = self.page if found is None else found
            colour = blended(parsed(fill), opacity, under)
            if found is None and opacity < 0.5:
                return
        outline = outlines(part.get("d", ""))
        self._below.append(_Ground(box.common(within.clip), colour, outline))

    def _image(self, part: Any, within: _Within) -> None:
        left, top, width, height = _rectangle(part)
        place = transform(part.get("transform"))
        box = place.box(Box(left, top, left + width, top + height)).common(within.clip)
        self._below.append(_Ground(box, None, picture=_Pixels(part, place)))

    def _ground(self, box: Box, is_text: bool = False, is_frame: bool = False) -> Colour | None:
        """The colour of what lies below; None where colours are to stay as they are."""
        for ground in reversed(self._below):
            if ground.holds(box, is_text, is_frame):
                return ground.colour
        return self.page

    def _recolour(
        self,
        part: Any,
        ground: Colour | None,
        least: float,
        is_filled: bool = False,
        names: tuple[str, ...] = ("fill", "stroke"),
    ) -> None:
        """Change the colours of a part, unless it lies on a picture."""
        if ground is None:
            return
        style = _style(part)
        if is_filled:
            style.setdefault("fill", "#000000")
        for name in names:
            if style.get(name, "").startswith("#"):
                opacity = _opacity(style, name)
                needed = least if name == "fill" else MARK
                style[name] = self._new(style[name], ground, needed, opacity)
        if style:
            _set_style(part, style)

    def _new(self, text: str, ground: Colour, least: float, opacity: float = 1.0) -> str:
        """A colour on a ground. Only texts depend on it: a line's colour says which line it is."""
        colour = parsed(text)
        if least >= TEXT and ground != self.page:
            return written(readable(colour, ground, self.page))
        return written(counterpart(colour, self.page, least, opacity))

    def _shape_box(self, part: Any, kind: str) -> Box | None:
        if kind == "path":
            return _box_or_none(part.get("d", ""))
        box = self._defined_box(part.get(_HREF, ""))
        if box is None:
            return None
        return box.moved(float(part.get("x", 0)), float(part.get("y", 0)))

    def _defined_box(self, reference: str) -> Box | None:
        name = reference.removeprefix("#")
        if name not in self._boxes:
            definition = self._named[name]
            box = _box_or_none(definition.get("d", ""))
            if box is None:
                return None
            self._boxes[name] = transform(definition.get("transform")).box(box)
        return self._boxes[name]

    def _run_box(self, group: Any) -> Box | None:
        """Where a line of text is, whose letters are drawn; None for blanks only."""
        corners: list[Point] = []
        for letter in group.iter(f"{_SVG}use"):
            box = self._defined_box(letter.get(_HREF, ""))
            if box is not None:
                box = transform(letter.get("transform")).box(box)
                corners += [(box.left, box.top), (box.right, box.bottom)]
        for text in group.iter(f"{_SVG}text"):
            box = _text_box(text)
            corners += [(box.left, box.top), (box.right, box.bottom)]
        if not corners:
            return None
        return transform(group.get("transform")).box(around(corners))

    def _clip(self, part: Any) -> Box:
        clip = self._named[part.get("clip-path").removeprefix("url(#").removesuffix(")")]
        (shape,) = clip
        if "d" in shape.attrib:
            return _box(shape.get("d"))
        left, top, width, height = _rectangle(shape)
        return Box(left, top, left + width, top + height)


def _decoded(image: Any) -> Any:
    """The pixels of a picture in a drawing."""
    from PIL import Image

    encoded = image.get(_HREF, "").partition("base64,")[2]
    with Image.open(BytesIO(base64.b64decode(encoded))) as picture:
        return picture.convert("RGBA")


def _style(part: Any) -> dict[str, str]:
    pairs = (pair.partition(":") for pair in part.get("style", "").split(";") if pair.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _set_style(part: Any, style: dict[str, str]) -> None:
    part.set("style", "; ".join(f"{name}: {value}" for name, value in style.items()))


def _opacity(style: dict[str, str], name: str) -> float:
    return float(style.get("opacity", 1)) * float(style.get(f"{name}-opacity", 1))


def _rectangle(part: Any) -> tuple[float, float, float, float]:
    left, top, width, height = (float(part.get(name, 0)) for name in ("x", "y", "width", "height"))
    return left, top, width, height


def _box(path: str) -> Box:
    values = numbers(path)
    return around(list(zip(values[::2], values[1::2], strict=True)))


def _box_or_none(path: str) -> Box | None:
    """The rectangle around a path; a blank and a curve out of sight have none."""
    return _box(path) if path.strip() else None


def _text_box(text: Any) -> Box:
    """Where a text is, roughly, that the browser sets with a font of its own."""
    style = _style(text)
    size = numbers(style.get("font-size", "10"))[0]
    half = _WIDE * size * len("".join(text.itertext()))
    x = float(text.get("x", 0)) + {"middle": 0, "end": -half}.get(
        style.get("text-anchor", ""), half
    )
    y = float(text.get("y", 0))
    place = transform(text.get("transform"))
    return place.box(Box(x - half, y - size, x + half, y))
