"""A small network whose first layer is not learned but computed from the images."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class WhitenedCNN(nn.Module):
    """A fixed first layer that whitens patches, then two convolutions and a linear layer.

    Neighbouring pixels are nearly equal, so that what a kernel of the first layer gets to see is
    mostly the same number many times. The first layer here projects each 5×5 patch on the
    directions in which patches differ most (their principal components), and divides each by its
    deviation: the projections are uncorrelated and equally large, and the next layer learns faster.
    Each direction appears with both signs, since the ReLU after it lets only one side through. The
    layer takes every second pixel, and neither it nor its input needs gradients.

    Shape: ``(N, in_channels, image_size, image_size)`` -> logits ``(N, num_classes)``.

    Source: whitening as in K. Jordan's CIFAR-10 networks (airbench, 2024), after D. Page (2018).

    Args:
        directions: principal components that are kept; the layer has twice as many maps.
        channels: feature maps of the two learned convolutions.
        in_channels: channels of an image.
        num_classes: number of classes.
        image_size: side of an image, in pixels; at least 17.

    Raises:
        ValueError: if the images are too small, or a patch has fewer directions than asked for.

    >>> sum(p.numel() for p in WhitenedCNN().parameters())
    29402
    """

    PATCH = 5

    def __init__(
        self,
        directions: int = 8,
        channels: tuple[int, int] = (32, 64),
        in_channels: int = 1,
        num_classes: int = 10,
        image_size: int = 28,
    ) -> None:
        super().__init__()
        if not 1 <= directions <= in_channels * self.PATCH**2:
            raise ValueError(
                f"a patch has {in_channels * self.PATCH**2} directions, {directions} cannot be kept"
            )
        size = ((image_size - 3) // 2 + 1 - 2) // 2 - 2
        if size < 1:
            raise ValueError(f"images of {image_size} pixels are too small; 17 is the least")
        self.in_shape = (in_channels, image_size, image_size)
        self.whiten = nn.Conv2d(
            in_channels, 2 * directions, self.PATCH, stride=2, padding=1, bias=False
        ).requires_grad_(False)
        first, second = channels
        self.conv1 = nn.Conv2d(2 * directions, first, 3, bias=False)
        self.norm1 = nn.BatchNorm2d(first)
        self.conv2 = nn.Conv2d(first, second, 3, bias=False)
        self.norm2 = nn.BatchNorm2d(second)
        self.output = nn.Linear(second * size * size, num_classes)

    @torch.no_grad()
    def adapt(self, images: Tensor) -> None:
        """Compute the first layer from images ``(N, C, H, W)``, scaled as in training."""
        patches = F.unfold(images.float().cpu().contiguous(), self.PATCH, stride=2)
        values = patches.transpose(1, 2).flatten(0, 1).double()
        variances, directions = torch.linalg.eigh(torch.cov(values.T))
        # An eigenvector's sign is the library's choice: its largest number is to be positive.
        largest = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True))
        directions = directions * largest.sign()
        kept = len(self.whiten.weight) // 2
        # The last ones are the largest; next to nothing is no reason for an infinite gain.
        gains = (variances[-kept:] + 1e-2).rsqrt()
        kernels = (directions[:, -kept:] * gains).T.reshape(kept, *self.whiten.weight.shape[1:])
        self.whiten.weight.copy_(torch.cat([kernels, -kernels]))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images.

        Raises:
            ValueError: if the images have another shape than the network was made for.
        """
        if tuple(images.shape[1:]) != self.in_shape:
            raise ValueError(
                f"this network takes images of shape (N, {', '.join(map(str, self.in_shape))}), "
                f"not {tuple(images.shape)}"
            )
        maps = F.relu(self.whiten(images))
        maps = F.relu(self.norm1(F.max_pool2d(self.conv1(maps), 2)))
        maps = F.relu(self.norm2(self.conv2(maps)))
        logits: Tensor = self.output(maps.flatten(1))
        return logits
