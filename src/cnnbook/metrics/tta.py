"""Test-time averaging: one model looks at several versions of an image."""

from typing import Protocol

import torch
from torch import Tensor, nn

from ..datasets import ImageSet


class Predictor(Protocol):
    """What knows how images are normalised: a :class:`cnnbook.training.Trainer`."""

    def predict(self, model: nn.Module, data: ImageSet) -> Tensor:
        """The logits of a model for all images."""


def shifted(data: ImageSet, down: int, right: int) -> ImageSet:
    """The set with every image moved by whole pixels; what comes in at the border is black.

    Raises:
        ValueError: for a move that leaves nothing of the image.

    >>> images = torch.arange(4, dtype=torch.uint8).reshape(1, 1, 2, 2)
    >>> data = ImageSet("square", "test", images, torch.tensor([0]), ("a",))
    >>> shifted(data, 0, 1).images[0, 0]
    tensor([[0, 0],
            [0, 2]], dtype=torch.uint8)
    """
    height, width = data.images.shape[2:]
    if abs(down) >= height or abs(right) >= width:
        raise ValueError(
            f"images of {height}x{width} pixels cannot be moved by {down} down and {right} right"
        )
    rolled = torch.roll(data.images, (down, right), dims=(2, 3))
    if down:
        rolled[:, :, slice(0, down) if down > 0 else slice(down, None)] = 0
    if right:
        rolled[:, :, :, slice(0, right) if right > 0 else slice(right, None)] = 0
    return ImageSet(data.name, data.split, rolled, data.labels, data.class_names)


def scores_over_shifts(
    trainer: Predictor, model: nn.Module, data: ImageSet, pixels: int = 1
) -> Tensor:
    """The mean of the log-probabilities that a model gives to an image and its neighbours.

    An image is looked at where it is and moved by up to ``pixels`` along each axis, which makes
    ``(2 * pixels + 1)**2`` times the work of a single look.

    Args:
        trainer: the one that trained the model; it knows how images are normalised.
        model: what gives the logits.
        data: the images.
        pixels: the farthest move.

    Returns:
        Log-probabilities ``(N, classes)`` on the CPU, averaged; the highest is the answer.

    Raises:
        ValueError: if ``pixels`` is negative.

    >>> from cnnbook.datasets import load
    >>> from cnnbook.models import MLP
    >>> from cnnbook.training import Trainer
    >>> scores_over_shifts(Trainer(), MLP(), load("digits", "test").first(5)).shape
    torch.Size([5, 10])
    """
    if pixels < 0:
        raise ValueError(f"pixels must be at least 0, not {pixels}")
    moves = range(-pixels, pixels + 1)
    looks = [
        trainer.predict(model, shifted(data, down, right)).log_softmax(dim=1)
        for down in moves
        for right in moves
    ]
    return torch.stack(looks).mean(dim=0)
