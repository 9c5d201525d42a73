"""AlexNet: LeNet's plan with a thousand classes, ReLU, dropout, and a GPU to train it on."""

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from ..layers import AdaptiveAvgPool2d
from ._images import check_images, least_size

OVERLAPPING = (3, 2, 0)  # kernel size, stride and padding of each pooling


class AlexNet(nn.Module):
    """Five convolutions, three of them followed by max pooling, and three fully connected layers.

    This is the network with one branch that torchvision has, under the same names, so that its
    weights can be loaded. The one of 2012 was cut into two halves, one for each GPU, had other
    numbers of maps, and normalised over neighbouring maps.

    Shape: ``(N, in_channels, H, W)`` -> logits ``(N, num_classes)``; H and W of 63 or more, unless
    the stem is another.

    Source: Krizhevsky, Sutskever and Hinton (2012), section 3; Krizhevsky, "One weird trick"
    (2014), for the single branch.

    Args:
        in_channels: channels of an image.
        num_classes: number of classes.
        widths: feature maps of the five convolutions.
        stem: side, stride and padding of the first convolution's kernels, in pixels.
        pooled: side of the maps that the fully connected layers get; others are averaged to it.
        hidden: units of each hidden layer of the head.
        dropout: share of units that are dropped before each hidden layer in training.

    Raises:
        ValueError: if there are not five widths.

    >>> import torch
    >>> with torch.device("meta"):  # counts, and allocates nothing
    ...     sum(p.numel() for p in AlexNet().parameters())
    61100840
    """

    SMALL: ClassVar[dict[str, Any]] = {
        "in_channels": 1,
        "num_classes": 10,
        "widths": (8, 16, 32, 32, 32),
        "stem": (3, 1, 1),
        "pooled": 2,
        "hidden": (64, 64),
    }
    """One for grey images of 28 pixels."""

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 1000,
        widths: Sequence[int] = (64, 192, 384, 256, 256),
        stem: tuple[int, int, int] = (11, 4, 2),
        pooled: int = 6,
        hidden: Sequence[int] = (4096, 4096),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if len(widths) != 5:
            raise ValueError(f"AlexNet has five convolutions, but there are {len(widths)} widths")
        self.in_channels = in_channels
        windows = [stem, OVERLAPPING, (5, 1, 2), OVERLAPPING, *3 * [(3, 1, 1)], OVERLAPPING]
        self.least_size = least_size(windows)
        layers: list[nn.Module] = []
        maps = [in_channels, *widths]
        for kernel_size, stride, padding in windows:
            if (kernel_size, stride, padding) == OVERLAPPING and layers:
                layers.append(nn.MaxPool2d(kernel_size, stride))
                continue
            convolution = nn.Conv2d(maps[0], maps[1], kernel_size, stride, padding)
            layers += [convolution, nn.ReLU(inplace=True)]
            maps.pop(0)
        self.features = nn.Sequential(*layers)
        self.avgpool = AdaptiveAvgPool2d((pooled, pooled))
        head: list[nn.Module] = []
        width = widths[-1] * pooled**2
        for units in hidden:
            head += [nn.Dropout(dropout), nn.Linear(width, units), nn.ReLU(inplace=True)]
            width = units
        self.classifier = nn.Sequential(*head, nn.Linear(width, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images.

        Raises:
            ValueError: if the images have other channels or are too small.
        """
        check_images(images, self.in_channels, self.least_size)
        logits: Tensor = self.classifier(self.avgpool(self.features(images)).flatten(1))
        return logits
