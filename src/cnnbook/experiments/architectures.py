"""Short trainings that differ in one thing: what the chapter on architectures compares.

Each network learns from the same two thousand images in the same hundred or two of steps, so that
dozens of them take a minute. The results are kept; see :mod:`cnnbook.cache.store`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import datasets, models
from ..cache.code_digest import REGISTRIES, imported_code
from ..cache.store import cached
from ..device import kind_and_format
from ..metrics.segmentation import mask_iou
from ..training.fit import fit, predict

TRAINING_IMAGES, TEST_IMAGES = 2000, 2000
SIDE = 24  # of the images with masks, in pixels: it can be halved three times
_OWN = "experiments/architectures.py"


@dataclass(frozen=True)
class Compared:
    """A trained network on the CPU, in evaluation mode, and how it did.

    Attributes:
        model: the network.
        losses: the mean loss of each epoch of training.
        score: on test images, a fraction: the accuracy, or the IoU of masks.
    """

    model: nn.Module
    losses: tuple[float, ...]
    score: float

    @property
    def parameters(self) -> int:
        """How many numbers were trained."""
        return sum(one.numel() for one in self.model.parameters() if one.requires_grad)


def compare_classifier(
    model_name: str,
    data_name: str = "fashion-mnist",
    *,
    seed: int = 0,
    epochs: int = 4,
    lr: float = 0.01,
    **changes: Any,
) -> Compared:
    """A network that has learned for a short while to tell classes apart; kept.

    Args:
        model_name: see :func:`cnnbook.models.build`.
        data_name: see :func:`cnnbook.datasets.load`; the first 2,000 training images and the first
            2,000 test images are used, halved by :func:`halved`.
        seed: of the first weights and the order of images.
        epochs: how often each image is seen, in batches of 64.
        lr: the highest learning rate, see :func:`cnnbook.training.fit.fit`.
        changes: constructor arguments of the model that differ.

    Raises:
        ValueError: for an unknown model.
        DataError: if the data cannot be had.
        NotCached: if it is not kept and training is not allowed.
    """
    train = datasets.load(data_name, "train").first(TRAINING_IMAGES)

    def make() -> dict[str, Any]:
        torch.manual_seed(seed)
        model = models.build(model_name, **changes)
        targets = [train.labels.long()]
        images = halved(train.images)
        losses = fit(model, images, targets, F.cross_entropy, epochs=epochs, lr=lr, seed=seed)
        test = datasets.load(train.name, "test").first(TEST_IMAGES)
        return _content(model, losses, accuracy(model, halved(test.images), test.labels))

    settings = {"model": model_name, "seed": seed, "epochs": epochs, "lr": lr, **changes}
    return _compared(models.build, (model_name,), changes, make, settings, train)


def compare_unet(
    data_name: str = "mnist",
    *,
    seed: int = 0,
    epochs: int = 4,
    lr: float = 0.01,
    **changes: Any,
) -> Compared:
    """A U-Net that has learned to mark the strokes of the digits 0 to 4 and of no others; kept.

    Args:
        data_name: see :func:`cnnbook.datasets.load`; the first 2,000 training images and the first
            2,000 test images are used, as :func:`stroke_masks` makes them.
        seed: of the first weights and the order of images.
        epochs: how often each image is seen, in batches of 32.
        lr: the highest learning rate, see :func:`cnnbook.training.fit.fit`.
        changes: arguments of :class:`cnnbook.models.UNet`.

    Raises:
        DataError: if the data cannot be had.
        NotCached: if it is not kept and training is not allowed.
    """
    train = datasets.load(data_name, "train").first(TRAINING_IMAGES)

    def make() -> dict[str, Any]:
        torch.manual_seed(seed)
        model = models.UNet(**changes)
        images, masks = stroke_masks(train)
        loss, targets = F.binary_cross_entropy_with_logits, [masks]
        losses = fit(model, images, targets, loss, epochs=epochs, batch_size=32, lr=lr, seed=seed)
        images, masks = stroke_masks(datasets.load(train.name, "test").first(TEST_IMAGES))
        return _content(model, losses, mask_iou(predict(model, images) > 0, masks > 0))

    settings = {"seed": seed, "epochs": epochs, "lr": lr, **changes}
    return _compared(models.UNet, (), changes, make, settings, train)


def halved(images: Tensor) -> Tensor:
    """Images of half the side: each pixel is the mean of four, rounded.

    Shape: ``(N, C, H, W)`` -> ``(N, C, H // 2, W // 2)``, both uint8.

    >>> halved(torch.tensor([[[[0, 100], [200, 255]]]], dtype=torch.uint8)).tolist()
    [[[[139]]]]
    """
    return F.avg_pool2d(images.float(), 2).round().to(torch.uint8)


def stroke_masks(data: datasets.ImageSet) -> tuple[Tensor, Tensor]:
    """The middle of digits, and the masks of their strokes where the digit is 0 to 4.

    A stroke is what is brighter than half. The mask of 5 to 9 is empty, so that nobody can mark
    rightly who does not recognise the digit.

    Shape: -> images (uint8) and masks (float32, 0 or 1), both ``(N, 1, 24, 24)``.
    """
    top, left = ((side - SIDE) // 2 for side in data.images.shape[2:])
    images = data.images[:, :, top : top + SIDE, left : left + SIDE]
    wanted = (data.labels < 5)[:, None, None, None]
    return images, ((images > 127) & wanted).float()


def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of images whose highest score is that of their label."""
    return float((predict(model, images).argmax(dim=1) == labels).double().mean())


def _content(model: nn.Module, losses: Sequence[float], score: float) -> dict[str, Any]:
    return {"weights": model.state_dict(), "losses": list(losses), "score": score}


def _compared(
    build: Any,
    names: tuple[str, ...],
    changes: Mapping[str, Any],
    make: Any,
    settings: Mapping[str, Any],
    train: datasets.ImageSet,
) -> Compared:
    """The kept result of ``make``, in a model that is built anew."""
    with torch.random.fork_rng(devices=[]):
        model = build(*names, **changes)
    own = "/".join(type(model).__module__.split(".")[1:]) + ".py"
    where = {"images": train.digest, "device": kind_and_format(), "structure": repr(model)}
    content, _ = cached(
        "-".join(("compared", *names, train.name)),
        make,
        code=imported_code(_OWN, "datasets/imageset.py", own, but=REGISTRIES),
        settings={**settings, **where},
        check=lambda content: model.load_state_dict(content["weights"]),
    )
    model.load_state_dict(content["weights"])
    return Compared(model.eval(), tuple(content["losses"]), float(content["score"]))
