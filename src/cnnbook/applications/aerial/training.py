"""Houses found from above: a U-Net that is trained once, and what it is judged by."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn

from ...cache.code_digest import imported_code
from ...cache.store import cached
from ...device import kind_and_format
from ...models.unet import UNet
from ...training.fit import fit
from .data import made_map
from .symmetries import WAYS, random_ways
from .tiles import Split, Tiles, split_tiles

LEAST = 12  # pixels of a house; a corner of one at a tile's border is none
WIDTHS = (16, 32)
EPOCHS = 12
TRAINING: dict[str, Any] = {"batch_size": 4, "lr": 0.005}


class Counts(NamedTuple):
    """How many houses were found, were found where there are none, and were missed.

    Attributes:
        tp: true positives.
        fp: false positives.
        fn: false negatives.
    """

    tp: int
    fp: int
    fn: int

    @property
    def f1(self) -> float:
        """Twice the right ones among all that were found and all that there are.

        >>> Counts(tp=6, fp=2, fn=2).f1
        0.75
        """
        counted = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / counted if counted else 1.0


def trained_network(
    seed: int = 0,
    *,
    ways: Sequence[int] = (0,),
    epochs: int = EPOCHS,
    split: Split = "apart",
) -> nn.Sequential:
    """A U-Net that marks houses, trained once on the first made map and kept.

    Each square of 2x2 pixels becomes one place of 12 channels, and the U-Net gives four answers for
    it, one for each of its pixels: a quarter of the work at the full size, for marks as fine.

    Args:
        seed: of the initial weights, the order and the ways that tiles are laid.
        ways: in which of the eight ways a tile may be laid each time that it is used, see
            :func:`dihedral`; one of them is drawn.
        epochs: how often it sees each tile.
        split: which tiles it is trained with, see :func:`split_tiles`.

    Returns:
        In evaluation mode on the CPU: images (N, 3, H, W) in 0..1 -> logits (N, 1, H, W).

    Raises:
        ValueError: for ways that are none of the eight.
    """
    if not ways or not set(ways) <= set(range(WAYS)):
        raise ValueError(f"ways are some of 0 to {WAYS - 1}, not {tuple(ways)}")
    train, _ = split_tiles(made_map(), split)
    content, _ = cached(
        "aerial-unet",
        lambda: {"weights": _fitted(train, seed, ways, epochs).state_dict()},
        code=imported_code("applications/aerial/training.py"),
        settings={
            "seed": seed,
            "ways": list(ways),
            "epochs": epochs,
            "images": train.digest,
            "device": kind_and_format(),
        },
        check=lambda content: _network().load_state_dict(content["weights"]),
    )
    network = _network()
    network.load_state_dict(content["weights"])
    return network.eval()


def found_houses(marked: Tensor, houses: Tensor, least: int = LEAST) -> Counts:
    """How many houses were found: connected marks that cover one with an IoU above one half.

    Of marks that do not overlap, at most one can have more than half of its union with a house in
    common with it: nothing has to be assigned (Kirillov and others, 2019, section 4.1).

    Args:
        marked: bool (N, H, W).
        houses: (N, H, W): 0, or the number of the house.
        least: pixels below which a mark or a house does not count.

    Raises:
        ValueError: if the shapes differ, or are not (N, H, W).

    >>> houses = torch.zeros(1, 8, 8, dtype=torch.int32)
    >>> houses[0, :4, :4] = 1
    >>> found_houses(houses > 0, houses), found_houses(houses > 1, houses)
    (Counts(tp=1, fp=0, fn=0), Counts(tp=0, fp=0, fn=1))
    """
    if marked.shape != houses.shape or marked.ndim != 3:
        raise ValueError(
            f"marks and houses must both be (N, H, W), not {tuple(marked.shape)} and "
            f"{tuple(houses.shape)}"
        )
    right = there = here = 0
    for mark, house in zip(marked.numpy(), houses.numpy(), strict=True):
        parts, count = ndimage.label(mark)
        sizes = np.bincount(parts.flat, minlength=count + 1)
        numbers, place = np.unique(house, return_inverse=True)
        areas = np.bincount(place.flat)
        common = np.zeros((count + 1, len(numbers)), dtype=int)
        np.add.at(common, (parts.flatten(), place.flatten()), 1)
        union = sizes[:, None] + areas[None] - common
        counts = (sizes >= least)[:, None] & (areas >= least)[None] & (numbers > 0)[None]
        right += int((counts & (2 * common > union))[1:].sum())
        here += int((sizes[1:] >= least).sum())
        there += int(((areas >= least) & (numbers > 0)).sum())
    return Counts(right, here - right, there - right)


def _network(seed: int = 0) -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inner = UNet(in_channels=12, classes=4, widths=WIDTHS)
        return nn.Sequential(nn.PixelUnshuffle(2), inner, nn.PixelShuffle(2))


def _fitted(train: Tiles, seed: int, ways: Sequence[int], epochs: int) -> nn.Module:
    network = _network(seed)
    loss = nn.functional.binary_cross_entropy_with_logits

    def change(batch: tuple[Tensor, ...], generator: torch.Generator) -> tuple[Tensor, ...]:
        return random_ways(batch, generator, ways)

    how: dict[str, Any] = {"epochs": epochs, "seed": seed, "change": change, **TRAINING}
    fit(network, train.images, [train.masks], loss, **how)
    return network
