"""How good drawn digits are, in the opinion of a trained classifier."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...cache.trained import train_once
from ...interpret import feature_maps
from ...metrics.generation import from_bytes
from ...training import TrainConfig

SURE = 0.9
"""The probability from which a digit counts as recognised."""


@dataclass(frozen=True)
class Opinion:
    """What a judge says about pictures.

    Attributes:
        probabilities: of each class, ``(N, classes)``.
        sure: the probability that some class needs for the picture to be recognised.
    """

    probabilities: Tensor
    sure: float = SURE

    @property
    def classes(self) -> Tensor:
        """The most probable class of each picture, ``(N,)``."""
        return self.probabilities.argmax(dim=1)

    @property
    def recognised(self) -> Tensor:
        """Whether each picture is recognised as something, ``(N,)``, bool."""
        return self.probabilities.amax(dim=1) >= self.sure

    @property
    def share(self) -> float:
        """The share of pictures that are recognised as something, from 0 to 1."""
        return float(self.recognised.double().mean())

    def share_as(self, labels: Tensor) -> float:
        """The share of pictures that are recognised as what was asked for.

        Raises:
            ValueError: if there is not one label for each picture.
        """
        if labels.shape != self.classes.shape:
            raise ValueError(
                f"there are {len(self.classes)} pictures, but labels of shape {tuple(labels.shape)}"
            )
        return float((self.recognised & (self.classes == labels)).double().mean())

    def counts(self) -> Tensor:
        """How many recognised pictures there are of each class, ``(classes,)``."""
        return torch.bincount(self.classes[self.recognised], minlength=self.probabilities.shape[1])


@dataclass(frozen=True)
class Judge:
    """A classifier that looks at pictures it was not trained on.

    Attributes:
        model: gives logits for images scaled to 0..1.
        layer: whose output serves as the features of a picture.
    """

    model: nn.Module
    layer: str = "classifier.relu1"

    def __call__(self, images: Tensor, sure: float = SURE) -> Opinion:
        """The opinion on pictures: uint8 ``(N, C, H, W)``.

        Raises:
            ValueError: if they are no bytes, so that 0..1 and −1..1 are not taken for each other.
        """
        scaled = from_bytes(images)
        with torch.no_grad():
            logits = torch.cat([self.model(part) for part in torch.split(scaled, 500)])
        return Opinion(logits.softmax(dim=1), sure)

    def features(self, images: Tensor) -> Tensor:
        """What the classifier has found before its last layer: ``(N, C, H, W) -> (N, features)``.

        Raises:
            ValueError: if the pictures are no bytes.
        """
        return feature_maps(self.model, from_bytes(images), self.layer)


def trained_judge(seed: int = 0, data: str = "mnist") -> Judge:
    """The network of note 003, trained for one epoch on the real digits.

    Raises:
        NotCached: if it is not kept and training is not allowed.
        DataError: if the data cannot be had.
    """
    config = TrainConfig(epochs=1, batch_size=64, lr=0.001, seed=seed)
    return Judge(train_once("note-003", data, config).model)
