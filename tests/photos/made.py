"""Photographs made of real digits under fifty conditions: of light, paper, pen, camera and file.

Each is a grey picture with the digit that a person reads in it, or None where there is not one
digit. MNIST's test digits are the handwriting, drawn large as ink on paper.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from torch import nn

from cnnbook import datasets
from cnnbook.cache.trained import train_once
from cnnbook.training import TrainConfig

Array = NDArray[np.float64]
Random = np.random.Generator
HEIGHT, WIDTH = 450, 600
INK_SIDE = 200
PAPER, PEN = 225.0, 60.0


@dataclass
class Scene:
    """A digit on its sheet, before the light falls on it.

    Attributes:
        digit: the handwriting, 0 to 1, about :data:`INK_SIDE` pixels long.
        rng: what places and lights are drawn from.
        ink: how much of the sheet is inked, 0 to 1.
        paper: the sheet's grey; a number, or one for each pixel.
        pen: the ink's grey.
    """

    digit: Array
    rng: Random
    size: tuple[int, int] = (HEIGHT, WIDTH)
    paper: float | Array = PAPER
    pen: float | Array = PEN
    ink: Array = field(init=False)
    place: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.ink = np.zeros(self.size)

    def put(self, where: tuple[float, float] = (0.5, 0.5), scale: float = 1.0) -> "Scene":
        """Write the digit, its middle at parts of the sheet's height and width."""
        digit = self.digit if scale == 1 else ndimage.zoom(self.digit, scale, order=1)
        corner = [
            int(np.clip(part * room - length / 2, 2, room - length - 2))
            for part, room, length in zip(where, self.size, digit.shape, strict=True)
        ]
        self.place = (corner[0], corner[1])
        there = tuple(slice(at, at + k) for at, k in zip(corner, digit.shape, strict=True))
        self.ink[there] = np.maximum(self.ink[there], np.clip(digit, 0, 1))
        return self

    def draw(self, what: Callable[[ImageDraw.ImageDraw], Any], strength: float = 1.0) -> "Scene":
        """Draw on the sheet, in ink."""
        sheet = Image.new("L", self.size[::-1])
        what(ImageDraw.Draw(sheet))
        self.ink = np.maximum(self.ink, strength * np.asarray(sheet) / 255)
        return self

    def seen(self) -> Array:
        """The grey values of the sheet."""
        values: Array = self.paper + (self.pen - self.paper) * np.clip(self.ink, 0, 1)
        return values


def handwriting(image: NDArray[np.uint8], width: float = 1.0) -> Array:
    """An MNIST digit as ink with sharp edges, cut out; ``width`` thickens or thins its strokes."""
    large = ndimage.zoom(np.pad(image / 255.0, 2), INK_SIDE / 20, order=3)
    soft = ndimage.gaussian_filter(large, 3.5)
    ink = np.asarray(1 / (1 + np.exp(-14 * (soft - 0.45))))
    if width != 1.0:
        inside = ink > 0.5
        signed = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
        thick = 4 * ndimage.distance_transform_edt(inside)[inside].mean()
        if width < 1:
            # A thin pen follows the middle of the strokes.
            deep = ndimage.maximum_filter(signed, 5)
            middle = (signed >= deep - 0.5) & (signed > 0.12 * thick)
            signed = width * thick / 2 - ndimage.distance_transform_edt(~middle)
        else:
            signed = signed + (width - 1) * thick / 2
        ink = np.asarray(1 / (1 + np.exp(-signed)))
    box = ndimage.find_objects((ink > 0.1).astype(int))[0]
    return np.asarray(ink[box])


def _paper_and_camera(values: Array, rng: Random, noise: float = 4, blur: float = 1.0) -> Array:
    values = ndimage.gaussian_filter(values, blur) if blur else values
    return np.asarray(values + rng.normal(0, noise, values.shape))


def _jpeg(values: Array, quality: int = 85) -> NDArray[np.uint8]:
    file = BytesIO()
    image = Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))
    image.save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def _grid(size: tuple[int, int]) -> tuple[Array, Array]:
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(float)
    return y, x


def _smooth(rng: Random, size: tuple[int, int], scale: float) -> Array:
    """Smooth noise of mean 0 and deviation 1."""
    values = ndimage.gaussian_filter(rng.normal(size=size), scale)
    return np.asarray((values - values.mean()) / values.std())


def _edge(scene: Scene, soft: float) -> Array:
    """0 on one side, 1 on the other, of a straight line through the digit at any angle."""
    y, x = _grid(scene.size)
    angle = scene.rng.uniform(0, 2 * np.pi)
    middle = [at + k / 2 for at, k in zip(scene.place, scene.digit.shape, strict=True)]
    away = np.cos(angle) * (x - middle[1]) + np.sin(angle) * (y - middle[0])
    return np.asarray(1 / (1 + np.exp(-(away + scene.rng.uniform(-50, 50)) / soft)))


def _lines(scene: Scene, apart: int, both: bool, strength: float) -> None:
    first = int(scene.rng.integers(apart))

    def rule(pencil: ImageDraw.ImageDraw) -> None:
        for y in range(first, scene.size[0], apart):
            pencil.line((0, y, scene.size[1], y), fill=255, width=2)
        if both:
            for x in range(first, scene.size[1], apart):
                pencil.line((x, 0, x, scene.size[0]), fill=255, width=2)

    scene.draw(rule, strength)


def _desk(scene: Scene, angle: float, grain: bool) -> Array:
    """The sheet on a darker desk."""
    rng = scene.rng
    sheet = scene.seen()
    margin = int(rng.integers(100, 160))
    pad = ((margin, margin), (margin, margin))
    there = np.pad(np.ones_like(sheet), pad)
    sheet = np.pad(sheet, pad)
    if angle:
        there = ndimage.rotate(there, angle, reshape=False, order=1)
        sheet = ndimage.rotate(sheet, angle, reshape=False, order=1)
    level = rng.uniform(25, 110)
    desk = level + 4 * rng.normal(size=sheet.shape)
    if grain:
        y, _ = _grid((sheet.shape[0], sheet.shape[1]))
        wave = _smooth(rng, (sheet.shape[0], sheet.shape[1]), 25)
        desk = desk + 12 * np.sin(y / 6 + 3 * wave)
    return np.asarray(np.where(there > 0.5, sheet, desk))


def _beside(scene: Scene, from_edge: bool) -> None:
    """A pen on the paper beside the digit."""
    rng = scene.rng
    left = scene.place[1]
    right = left + scene.digit.shape[1]
    free = scene.size[1] - right
    x = right + rng.uniform(0.35, 0.65) * free
    lean = rng.uniform(-0.12, 0.12) * free
    low = scene.size[0] + 20 if from_edge else scene.size[0] - 30
    thick = int(rng.integers(14, 24))
    scene.draw(lambda pencil: pencil.line((x - lean, 25, x + lean, low), fill=255, width=thick))


def _around(scene: Scene, shape: str) -> None:
    top, left = scene.place
    height, width = scene.digit.shape
    gap = scene.rng.uniform(25, 45) + (0.25 * max(height, width) if shape == "ellipse" else 0)
    box = (left - gap, top - gap, left + width + gap, top + height + gap)
    thick = int(scene.rng.integers(4, 9))
    scene.draw(lambda pencil: getattr(pencil, shape)(box, outline=255, width=thick))


def _font(size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", size)


def _print_below(scene: Scene) -> None:
    scene.draw(
        lambda pencil: pencil.text(
            (60, scene.size[0] - 40), "Form 12 b: enter one digit above", 255, _font(14)
        ),
        0.8,
    )


def _blots(scene: Scene) -> None:
    def blot(pencil: ImageDraw.ImageDraw) -> None:
        for _ in range(8):
            x, y = scene.rng.uniform(0, scene.size[1]), scene.rng.uniform(0, scene.size[0])
            radius = scene.rng.uniform(2, 7)
            pencil.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)

    scene.draw(blot)


def _perspective(values: Array, rng: Random) -> Array:
    height, width = values.shape
    shift = rng.uniform(-0.12, 0.12, (4, 2)) * [width, height]
    corners = np.array([[0, 0], [0, height], [width, height], [width, 0]]) + shift
    rows: list[list[float]] = []
    wanted: list[float] = []
    flat = [(0, 0), (0, height), (width, height), (width, 0)]
    for (x, y), (u, v) in zip(flat, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    coefficients = np.linalg.solve(np.array(rows), np.array(wanted))
    image = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    turned = image.transform(
        image.size,
        Image.Transform.PERSPECTIVE,
        tuple(coefficients),
        Image.Resampling.BILINEAR,
        fillcolor=int(PAPER),
    )
    return np.asarray(turned).astype(float)


Maker = Callable[[Scene], "Array | NDArray[np.uint8]"]
CONDITIONS: dict[str, Maker] = {}
NOT_ONE_DIGIT = {"two digits", "a page of digits", "ruled, no digit", "blank", "grain, no digit"}
"""Where the right answer is that there is not one digit."""
HARD = {"rotated 30", "green on red"}
"""Where a person hesitates too, or the grey picture has nothing to see."""


def _condition(name: str) -> Callable[[Maker], Maker]:
    def add(make: Maker) -> Maker:
        CONDITIONS[name] = make
        return make

    return add


def _simple(name: str, **how: Any) -> None:
    """A digit anywhere on the sheet, with paper and pen of these greys, noise and blur."""
    camera = {key: how.pop(key) for key in ("noise", "blur") if key in how}

    def make(scene: Scene) -> Array:
        for key, value in how.items():
            setattr(scene, key, value)
        values = scene.put(_anywhere(scene)).seen()
        return _paper_and_camera(values, scene.rng, **camera)

    CONDITIONS[name] = make


def _anywhere(scene: Scene) -> tuple[float, float]:
    return float(scene.rng.uniform(0.3, 0.7)), float(scene.rng.uniform(0.3, 0.7))


def _luma(red: float, green: float, blue: float) -> float:
    return 0.299 * red + 0.587 * green + 0.114 * blue


_simple("plain")
_simple("chalk", paper=45.0, pen=215.0)
_simple("blue ink", pen=_luma(40, 60, 170))
_simple("red ink", pen=_luma(200, 40, 40))
_simple("orange ink", pen=_luma(240, 140, 40))
_simple("yellow ink", paper=245.0, pen=_luma(235, 205, 60))
_simple("pencil", pen=PAPER - 60)
_simple("contrast 30", pen=PAPER - 30)
_simple("contrast 15", pen=PAPER - 15, noise=2)
_simple("noise 20", noise=20)
_simple("noise 45", noise=45)
_simple("blur 6", blur=6)
_simple("blur 12", blur=12)
_simple("green on red", pen=PAPER, noise=3)


@_condition("small in a corner")
def _(scene: Scene) -> Array:
    where = [(0.15, 0.12), (0.15, 0.88), (0.85, 0.12), (0.85, 0.88)][scene.rng.integers(4)]
    return _paper_and_camera(scene.put(where, 0.4).seen(), scene.rng)


@_condition("3 % of the frame")
def _(scene: Scene) -> Array:
    scene.size = (1500, 2000)
    scene.ink = np.zeros(scene.size)
    return _paper_and_camera(scene.put(_anywhere(scene), 0.9).seen(), scene.rng)


@_condition("light from one side, 1:3")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    y, x = _grid(scene.size)
    angle = scene.rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (x / scene.size[1] - 0.5) + np.sin(angle) * (y / scene.size[0] - 0.5)
    light = 1 + (along - along.max()) / np.ptp(along) * 2 / 3
    return _paper_and_camera(light * values, scene.rng)


@_condition("lined")
def _(scene: Scene) -> Array:
    _lines(scene.put(_anywhere(scene)), int(scene.rng.integers(50, 90)), False, 0.35)
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("squared")
def _(scene: Scene) -> Array:
    _lines(scene.put(_anywhere(scene)), int(scene.rng.integers(30, 90)), True, 0.3)
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("red margin")
def _(scene: Scene) -> Array:
    scene.put((0.5, 0.6))
    scene.draw(lambda pencil: pencil.line((70, 0, 70, HEIGHT), fill=255, width=3), 0.5)
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("print below")
def _(scene: Scene) -> Array:
    _print_below(scene.put((0.4, 0.5)))
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("blots")
def _(scene: Scene) -> Array:
    _blots(scene.put(_anywhere(scene)))
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("bleed-through")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    back = ndimage.gaussian_filter(np.fliplr(scene.ink), 4)
    return _paper_and_camera(values - 25 * back, scene.rng)


@_condition("texture")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    return _paper_and_camera(values + 7 * _smooth(scene.rng, scene.size, 2), scene.rng)


@_condition("JPEG 8")
def _(scene: Scene) -> NDArray[np.uint8]:
    return _jpeg(_paper_and_camera(scene.put(_anywhere(scene)).seen(), scene.rng), 8)


@_condition("glare")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    y, x = _grid(scene.size)
    at = [
        at + scene.rng.uniform(0, 1) * k
        for at, k in zip(scene.place, scene.digit.shape, strict=True)
    ]
    spot = np.exp(-((y - at[0]) ** 2 + (x - at[1]) ** 2) / (2 * 60**2))
    return _paper_and_camera(np.minimum(values + 60 * spot, 255), scene.rng)


@_condition("moire")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    y, x = _grid(scene.size)
    return _paper_and_camera(values + 12 * np.sin(x / 3) * np.sin(y / 3.3 + x / 40), scene.rng)


@_condition("rotated 15")
def _(scene: Scene) -> Array:
    scene.digit = np.clip(ndimage.rotate(scene.digit, scene.rng.choice([-15, 15]), order=1), 0, 1)
    return _paper_and_camera(scene.put(_anywhere(scene)).seen(), scene.rng)


@_condition("rotated 30")
def _(scene: Scene) -> Array:
    scene.digit = np.clip(ndimage.rotate(scene.digit, scene.rng.choice([-30, 30]), order=1), 0, 1)
    return _paper_and_camera(scene.put(_anywhere(scene)).seen(), scene.rng)


@_condition("perspective")
def _(scene: Scene) -> Array:
    values = scene.put((0.5, 0.5)).seen()
    return _paper_and_camera(_perspective(values, scene.rng), scene.rng)


@_condition("cut out tightly")
def _(scene: Scene) -> Array:
    values = scene.put((0.5, 0.5)).seen()
    margin = int(scene.rng.integers(0, 8))
    there = tuple(
        slice(max(0, at - margin), at + k + margin)
        for at, k in zip(scene.place, scene.digit.shape, strict=True)
    )
    return _paper_and_camera(values[there], scene.rng)


@_condition("3000x400")
def _(scene: Scene) -> Array:
    scene.size = (400, 3000)
    scene.ink = np.zeros(scene.size)
    return _paper_and_camera(scene.put((0.5, scene.rng.uniform(0.1, 0.9))).seen(), scene.rng)


@_condition("sheet on a desk")
def _(scene: Scene) -> Array:
    return _paper_and_camera(_desk(scene.put(_anywhere(scene)), 0, False), scene.rng)


@_condition("sheet on a desk, skew")
def _(scene: Scene) -> Array:
    angle = float(scene.rng.uniform(5, 20) * scene.rng.choice([-1, 1]))
    return _paper_and_camera(_desk(scene.put(_anywhere(scene)), angle, False), scene.rng)


@_condition("sheet on wood")
def _(scene: Scene) -> Array:
    angle = float(scene.rng.uniform(-8, 8))
    return _paper_and_camera(_desk(scene.put(_anywhere(scene)), angle, True), scene.rng)


@_condition("hard shadow 0.45")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    return _paper_and_camera(values * (0.45 + 0.55 * _edge(scene, 1.5)), scene.rng)


@_condition("hard shadow 0.3")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    return _paper_and_camera(values * (0.3 + 0.7 * _edge(scene, 1.5)), scene.rng)


@_condition("shadow of a hand")
def _(scene: Scene) -> Array:
    values = scene.put(_anywhere(scene)).seen()
    fingers = Image.new("L", scene.size[::-1])
    pencil = ImageDraw.Draw(fingers)
    left = scene.place[1] + scene.rng.uniform(-80, 80)
    for finger in range(4):
        x = left + 62 * finger
        top = scene.rng.uniform(0.2, 0.5) * scene.size[0]
        pencil.rounded_rectangle((x, top, x + 50, scene.size[0] + 60), 25, fill=255)
    shade = ndimage.gaussian_filter(np.asarray(fingers) / 255, 5)
    return _paper_and_camera(values * (1 - 0.5 * shade), scene.rng)


@_condition("pen beside")
def _(scene: Scene) -> Array:
    _beside(scene.put((0.5, 0.35)), False)
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("pen from the edge")
def _(scene: Scene) -> Array:
    _beside(scene.put((0.5, 0.35)), True)
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("framed")
def _(scene: Scene) -> Array:
    _around(scene.put((0.5, 0.5)), "rectangle")
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("circled")
def _(scene: Scene) -> Array:
    _around(scene.put((0.5, 0.5)), "ellipse")
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("two digits")
def _(scene: Scene) -> Array:
    scene.put((0.5, 0.25)).put((scene.rng.uniform(0.4, 0.6), 0.75), scene.rng.uniform(0.8, 1))
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("a page of digits")
def _(scene: Scene) -> Array:
    for row in range(3):
        for column in range(5):
            scene.put(((row + 0.5) / 3, (column + 0.5) / 5), 0.4)
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("ruled, no digit")
def _(scene: Scene) -> Array:
    _lines(scene, int(scene.rng.integers(30, 90)), bool(scene.rng.integers(2)), 0.35)
    return _paper_and_camera(scene.seen(), scene.rng)


@_condition("blank")
def _(scene: Scene) -> Array:
    return _paper_and_camera(scene.seen(), scene.rng, noise=float(scene.rng.uniform(2, 12)))


@_condition("grain, no digit")
def _(scene: Scene) -> Array:
    scale = float(scene.rng.uniform(1, 20))
    return _paper_and_camera(scene.seen() + 8 * _smooth(scene.rng, scene.size, scale), scene.rng)


THICKNESS = {"thin pen": 0.3, "thick marker": 1.5, "very thick marker": 1.9}
for _name in THICKNESS:
    _simple(_name)


@dataclass(frozen=True)
class Photograph:
    """A made photograph: the condition, the grey values, and the digit or None."""

    condition: str
    pixels: NDArray[np.uint8]
    digit: int | None


def photographs(each: int = 40, first: int = 0, seed: int = 0) -> Iterator[Photograph]:
    """Photographs of all conditions, from the ``first`` of each on; the same ones at each call.

    Args:
        each: how many of a condition.
        first: the number of the first; 0 to 19 are there to design with, 20 to 39 to judge by.
        seed: of all places, lights and choices of digits.
    """
    test = datasets.load("mnist", "test")
    for index, (name, make) in enumerate(CONDITIONS.items()):
        for number in range(first, first + each):
            rng = np.random.default_rng([seed, index, number])
            chosen = int(rng.integers(len(test)))
            digit = handwriting(test.images[chosen, 0].numpy(), THICKNESS.get(name, 1.0))
            values = make(Scene(digit, rng))
            pixels = values if values.dtype == np.uint8 else _jpeg(values.astype(float))
            label = None if name in NOT_ONE_DIGIT else int(test.labels[chosen])
            yield Photograph(name, np.ascontiguousarray(pixels), label)


def reader() -> nn.Module:
    """A small network after an epoch of MNIST, in evaluation mode."""
    config = TrainConfig(
        epochs=1, batch_size=256, lr=0.01, betas=(0.7, 0.9), schedule="one-cycle"
    )  # fmt: skip
    return train_once("note-003", "mnist", config).model.eval()
