"""Random changes of training images, made on the device where the images are.

What is random is drawn for a whole epoch at once, a row of numbers for each image. So the change of
an image depends on seed, epoch and image alone: not on how many processes share a batch, and not on
whether training was interrupted in between.
"""

import math
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


class Augmentation(Protocol):
    """What changes training images: any class with these two methods will do."""

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Random numbers ``(count, ...)``, a row for each image, on the generator's device.

        The generator of :class:`cnnbook.datasets.batches.Batches` is the processor's.
        """

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Images ``(N, C, H, W)`` in 0..1 changed as their rows of numbers say."""


class RandomShift:
    """Moves images by whole pixels; what comes in at the border is black.

    Args:
        pixels: the farthest move along each axis; all moves up to it are equally likely.

    Raises:
        ValueError: if it is not a whole number of at least one pixel.

    >>> image = torch.eye(3).view(1, 1, 3, 3)
    >>> RandomShift(1)(image, torch.tensor([[1, 0]]))[0, 0]
    tensor([[0., 0., 0.],
            [1., 0., 0.],
            [0., 1., 0.]])
    """

    def __init__(self, pixels: int) -> None:
        # NumPy's whole numbers are such, too.
        self.pixels = int(pixels) if isinstance(pixels, int | np.integer) else 0
        if self.pixels < 1:
            raise ValueError(f"pixels must be a whole number of at least 1, not {pixels}")

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Moves ``(count, 2)`` in pixels, down and to the right."""
        return torch.randint(
            -self.pixels,
            self.pixels + 1,
            (count, 2),
            generator=generator,
            device=generator.device,
        )

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Images ``(N, C, H, W)`` moved, of the same shape and layout."""
        count, _, height, width = images.shape
        padded = F.pad(images, (self.pixels,) * 4)
        down, right = (self.pixels - drawn).unbind(dim=1)
        rows = torch.arange(height, device=images.device) + down[:, None]
        columns = torch.arange(width, device=images.device) + right[:, None]
        which = torch.arange(count, device=images.device)[:, None, None]
        moved = padded.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]]
        return moved.permute(0, 3, 1, 2)  # channels innermost, as the fast layout has them


class RandomAffine:
    """Turns, scales, slants and moves images, by bilinear interpolation around their centre.

    Each is drawn evenly between its negative and positive extreme.

    Args:
        shift: farthest move along each axis, in pixels.
        rotate: largest angle, in degrees.
        zoom: largest change of size, as a fraction: 0.1 is 90 to 110 %.
        shear: largest slant: the horizontal move of the upper edge, as a fraction of half a height.

    Raises:
        ValueError: if a value is negative, or ``zoom`` is not below 1.

    >>> generator = torch.Generator().manual_seed(0)
    >>> affine = RandomAffine(rotate=10)
    >>> affine(torch.rand(4, 1, 28, 28), affine.draw(4, generator)).shape
    torch.Size([4, 1, 28, 28])
    """

    def __init__(
        self, shift: float = 0.0, rotate: float = 0.0, zoom: float = 0.0, shear: float = 0.0
    ) -> None:
        for name, value in (("shift", shift), ("rotate", rotate), ("zoom", zoom), ("shear", shear)):
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} must be at least 0, not {value}")
        if zoom >= 1:
            raise ValueError(f"zoom must be below 1, not {zoom}")
        self.shift, self.rotate, self.zoom, self.shear = shift, rotate, zoom, shear

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Numbers ``(count, 5)`` between -1 and 1."""
        return 2 * torch.rand(count, 5, generator=generator, device=generator.device) - 1

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Images ``(N, C, H, W)`` changed, of the same shape; outside of an image it is black."""
        down, right, turn, size, slant = drawn.unbind(dim=1)
        angle = turn * (self.rotate * math.pi / 180)
        scale = 1 / (1 + size * self.zoom)
        slant = slant * self.shear
        cos, sin = angle.cos() * scale, angle.sin() * scale
        # affine_grid wants the way back: where in the image each new pixel comes from.
        height, width = images.shape[-2:]
        move_x = right * (-2 * self.shift / width)
        move_y = down * (-2 * self.shift / height)
        # Its coordinates run from -1 to 1 along each axis, whatever its length in pixels.
        tall, wide = height / width, width / height
        across = torch.stack([cos, (cos * slant - sin) * tall, move_x], dim=1)
        along = torch.stack([sin * wide, sin * slant + cos, move_y], dim=1)
        matrix = torch.stack([across, along], dim=1)
        grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
        return F.grid_sample(images, grid.to(images.dtype), align_corners=False)
