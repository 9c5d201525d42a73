"""Which images a network takes whose layers do not fix their size, and what it says of others."""

from collections.abc import Iterable

from torch import Tensor


def least_size(windows: Iterable[tuple[int, int, int]]) -> int:
    """The smallest side of an image of which a row of layers leaves anything.

    Args:
        windows: (kernel_size, stride, padding) of each layer, in the order of use.

    >>> least_size([(3, 1, 1), (2, 2, 0), (2, 2, 0)])
    4
    """
    size = 1
    for kernel_size, stride, padding in reversed(list(windows)):
        size = max(1, (size - 1) * stride + kernel_size - 2 * padding)
    return size


def check_images(images: Tensor, in_channels: int, least: int) -> None:
    """Make sure that images are ``(N, in_channels, H, W)``, with H and W of at least ``least``.

    Raises:
        ValueError: naming what the network takes and what it was given.
    """
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[1] != in_channels or min(shape[2:]) < least:
        raise ValueError(
            f"this network takes images of shape (N, {in_channels}, H, W) with H and W of at least "
            f"{least}, not {shape}"
        )
