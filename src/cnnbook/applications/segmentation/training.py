"""The scenes to learn from and to be judged by, the loss, and the network that learned: kept."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...cache import code_digest
from ...cache.store import cached
from ...datasets import ImageSet, load
from ...device import kind_and_format
from ...models.unet import UNet
from ...training.fit import fit
from ..scenes import DigitScenes, digit_scenes

CLASSES = 11
"""The ground, and ten digits: class 0, and 1 + digit."""
WIDTHS = (16, 32, 48, 64)
"""Feature maps at each size; the smallest is an eighth of the image's."""
SCENES, SIDE = 7000, 64
SCALE, NOISE, CLUTTER = (1.0, 1.5), 0.04, 2
"""See :func:`cnnbook.applications.scenes.digit_scenes`: digits of 20 to 30 pixels."""
CROWD = (5, 7)
"""The least and the largest number of digits in a scene for training; few scenes hold the most.

More digits a scene are more to learn in the same time: most pixels of a scene are ground.
"""
HELD_OUT_SEED, VALIDATION_SEED = 2_000_000, 3_000_000
"""Far from the seeds of the scenes for training."""
WEIGHT = 0.3
"""Of the loss's second and third term, see :func:`segmentation_loss`."""


def training_scenes(seed: int, data: str = "mnist", count: int = SCENES) -> tuple[Tensor, Tensor]:
    """The scenes that the network with this seed learns from; fewer where there are few digits.

    Args:
        seed: each has scenes of its own.
        data: where the digits come from; of the training images eleven twelfths are used.
        count: scenes.

    Returns:
        Images, uint8 ``(N, 1, 64, 64)``, and masks, uint8 ``(N, 64, 64)``.
    """
    digits, _ = _parted(load(data, "train"))
    wanted, images, masks = min(count, 3 * len(digits)), [], []
    for start in range(0, wanted, 2000):  # masks of int64 would fill the memory
        some = min(2000, wanted - start)
        scenes = scenes_of(digits, some, 100 * seed + start // 2000, number=CROWD)
        images.append(scenes.images)
        masks.append(scenes.masks.to(torch.uint8))
    return torch.cat(images), torch.cat(masks)


def validation_scenes(count: int = 300, data: str = "mnist") -> DigitScenes:
    """Scenes to decide by: of training images that no scene for training holds."""
    _, digits = _parted(load(data, "train"))
    return scenes_of(digits, count, VALIDATION_SEED)


def held_out_scenes(count: int = 400, data: str = "mnist") -> DigitScenes:
    """Scenes to be judged by, always the same ones, with one to four of the test images each.

    Args:
        count: scenes.
        data: where the digits come from.

    Raises:
        ValueError: if there is to be no scene.
    """
    return scenes_of(load(data, "test"), count, HELD_OUT_SEED)


def scenes_of(
    digits: ImageSet, count: int, seed: int, *, number: tuple[int, int] = (1, 4)
) -> DigitScenes:
    """Scenes of the kind that all of this package is about.

    Args:
        digits: where the digits come from.
        count: scenes.
        seed: the same seed gives the same scenes.
        number: the least and the largest number of digits in a scene.
    """
    return digit_scenes(
        digits, count, seed, side=SIDE, digits=number, scale=SCALE, noise=NOISE, clutter=CLUTTER
    )


def segmentation_loss(
    scores: Tensor, masks: Tensor, below: Tensor | None = None, weight: float = WEIGHT
) -> Tensor:
    """The cross-entropy of all pixels, and that of the ink among the digits alone, asked twice.

    ``mean over pixels of -log p(class) + weight * mean over ink of -log p(digit | ink)``, and the
    second term once more for scores that come from the lowest maps.

    The first term asks two things at once, whether a pixel is ink and which digit it belongs to.
    Most pixels are ground, so that the second counts for little in it, although it is the harder.

    Args:
        scores: logits ``(N, 11, H, W)``.
        masks: classes ``(N, H, W)``, whole numbers; 0 is the ground.
        below: logits of the digits ``(N, 10, H, W)`` from elsewhere in the network.
        weight: of the terms but the first.

    >>> scores, below = torch.zeros(1, 11, 2, 2), torch.zeros(1, 10, 2, 2)
    >>> masks = torch.tensor([[[0, 0], [0, 4]]])
    >>> losses = [
    ...     segmentation_loss(scores, masks, weight=0), segmentation_loss(scores, masks, weight=1),
    ...     segmentation_loss(scores, masks, below, weight=1),
    ... ]
    >>> [round(loss.exp().item()) for loss in losses]
    [11, 110, 1100]
    """
    classes = masks.flatten().long()
    ink = classes > 0
    pixels = _rows(scores)
    loss = F.cross_entropy(pixels, classes)
    asked = [pixels[:, 1:]] if weight else []
    if below is not None:
        asked.append(_rows(below))
    for own in asked:
        # Not the mean: a batch may have no ink.
        loss = loss + weight * _of_ink(own, classes - 1, ink) / ink.sum().clamp(min=1)
    return loss


def _of_ink(scores: Tensor, digits: Tensor, ink: Tensor) -> Tensor:
    """The cross-entropy of the digits, added up over the ink.

    A processor takes the few pixels that are ink out of the many. Of a GPU the host would have to
    ask how many they are, and wait; it computes all and leaves out the ground.
    """
    if scores.device.type == "cpu":
        return F.cross_entropy(scores[ink], digits[ink], reduction="sum")
    return F.cross_entropy(scores, digits, ignore_index=-1, reduction="sum")


class AskedBelow(nn.Module):
    """A U-Net for training, whose lowest maps are asked as well which digit is near.

    A 1×1 convolution makes ten scores of each place of the lowest maps; they are repeated for the
    pixels that the place stands for.

    Shape: ``(N, 1, H, W)`` -> ``(N, 11 + 10, H, W)``, the U-Net's own scores first.

    Source: Lee and others, Deeply-supervised nets, 2015, who ask hidden layers of classifiers.
    """

    def __init__(self, unet: UNet) -> None:
        super().__init__()
        self.unet = unet
        self.head = nn.Conv2d(WIDTHS[-1], CLASSES - 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Both kinds of scores."""
        lowest: list[Tensor] = []
        hook = self.unet.down[-1].register_forward_hook(lambda *called: lowest.append(called[2]))
        try:
            scores = self.unet(images)
        finally:
            hook.remove()
        below = F.interpolate(self.head(lowest[0]), size=scores.shape[2:], mode="nearest")
        return torch.cat([scores, below], dim=1)


def trained_network(
    seed: int = 0, data: str = "mnist", *, terms: int = 3, scenes: int = SCENES
) -> UNet:
    """The U-Net that has learned, in evaluation mode on the CPU: the kept one, else a new one.

    Args:
        seed: of the scenes, the initial weights, and the order of training.
        data: where the digits come from.
        terms: how many of the loss's three terms are used, from the first one on.
        scenes: how many scenes it learns from; each is seen once.

    Raises:
        ValueError: for another number of terms.
        NotCached: if it is not kept and ``CNNBOOK_RUNS`` is ``read-only``.
        DataError: if the data cannot be had.
    """
    if terms not in (1, 2, 3):
        raise ValueError(f"the loss has three terms, so that terms is 1, 2 or 3, not {terms}")
    network = UNet(classes=CLASSES, widths=WIDTHS)
    content, _ = cached(
        "segmenter",
        lambda: {"weights": _trained(seed, data, terms, scenes).state_dict()},
        code=code_digest.imported_code("applications/segmentation/training.py"),
        settings={
            "data": load(data, "train").digest,
            "seed": seed,
            "terms": terms,
            "scenes": scenes,
            "device": kind_and_format(),
        },
        check=lambda content: network.load_state_dict(content["weights"]),
    )
    network.load_state_dict(content["weights"])
    return network.eval()


def _rows(scores: Tensor) -> Tensor:
    """A row for each pixel; in training the scores lie in memory like that already."""
    return scores.permute(0, 2, 3, 1).reshape(-1, scores.shape[1])


def _parted(digits: ImageSet) -> tuple[ImageSet, ImageSet]:
    """Images for training, and for deciding between ways to train."""
    return digits.split_off(len(digits) // 12)


def _trained(seed: int, data: str, terms: int, scenes: int) -> UNet:
    images, masks = training_scenes(seed, data, scenes)
    torch.manual_seed(seed)  # `cached` gives the caller's state back
    network = UNet(classes=CLASSES, widths=WIDTHS)

    def loss(scores: Tensor, due: Tensor) -> Tensor:
        below = scores[:, CLASSES:] if terms == 3 else None
        return segmentation_loss(scores[:, :CLASSES], due, below, WEIGHT if terms > 1 else 0)

    model = AskedBelow(network) if terms == 3 else network
    fit(model, images, [masks], loss, epochs=1, batch_size=8, lr=0.01, seed=seed)
    return network
