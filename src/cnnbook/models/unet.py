"""The U-Net: down to see far, up to say where, and a bridge at each size."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class DoubleConv(nn.Sequential):
    """Two 3×3 convolutions, each normalised over the batch and rectified.

    Shape: ``(N, in_channels, H, W)`` -> ``(N, out_channels, H, W)``.

    Args:
        in_channels: channels of the input.
        out_channels: feature maps of both convolutions.

    >>> DoubleConv(1, 8)(torch.zeros(2, 1, 6, 5)).shape
    torch.Size([2, 8, 6, 5])
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        maps = in_channels
        for number in (1, 2):
            # Normalisation would take a bias away again.
            conv = nn.Conv2d(maps, out_channels, 3, padding=1, bias=False)
            self.add_module(f"conv{number}", conv)
            self.add_module(f"norm{number}", nn.BatchNorm2d(out_channels))
            self.add_module(f"relu{number}", nn.ReLU())
            maps = out_channels


class UNet(nn.Module):
    """From an image to as many maps of scores as there are classes, each of the image's size.

    The way down halves the image from level to level by max pooling, so that a unit sees far. The
    way up doubles it again by transposed convolutions, and at each size is given the maps of the
    way down beside its own: what they still know about where things are was lost in pooling.

    The paper's network has no padding, so that its maps shrink; it has no normalisation either.
    Here convolutions keep the size, and each is normalised over the batch.

    Shape: ``(N, in_channels, H, W)`` -> scores ``(N, classes, H, W)``; H and W are multiples of
    ``2 ** (len(widths) - 1)``.

    Source: Ronneberger, Fischer and Brox (2015), figure 1.

    Args:
        in_channels: channels of an image.
        classes: maps of scores; 1 for one class against the rest.
        widths: feature maps of each level, from the image's size down.
        skips: whether the way up is given the maps of the way down.

    Raises:
        ValueError: if there is no level.

    >>> UNet(classes=11, widths=(4, 8))(torch.zeros(2, 1, 6, 10)).shape
    torch.Size([2, 11, 6, 10])
    >>> [sum(p.numel() for p in UNet(skips=skips).parameters()) for skips in (True, False)]
    [117073, 105553]
    """

    def __init__(
        self,
        in_channels: int = 1,
        classes: int = 1,
        widths: Sequence[int] = (16, 32, 64),
        skips: bool = True,
    ) -> None:
        super().__init__()
        if not widths:
            raise ValueError("a U-Net needs at least one level, but widths is empty")
        self.in_channels, self.skips = in_channels, skips
        self.multiple: int = 2 ** (len(widths) - 1)
        self.pool = nn.MaxPool2d(2)
        self.down = nn.ModuleList()
        maps = in_channels
        for width in widths:
            self.down.append(DoubleConv(maps, width))
            maps = width
        self.doubling, self.up = nn.ModuleList(), nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.doubling.append(nn.ConvTranspose2d(maps, width, 2, stride=2))
            self.up.append(DoubleConv(2 * width if skips else width, width))
            maps = width
        self.output = nn.Conv2d(maps, classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Scores of every pixel, logits.

        Raises:
            ValueError: if the images have other channels, or a size that cannot be halved so often.
        """
        divides = images.ndim == 4 and not any(n % self.multiple for n in images.shape[2:])
        if not divides or images.shape[1] != self.in_channels:
            raise ValueError(
                f"this U-Net takes images of shape (N, {self.in_channels}, H, W) with H and W "
                f"multiples of {self.multiple}, not {tuple(images.shape)}; pad or resize them"
            )
        kept: list[Tensor] = []
        maps: Tensor = self.down[0](images)
        for level in self.down[1:]:
            kept.append(maps)
            maps = level(self.pool(maps))
        for doubling, up in zip(self.doubling, self.up, strict=True):
            maps, finer = doubling(maps), kept.pop()
            maps = up(torch.cat([finer, maps], dim=1) if self.skips else maps)
        scores: Tensor = self.output(maps)
        return scores
