"""ResNet: blocks that add to their input what they found, so that depth does no harm."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, get_args

import torch
from torch import Tensor, nn

from ._images import check_images, least_size

BlockName = Literal["basic", "bottleneck"]


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a way around them: ``relu(x + f(x))``.

    Where the block changes the shape, the way around is a 1×1 convolution, else nothing at all.

    Shape: ``(N, in_channels, H, W)`` -> ``(N, channels, H / stride, W / stride)``, rounded up.

    Args:
        in_channels: channels of the input.
        channels: feature maps of both convolutions.
        stride: of the first convolution.
        residual: whether there is a way around; without it, the block is ``relu(f(x))``.

    >>> BasicBlock(8, 16, stride=2)(torch.zeros(1, 8, 14, 14)).shape
    torch.Size([1, 16, 7, 7])
    """

    expansion = 1

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, residual: bool = True
    ) -> None:
        super().__init__()
        self.residual = residual
        self.conv1 = convolution(in_channels, channels, 3, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = convolution(channels, channels, 3)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = shortcut(in_channels, channels, stride) if residual else None

    def forward(self, x: Tensor) -> Tensor:
        """What the block makes of its input."""
        found = torch.relu(self.bn1(self.conv1(x)))
        found = self.bn2(self.conv2(found))
        if self.residual:
            found = found + (x if self.downsample is None else self.downsample(x))
        return torch.relu(found)


class Bottleneck(nn.Module):
    """A 1×1 convolution to fewer maps, a 3×3 one there, a 1×1 one to four times as many again.

    The stride is in the 3×3 convolution, as in torchvision; the paper has it in the first one,
    which then never reads three of four places.

    Shape: ``(N, in_channels, H, W)`` -> ``(N, 4 * channels, H / stride, W / stride)``, rounded up.

    Args:
        in_channels: channels of the input.
        channels: feature maps of the 3×3 convolution.
        stride: of the 3×3 convolution.
        residual: whether there is a way around.

    >>> block = Bottleneck(256, 64)
    >>> sum(p.numel() for p in block.parameters()), block(torch.zeros(1, 256, 7, 7)).shape
    (70400, torch.Size([1, 256, 7, 7]))
    """

    expansion = 4

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, residual: bool = True
    ) -> None:
        super().__init__()
        self.residual = residual
        self.conv1 = convolution(in_channels, channels, 1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = convolution(channels, channels, 3, stride)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = convolution(channels, 4 * channels, 1)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        self.downsample = shortcut(in_channels, 4 * channels, stride) if residual else None

    def forward(self, x: Tensor) -> Tensor:
        """What the block makes of its input."""
        found = torch.relu(self.bn1(self.conv1(x)))
        found = torch.relu(self.bn2(self.conv2(found)))
        found = self.bn3(self.conv3(found))
        if self.residual:
            found = found + (x if self.downsample is None else self.downsample(x))
        return torch.relu(found)


class ResNet(nn.Module):
    """A first convolution, stages of blocks, the mean of each map, one fully connected layer.

    Each stage but the first halves the image. The layers have the names that they have in
    torchvision, so that its weights can be loaded, and the same first weights.

    Shape: ``(N, in_channels, H, W)`` -> logits ``(N, num_classes)``, for images of any size.

    Source: He, Zhang, Ren and Sun (2016), table 1; the defaults are ResNet-50, and ``SMALL`` is a
    smaller edition of their networks for small images (section 4.2).

    Args:
        in_channels: channels of an image.
        num_classes: number of classes.
        block: ``"basic"`` or ``"bottleneck"``.
        blocks: number of blocks of each stage.
        widths: feature maps of the 3×3 convolutions of each stage.
        stem: side and stride of the first convolution's kernels, in pixels.
        stem_pool: whether max pooling halves the image after the first convolution.
        residual: whether blocks add their input; without it, this is the plain network that the
            paper compares with.

    Raises:
        ValueError: if there is no stage, the stages' blocks and widths differ in number, a stage
            has no block, the first kernels have an even side, or the block is none of the two.

    >>> with torch.device("meta"):  # counts, and allocates nothing
    ...     sum(p.numel() for p in ResNet().parameters())
    25557032
    """

    SMALL: ClassVar[dict[str, Any]] = {
        "in_channels": 1,
        "num_classes": 10,
        "block": "basic",
        "blocks": (1, 1, 1),
        "widths": (8, 16, 32),
        "stem": (3, 1),
        "stem_pool": False,
    }
    """One for grey images of 28 pixels."""

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 1000,
        block: BlockName = "bottleneck",
        blocks: Sequence[int] = (3, 4, 6, 3),
        widths: Sequence[int] = (64, 128, 256, 512),
        stem: tuple[int, int] = (7, 2),
        stem_pool: bool = True,
        residual: bool = True,
    ) -> None:
        super().__init__()
        if not blocks or len(blocks) != len(widths) or min(blocks) < 1:
            raise ValueError(
                f"every stage needs a width and at least one block, but widths are {widths} and "
                f"blocks {blocks}"
            )
        if block not in get_args(BlockName):
            raise ValueError(f"block must be basic or bottleneck, not {block!r}")
        kernel_size, stride = stem
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(f"the first kernels must have an odd side, not {kernel_size}")
        self.in_channels = in_channels
        self.least_size = least_size([(kernel_size, stride, kernel_size // 2)])
        self.conv1 = convolution(in_channels, widths[0], kernel_size, stride)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1) if stem_pool else nn.Identity()
        kind = BasicBlock if block == "basic" else Bottleneck
        self.stages: list[str] = []
        maps = widths[0]
        for number, (count, width) in enumerate(zip(blocks, widths, strict=True), start=1):
            stage = nn.Sequential()
            for place in range(count):
                halves = number > 1 and place == 0
                stage.append(kind(maps, width, 2 if halves else 1, residual))
                maps = width * kind.expansion
            self.stages.append(f"layer{number}")
            self.add_module(f"layer{number}", stage)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(maps, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Logits of images.

        Raises:
            ValueError: if the images have other channels.
        """
        check_images(images, self.in_channels, self.least_size)
        maps = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        for stage in self.stages:
            maps = self.get_submodule(stage)(maps)
        logits: Tensor = self.fc(self.avgpool(maps).flatten(1))
        return logits


def convolution(
    in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
) -> nn.Conv2d:
    """A padded convolution without bias, which the normalisation after it would take away."""
    padding = kernel_size // 2
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)


def shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    """What brings a block's input to the shape of its output; None where it has that shape."""
    if stride == 1 and in_channels == out_channels:
        return None
    projection = convolution(in_channels, out_channels, 1, stride)
    return nn.Sequential(projection, nn.BatchNorm2d(out_channels))
