"""What good cloth is like, as a Gaussian: numbers at each place, their mean and covariance."""

import torch
import torch.nn.functional as F
from torch import Tensor


def local_statistics(images: Tensor, windows: tuple[int, ...] = (7,)) -> Tensor:
    """Brightness and roughness around each pixel, compared with the piece's own mean.

    For each window: the mean brightness in it, its standard deviation, and the mean size of the
    steps from a pixel to the next one to the right and to the next one below.

    Shape: uint8 ``(N, 1, H, W)`` -> ``(N, 4 * windows, H, W)``.

    Args:
        images: pieces of cloth.
        windows: odd sides of the windows, in pixels.

    Raises:
        ValueError: if a window has an even side.

    >>> local_statistics(torch.zeros(2, 1, 8, 8, dtype=torch.uint8)).abs().max()
    tensor(0.)
    """
    if any(window % 2 == 0 for window in windows):
        raise ValueError(f"windows have odd sides, not {windows}")
    pixels = images / 255
    right = F.pad((pixels[..., 1:] - pixels[..., :-1]).abs(), (0, 1, 0, 0), mode="replicate")
    below = F.pad((pixels[..., 1:, :] - pixels[..., :-1, :]).abs(), (0, 0, 0, 1), mode="replicate")
    found = []
    for window in windows:
        mean, square, steps_right, steps_below = (
            _mean_around(values, window) for values in (pixels, pixels**2, right, below)
        )
        spread = (square - mean**2).clamp(min=0).sqrt()
        found += [mean, spread, steps_right, steps_below]
    maps = torch.cat(found, dim=1)
    return maps - maps.mean(dim=(2, 3), keepdim=True)


def _mean_around(values: Tensor, window: int) -> Tensor:
    edge = window // 2
    return F.avg_pool2d(F.pad(values, (edge, edge, edge, edge), mode="reflect"), window, 1)


class MahalanobisScorer:
    r"""A Gaussian of the numbers at a place, fitted to good pieces.

    Cloth can be cut anywhere, so all places share one mean :math:`\mu` and one covariance
    :math:`\Sigma`. How far a place is from normal is its Mahalanobis distance
    :math:`\sqrt{(f - \mu)^\top \Sigma^{-1} (f - \mu)}`.

    Args:
        features: of good pieces, ``(N, C, H, W)``, with more places than channels.

    Raises:
        ValueError: if the shape is another, or there are too few places.

    Source: Defard and others, PaDiM: a patch distribution modeling framework for anomaly detection
    and localization (2021), section III; there each place has a Gaussian of its own.

    >>> _ = torch.manual_seed(0)
    >>> good = torch.randn(10, 2, 8, 8)
    >>> far = MahalanobisScorer(good).distance(torch.full((1, 2, 1, 1), 5.0))
    >>> 6 < far < 9
    tensor([[[True]]])
    """

    def __init__(self, features: Tensor) -> None:
        if features.ndim != 4 or features.shape[1] >= features[:, 0].numel():
            raise ValueError(
                "features are (N, C, H, W) with more places than channels, "
                f"not {tuple(features.shape)}"
            )
        places = features.permute(0, 2, 3, 1).flatten(0, 2).double()
        self.mean = places.mean(dim=0)
        covariance = torch.cov(places.T).reshape(len(self.mean), len(self.mean))
        # A little more on the diagonal: channels that are sums of others leave it without inverse.
        ridge = 1e-4 * covariance.diagonal().mean() * torch.eye(len(self.mean)).double()
        self.inverse = torch.linalg.inv(covariance + ridge)

    def distance(self, features: Tensor) -> Tensor:
        """The distance of each place: ``(N, C, H, W) -> (N, H, W)``."""
        centred = features.permute(0, 2, 3, 1).double() - self.mean
        squared: Tensor = ((centred @ self.inverse) * centred).sum(dim=-1)
        return squared.clamp(min=0).sqrt().float()  # rounding may leave a little less than 0
