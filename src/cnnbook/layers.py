"""Layers that the book needs and PyTorch does not have."""

from math import comb
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PaddingMode = Literal["reflect", "replicate", "zeros"]


class DepthwiseSeparableConv2d(nn.Module):
    """A convolution in two parts: first within each channel, then across the channels.

    ``depthwise`` lays one kernel on each channel and leaves the channels apart; ``pointwise`` is a
    1×1 convolution, which mixes them. Nothing stands between the two, so that together they are one
    ordinary convolution with the weights
    ``weight[o, c, i, j] = pointwise[o, c] * depthwise[c, i, j]``.

    Shape: ``(N, in_channels, H, W)`` -> ``(N, out_channels, H', W')``, with the sizes of
    :func:`torch.nn.functional.conv2d`.

    Parameters: ``in_channels * kernel_size**2 + in_channels * out_channels``, and ``out_channels``
    biases. There is no bias between the parts, since the pointwise part would only turn it into a
    part of its own.

    Args:
        in_channels: channels of the input, and kernels of the depthwise part.
        out_channels: channels of the output.
        kernel_size: side of the kernels, in pixels.
        stride: pixels from one window to the next.
        padding: rings of zeros around the input.
        dilation: pixels from one weight to the next.
        bias: whether each output channel has a bias.

    Raises:
        ValueError: if a size is not a whole number, or too small.

    Source: L. Sifre, Rigid-motion scattering for image classification (2014), section 6.2;
    F. Chollet, Xception (2017), section 2.

    >>> layer = DepthwiseSeparableConv2d(16, 32, kernel_size=3, padding=1)
    >>> layer(torch.zeros(1, 16, 28, 28)).shape
    torch.Size([1, 32, 28, 28])
    >>> sum(parameter.numel() for parameter in layer.parameters())
    688
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        _check(1, in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size)
        _check(1, stride=stride, dilation=dilation)
        _check(0, padding=padding)
        self.depthwise = nn.Conv2d(
            in_channels,
            in_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups=in_channels,
            bias=False,
        )
        self.pointwise = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        """The pointwise convolution of the depthwise one."""
        outputs: Tensor = self.pointwise(self.depthwise(images))
        return outputs


class BlurPool(nn.Module):
    """Pooling that blurs before it leaves pixels out, each channel by itself.

    The blur is a weighted mean over ``kernel_size`` pixels along each axis, with the weights of a
    row of Pascal's triangle: 1 2 1 over 4, or 1 4 6 4 1 over 16. Without it (``kernel_size`` 1) the
    layer keeps every ``stride``-th pixel. The image is continued beyond its border, so that as many
    outputs remain as a stride without a kernel gives.

    Shape: ``(N, C, H, W)`` -> ``(N, C, ceil(H / stride), ceil(W / stride))``.

    Parameters: none; the weights are fixed, and not part of ``state_dict``.

    Args:
        kernel_size: pixels that are averaged along each axis.
        stride: pixels from one window to the next; 1 blurs only.
        padding_mode: how the image goes on beyond its border: ``"reflect"`` mirrors it,
            ``"replicate"`` repeats its last pixel, ``"zeros"`` adds zeros.

    Raises:
        ValueError: if a size is not a whole number of at least 1, or the mode is unknown; when
            called, if the images have not four axes or are too small to be mirrored.

    Source: R. Zhang, Making convolutional networks shift-invariant again (2019), section 3.2.

    >>> stripes = torch.tensor([0.0, 1, 0, 1, 0, 1, 0, 1]).expand(1, 1, 8, 8)
    >>> BlurPool(kernel_size=1)(stripes)[0, 0, 0], BlurPool()(stripes)[0, 0, 0]
    (tensor([0., 0., 0., 0.]), tensor([0.5000, 0.5000, 0.5000, 0.5000]))
    """

    weight: Tensor

    def __init__(
        self, kernel_size: int = 3, stride: int = 2, padding_mode: PaddingMode = "reflect"
    ) -> None:
        super().__init__()
        _check(1, kernel_size=kernel_size, stride=stride)
        if padding_mode not in ("reflect", "replicate", "zeros"):
            raise ValueError(
                f"padding_mode must be 'reflect', 'replicate' or 'zeros', not {padding_mode!r}"
            )
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding_mode = padding_mode
        row = torch.tensor([float(comb(kernel_size - 1, k)) for k in range(kernel_size)])
        weight = torch.outer(row, row) / row.sum() ** 2
        self.register_buffer("weight", weight, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """The blurred images, at every ``stride``-th place."""
        before, after = (self.kernel_size - 1) // 2, self.kernel_size // 2
        if images.ndim != 4:
            raise ValueError(f"images have the shape (N, C, H, W), not {tuple(images.shape)}")
        if self.padding_mode == "reflect" and min(images.shape[2:]) <= after:
            raise ValueError(
                f"images of {images.shape[2]}x{images.shape[3]} pixels cannot be mirrored by "
                f"{after} pixels; use a smaller kernel_size than {self.kernel_size}, "
                "or padding_mode 'replicate'"
            )
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        padded = F.pad(images, (before, after, before, after), mode=mode)
        channels = images.shape[1]
        weight = self.weight.to(images.dtype).expand(channels, 1, -1, -1)
        return F.conv2d(padded, weight, stride=self.stride, groups=channels)

    def extra_repr(self) -> str:
        """The settings, as ``print`` shows them."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, "
            f"padding_mode={self.padding_mode!r}"
        )


def _check(least: int, **values: int) -> None:
    for name, value in values.items():
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
