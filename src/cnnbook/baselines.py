"""Classifiers that know nothing of neighbouring pixels: what a convolutional network has to beat.

Both see an image as a row of numbers, brought to its first 100 principal components, and choose
their one setting by training images that they hold out.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from .datasets import ImageSet
from .environment import imported_code
from .keeping import kept

Setting = TypeVar("Setting", int, float)

COMPONENTS = 100
NEIGHBOURS = (1, 3, 5, 9)
WIDTHS = (5.0, 7.0, 10.0)
"""Distances at which the kernel has fallen to 0.6; components come from pixels in 0..1."""
RIDGE = 1e-3


def nearest_neighbours(train: ImageSet, test: ImageSet) -> tuple[Tensor, int]:
    """The class of most of the nearest training images; made once and kept.

    Args:
        train: images to compare with.
        test: images to classify.

    Returns:
        The classes ``(N,)`` and the number of neighbours that vote.
    """
    return _kept("nearest-neighbours", train, test, NEIGHBOURS, _by_neighbours)


def kernel_machine(train: ImageSet, test: ImageSet) -> tuple[Tensor, float]:
    """Sums of bells: regression on the nearness to 2,000 training images; made once and kept.

    The score of class j is ``sum_i w_ij exp(-|x - c_i|^2 / (2 s^2))`` with random training images
    ``c_i``; the weights are those of least squares, from all training images, with a small ridge.
    It is a support vector machine's function, found by an equation instead of a search.

    Args:
        train: images to learn from.
        test: images to classify.

    Returns:
        The classes ``(N,)`` and the width ``s``.
    """
    return _kept("kernel-machine", train, test, WIDTHS, _by_kernel)


def _kept(
    name: str,
    train: ImageSet,
    test: ImageSet,
    settings: tuple[Setting, ...],
    classify: Callable[[Tensor, Tensor, Tensor, Setting, int], Tensor],
) -> tuple[Tensor, Setting]:
    def make() -> dict[str, Tensor | Setting]:
        learn, held_out = train.split_off(max(1, len(train) // 10), seed=0)
        learn = learn.first(20_000)
        rows, others = _components(learn, held_out)
        right = {
            setting: int(
                (classify(rows, learn.labels, others, setting, 500) == held_out.labels).sum()
            )
            for setting in settings
        }
        best = max(settings, key=lambda setting: right[setting])
        rows, others = _components(train, test)
        return {"classes": classify(rows, train.labels, others, best, 2000), "setting": best}

    content, _ = kept(
        f"{name}-{train.name}",
        make,
        code=imported_code("baselines.py"),
        settings={"train": train.digest, "test": test.digest},
    )
    return content["classes"], content["setting"]


def _components(train: ImageSet, test: ImageSet) -> tuple[Tensor, Tensor]:
    """Both sets in the directions in which the training images differ most."""
    rows, others = (each.images.flatten(1).float() / 255 for each in (train, test))
    mean = rows.mean(dim=0)
    _, directions = torch.linalg.eigh((rows - mean).T @ (rows - mean))
    directions = directions[:, -COMPONENTS:]
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
