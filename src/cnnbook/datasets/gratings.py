"""A data set that a function makes: stripes in four directions, which one kernel each can tell."""

import torch

from .imageset import ImageSet

DIRECTIONS = ("horizontal", "rising", "vertical", "falling")
SIZES = {"train": 2000, "test": 400}


def load_gratings(split: str) -> ImageSet:
    """Stripes of 28×28 pixels: noisy waves of any length and phase, in one of four directions.

    Pixel (y, x) is ``(1 + sin(2 pi (x cos a + y sin a) / length + phase)) / 2`` and noise, where
    ``a`` is the direction across the stripes.

    Args:
        split: ``"train"`` or ``"test"``.

    >>> load_gratings("test")
    ImageSet('gratings', 'test': 400 images of 1x28x28, 4 classes)
    """
    count, draw = SIZES[split], torch.Generator().manual_seed(list(SIZES).index(split))
    labels = torch.arange(count) % len(DIRECTIONS)
    # Across horizontal stripes one goes down; y grows downwards.
    across = torch.pi / 2 + torch.tensor([0.0, -0.25, 0.5, 0.25])[labels] * torch.pi
    length = 3 + 6 * torch.rand(count, generator=draw)
    phase = 2 * torch.pi * torch.rand(count, generator=draw)
    y, x = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    way = x * across.cos()[:, None, None] + y * across.sin()[:, None, None]
    waves = (2 * torch.pi * way / length[:, None, None] + phase[:, None, None]).sin()
    noisy = (1 + waves) / 2 + 0.2 * torch.randn(waves.shape, generator=draw)
    images = (noisy.clamp(0, 1) * 255).round().to(torch.uint8)[:, None]
    return ImageSet("gratings", split, images, labels, DIRECTIONS)
