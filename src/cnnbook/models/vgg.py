"""VGG: nothing but 3×3 kernels, in stages that halve the image and double the maps."""

from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from ..layers import AdaptiveAvgPool2d
from ._images import check_images, least_size


class VGG(nn.Module):
    """Stages of convolutions, each ended by max pooling, then fully connected layers.

    The layers have the names that they have in torchvision, so that its weights can be loaded, and
    the same first weights.

    Shape: ``(N, in_channels, H, W)`` -> logits ``(N, num_classes)``; H and W of at least
    ``2 ** len(stages)``.

    Source: Simonyan and Zisserman (2015), table 1; the stages of VGG-16 are its column D.

    Args:
        in_channels: channels of an image.
        num_classes: number of classes.
        stages: the feature maps of each convolution, stage by stage.
        kernel_size: side of the kernels, in pixels; images are padded, so that their size stays.
        normalized: whether each convolution is normalised over the batch.
        pooled: side of the maps that the fully connected layers get; others are averaged to it.
            With 1 and without hidden layers, this is global average pooling.
        hidden: units of each hidden layer of the head.
        dropout: share of units that are dropped after each hidden layer in training.

    Raises:
        ValueError: if a stage has no convolution, or the kernels have an even side.

    >>> import torch
    >>> with torch.device("meta"):  # counts, and allocates nothing
    ...     sum(p.numel() for p in VGG().parameters())
    138357544
    """

    SMALL: ClassVar[dict[str, Any]] = {
        "in_channels": 1,
        "num_classes": 10,
        "stages": ((8, 8), (16, 16)),
        "pooled": 7,
        "hidden": (),
    }
    """One for grey images of 28 pixels."""

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 1000,
        stages: Sequence[Sequence[int]] = (
            (64, 64),
            (128, 128),
            (256, 256, 256),
            (512, 512, 512),
            (512, 512, 512),
        ),
        kernel_size: int = 3,
        normalized: bool = False,
        pooled: int = 7,
        hidden: Sequence[int] = (4096, 4096),
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if not stages or not all(stages):
            raise ValueError(f"every stage needs a convolution, but stages are {stages}")
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, not {kernel_size}")
        self.in_channels = in_channels
        self.least_size = least_size([(2, 2, 0)] * len(stages))
        layers: list[nn.Module] = []
        maps = in_channels
        for stage in stages:
            for width in stage:
                layers.append(nn.Conv2d(maps, width, kernel_size, padding=kernel_size // 2))
                layers += [nn.BatchNorm2d(width)] if normalized else []
                layers.append(nn.ReLU(inplace=True))
                maps = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.avgpool = AdaptiveAvgPool2d((pooled, pooled))
        head: list[nn.Module] = []
        width = maps * pooled**2
        for units in hidden:
            head += [nn.Linear(width, units), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            width = units
        self.classifier = nn.Sequential(*head, nn.Linear(width, num_classes))
        for module in self.modules():
            _start(module)

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images.

        Raises:
            ValueError: if the images have other channels or are too small.
        """
        check_images(images, self.in_channels, self.least_size)
        logits: Tensor = self.classifier(self.avgpool(self.features(images)).flatten(1))
        return logits


def _start(module: nn.Module) -> None:
    """First weights that keep the size of the signal from layer to layer."""
    if isinstance(module, nn.Conv2d) and module.bias is not None:
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, 0, 0.01)
        nn.init.zeros_(module.bias)
