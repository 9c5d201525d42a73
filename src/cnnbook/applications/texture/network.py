"""Filters with random weights at several sizes, and what their answers have in common."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PADDINGS = {"valid": None, "circular": "circular", "reflect": "reflect"}


class RandomFeatures(nn.Module):
    """One convolution with random weights and a ReLU, on the picture and on smaller copies of it.

    Each copy is half as large as the one before: blurred with the binomial 1, 4, 6, 4, 1 along both
    axes, then every second pixel. On the copies the same filters see two, four, ... times as far.
    Nothing is trained; the weights are drawn from a normal distribution and each filter is scaled
    to length 1.

    Args:
        seed: of the weights.
        in_channels: 1 for grey pictures, 3 for colour.
        filters: number of filters.
        kernel_size: their height and width, odd.
        scales: number of sizes.

    Shapes: ``(N, in_channels, H, W) ->`` a list of ``(N, filters, h, w)``, one for each size.

    Raises:
        ValueError: for an even kernel size or numbers below 1, and in the call for a picture of
            other channels, of fewer than ``kernel_size * 2**(scales - 1)`` pixels along an axis,
            or an unknown padding.

    Source: I. Ustyuzhaninov, W. Brendel, L. Gatys, M. Bethge, What does it take to generate natural
    textures?, ICLR 2017 (there: filters of eight sizes; here: one size on several copies).

    >>> maps = RandomFeatures(seed=0, filters=16)(torch.rand(1, 1, 64, 64))
    >>> [tuple(each.shape) for each in maps]
    [(1, 16, 58, 58), (1, 16, 26, 26), (1, 16, 10, 10)]
    """

    weight: Tensor

    def __init__(
        self,
        seed: int,
        in_channels: int = 1,
        filters: int = 64,
        kernel_size: int = 7,
        scales: int = 3,
    ) -> None:
        super().__init__()
        if min(in_channels, filters, kernel_size, scales) < 1 or kernel_size % 2 == 0:
            raise ValueError(
                "in_channels, filters, kernel_size and scales have to be 1 or more, and "
                f"kernel_size odd, not {in_channels}, {filters}, {kernel_size} and {scales}"
            )
        generator = torch.Generator().manual_seed(seed)
        weight = torch.randn(filters, in_channels, kernel_size, kernel_size, generator=generator)
        self.register_buffer("weight", weight / weight.flatten(1).norm(dim=1)[:, None, None, None])
        self.scales = scales

    def forward(self, images: Tensor, padding: str = "valid") -> list[Tensor]:
        """The answers of all filters at all sizes.

        Args:
            images: ``(N, in_channels, H, W)``.
            padding: ``"valid"`` leaves the border out, ``"circular"`` goes on at the other side,
                ``"reflect"`` mirrors.
        """
        self._check(images, padding)
        how = PADDINGS[padding]
        margin = self.weight.shape[-1] // 2
        maps = []
        for scale in range(self.scales):
            if scale:
                images = halved(images, how or "reflect")
            padded = F.pad(images, (margin,) * 4, mode=how) if how else images
            maps.append(_convolved(padded, self.weight).relu())
        return maps

    def _check(self, images: Tensor, padding: str) -> None:
        if padding not in PADDINGS:
            raise ValueError(f"padding is one of {', '.join(PADDINGS)}, not {padding!r}")
        _, channels, kernel_size, _ = self.weight.shape
        least = kernel_size * 2 ** (self.scales - 1)
        if images.ndim != 4 or images.shape[1] != channels:
            raise ValueError(
                f"these filters need images (N, {channels}, H, W), not {tuple(images.shape)}"
            )
        if min(images.shape[2:]) < least:
            height, width = images.shape[2:]
            raise ValueError(
                f"a picture of {height}×{width} pixels is too small for {self.scales} sizes; "
                f"{least} pixels along each axis are the least"
            )


def _convolved(images: Tensor, weight: Tensor) -> Tensor:
    """``F.conv2d(images, weight)`` as one product of matrices.

    With a single input channel the gradient with respect to the images is had in half the time.
    """
    size = weight.shape[-1]
    height, width = (side - size + 1 for side in images.shape[2:])
    windows = F.unfold(images, size)
    answers: Tensor = weight.flatten(1) @ windows
    return answers.reshape(len(images), len(weight), height, width)


def halved(images: Tensor, mode: str) -> Tensor:
    """Pictures blurred, then every second pixel: ``(N, C, H, W) -> (N, C, H / 2, W / 2)``.

    >>> halved(torch.ones(1, 1, 8, 6), "reflect").shape
    torch.Size([1, 1, 4, 3])
    """
    row = torch.tensor([1.0, 4, 6, 4, 1], device=images.device) / 16
    channels = images.shape[1]
    kernel = torch.outer(row, row).expand(channels, 1, 5, 5)
    return F.conv2d(F.pad(images, (2,) * 4, mode=mode), kernel, stride=2, groups=channels)


def gram_matrix(feature_maps: Tensor) -> Tensor:
    """How strongly each pair of feature maps answers at the same places.

    ``G[i, j]`` is the mean of ``maps[i] * maps[j]`` over all places.

    Args:
        feature_maps: ``(N, C, H, W)`` or ``(C, H, W)``.

    Shapes: ``(N, C, H, W) -> (N, C, C)``, ``(C, H, W) -> (C, C)``.

    Raises:
        ValueError: for another number of axes, or no places.

    Source: L. A. Gatys, A. S. Ecker, M. Bethge, Texture synthesis using convolutional neural
    networks, NeurIPS 2015, section 2.

    >>> gram_matrix(torch.tensor([[[1.0, 2], [0, 1]], [[2.0, 0], [0, 2]]]))
    tensor([[1.5000, 1.0000],
            [1.0000, 2.0000]])
    """
    if feature_maps.ndim not in (3, 4) or feature_maps.shape[-2:].numel() == 0:
        raise ValueError(
            f"feature maps are (N, C, H, W) or (C, H, W), not {tuple(feature_maps.shape)}"
        )
    rows = feature_maps.flatten(-2)
    return rows @ rows.mT / rows.shape[-1]


def relative_distance(grams: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """Squared distance between Gram matrices by the squared length of the targets, summed up.

    Args:
        grams: one for each size of picture.
        targets: as many, of the same shapes.

    >>> relative_distance([torch.zeros(2, 2)], [torch.eye(2)]).item()
    1.0
    """
    pairs = zip(grams, targets, strict=True)
    return torch.stack(
        [(gram - due).square().sum() / due.square().sum() for gram, due in pairs]
    ).sum()
