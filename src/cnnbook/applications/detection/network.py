"""The detector's network, all of it convolutions, and what it is trained to lessen."""

from torch import Tensor, nn
from torch.nn import functional as F

from ...metrics.detection import CLASSES


class DetectionNetwork(nn.Sequential):
    """Five convolutions of 3×3, then one of 1×1 that gives 15 numbers for each cell.

    The first two have a stride of 2, so that a cell is 4 pixels wide. The last two of 3×3 have a
    dilation of 2: with them a cell sees 47 by 47 pixels, more than the largest digit.

    Shape: ``(N, 1, H, W)`` -> ``(N, 15, H / 4, W / 4)``, for any height and width that are
    multiples of 4.

    Args:
        channels: feature maps of the first, the second, and the other convolutions.

    >>> import torch
    >>> DetectionNetwork()(torch.zeros(1, 1, 64, 96)).shape
    torch.Size([1, 15, 16, 24])
    """

    def __init__(self, channels: tuple[int, int, int] = (12, 24, 40)) -> None:
        first, second, rest = channels
        super().__init__(
            *_block(1, first, stride=2),
            *_block(first, second, stride=2),
            *_block(second, rest),
            *_block(rest, rest, dilation=2),
            *_block(rest, rest, dilation=2),
            nn.Conv2d(rest, 1 + CLASSES + 4, 1),
        )
        answers = self[-1].bias
        assert isinstance(answers, Tensor)
        nn.init.zeros_(answers)
        # Most cells see no centre. A network that says so from the start need not learn it first.
        nn.init.constant_(answers[:1], -3.0)


def _block(
    in_channels: int, out_channels: int, stride: int = 1, dilation: int = 1
) -> list[nn.Module]:
    """A convolution with batch normalisation and ReLU."""
    return [
        nn.Conv2d(
            in_channels, out_channels, 3, stride, padding=dilation, dilation=dilation, bias=False
        ),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    ]


def detection_loss(output: Tensor, targets: Tensor) -> Tensor:
    """How far a grid of answers is from the one that was due.

    Ten times the binary cross-entropy of "there is one" over all cells, plus the cross-entropy of
    the class and the smooth absolute error of the box's four numbers over the cells that answer
    for a digit.

    Args:
        output: ``(N, 15, h, w)``, see :func:`cnnbook.applications.detection.decode`.
        targets: ``(N, 6, h, w)``, see :func:`cnnbook.applications.detection.encode`.

    >>> import torch
    >>> targets = torch.zeros(1, 6, 2, 2)
    >>> targets[0, 0, 0, 0] = 1
    >>> right = torch.zeros(1, 15, 2, 2)
    >>> right[0, 0], right[0, 1] = 40 * targets[0, 0] - 20, 20
    >>> round(detection_loss(right, targets).item(), 4)
    0.0
    """
    there = targets[:, 0]
    count = there.sum().clamp(min=1)
    found = F.binary_cross_entropy_with_logits(output[:, 0], there)
    named = F.cross_entropy(output[:, 1 : 1 + CLASSES], targets[:, 1].long(), reduction="none")
    placed = F.smooth_l1_loss(output[:, -4:], targets[:, 2:], reduction="none", beta=0.1).sum(dim=1)
    return 10 * found + ((named + placed) * there).sum() / count
