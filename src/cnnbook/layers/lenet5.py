"""Subsampling, squashing and output as networks of the 1990s had them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._sizes import check_whole


class ScaledTanh(nn.Module):
    """The squashing function of LeNet-5, ``1.7159 tanh(2x / 3)``.

    With these two numbers f(1) = 1 and f(-1) = -1, the curvature is largest there, and the gain
    is about 1: targets of plus and minus one lie within the range, not at its ends.

    Shape: any, which is kept.

    Source: LeCun et al. (1998), section II.B, equation 6, and appendix A.

    >>> ScaledTanh()(torch.tensor([0.0, 1.0, 100.0]))
    tensor([0.0000, 1.0000, 1.7159])
    """

    AMPLITUDE = 1.7159
    SLOPE = 2 / 3

    def forward(self, sums: Tensor) -> Tensor:
        """The squashed values."""
        return self.AMPLITUDE * torch.tanh(self.SLOPE * sums)


class Subsample(nn.Module):
    """Adds up windows that do not overlap, times one coefficient a channel, plus one bias.

    ``output[c] = coefficient[c] * (sum of the window) + bias[c]``. LeNet-5 squashes the result
    afterwards. Unlike pooling, it learns; unlike a convolution, it has one weight for the whole
    window and keeps channels apart.

    Shape: ``(N, channels, H, W)`` -> ``(N, channels, H // kernel_size, W // kernel_size)``.

    Parameters: ``2 * channels``.

    Args:
        channels: channels of the input, and of the output.
        kernel_size: side of the windows, and the stride, in pixels.

    Raises:
        ValueError: if a size is not a whole number of at least 1.

    Source: LeCun et al. (1998), section II.B, layers S2 and S4.

    >>> layer = Subsample(channels=1)
    >>> _ = nn.init.constant_(layer.coefficient, 0.5), nn.init.constant_(layer.bias, 1)
    >>> layer(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).item()
    6.0
    """

    def __init__(self, channels: int, kernel_size: int = 2) -> None:
        super().__init__()
        check_whole(1, channels=channels, kernel_size=kernel_size)
        self.channels, self.kernel_size = channels, kernel_size
        self.coefficient = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw both evenly within one over the square root of the window's number of pixels."""
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -1 / self.kernel_size, 1 / self.kernel_size)

    @property
    def fan_in(self) -> int:
        """The numbers that an output adds up, without its bias."""
        return self.kernel_size**2

    def forward(self, images: Tensor) -> Tensor:
        """The weighted sums."""
        sums = F.avg_pool2d(images, self.kernel_size, divisor_override=1)
        return sums * self.coefficient[:, None, None] + self.bias[:, None, None]

    def extra_repr(self) -> str:
        """The settings, as ``print`` shows them."""
        return f"{self.channels}, kernel_size={self.kernel_size}"


class RBFOutput(nn.Module):
    """Compares a vector with a fixed code for each class; the score is minus the squared distance.

    ``score[i] = -sum over j of (features[j] - codes[i, j])**2``. The best score is 0, for a vector
    that is the code itself, and the class with the highest score is the one whose code is nearest.
    The codes are not trained.

    Shape: ``(N, F)`` -> ``(N, classes)``.

    Parameters: none; the codes are a buffer.

    Args:
        codes: a code for each class, ``(classes, F)``.

    Raises:
        ValueError: if the codes are no matrix.

    Source: LeCun et al. (1998), section II.B, equation 7; there the distance itself is the output,
    a penalty. Its sign is turned here so that, as with logits, the largest score wins.

    >>> RBFOutput(torch.tensor([[1.0, 1.0], [-1.0, 1.0]]))(torch.tensor([[1.0, 0.0]]))
    tensor([[-1., -5.]])
    """

    codes: Tensor

    def __init__(self, codes: Tensor) -> None:
        super().__init__()
        if codes.ndim != 2:
            raise ValueError(f"codes are a matrix (classes, F), not of shape {tuple(codes.shape)}")
        self.register_buffer("codes", codes.detach().float().clone())

    def multiply_adds(self, output_shape: Sequence[int]) -> int:
        """Squares that are added up, for an output ``(N, classes)``."""
        return output_shape[0] * self.codes.numel()

    def forward(self, features: Tensor) -> Tensor:
        """The scores.

        Raises:
            ValueError: if the vectors are not as long as the codes.
        """
        if features.ndim != 2 or features.shape[1] != self.codes.shape[1]:
            raise ValueError(
                f"the codes have {self.codes.shape[1]} numbers; give vectors "
                f"(N, {self.codes.shape[1]}), not {tuple(features.shape)}"
            )
        # Differences first: the shortcut by a matrix product loses what small distances have.
        return -(features[:, None, :] - self.codes).square().sum(dim=2)

    def extra_repr(self) -> str:
        """The settings, as ``print`` shows them."""
        return "classes={}, features={}".format(*self.codes.shape)
