"""Numbers about features: how selective channels are, and the directions in which they differ."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Selectivity:
    """How channels answer to classes.

    Attributes:
        class_means: mean activity of each channel over the images of each class,
            ``(channels, classes)``.
        index: the selectivity of each channel, from 0 (alike for all classes) to 1 (silent but for
            one), ``(channels,)``.
        best: the class to which each channel answers most, ``(channels,)``.
    """

    class_means: Tensor
    index: Tensor
    best: Tensor


def selectivity(maps: Tensor, labels: Tensor, num_classes: int) -> Selectivity:
    r"""How selective channels are for classes.

    The activity of a channel in an image is the mean over its places. With :math:`\mu_{\max}` the
    largest of its class means and :math:`\mu_{-\max}` the mean of its other class means, the index
    is

    .. math:: (\mu_{\max} - \mu_{-\max}) / (\mu_{\max} + \mu_{-\max}).

    A channel that is always silent has the index 0.

    Args:
        maps: what a layer gives, ``(N, channels, h, w)`` or ``(N, features)``, nowhere negative:
            taken after a ReLU.
        labels: classes ``(N,)``.
        num_classes: number of classes, at least 2, each with at least one image.

    Raises:
        ValueError: if shapes do not fit, maps are negative somewhere, or a class has no image.

    Source: Morcos, Barrett, Rabinowitz and Botvinick, On the importance of single directions for
    generalization (2018), section 2.3.

    >>> found = selectivity(torch.tensor([[3.0, 1], [1, 1]]), torch.tensor([0, 1]), num_classes=2)
    >>> found.index
    tensor([0.5000, 0.0000])
    """
    if maps.ndim < 2 or labels.shape != maps.shape[:1]:
        raise ValueError(
            f"maps are (N, channels, ...) and labels (N,), not {tuple(maps.shape)} and "
            f"{tuple(labels.shape)}"
        )
    if num_classes < 2:
        raise ValueError(f"num_classes must be at least 2, not {num_classes}")
    if maps.isnan().any():
        raise ValueError("maps have values that are no numbers (NaN); see what the model computes")
    if len(maps) and float(maps.min()) < 0:
        raise ValueError("maps have negative values; take them after a ReLU")
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < num_classes:
        raise ValueError(f"a label is not among the {num_classes} classes, which begin at 0")
    activity = maps.flatten(2).mean(dim=2) if maps.ndim > 2 else maps
    counts = torch.bincount(labels, minlength=num_classes)
    if not counts.all():
        raise ValueError(f"class {int((counts == 0).nonzero()[0])} has no image")
    sums = torch.zeros(num_classes, activity.shape[1], dtype=torch.float64, device=activity.device)
    sums.index_add_(0, labels, activity.double())
    means = (sums / counts[:, None]).T
    largest, best = means.max(dim=1)
    others = (means.sum(dim=1) - largest) / (num_classes - 1)
    total = largest + others
    index = torch.where(total > 0, (largest - others) / total.clamp(min=1e-300), 0.0)
    return Selectivity(means.float(), index.float(), best)


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """The directions in which features differ most.

    Attributes:
        mean: the mean of the features, ``(D,)``.
        directions: orthogonal, of length 1, the most important first, ``(count, D)``.
        variances: variance of the features along each, ``(count,)``.
        total_variance: sum of the variances along all directions there are.
    """

    mean: Tensor
    directions: Tensor
    variances: Tensor
    total_variance: float

    @property
    def explained(self) -> float:
        """The share of all variance that lies along these directions."""
        return float(self.variances.sum()) / self.total_variance

    def project(self, features: Tensor) -> Tensor:
        """Coordinates along the directions: ``(N, ...) -> (N, count)``.

        Raises:
            ValueError: if the features have another size.
        """
        flat = features.flatten(1)
        if flat.shape[1:] != self.mean.shape:
            raise ValueError(
                f"the components are for {len(self.mean)} numbers an image, not {flat.shape[1]}"
            )
        return (flat - self.mean) @ self.directions.T


def principal_components(features: Tensor, count: int = 2) -> PrincipalComponents:
    """The principal components of features, from the singular values of the centred matrix.

    Of the two signs that a direction can have, the one is taken that makes its largest number
    positive.

    Args:
        features: ``(N, D)``, or ``(N, ...)``, which is flattened; floating point.
        count: how many directions.

    Raises:
        ValueError: if there are fewer than 2 rows, the features are all the same, or there are not
            as many directions.

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 2.12.

    >>> features = torch.tensor([[1.0, 2], [2, 4], [3, 6]])
    >>> found = principal_components(features, 1)
    >>> found.explained
    1.0
    >>> found.project(features).flatten()
    tensor([-2.2361,  0.0000,  2.2361])
    """
    if features.ndim < 2 or len(features) < 2 or not features.is_floating_point():
        raise ValueError(
            "features are floating-point numbers (N, D) with at least 2 rows, not "
            f"{features.dtype} of shape {tuple(features.shape)}"
        )
    flat = features.flatten(1)
    most = min(flat.shape)
    if not 1 <= count <= most:
        raise ValueError(
            f"features of shape {tuple(flat.shape)} have {most} directions, not {count}"
        )
    mean = flat.mean(dim=0)
    _, values, directions = torch.linalg.svd(flat - mean, full_matrices=False)
    variances = values.square() / (len(flat) - 1)
    total = float(variances.sum())
    if total == 0:
        raise ValueError(
            "the features are all the same; there is no direction in which they differ"
        )
    directions = directions[:count]
    largest = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True))
    return PrincipalComponents(mean, directions * largest.sign(), variances[:count], total)
