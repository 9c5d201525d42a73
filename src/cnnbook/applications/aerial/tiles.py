"""Tiles of a map, and which of them are for training: parts of the land that lie apart."""

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from .data import TILE, AerialMap

Split = Literal["apart", "mixed"]
TRAINING = 11  # columns of tiles in the west, out of 18; the next one belongs to nobody


@dataclass(frozen=True, eq=False)
class Tiles:
    """Square pieces of a map.

    Attributes:
        images: uint8 (N, 3, 64, 64).
        houses: int32 (N, 64, 64): 0, or the number of the house.
    """

    images: Tensor
    houses: Tensor

    @property
    def masks(self) -> Tensor:
        """Where there is a house, float32 (N, 1, 64, 64) of 0 and 1."""
        return (self.houses > 0).float()[:, None]

    @property
    def digest(self) -> str:
        """A short digest of all of it."""
        content = hashlib.sha256(self.images.contiguous().numpy().tobytes())
        content.update(self.houses.contiguous().numpy().tobytes())
        return content.hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.images)


def cut(area: AerialMap) -> Tiles:
    """A map as tiles side by side, row by row; what does not fill a tile is left out.

    >>> picture = torch.zeros(3, 130, 200, dtype=torch.uint8)
    >>> len(cut(AerialMap(picture, torch.zeros(130, 200, dtype=torch.int32))))
    6
    """
    pictures, houses = (_cut(each) for each in (area.picture, area.houses[None]))
    return Tiles(pictures, houses[:, 0])


def split_tiles(area: AerialMap, split: Split = "apart", seed: int = 0) -> tuple[Tiles, Tiles]:
    """Tiles to train with, and tiles to judge by.

    Args:
        area: the map.
        split: ``"apart"``: 11 columns in the west, and those in the east, with a column between
            that belongs to neither. ``"mixed"``: as many of each, but drawn by chance from the
            same columns, so that a tile to judge by has neighbours that were trained with.
        seed: of the drawing.

    Raises:
        ValueError: for another split, or a map that is not wide enough.

    >>> picture = torch.zeros(3, 64, 14 * 64, dtype=torch.uint8)
    >>> area = AerialMap(picture, torch.zeros(64, 14 * 64, dtype=torch.int32))
    >>> [len(part) for part in split_tiles(area)]
    [11, 2]
    """
    if split not in get_args(Split):
        raise ValueError(f"split must be one of {', '.join(get_args(Split))}, not {split!r}")
    whole = cut(area)
    columns = area.picture.shape[2] // TILE
    if columns < TRAINING + 2:
        raise ValueError(f"the map has {columns} columns of tiles; {TRAINING + 2} are the least")
    column = torch.arange(len(whole)) % columns
    west, east = column < TRAINING, column > TRAINING
    if split == "mixed":
        places = (west | east).nonzero().flatten()
        generator = torch.Generator().manual_seed(seed)
        order = places[torch.randperm(len(places), generator=generator)]
        parts = [order[: int(west.sum())], order[int(west.sum()) :]]
    else:
        parts = [west.nonzero().flatten(), east.nonzero().flatten()]
    train, test = (Tiles(whole.images[part], whole.houses[part]) for part in parts)
    return train, test


def _cut(maps: Tensor) -> Tensor:
    """(C, H, W) -> (N, C, 64, 64)."""
    channels, height, width = maps.shape
    rows, columns = height // TILE, width // TILE
    inside = maps[:, : rows * TILE, : columns * TILE]
    parts = inside.reshape(channels, rows, TILE, columns, TILE).permute(1, 3, 0, 2, 4)
    return parts.reshape(-1, channels, TILE, TILE).contiguous()
