"""Pooling that blurs first."""

from math import comb
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._sizes import check_whole

PaddingMode = Literal["reflect", "replicate", "zeros"]


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
        check_whole(1, kernel_size=kernel_size, stride=stride)
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
