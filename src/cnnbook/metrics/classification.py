"""Tensors to numbers: how good predictions are."""

import torch
from torch import Tensor


def predicted_classes(scores: Tensor) -> Tensor:
    """The class with the highest score: ``(N, classes) -> (N,)``; classes are passed through.

    >>> predicted_classes(torch.tensor([[0.1, 2.0], [3.0, -1.0]]))
    tensor([1, 0])
    """
    if scores.ndim == 2:
        return scores.argmax(dim=1)
    if scores.ndim == 1 and not scores.is_floating_point():
        return scores
    raise ValueError(
        f"predictions must be scores (N, classes) or classes (N,), not {scores.dtype} of shape "
        f"{tuple(scores.shape)}"
    )


def accuracy(scores: Tensor, labels: Tensor) -> float:
    """The share of predictions that are right, from 0 to 1.

    Args:
        scores: ``(N, classes)`` or predicted classes ``(N,)``.
        labels: true classes ``(N,)``.

    Raises:
        ValueError: if there are no predictions, or another number of labels.

    >>> accuracy(torch.tensor([1, 0, 2, 2]), torch.tensor([1, 0, 2, 1]))
    0.75
    """
    predictions = _checked(scores, labels)
    return int((predictions == labels).sum()) / len(labels)


def confusion_matrix(scores: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """How often each true class (row) was taken for each class (column): ``(classes, classes)``.

    Raises:
        ValueError: if shapes do not fit, or a class is out of range.

    >>> confusion_matrix(torch.tensor([1, 0, 1]), torch.tensor([1, 0, 0]), num_classes=2)
    tensor([[1, 1],
            [0, 1]])
    """
    predictions = _checked(scores, labels)
    for name, classes in (("prediction", predictions), ("label", labels)):
        outside = classes[(classes < 0) | (classes >= num_classes)]
        if len(outside):
            raise ValueError(f"a {name} is {int(outside[0])}, but there are {num_classes} classes")
    # In 64 bits: labels are often bytes, which would wrap around.
    pairs = labels.long() * num_classes + predictions.long()
    counts = torch.bincount(pairs, minlength=num_classes * num_classes)
    return counts.reshape(num_classes, num_classes)


def accuracy_by_class(scores: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """The accuracy among the images of each class: ``(classes,)``, nan where there are none.

    >>> accuracy_by_class(torch.tensor([1, 0, 1]), torch.tensor([1, 0, 0]), num_classes=2)
    tensor([0.5000, 1.0000])
    """
    matrix = confusion_matrix(scores, labels, num_classes)
    return matrix.diagonal() / matrix.sum(dim=1)


def _checked(scores: Tensor, labels: Tensor) -> Tensor:
    predictions = predicted_classes(scores)
    if predictions.shape != labels.shape:
        raise ValueError(
            f"predictions of shape {tuple(predictions.shape)} cannot be compared with labels "
            f"of shape {tuple(labels.shape)}"
        )
    if len(labels) == 0:
        raise ValueError("there are no predictions to judge")
    return predictions
