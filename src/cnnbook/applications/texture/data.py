"""Nine textures: six made, three from photographs and a map that other packages ship.

They are grey pictures. Their upper left corner is the example that a method may look at; the judges
use other parts.
"""

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

NAMES = ("pebbles", "labyrinth", "bricks", "straws", "leaves", "terrain", "petals")
LATER = ("rings", "weave")
"""Textures that were made after the judges had been chosen: what they say of these is no choice."""
SIDE = 64  # pixels of an example
MADE, MADE_LATER = 256, 192  # pixels of a texture that is made

Grey = NDArray[np.floating[Any]]


def example(name: str) -> Tensor:
    """The part of a texture that may be looked at, ``(1, 64, 64)``, values 0..1.

    >>> example("bricks").shape
    torch.Size([1, 64, 64])
    """
    return sample(name)[:, :SIDE, :SIDE].clone()


def held_out(name: str) -> Tensor:
    """Four parts of a texture that have no pixel of the example, ``(4, 1, 64, 64)``.

    They are the corners of what lies to the right of the example, and overlap each other where the
    texture is small.

    >>> held_out("bricks").shape
    torch.Size([4, 1, 64, 64])
    """
    picture = sample(name)
    rows, columns = (0, picture.shape[1] - SIDE), (SIDE, picture.shape[2] - SIDE)
    return torch.stack([picture[:, r : r + SIDE, c : c + SIDE] for r in rows for c in columns])


def sample(name: str) -> Tensor:
    """A texture in grey, ``(1, H, W)``, values 0..1.

    ``leaves``: a bush, from scikit-learn's ``china.jpg``, a photograph by danielbuechele.
    ``petals``: a dahlia, from its ``flower.jpg``, a photograph by vultilion. (Both: CC BY 2.0, as
    scikit-learn's note beside them says.)
    ``terrain``: elevations around the Jacksboro fault, shipped by matplotlib, lit from the upper
    left. The others are made of random numbers.

    Args:
        name: one of :data:`NAMES` or :data:`LATER`.

    Raises:
        ValueError: for another name.

    >>> sample("terrain").shape
    torch.Size([1, 192, 192])
    """
    if name not in NAMES + LATER:
        raise ValueError(f"there is no texture {name!r}; there are {', '.join(NAMES + LATER)}")
    return torch.from_numpy(_made(name))[None].clone()


@cache
def _made(name: str) -> Grey:
    if name == "leaves":
        picture = _photograph("china.jpg")[335:427, 400:560]
    elif name == "petals":
        picture = _photograph("flower.jpg")[110:302, 210:402]
    else:
        made = (_terrain, _pebbles, _labyrinth, _bricks, _straws, _rings, _weave)
        picture = next(make for make in made if make.__name__ == f"_{name}")()
    return np.ascontiguousarray(np.clip(picture, 0, 1), dtype=np.float32)


def _photograph(name: str) -> Grey:
    from PIL import Image
    from sklearn.datasets import load_sample_image

    grey = Image.fromarray(load_sample_image(name)).convert("L")
    return np.asarray(grey, dtype=np.float32) / 255


def _terrain() -> Grey:
    """Brightness of a surface of which one metre of height counts a tenth, 30 metres a pixel."""
    from matplotlib.cbook import get_sample_data

    with np.load(get_sample_data("jacksboro_fault_dem.npz", asfileobj=False)) as file:
        heights = file["elevation"].astype(np.float64)
    down, right = np.gradient(0.1 * heights, 30)
    normal = np.stack([-right, down, np.ones_like(down)])  # x to the right, y up, z to the sky
    light = np.array([-0.5, 0.5, np.sqrt(0.5)])  # north-west, 45 degrees high
    shade = np.tensordot(light, normal / np.linalg.norm(normal, axis=0), axes=1)
    stretched: Grey = (shade - shade.min()) / (shade.max() - shade.min())
    return stretched[110:302, 20:212]


def _pebbles() -> Grey:
    """Cells around points on a jittered grid; a pixel is dark where two points are equally near."""
    from scipy.spatial import cKDTree

    random = np.random.default_rng(0)
    count = MADE // 10
    grid = np.moveaxis(np.mgrid[:count, :count], 0, -1).reshape(-1, 2)
    points = (grid + random.uniform(0.08, 0.92, grid.shape)) * MADE / count
    greys = random.uniform(0.45, 1, len(points))
    places = np.moveaxis(np.mgrid[:MADE, :MADE], 0, -1).reshape(-1, 2)
    distances, nearest = cKDTree(points).query(places, k=2)
    inside = np.clip((distances[:, 1] - distances[:, 0] - 0.6) / 2.5, 0, 1)
    pebbles: Grey = (inside * greys[nearest[:, 0]]).reshape(MADE, MADE)
    return pebbles


def _labyrinth() -> Grey:
    """Noise of wavelengths around 7 pixels, made black and white again and again."""
    random = np.random.default_rng(0)
    picture = random.standard_normal((MADE, MADE))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(MADE), np.fft.fftfreq(MADE)))
    band = np.exp(-(((frequency - 1 / 7) / 0.04) ** 2))
    for _ in range(12):
        picture = np.fft.ifft2(np.fft.fft2(picture) * band).real
        picture = np.tanh(3 * picture / picture.std())
    lines: Grey = (picture + 1) / 2
    return lines


def _bricks() -> Grey:
    """Rows of bricks, 8 by 16 pixels with their mortar, every second row moved by half a brick."""
    random = np.random.default_rng(0)
    wall = np.full((MADE, MADE), 0.25)
    for row, top in enumerate(range(0, MADE, 8)):
        for left in range(-16 + row % 2 * 8, MADE, 16):
            wall[top : top + 6, max(left, 0) : max(left + 14, 0)] = random.uniform(0.55, 0.95)
    noisy: Grey = wall + 0.04 * random.standard_normal(wall.shape)
    return noisy


def _straws() -> Grey:
    """Lines of 8 to 16 pixels, more or less upright, each over those before it."""
    from scipy.ndimage import gaussian_filter

    random = np.random.default_rng(0)
    ground = np.zeros((MADE, MADE))
    for _ in range(MADE**2 // 40):
        middle, angle = random.uniform(0, MADE, 2), random.normal(np.pi / 2, 0.35)
        along = np.linspace(-0.5, 0.5, 40) * random.uniform(8, 16)
        rows, columns = (
            np.floor(start + along * step).astype(int) % MADE
            for start, step in zip(middle, (np.sin(angle), np.cos(angle)), strict=True)
        )
        ground[rows, columns] = random.uniform(0.2, 1)
    blurred: Grey = gaussian_filter(ground, 0.5, mode="wrap")
    return blurred


def _rings() -> Grey:
    """Circles of 4 to 7 pixels' radius, of which the brightest is seen where two meet."""
    random = np.random.default_rng(1)
    ground = np.zeros((MADE_LATER, MADE_LATER))
    rows, columns = np.mgrid[:MADE_LATER, :MADE_LATER]
    for _ in range(260):
        (row, column), radius = random.uniform(0, MADE_LATER, 2), random.uniform(4, 7)
        away = np.abs(np.hypot(rows - row, columns - column) - radius)
        ground = np.maximum(ground, random.uniform(0.5, 1) * np.clip(1.5 - away, 0, 1))
    return ground


def _weave() -> Grey:
    """Bands of 8 pixels that go over and under each other."""
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[:MADE_LATER, :MADE_LATER]
    over = (rows // 8 + columns // 8) % 2 == 0
    round_ = np.sin(np.pi * (np.where(over, rows, columns) % 8 + 0.5) / 8)
    bands = MADE_LATER // 8
    across, down = random.uniform(0.6, 1, bands), random.uniform(0.4, 0.8, bands)
    greys = np.where(over, across[rows // 8], down[columns // 8])
    woven: Grey = round_ * greys + 0.03 * random.standard_normal(over.shape)
    return woven
