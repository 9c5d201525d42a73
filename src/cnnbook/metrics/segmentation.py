"""How good class maps are: overlap class by class, and mistakes by their distance to an outline."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .classification import confusion_matrix

CLASSES = 11
"""Of the scenes of this book: the ground, and ten digits."""


def mask_iou(marked: Tensor, masks: Tensor) -> float:
    """Intersection over union of two masks: pixels in both, over pixels in one of them or both.

    All images count together; where a mask is empty, what is wrongly marked there counts.

    Args:
        marked: what was found, zero or not (or bool), of any shape.
        masks: what there is, of the same shape.

    Returns:
        From 0 to 1; 1 where both are empty.

    Raises:
        ValueError: if the shapes differ.

    >>> mask_iou(torch.tensor([1, 1, 0, 0]), torch.tensor([0, 1, 1, 0]))  # one of three
    0.3333333333333333
    """
    if marked.shape != masks.shape:
        raise ValueError(f"marks of {tuple(marked.shape)} do not fit {tuple(masks.shape)}")
    here, there = marked != 0, masks != 0
    union = int((here | there).sum())
    return int((here & there).sum()) / union if union else 1.0


def iou_by_class(predicted: Tensor, true: Tensor, classes: int = CLASSES) -> Tensor:
    """Intersection over union of each class, over the pixels of all maps together.

    ``J = both / (predicted + true - both)``, with the numbers of pixels that are predicted to be of
    the class, that are of the class, and that are both: the Jaccard index.

    Args:
        predicted: classes, int64 ``(N, H, W)`` or any other shape.
        true: of the same shape.
        classes: how many classes there are.

    Returns:
        float64 ``(classes,)``; nan for a class that neither map holds.

    Raises:
        ValueError: if the shapes differ, are empty, or hold a class that there is not.

    >>> iou_by_class(torch.tensor([[0, 1], [1, 1]]), torch.tensor([[0, 0], [1, 1]]), classes=3)
    tensor([0.5000, 0.6667,    nan], dtype=torch.float64)
    """
    both, sums = _counts(predicted, true, classes)
    return both / (sums - both)


def dice_by_class(predicted: Tensor, true: Tensor, classes: int = CLASSES) -> Tensor:
    """The Dice coefficient of each class: ``D = 2 both / (predicted + true) = 2J / (1 + J)``.

    Medicine uses it where other fields use the intersection over union. Arguments, result and
    errors are those of :func:`iou_by_class`.

    >>> dice_by_class(torch.tensor([[0, 1], [1, 1]]), torch.tensor([[0, 0], [1, 1]]), classes=2)
    tensor([0.6667, 0.8000], dtype=torch.float64)
    """
    both, sums = _counts(predicted, true, classes)
    return 2 * both / sums


def mean_iou(predicted: Tensor, true: Tensor, classes: int = CLASSES) -> float:
    """The mean of :func:`iou_by_class` over the classes that one of the maps holds.

    >>> mean_iou(torch.tensor([0, 1, 1, 1]), torch.tensor([0, 0, 1, 1]), classes=2)
    0.5833333333333333
    """
    return float(iou_by_class(predicted, true, classes).nanmean())


def mistakes_by_distance(
    predicted: Tensor, true: Tensor, farthest: int = 4
) -> tuple[Tensor, Tensor]:
    """Mistakes by how far a pixel is from the nearest pixel of another true class.

    A step goes to one of the eight neighbours: next to an outline the distance is 1.

    Args:
        predicted: classes, int64 ``(N, H, W)``.
        true: of the same shape.
        farthest: the last distance that is counted by itself.

    Returns:
        Wrong pixels and all pixels, int64 ``(farthest + 1,)`` each: at the distances 1, 2, ...,
        ``farthest``, and beyond.

    Raises:
        ValueError: if the shapes do not fit, or no distance is to be counted.

    >>> true = torch.tensor([[[0, 0, 0, 1, 1, 1]]])
    >>> mistakes_by_distance(torch.tensor([[[0, 0, 1, 1, 1, 1]]]), true, farthest=2)
    (tensor([1, 0, 0]), tensor([2, 2, 2]))
    """
    if predicted.shape != true.shape or true.ndim != 3 or true.numel() == 0:
        raise ValueError(
            f"class maps of one shape (N, H, W) are compared, not {tuple(predicted.shape)} and "
            f"{tuple(true.shape)}"
        )
    if farthest < 1:
        raise ValueError(f"farthest is a distance of 1 or more, not {farthest}")
    wrong, values = predicted != true, true.float()[:, None]
    distances = torch.full(true.shape, farthest + 1)
    for distance in range(farthest, 0, -1):
        side = 2 * distance + 1
        largest = F.max_pool2d(values, side, stride=1, padding=distance)
        smallest = -F.max_pool2d(-values, side, stride=1, padding=distance)
        distances[(largest != smallest)[:, 0]] = distance  # two classes in the window
    length = farthest + 2
    counts = [
        torch.bincount(each.flatten(), minlength=length)[1:]
        for each in (distances[wrong], distances)
    ]
    return counts[0], counts[1]


def _counts(predicted: Tensor, true: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Of each class, the pixels in both maps, and those in one plus those in the other."""
    if predicted.shape != true.shape:
        raise ValueError(
            f"class maps of one shape are compared, not {tuple(predicted.shape)} and "
            f"{tuple(true.shape)}"
        )
    counts = confusion_matrix(predicted.flatten(), true.flatten(), classes).double()
    return counts.diagonal(), counts.sum(dim=0) + counts.sum(dim=1)
