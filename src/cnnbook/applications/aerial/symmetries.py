"""The eight ways to lay a square picture on a table: four turns, and each of them mirrored."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...training.fit import predict

WAYS = 8


def dihedral(images: Tensor, way: int) -> Tensor:
    """Images ``(..., S, S)`` turned by ``way % 4`` right angles, mirrored from way 4 on.

    >>> dihedral(torch.tensor([[1, 2], [3, 4]]), 1).tolist()
    [[2, 4], [1, 3]]
    """
    turned = torch.rot90(images, way % 4, dims=(-2, -1))
    return turned.flip(-1) if way >= 4 else turned


def undo(images: Tensor, way: int) -> Tensor:
    """What :func:`dihedral` did, undone.

    >>> image = torch.arange(9).reshape(3, 3)
    >>> all(torch.equal(undo(dihedral(image, way), way), image) for way in range(WAYS))
    True
    """
    upright = images.flip(-1) if way >= 4 else images
    return torch.rot90(upright, -(way % 4), dims=(-2, -1))


def random_ways(
    batch: tuple[Tensor, ...], generator: torch.Generator, ways: Sequence[int] = tuple(range(WAYS))
) -> tuple[Tensor, ...]:
    """Each image of a batch laid at random in one of the ways, with its mask: for ``fit``."""
    drawn = torch.randint(len(ways), (len(batch[0]),), generator=generator).tolist()
    return tuple(
        torch.stack([dihedral(image, ways[k]) for image, k in zip(images, drawn, strict=True)])
        for images in batch
    )


def probabilities(network: nn.Module, images: Tensor, ways: Sequence[int] = (0,)) -> Tensor:
    """The probability of a house at each pixel, the mean over some ways to lay the image.

    Args:
        network: gives one map of logits ``(N, 1, H, W)``.
        images: uint8 or float32 ``(N, C, S, S)``.
        ways: of the eight, see :func:`dihedral`; ``(0,)`` is the image as it is.

    Returns:
        float32 ``(N, 1, S, S)``.

    Raises:
        ValueError: for ways that are none of the eight.
    """
    if not ways or not set(ways) <= set(range(WAYS)):
        raise ValueError(f"ways are some of 0 to {WAYS - 1}, not {tuple(ways)}")
    looks = [undo(predict(network, dihedral(images, way)).sigmoid(), way) for way in ways]
    return torch.stack(looks).mean(dim=0)
