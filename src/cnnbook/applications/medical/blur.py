"""The Gaussian window, with which brightness is averaged over some pixels."""

import torch
import torch.nn.functional as F
from torch import Tensor


def blurred(images: Tensor, size: float) -> Tensor:
    """Images under a Gaussian window, mirrored at the border: ``(N, 1, H, W)`` -> the same.

    Args:
        images: float32.
        size: the window's standard deviation in pixels; it is cut off at three times that.

    >>> blurred(torch.ones(1, 1, 9, 9), 1.0).mean().round()
    tensor(1.)
    """
    radius = round(3 * size)
    window = torch.exp(-((torch.arange(-radius, radius + 1) / size) ** 2) / 2)
    window = window / window.sum()
    padded = F.pad(images, (radius, radius, radius, radius), mode="reflect")
    return F.conv2d(F.conv2d(padded, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))
