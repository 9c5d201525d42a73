"""Classifiers without a network: what a convolutional network has to beat.

Two see an image as a row of pixels and know nothing of which are neighbours. The third sees
hand-made features, the directions of the edges in each part of the image. All bring what they see
to its first principal components, and choose their one setting by training images that they hold
out.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ...cache.code_digest import imported_code
from ...cache.store import cached
from ...datasets import ImageSet

Setting = TypeVar("Setting", int, float)

COMPONENTS = 100
NEIGHBOURS = (1, 3, 5, 9)
WIDTHS = (5.0, 7.0, 10.0)
"""Distances at which the kernel has fallen to 0.6; components come from pixels in 0..1."""
GRADIENT_COMPONENTS = 200
GRADIENT_WIDTHS = (2.0, 3.0, 4.5)
"""The same for gradients."""
CELL, DIRECTIONS = 4, 8
RIDGE = 1e-3


def nearest_neighbours(train: ImageSet, test: ImageSet) -> tuple[Tensor, int]:
    """The class of most of the nearest training images; made once and kept.

    Args:
        train: images to compare with.
        test: images to classify.

    Returns:
        The classes ``(N,)`` and the number of neighbours that vote.
    """
    return _kept("nearest-neighbours", train, test, NEIGHBOURS, _by_neighbours, _components)


def nystroem_ridge(train: ImageSet, test: ImageSet) -> tuple[Tensor, float]:
    """Kernel ridge regression by Nyström's method, with 2,000 Gaussians; made once and kept.

    The score of class j is ``sum_i w_ij exp(-|x - c_i|^2 / (2 s^2))`` with random training images
    ``c_i``; the weights are those of least squares, from all training images, with a small ridge.
    It is a support vector machine's function, found by an equation instead of a search.

    Args:
        train: images to learn from.
        test: images to classify.

    Returns:
        The classes ``(N,)`` and the width ``s``.
    """
    return _kept("kernel-machine", train, test, WIDTHS, _by_kernel, _components)


def gradient_machine(train: ImageSet, test: ImageSet) -> tuple[Tensor, float]:
    """The :func:`nystroem_ridge` on :func:`gradient_histograms`; made once and kept.

    Args:
        train: images to learn from, their sides multiples of 4 and at least 8.
        test: images to classify.

    Returns:
        The classes ``(N,)`` and the width of the kernel.
    """
    return _kept("gradient-machine", train, test, GRADIENT_WIDTHS, _by_kernel, _gradient_components)


def gradient_histograms(images: Tensor) -> Tensor:
    """How strong the edges of each direction are in each part of an image.

    The gradient of each pixel is shared among the nearest two of 8 directions (an edge and its
    negative are one), and averaged over cells of 4 by 4 pixels. Each 2 by 2 cells are a block,
    whose numbers are divided by their sum; the square root is taken. Blocks overlap.

    Args:
        images: uint8, ``(N, 1, H, W)``.

    Returns:
        ``(N, 32 (H / 4 - 1) (W / 4 - 1))``.

    Source: N. Dalal and B. Triggs, Histograms of oriented gradients for human detection, CVPR 2005.

    >>> edge = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    >>> edge[..., 4:] = 255
    >>> gradient_histograms(edge).reshape(8, 4).amax(dim=1).round(decimals=1).tolist()
    [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    return torch.cat([_histograms(part.float() / 255) for part in torch.split(images, 4000)])


def _histograms(images: Tensor) -> Tensor:
    padded = F.pad(images, (1, 1, 1, 1), mode="replicate")
    right = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    size = torch.hypot(right, down)
    turn = torch.atan2(down, right) * (DIRECTIONS / torch.pi)
    first = turn.floor()
    maps = torch.zeros(len(images), DIRECTIONS, *images.shape[2:])
    for place, part in ((first, 1 - (turn - first)), (first + 1, turn - first)):
        maps.scatter_add_(1, place.long() % DIRECTIONS, size * part)
    blocks = F.unfold(F.avg_pool2d(maps, CELL), 2)  # (N, 8 * 4, blocks)
    return torch.sqrt(blocks / (blocks.sum(dim=1, keepdim=True) + 0.05)).flatten(1)


def _kept(
    name: str,
    train: ImageSet,
    test: ImageSet,
    settings: tuple[Setting, ...],
    classify: Callable[[Tensor, Tensor, Tensor, Setting, int], Tensor],
    components: Callable[[ImageSet, ImageSet], tuple[Tensor, Tensor]],
) -> tuple[Tensor, Setting]:
    def make() -> dict[str, Tensor | Setting]:
        learn, held_out = train.split_off(max(1, len(train) // 10), seed=0)
        learn = learn.first(20_000)
        rows, others = components(learn, held_out)
        right = {
            setting: int(
                (classify(rows, learn.labels, others, setting, 500) == held_out.labels).sum()
            )
            for setting in settings
        }
        best = max(settings, key=lambda setting: right[setting])
        rows, others = components(train, test)
        return {"classes": classify(rows, train.labels, others, best, 2000), "setting": best}

    content, _ = cached(
        f"{name}-{train.name}",
        make,
        code=imported_code("applications/clothing/baseline.py"),
        settings={"train": train.digest, "test": test.digest},
    )
    return content["classes"], content["setting"]


def _components(train: ImageSet, test: ImageSet) -> tuple[Tensor, Tensor]:
    """The pixels of both sets in the directions in which the training images differ most."""
    rows, others = (each.images.flatten(1).float() / 255 for each in (train, test))
    return _principal(rows, others, COMPONENTS)


def _gradient_components(train: ImageSet, test: ImageSet) -> tuple[Tensor, Tensor]:
    """The same of their gradients."""
    rows, others = (gradient_histograms(each.images) for each in (train, test))
    return _principal(rows, others, GRADIENT_COMPONENTS)


def _principal(rows: Tensor, others: Tensor, count: int) -> tuple[Tensor, Tensor]:
    mean = rows.mean(dim=0)
    _, directions = torch.linalg.eigh((rows - mean).T @ (rows - mean))
    directions = directions[:, -count:]
    return (rows - mean) @ directions, (others - mean) @ directions


def _by_neighbours(
    rows: Tensor, labels: Tensor, others: Tensor, neighbours: int, centres: int
) -> Tensor:
    found = []
    for part in torch.split(others, 500):
        # |a - b|^2 without |a|^2, which is the same for all b.
        distances = (rows**2).sum(dim=1) - 2 * part @ rows.T
        nearest = distances.topk(neighbours, largest=False).indices
        found.append(labels[nearest].mode(dim=1).values)
    return torch.cat(found)


def _by_kernel(rows: Tensor, labels: Tensor, others: Tensor, width: float, centres: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    middles = rows[torch.randperm(len(rows), generator=generator)[:centres]]

    def nearness(part: Tensor) -> Tensor:
        distances = (part**2).sum(1, keepdim=True) + (middles**2).sum(1) - 2 * part @ middles.T
        return torch.exp(distances.clamp(min=0) / (-2 * width**2))

    targets = torch.nn.functional.one_hot(labels).double()
    mean = targets.mean(dim=0)
    # In double precision: neighbours' columns are nearly equal, and so is what is to be solved.
    squares = RIDGE * nearness(middles).double()
    products = torch.zeros(len(middles), targets.shape[1], dtype=torch.float64)
    for part, target in zip(
        torch.split(rows, 4000), torch.split(targets - mean, 4000), strict=True
    ):
        near = nearness(part).double()
        squares += near.T @ near
        products += near.T @ target
    weights = torch.linalg.solve(squares, products).float()
    scores = torch.cat([nearness(part) @ weights for part in torch.split(others, 4000)])
    return (scores + mean.float()).argmax(dim=1)
