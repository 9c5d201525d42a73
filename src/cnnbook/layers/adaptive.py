"""Average pooling to a given size, with a gradient that is deterministic on a GPU too."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    r"""PyTorch's layer of this name, computed in another way.

    PyTorch adds the gradients of its windows in an order that a GPU leaves to chance, and refuses
    to do so where equal bits are asked for. Where the windows are equal, this is plain average
    pooling; where they are not, output row :math:`i` is the mean of the input rows from
    :math:`\lfloor iH/h \rfloor` to before :math:`\lceil (i+1)H/h \rceil`, which is a matrix
    product along each axis.

    Shape: ``(N, C, H, W)`` -> ``(N, C, h, w)``. It has no parameters.

    Args:
        output_size: ``(h, w)``, or one number for both.

    >>> AdaptiveAvgPool2d(2)(torch.arange(9.0).view(1, 1, 3, 3))
    tensor([[[[2., 3.],
              [5., 6.]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """The means of the windows."""
        size = self.output_size
        rows, columns = size if isinstance(size, tuple) else (size, size)
        height, width = input.shape[-2:]
        rows, columns = rows or height, columns or width  # None keeps an axis
        if height % rows == 0 and width % columns == 0:
            return F.avg_pool2d(input, (height // rows, width // columns))
        down = _means(height, rows).to(input)
        along = _means(width, columns).to(input)
        return down @ input @ along.T


def _means(size: int, parts: int) -> Tensor:
    """The matrix ``(parts, size)`` that takes the mean of each window."""
    weights = torch.zeros(parts, size)
    for part in range(parts):
        first, last = part * size // parts, -(-(part + 1) * size // parts)
        weights[part, first:last] = 1 / (last - first)
    return weights
