"""A convolution in two parts, within the channels and across them."""

from torch import Tensor, nn

from ._sizes import check_whole


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

    >>> import torch
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
        check_whole(1, in_channels=in_channels, out_channels=out_channels, kernel_size=kernel_size)
        check_whole(1, stride=stride, dilation=dilation)
        check_whole(0, padding=padding)
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
