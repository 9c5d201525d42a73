"""A made landscape, seen from above: real relief, invented fields, roads, trees and houses.

The relief is the elevation model that matplotlib ships, of the ground around a fault in Tennessee;
it is magnified, and everything on it is drawn by chance. Roofs have the colours that fields and
yards have, too: what makes a house is its size, its corners, its ridge and its shadow. None of it
is a photograph, and what is measured on it holds for it alone.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.spatial import cKDTree
from torch import Tensor

Array = NDArray[np.float32]
Point = tuple[float, float]

TILE = 64
SCALE = 3  # pixels along a cell of the elevation model
FIELDS = ((0.76, 0.69, 0.45), (0.50, 0.40, 0.30), (0.38, 0.50, 0.25), (0.55, 0.62, 0.36),
          (0.60, 0.36, 0.27), (0.80, 0.77, 0.66))  # fmt: skip
ROOFS = ((0.62, 0.33, 0.25), (0.45, 0.46, 0.50), (0.78, 0.75, 0.70), (0.47, 0.37, 0.30),
         (0.66, 0.55, 0.40))  # fmt: skip
WOOD, ROAD, TREE = (0.20, 0.30, 0.16), (0.72, 0.70, 0.66), (0.17, 0.27, 0.13)


@dataclass(frozen=True)
class AerialMap:
    """A landscape from above.

    ``picture`` is uint8 (3, H, W); ``houses`` int32 (H, W), 0 where there is none and else the
    number of the house.
    """

    picture: Tensor
    houses: Tensor


@dataclass(frozen=True)
class _Block:
    """A rectangle on the ground: its centre, half its sides, its angle, its colour, its height."""

    centre: Point
    half: Point
    angle: float
    colour: tuple[float, ...]
    height: int

    def corners(self, across: Point = (-1, 1), moved: Point = (0, 0)) -> list[Point]:
        """The corners, of the part between two places across the ridge (-1 to 1), moved along."""
        (x, y), (long, short) = self.centre, self.half
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        low, high = (short * part for part in across)
        return [
            (x + u * cos - v * sin + moved[0], y + u * sin + v * cos + moved[1])
            for u, v in ((-long, low), (long, low), (long, high), (-long, high))
        ]


@dataclass(frozen=True)
class _Layout:
    """What is where, whatever the light: decided by the seed alone."""

    heights: Array
    ground: Array
    houses: tuple[_Block, ...]
    yards: tuple[_Block, ...]
    trees: tuple[_Block, ...]
    noise: Array


def relief(scale: int = SCALE) -> Array:
    """The real elevation in metres, magnified smoothly: (344, 403) times ``scale``.

    >>> relief(1).shape, int(relief(1).max())
    ((344, 403), 1076)
    """
    from matplotlib.cbook import get_sample_data

    path = get_sample_data("jacksboro_fault_dem.npz", asfileobj=False)
    with np.load(path) as content:
        heights: Array = content["elevation"].astype(np.float32)
    return heights if scale == 1 else ndimage.zoom(heights, scale, order=3).astype(np.float32)


def sunlight(sun: float) -> Point:
    """The way light goes over the map, as (right, down), from a sun at an angle from north.

    >>> [round(part, 2) for part in sunlight(315)]  # from the north-west to the south-east
    [0.71, 0.71]
    """
    azimuth = math.radians(sun)
    return -math.sin(azimuth), math.cos(azimuth)


def shaded(heights: Array, sun: float, steepness: float = 0.05) -> Array:
    """How brightly each place of a relief is lit: the cosine between its normal and the sun.

    Args:
        heights: (H, W).
        sun: where the light comes from, in degrees from north, clockwise; 45 degrees high.
        steepness: height of a unit, in widths of a pixel.

    >>> shaded(np.zeros((2, 2), dtype=np.float32), 315).round(2)[0].tolist()  # flat ground
    [0.7099999785423279, 0.7099999785423279]
    """
    down, right = np.gradient(steepness * heights)
    along = sunlight(sun)
    toward = -(along[0] * -right + along[1] * -down) + 1
    lit: Array = np.clip(toward / np.sqrt(2 * (1 + down**2 + right**2)), 0, 1)
    return lit.astype(np.float32)


@cache
def made_map(seed: int = 0, sun: float = 315.0) -> AerialMap:
    """A landscape of 1032 by 1209 pixels with some 900 houses.

    Args:
        seed: of everything that is invented.
        sun: where the light comes from, in degrees from north, clockwise. It changes the shadows
            and nothing else.
    """
    plan = _layout(seed)
    light = shaded(plan.heights, sun)
    light = 0.45 + 0.55 * light / float(np.median(light))
    colours = plan.ground * light[..., None]
    along = sunlight(sun)
    shadow = Image.new("L", (light.shape[1], light.shape[0]))
    for block in (*plan.houses, *plan.trees):
        for step in range(1, block.height + 1):
            moved = along[0] * step, along[1] * step
            ImageDraw.Draw(shadow).polygon(block.corners(moved=moved), fill=255)
    colours *= 1 - 0.55 * (np.asarray(shadow, dtype=np.float32) / 255)[..., None]
    picture = Image.fromarray(_bytes(colours))
    numbers = Image.new("I", picture.size)
    draw, count = ImageDraw.Draw(picture), ImageDraw.Draw(numbers)
    for tree in plan.trees:
        (x, y), radius = tree.centre, tree.half[0]
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_fill(tree.colour))
    for number, house in enumerate(plan.houses, start=1):
        for across in ((-1.0, 0.0), (0.0, 1.0)):  # two slopes, one nearer to the sun
            side = -1 if across[0] < 0 else 1
            facing = -side * (-math.sin(house.angle) * along[0] + math.cos(house.angle) * along[1])
            lit = tuple(part * (0.95 + 0.18 * facing) for part in house.colour)
            draw.polygon(house.corners(across), fill=_fill(lit))
        count.polygon(house.corners(), fill=number)
    soft = ndimage.gaussian_filter(np.asarray(picture, dtype=np.float32) / 255, (0.6, 0.6, 0))
    final = torch.from_numpy(_bytes(soft + plan.noise)).permute(2, 0, 1).contiguous()
    return AerialMap(final, torch.from_numpy(np.array(numbers, dtype=np.int32)))


@cache
def _layout(seed: int) -> _Layout:
    rng = np.random.default_rng(seed)
    heights = relief()
    down, right = np.gradient(ndimage.gaussian_filter(heights, 6))
    steep = np.hypot(down, right)
    rows, columns = heights.shape
    ground = _ground(rng, steep)
    villages = _villages(rng, steep)
    roads = Image.new("L", (columns, rows))
    _, nearest = cKDTree(villages).query(villages, k=3)
    for start, (_, *others) in zip(villages, nearest, strict=True):
        for other in others:
            bend = (start + villages[other]) / 2 + rng.normal(0, 12, 2)
            path = [tuple(point) for point in (start, bend, villages[other])]
            ImageDraw.Draw(roads).line(path, fill=255, width=4, joint="curve")
    paved = np.asarray(roads) > 0
    houses: list[_Block] = []
    yards: list[_Block] = []
    trees: list[_Block] = []
    taken = np.array(paved)
    for place in villages:
        _settle(rng, place, taken, houses, yards, trees)
    ground[paved] = ROAD
    painted = Image.fromarray(_bytes(ground))
    for yard in yards:
        ImageDraw.Draw(painted).polygon(yard.corners(), fill=_fill(yard.colour))
    ground = (np.asarray(painted) / 255).astype(np.float32)
    noise = rng.normal(0, 0.025, (rows, columns, 1)).astype(np.float32)
    return _Layout(heights, ground, tuple(houses), tuple(yards), tuple(trees), noise)


def _ground(rng: np.random.Generator, steep: Array) -> Array:
    """Fields, some of them ploughed in rows, and woods where it is steep."""
    shape = steep.shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    corners = rng.uniform(0, 1, (900, 2)) * shape
    _, field = cKDTree(corners).query(np.stack([y, x], axis=-1).reshape(-1, 2))
    field = field.reshape(shape)
    colours = np.array(FIELDS)[rng.integers(len(FIELDS), size=len(corners))]
    colours = (colours * rng.uniform(0.8, 1.15, (len(corners), 1))).astype(np.float32)
    angles = rng.uniform(0, math.pi, len(corners)).astype(np.float32)[field]
    depth = (rng.uniform(0, 0.12, len(corners)) * (rng.random(len(corners)) < 0.5))[field]
    rows = np.sin(2 * math.pi * (x * np.cos(angles) + y * np.sin(angles)) / 4)
    patches = _cloud(rng, shape, 8) * 0.05 + _cloud(rng, shape, 1) * 0.05
    ground: Array = (colours[field] * (1 + depth * rows + patches)[..., None]).astype(np.float32)
    wood = steep + _cloud(rng, shape, 10) * 1.5 > 8.0
    crowns = 1 + 0.35 * _cloud(rng, shape, 1.5)
    ground[wood] = np.array(WOOD) * crowns[wood][:, None]
    return ground


def _villages(rng: np.random.Generator, steep: Array) -> NDArray[np.float64]:
    """Places (x, y) on flat ground, not too near to each other."""
    places: list[NDArray[np.float64]] = []
    while len(places) < 80:
        x, y = (rng.uniform(30, length - 30) for length in steep.shape[::-1])
        near = any(math.hypot(x - a, y - b) < 62 for a, b in places)
        if not near and steep[int(y), int(x)] < 6 + rng.exponential(3):
            places.append(np.array([x, y]))
    return np.array(places)


def _settle(
    rng: np.random.Generator,
    place: NDArray[np.float64],
    taken: NDArray[np.bool_],
    houses: list[_Block],
    yards: list[_Block],
    trees: list[_Block],
) -> None:
    """A village: its houses share two materials and, nearly, an angle; nothing overlaps."""
    materials = rng.choice(len(ROOFS), 2, replace=False)
    angle = rng.uniform(0, math.pi)
    for kind, count in ((houses, 48), (yards, 18), (trees, 25)):
        for _ in range(count):
            x, y = rng.normal(place, 32)
            turned = angle + rng.normal(0, 0.2) + math.pi / 2 * rng.integers(2)
            half = rng.uniform(3.5, 7), rng.uniform(2.5, 4.5)
            gain = rng.uniform(0.75, 1.2)
            colour = np.array(ROOFS[materials[rng.integers(2)]]) * gain
            height = int(rng.integers(3, 6))
            if kind is yards:
                half, height = (rng.uniform(3.5, 10), rng.uniform(2.5, 7)), 0
            if kind is trees:
                radius = rng.uniform(1.5, 3.5)
                half, colour = (radius, radius), np.array(TREE) * gain
            reach = math.ceil(math.hypot(*half)) + 1
            top, left = int(y) - reach, int(x) - reach
            spot = slice(max(top, 0), int(y) + reach), slice(max(left, 0), int(x) + reach)
            inside = top >= 0 and left >= 0 and y + reach < len(taken) and x + reach < len(taken[0])
            if not inside or taken[spot].any():
                continue
            taken[spot] = True
            kind.append(_Block((x, y), half, turned, tuple(colour), height))


def _cloud(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Array:
    """Random hills of about a size, of mean 0 and deviation 1."""
    cloud = ndimage.gaussian_filter(rng.standard_normal(shape).astype(np.float32), size)
    scaled: Array = cloud / cloud.std()
    return scaled


def _bytes(colours: NDArray[np.floating]) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.round(255 * np.clip(colours, 0, 1)).astype(np.uint8)
    return levels


def _fill(colour: tuple[float, ...]) -> tuple[int, ...]:
    return tuple(round(255 * min(max(part, 0.0), 1.0)) for part in colour)
