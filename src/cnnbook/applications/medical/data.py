"""Views of one real slice of a head, with made lesions in some of them."""

import math
from dataclasses import dataclass
from functools import cache
from typing import IO, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .blur import blurred

SIDE = 32
"""Side of a view, in pixels."""
REACH = 25
"""No view reads a pixel farther from its middle than this, along rows or columns."""
NOISE = 0.03
"""Standard deviation of a view's noise, as a share of white."""
# First and last row and column that views of a region may read; the face, below, is in none.
REGIONS = {"front": ((0, 175), (0, 111)), "back": ((0, 175), (112, 255))}


@dataclass(frozen=True)
class Views:
    """Views of the slice, some with a lesion.

    Attributes:
        images: uint8, ``(N, 1, 32, 32)``.
        lesion: whether there is one, ``(N,)``.
        contrast: brightness added at its middle, as a share of white; 0 where there is none.
        place: its row and column in the view, ``(N, 2)``; -1 where there is none.
        centre: row and column of the slice in the middle of the view, ``(N, 2)``.
    """

    images: Tensor
    lesion: Tensor
    contrast: Tensor
    place: Tensor
    centre: Tensor

    def __len__(self) -> int:
        return len(self.images)


@cache
def _slice() -> Tensor:
    from matplotlib import cbook

    with cast(IO[bytes], cbook.get_sample_data("s1045.ima.gz")) as file:
        pixels = np.frombuffer(file.read(), dtype=">u2")  # two bytes a pixel, big-endian
    return torch.from_numpy(pixels.reshape(256, 256).astype(np.float32) / 255)


def head_slice() -> Tensor:
    """The slice of a head that matplotlib ships: ``(256, 256)``, from 0, black, to 215/255.

    >>> picture = head_slice()
    >>> tuple(picture.shape), round(255 * float(picture.max()))
    ((256, 256), 215)
    """
    return _slice().clone()


def make_views(
    count: int,
    region: str,
    *,
    share: float,
    seed: int,
    contrast: tuple[float, float] = (0.08, 0.35),
) -> Views:
    """Views of one region of the slice: turned, mirrored, scaled, warped, lit and made noisy.

    A lesion is an elliptic bell of brightness, 1.5 to 3 pixels in standard deviation across and
    0.8 to 1.25 times as much along. It lies on tissue, 6 pixels or more from the view's border.

    Args:
        count: how many.
        region: ``"front"`` or ``"back"``, which share no pixel of the slice.
        share: of views with a lesion, from 0 to 1.
        seed: of everything random.
        contrast: the least and the most that a lesion adds, as shares of white.

    Raises:
        ValueError: if the region is unknown, or the share is none.

    >>> views = make_views(50, "front", share=0.1, seed=0)
    >>> tuple(views.images.shape), int(views.lesion.sum())
    ((50, 1, 32, 32), 5)
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not at {share}")
    generator = torch.Generator().manual_seed(seed)
    places = centres(region)
    centre = places[torch.randint(len(places), (count,), generator=generator)]
    rows, columns = coordinates(centre, generator)
    pixels = _sampled(_slice(), rows, columns)
    on_tissue = _sampled(_tissue().float(), rows, columns) > 0.99

    inner = torch.zeros(SIDE, SIDE)
    inner[6:-6, 6:-6] = 1
    # Where a view has no tissue in its inner part, any place there has to do.
    spot = torch.multinomial((inner * on_tissue + 1e-6 * inner).flatten(1), 1, generator=generator)
    place = torch.cat([spot // SIDE, spot % SIDE], dim=1)
    lesion = torch.rand(count, generator=generator).argsort() < round(share * count)
    added = _uniform(*contrast, generator, count) * lesion
    pixels = pixels + added[:, None, None] * _bells(place, generator)
    pixels = pixels * _uniform(0.85, 1.15, generator, count, 1, 1)
    pixels = pixels + NOISE * torch.randn(pixels.shape, generator=generator)
    images = (255 * pixels).round().clamp(0, 255).byte()[:, None]
    return Views(images, lesion, added, torch.where(lesion[:, None], place, -1), centre)


def centres(region: str) -> Tensor:
    """Where the middle of a view of a region may be, ``(N, 2)``: in the brain, and REACH inside.

    Raises:
        ValueError: if the region is unknown.
    """
    if region not in REGIONS:
        raise ValueError(f"there is no region {region!r}; there are {', '.join(REGIONS)}")
    (top, bottom), (left, right) = REGIONS[region]
    inside = torch.zeros(256, 256, dtype=torch.bool)
    inside[top + REACH : bottom - REACH + 1, left + REACH : right - REACH + 1] = True
    return (inside & _tissue()).nonzero()


@cache
def _tissue() -> Tensor:
    """Where the slice is bright over some pixels: the brain, not the thin skin around it."""
    return blurred(_slice()[None, None], 4)[0, 0] > 0.4


def coordinates(centre: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Row and column of the slice that each pixel of a view shows, ``(N, 2)`` -> ``(N, 32, 32)``.

    Views are turned by any angle, mirrored or not, scaled by 0.85 to 1, and warped smoothly by up
    to 1.5 pixels.
    """
    count = len(centre)
    turn = _uniform(0, 2 * math.pi, generator, count, 1, 1)
    scale = _uniform(0.85, 1.0, generator, count, 1, 1)
    mirror = torch.randint(2, (count, 1, 1), generator=generator) * 2 - 1
    steps = torch.arange(SIDE) - (SIDE - 1) / 2
    down, right = steps[:, None] * scale, steps * scale * mirror
    warp = F.interpolate(
        _uniform(-1.5, 1.5, generator, count, 2, 5, 5), SIDE, mode="bilinear", align_corners=True
    )
    rows = centre[:, 0, None, None] + down * turn.cos() - right * turn.sin() + warp[:, 0]
    columns = centre[:, 1, None, None] + down * turn.sin() + right * turn.cos() + warp[:, 1]
    return rows, columns


def _sampled(picture: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The picture at places between its pixels, with straight lines between the values."""
    places = torch.stack([columns, rows], dim=-1) / 127.5 - 1
    flat = F.grid_sample(picture[None, None], places.flatten(0, 1)[None], align_corners=True)
    return flat.reshape(rows.shape)


def _bells(place: Tensor, generator: torch.Generator) -> Tensor:
    """One elliptic bell of height 1 for each place, ``(N, 2)`` -> ``(N, 32, 32)``."""
    count = len(place)
    down = torch.arange(SIDE)[:, None] - place[:, 0, None, None]
    right = torch.arange(SIDE) - place[:, 1, None, None]
    across = _uniform(1.5, 3.0, generator, count, 1, 1)
    along = across * _uniform(0.8, 1.25, generator, count, 1, 1)
    turn = _uniform(0, math.pi, generator, count, 1, 1)
    first = (down * turn.cos() + right * turn.sin()) / along
    second = (right * turn.cos() - down * turn.sin()) / across
    return torch.exp(-(first**2 + second**2) / 2)


def _uniform(low: float, high: float, generator: torch.Generator, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=generator)
