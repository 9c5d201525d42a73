"""Woven cloth, drawn thread by thread, and four kinds of defect."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

KINDS = ("hole", "stain", "scratch", "missing thread")
"""The kinds of defect that :func:`make_cloth` knows."""
SIDE = 64
"""Side of a piece, in pixels."""
PERIOD = 6.0
"""Pixels from one thread to the next."""


@dataclass(frozen=True)
class Pieces:
    """Pieces of cloth.

    Attributes:
        images: uint8, ``(N, 1, 64, 64)``.
        masks: which pixels are defective, bool, ``(N, 64, 64)``.
    """

    images: Tensor
    masks: Tensor

    def __len__(self) -> int:
        return len(self.images)


def make_cloth(count: int, kind: str | None = None, *, seed: int) -> Pieces:
    """Pieces of plain weave: each thread goes over one and under the next.

    The piece is cut anywhere and turned by up to 3.5 degrees; threads wander by a fraction of a
    pixel and differ in brightness by 6 % at most; light and camera noise vary. A defective piece
    has one defect: a dark **hole**, a darker **stain**, a bright thin **scratch**, or a **missing
    thread** over two to five crossings, where only the threads across it are seen.

    Args:
        count: how many.
        kind: one of :data:`KINDS`, for all pieces; None for good ones.
        seed: of everything random.

    Raises:
        ValueError: if the kind is unknown.

    >>> pieces = make_cloth(3, "hole", seed=0)
    >>> tuple(pieces.images.shape), pieces.masks.flatten(1).any(dim=1).tolist()
    ((3, 1, 64, 64), [True, True, True])
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"there is no defect {kind!r}; there are {', '.join(KINDS)}")
    random = _Random(seed, count)
    across, along = _threads(random)
    middle = random.place(), random.place()
    missing = torch.zeros(count, SIDE, SIDE, dtype=torch.bool)
    if kind == "missing thread":
        missing = _missing(across, along, middle, half=random.between(6, 14))
    pixels = _woven(across, along, missing, random)
    pixels = pixels * (1 + random.field(3, 0.04)) * random.between(0.95, 1.05)
    masks = missing
    if kind == "hole":
        pixels, masks = _hole(pixels, middle, random)
    elif kind == "stain":
        pixels, masks = _stain(pixels, middle, random)
    elif kind == "scratch":
        pixels, masks = _scratch(pixels, middle, random)
    pixels = pixels + 0.025 * torch.randn(pixels.shape, generator=random.generator)
    return Pieces((255 * pixels).round().clamp(0, 255).byte()[:, None], masks)


class _Random:
    """Random numbers for a number of pieces, from one generator."""

    def __init__(self, seed: int, count: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.count = count

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """One number for each piece, ``(N, 1, 1)``, or a tensor for each."""
        size = (self.count, *(shape or (1, 1)))
        return low + (high - low) * torch.rand(size, generator=self.generator)

    def place(self) -> Tensor:
        """A row or column for each piece, not too near the border: ``(N, 1, 1)``."""
        return torch.randint(14, SIDE - 14, (self.count, 1, 1), generator=self.generator)

    def field(self, knots: int, most: float) -> Tensor:
        """A smooth change over each piece, ``(N, 64, 64)``, of ``most`` at its knots."""
        coarse = self.between(-most, most, 1, knots, knots)
        return F.interpolate(coarse, SIDE, mode="bicubic", align_corners=True)[:, 0]


def _threads(random: _Random) -> tuple[Tensor, Tensor]:
    """Where each pixel lies, counted in threads: across the upright ones, across the level ones."""
    steps = torch.arange(SIDE) - (SIDE - 1) / 2
    turn = random.between(-0.06, 0.06)
    right = steps * turn.cos() + steps[:, None] * turn.sin() + random.field(5, 0.6)
    down = steps[:, None] * turn.cos() - steps * turn.sin() + random.field(5, 0.6)
    cut = [
        random.between(10 * PERIOD, 30 * PERIOD) for _ in range(2)
    ]  # so that counts stay above 0
    return (right + cut[0]) / PERIOD, (down + cut[1]) / PERIOD


def _woven(across: Tensor, along: Tensor, missing: Tensor, random: _Random) -> Tensor:
    """The brightness of the thread on top, rounded by light: ``(N, 64, 64)``."""
    upright, level = across.long(), along.long()
    over = ((upright + level) % 2 == 0) & ~missing
    rounded_across = (math.pi * (across - upright)).sin()
    rounded_along = (math.pi * (along - level)).sin()
    bright = [random.between(0.94, 1.06, 64) for _ in range(2)]
    own = [
        shades.gather(1, number.flatten(1)).view_as(across)
        for shades, number in zip(bright, (upright, level), strict=True)
    ]
    # A thread is darker where it dips under the next; one that has nothing to dip under does not.
    dip_along = 0.55 + 0.45 * rounded_along
    dip_across = torch.where(missing, 0.65, 0.55 + 0.45 * rounded_across)
    upright_thread = own[0] * rounded_across**0.7 * dip_along
    level_thread = 0.9 * own[1] * rounded_along**0.7 * dip_across
    sharp = 0.7 * torch.where(over, upright_thread, level_thread)
    soft = F.avg_pool2d(F.pad(sharp[:, None], (1, 1, 1, 1), mode="reflect"), 3, 1)[:, 0]
    return 0.6 * soft + 0.4 * sharp


Place = tuple[Tensor, Tensor]


def _missing(across: Tensor, along: Tensor, middle: Place, half: Tensor) -> Tensor:
    """The upright thread at a place, ``half`` pixels up and down from there."""
    index = (middle[0] * SIDE + middle[1])[:, :, 0]
    thread = across.flatten(1).gather(1, index).long()[:, :, None]
    height = along.flatten(1).gather(1, index)[:, :, None]
    return (across.long() == thread) & ((along - height).abs() < half / PERIOD)


def _distance(middle: Place) -> Tensor:
    rows, columns = torch.arange(SIDE)[:, None] - middle[0], torch.arange(SIDE) - middle[1]
    return torch.sqrt(rows.float() ** 2 + columns.float() ** 2)


def _hole(pixels: Tensor, middle: Place, random: _Random) -> tuple[Tensor, Tensor]:
    radius, distance = random.between(1.5, 3.5), _distance(middle) + random.field(16, 0.5)
    depth = random.between(0.3, 0.8) * torch.sigmoid(2 * (radius - distance))
    return pixels * (1 - depth), distance < radius


def _stain(pixels: Tensor, middle: Place, random: _Random) -> tuple[Tensor, Tensor]:
    radius, distance = random.between(4, 9), _distance(middle) + random.field(8, 2.5)
    depth = random.between(0.1, 0.3) * torch.sigmoid(radius - distance)
    return pixels * (1 - depth), distance < radius


def _scratch(pixels: Tensor, middle: Place, random: _Random) -> tuple[Tensor, Tensor]:
    rows, columns = torch.arange(SIDE)[:, None] - middle[0], torch.arange(SIDE) - middle[1]
    turn, half = random.between(0, math.pi), random.between(6, 14)
    along = rows * turn.cos() + columns * turn.sin()
    aside = columns * turn.cos() - rows * turn.sin() + random.between(-0.02, 0.02) * along**2
    line = torch.exp(-((aside / 0.6) ** 2) / 2) * torch.sigmoid(2 * (half - along.abs()))
    mask = (aside.abs() < 1.2) & (along.abs() < half)
    return pixels + random.between(0.1, 0.35) * line, mask
