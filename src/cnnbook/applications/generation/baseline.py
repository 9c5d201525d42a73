"""Digits without a network: a Gaussian cloud around the mean of each class."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from ...datasets import ImageSet


@dataclass(frozen=True)
class GaussianDigits:
    """Each class as its mean digit and the directions in which its digits differ most.

    A picture is the mean, plus each direction times a random number whose deviation is that of
    the training digits along it (principal components).

    Attributes:
        means: ``(classes, pixels)``, in 0..1.
        directions: ``(classes, components, pixels)``, each as long as the deviation along it.
        shape: of a picture.
    """

    means: Tensor
    directions: Tensor
    shape: tuple[int, ...]

    @classmethod
    def fitted(cls, train: ImageSet, components: int = 20) -> Self:
        """Means and directions of the training digits.

        Raises:
            ValueError: if a class has too few images, or there are not so many components.
        """
        means, directions = [], []
        for label in range(train.num_classes):
            pixels = train.images[train.labels == label].flatten(1) / 255
            least = min(pixels.shape)
            if not 0 < components < least:
                raise ValueError(
                    f"{len(pixels)} images of {pixels.shape[1]} pixels have no {components} "
                    "directions; ask for fewer components"
                )
            means.append(pixels.mean(dim=0))
            with torch.random.fork_rng(devices=[]):
                torch.default_generator.manual_seed(0)  # it starts from random directions
                _, lengths, vectors = torch.pca_lowrank(pixels, min(components + 10, least))
            deviations = lengths[:components] / (len(pixels) - 1) ** 0.5
            directions.append((vectors[:, :components] * deviations).T)
        return cls(torch.stack(means), torch.stack(directions), tuple(train.images.shape[1:]))

    def draw(self, count: int, seed: int = 0, labels: Tensor | None = None) -> Tensor:
        """Pictures: uint8 ``(count, C, H, W)``, of the classes in turn if none are asked for.

        Raises:
            ValueError: if count is below 1, or there is not one label for each picture.
        """
        if count < 1:
            raise ValueError(f"count must be 1 or more, not {count}")
        asked = torch.arange(count) % len(self.means) if labels is None else labels
        if asked.shape != (count,):
            raise ValueError(f"{count} labels were due, not {tuple(asked.shape)}")
        random = torch.Generator().manual_seed(seed)
        amounts = torch.randn(count, self.directions.shape[1], generator=random)
        pixels = torch.empty(count, self.means.shape[1])
        for label in set(asked.tolist()):
            rows = asked == label
            pixels[rows] = self.means[label] + amounts[rows] @ self.directions[label]
        return (pixels.clamp(0, 1) * 255).round().to(torch.uint8).reshape(count, *self.shape)
