"""How good drawn pictures are, many at a time: how even, how varied, how near to known ones."""

import torch
from torch import Tensor


def class_imbalance(counts: Tensor) -> float:
    """How far counts are from being equal: half the sum of ``|share − 1/classes|``.

    0 for equal counts, 1 − 1/classes if all are of one class: the share that would have to move to
    another class (the total variation distance to the uniform distribution).

    Raises:
        ValueError: if nothing was counted.

    >>> class_imbalance(torch.tensor([5, 5])), class_imbalance(torch.tensor([10, 0]))
    (0.0, 0.5)
    """
    if counts.ndim != 1 or int(counts.sum()) == 0:
        raise ValueError("class_imbalance needs the counts of the classes (classes,), one above 0")
    shares = counts.double() / counts.sum()
    return float((shares - 1 / len(shares)).abs().sum() / 2)


def intra_class_diversity(images: Tensor, classes: Tensor) -> float:
    """How much pictures of one class differ: the mean distance of two, averaged over the classes.

    The distance is the root of the sum of squared differences of pixels in 0..1. Classes with fewer
    than two pictures are left out; not a number if there is no other.

    Args:
        images: uint8 ``(N, C, H, W)``.
        classes: of each, ``(N,)``.

    >>> two = torch.tensor([0, 255], dtype=torch.uint8).reshape(2, 1, 1, 1)
    >>> intra_class_diversity(two, torch.tensor([4, 4]))
    1.0
    """
    pixels = from_bytes(images).flatten(1)
    groups = [pixels[classes == number] for number in sorted(set(classes.tolist()))]
    means = [torch.pdist(group).mean() for group in groups if len(group) > 1]
    return float(torch.stack(means).mean()) if means else float("nan")


def nearest(images: Tensor, among: Tensor) -> tuple[Tensor, Tensor]:
    """The most similar picture among others, for each: its distance and its place.

    Args:
        images: uint8 ``(N, C, H, W)``.
        among: uint8 ``(M, C, H, W)``.

    Returns:
        Distances ``(N,)`` as in :func:`intra_class_diversity`, and places ``(N,)``.

    >>> picture = torch.tensor([[[[0, 51]]]], dtype=torch.uint8)
    >>> [float(each) for each in nearest(picture, torch.cat([255 - picture, picture]))]
    [0.0, 1.0]
    """
    pixels, others = from_bytes(images).flatten(1), among.flatten(1)
    best, places = torch.full((len(pixels),), float("inf")), torch.zeros(len(pixels)).long()
    for start in range(0, len(others), 10_000):  # all distances at once would not fit
        distances = torch.cdist(pixels, others[start : start + 10_000] / 255)
        found, where = distances.min(dim=1)
        closer = found < best
        best[closer], places[closer] = found[closer], where[closer] + start
    return best, places


def frechet_distance(features: Tensor, others: Tensor) -> float:
    """How far apart two clouds of features are, each taken for a Gaussian one.

    ‖μ − ν‖² + tr(A + B − 2 (A B)^½) with means μ, ν and covariances A, B: 0 only if both agree. It
    is the square of the distance; more pictures make it smaller, so compare equal numbers.

    Args:
        features: ``(N, D)``.
        others: ``(M, D)``.

    Raises:
        ValueError: if shapes do not fit, or there are fewer than two of each.

    Source: Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
    equilibrium" (2017), with features of the Inception network ("FID").

    >>> cloud = torch.tensor([[0.0], [2.0]])
    >>> round(frechet_distance(cloud, cloud + 3), 4)
    9.0
    """
    if features.ndim != 2 or features.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"features of one length were due, not {tuple(features.shape)} and "
            f"{tuple(others.shape)}"
        )
    if min(len(features), len(others)) < 2:
        raise ValueError("a covariance needs two pictures or more of each")
    left, right = features.double(), others.double()
    gap = (left.mean(dim=0) - right.mean(dim=0)).square().sum()
    a, b = _covariance(left), _covariance(right)
    # (A B)^½ has the trace of (√A B √A)^½, which is symmetric.
    values, vectors = torch.linalg.eigh(a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ b @ root).clamp(min=0).sqrt().sum()
    return float(gap + a.trace() + b.trace() - 2 * cross)


def _covariance(values: Tensor) -> Tensor:
    centred = values - values.mean(dim=0)
    return centred.T @ centred / (len(values) - 1)


def from_bytes(images: Tensor) -> Tensor:
    """Pictures as float32 from 0 to 1.

    Args:
        images: uint8 ``(N, C, H, W)``.

    Raises:
        ValueError: if they are no bytes, so that 0..1 and −1..1 are not taken for each other.
    """
    if images.dtype != torch.uint8 or images.ndim != 4:
        raise ValueError(
            f"pictures to judge are bytes (N, C, H, W), not {images.dtype} of shape "
            f"{tuple(images.shape)}; Generator.draw gives such"
        )
    return images / 255
