"""A picture's class in three lines: a network that is trained once, and any picture of a reader's.

>>> from cnnbook.applications.clothing.classifier import trained_classifier
>>> classifier = trained_classifier("fashion-mnist")  # doctest: +SKIP
>>> classifier.classify("photo.png")  # doctest: +SKIP
{'coat': 0.71, 'pullover': 0.16, ...}
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ... import datasets
from ...cache.trained import Run, train_once
from ...photos import digit_image, prepared_photograph, whole_image
from ...training import TrainConfig

TRAINING = TrainConfig(
    epochs=2,
    batch_size=128,
    optimizer="adamw",
    lr=0.02,
    weight_decay=0.01,
    schedule="one-cycle",
    label_smoothing=0.1,
    normalize=True,
)
"""Twelve seconds of a processor. Chosen by 10,000 images that were held out of Fashion-MNIST's
training set."""
FEW_IMAGES: dict[str, Any] = {"epochs": 12, "rotate": 20.0, "zoom": 0.2, "shift": 2, "shear": 0.3}
"""What changes for ``"digits"``: 1,437 images by a few writers are shown more often, and changed at
random each time. Chosen by 2,000 of MNIST's training images, of which a network then reads 81 and
85 % (two seeds), and 61 and 58 % without the random changes."""


@dataclass(frozen=True)
class Classifier:
    """A network with all that it needs to judge a picture.

    Args:
        model: takes normalised images ``(N, 1, side, side)``, gives logits ``(N, classes)``; in
            evaluation mode.
        class_names: the classes in the order of the logits.
        mean_std: what pixels in 0..1 are normalised with; None leaves them as they are.
        prepare: makes what the network expects of a photograph's grey values, see
            :func:`cnnbook.photos.prepared_photograph`.
        side: height and width of its images, in pixels.
    """

    model: nn.Module
    class_names: tuple[str, ...]
    mean_std: tuple[float, float] | None = None
    prepare: Callable[[Tensor, int], Tensor] = whole_image
    side: int = 28

    def classify(self, picture: Any) -> dict[str, float]:
        """The classes of one picture with their probabilities, the most probable first.

        The probabilities are the softmax of the logits. They add up to 1 whatever the picture
        shows, one of none of the classes included.

        Args:
            picture: an image file, which is brought to the network's size whatever its own; or an
                image of that size as tensor, array or list, ``(H, W)`` or ``(1, H, W)``, with bytes
                or with numbers from 0 to 1, light on dark as in the data set.

        Raises:
            ValueError: if a file cannot be used (:class:`cnnbook.photos.PhotographError`, one
                of them), or an image has another size, several channels, or other numbers.

        >>> blind = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
        >>> nn.init.zeros_(blind[1].weight).shape
        torch.Size([2, 4])
        >>> Classifier(blind, ("bag", "coat"), side=2).classify([[0.0, 1.0], [0.5, 0.5]])
        {'bag': 0.5, 'coat': 0.5}
        """
        if isinstance(picture, str | Path):
            picture = prepared_photograph(picture, self.prepare, self.side)
        row = self.probabilities(self._one_image(picture)[None])[0]
        order = row.argsort(descending=True, stable=True).tolist()
        return {self.class_names[place]: float(row[place]) for place in order}

    def probabilities(self, images: Tensor) -> Tensor:
        """The probability of each class of images: ``(N, 1, side, side)`` -> ``(N, classes)``.

        Args:
            images: uint8, or floating-point from 0 to 1.

        Raises:
            ValueError: if shape or numbers are others.
        """
        shape = (1, self.side, self.side)
        if tuple(images.shape[1:]) != shape:
            raise ValueError(
                f"images must be (N, {', '.join(map(str, shape))}), not {tuple(images.shape)}"
            )
        pixels = _scaled(images)
        if self.mean_std is not None:
            pixels = (pixels - self.mean_std[0]) / self.mean_std[1]
        with torch.no_grad():
            parts = [self.model(part).softmax(dim=1) for part in torch.split(pixels, 500)]
        return torch.cat(parts)

    def _one_image(self, picture: Any) -> Tensor:
        try:
            image = torch.as_tensor(picture)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(
                "a picture is the name of an image file, or an image as tensor, array or list, "
                f"not {type(picture).__name__}"
            ) from error
        if image.ndim == 3 and 3 in (image.shape[0], image.shape[-1]):
            raise ValueError(
                f"the image has three channels, {tuple(image.shape)}, and the network knows grey "
                "ones; give the name of its file, which is made grey, or the mean of its channels"
            )
        if tuple(image.shape) not in ((self.side, self.side), (1, self.side, self.side)):
            raise ValueError(
                f"the image is {tuple(image.shape)}, and the network takes ({self.side}, "
                f"{self.side}); give the name of its file, which is brought to that size"
            )
        return image.reshape(1, self.side, self.side)


def trained_run(data_name: str = "fashion-mnist", seed: int = 0) -> Run:
    """The training behind :func:`trained_classifier`, with its test result.

    Args:
        data_name: see :func:`cnnbook.datasets.load`.
        seed: of the first weights and the order of the images.
    """
    config = replace(TRAINING, seed=seed)
    if datasets.load(data_name, "train").name == "digits":
        config = replace(config, **FEW_IMAGES)
    return train_once("whitened", data_name, config)


def trained_classifier(data_name: str = "fashion-mnist", seed: int = 0) -> Classifier:
    """A classifier that has learned a data set; trained at the first call, then kept.

    Args:
        data_name: see :func:`cnnbook.datasets.load`; for ``"fashion-mnist"`` a photograph is taken
            as one thing on a plain background, for ``"mnist"`` and ``"digits"`` as a digit on
            paper.
        seed: of the first weights and the order of the images.

    Raises:
        ValueError: for an unknown data set.
        DataError: if the data cannot be had.
    """
    test = datasets.load(data_name, "test")
    run = trained_run(data_name, seed)
    prepare = whole_image if test.name == "fashion-mnist" else digit_image
    side = test.images.shape[-1]
    return Classifier(run.model, test.class_names, run.mean_std, prepare, side)


def _scaled(images: Tensor) -> Tensor:
    """Pixels as float32 from 0 to 1."""
    if images.dtype == torch.uint8:
        return images.float() / 255
    if not images.is_floating_point():
        raise ValueError(
            f"pixels of {images.dtype} could mean anything; give bytes (uint8) or numbers from 0 "
            "to 1"
        )
    low, high = (float(end) for end in images.aminmax()) if images.numel() else (0.0, 0.0)
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"pixels run from {low:g} to {high:g}; give bytes (uint8) or numbers from 0 to 1"
        )
    return images.float()
