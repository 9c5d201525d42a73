"""The scenes to learn from and to be judged by, the loss, and the network that learned: kept."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import environment
from ..datasets import ImageSet, load
from ..device import choose_device
from ..fitting import fit
from ..keeping import kept
from ..models.unet import UNet
from ..scenes import DigitScenes, digit_scenes

CLASSES = 11
"""The ground, and ten digits: class 0, and 1 + digit."""
WIDTHS = (8, 16, 48, 96)
"""Feature maps at each size; the smallest is an eighth of the image's."""
SCENES, SIDE = 12_000, 64
SCALE, NOISE, CLUTTER = (1.0, 1.5), 0.04, 2
"""Of the scenes, see :func:`cnnbook.scenes.digit_scenes`: digits of 20 to 30 pixels."""
CROWD = (5, 7)
"""The least and the largest number of digits in a scene for training; few scenes hold the most.

More digits a scene are more to learn in the same time: most pixels of a scene are ground.
"""
HELD_OUT_SEED, VALIDATION_SEED = 2_000_000, 3_000_000
"""Far from the seeds of the scenes for training."""
DIGIT_SHARE = 0.3
"""Weight of the question which digit it is, see :func:`segmentation_loss`."""


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
    """Scenes of the kind that all of this room is about.

    Args:
        digits: where the digits come from.
        count: scenes.
        seed: the same seed gives the same scenes.
        number: the least and the largest number of digits in a scene.
    """
    return digit_scenes(
        digits, count, seed, side=SIDE, digits=number, scale=SCALE, noise=NOISE, clutter=CLUTTER
    )


def segmentation_loss(scores: Tensor, masks: Tensor, digit_share: float = DIGIT_SHARE) -> Tensor:
    """The cross-entropy of a pixel, and that of a pixel of ink among the digits alone.

    ``mean over all pixels of -log p(class) + digit_share * mean over ink of -log p(digit | ink)``

    The first term asks two things at once, whether a pixel is ink and which digit it belongs to.
    Most pixels are ground, so that the second counts for little in it, although it is the harder.

    Args:
        scores: logits ``(N, 11, H, W)``.
        masks: classes ``(N, H, W)``, whole numbers; 0 is the ground.
        digit_share: weight of the second term.

    >>> scores = torch.zeros(1, 11, 2, 2)
    >>> masks = torch.tensor([[[0, 0], [0, 4]]])
    >>> one = segmentation_loss(scores, masks, digit_share=0)
    >>> two = segmentation_loss(scores, masks, digit_share=1)
    >>> [round(loss.exp().item(), 2) for loss in (one, two - one)]
    [11.0, 10.0]
    """
    # A row for each pixel; the scores lie in memory like that already.
    pixels = scores.permute(0, 2, 3, 1).reshape(-1, scores.shape[1])
    classes = masks.flatten().long()
    ink = classes > 0
    loss = F.cross_entropy(pixels, classes)
    if digit_share:
        digits = F.cross_entropy(pixels[ink][:, 1:], classes[ink] - 1, reduction="sum")
        loss = loss + digit_share * digits / ink.sum().clamp(min=1)
    return loss


def trained_network(
    seed: int = 0,
    data: str = "mnist",
    *,
    digit_share: float = DIGIT_SHARE,
    scenes: int = SCENES,
) -> UNet:
    """The U-Net that has learned, in evaluation mode on the CPU: the kept one, else a new one.

    Args:
        seed: of the scenes, the initial weights, and the order of training.
        data: where the digits come from.
        digit_share: see :func:`segmentation_loss`.
        scenes: how many scenes it learns from; each is seen once.

    Raises:
        RunMissing: if it is not kept and ``CNNBOOK_RUNS`` is ``read-only``.
        DataError: if the data cannot be had.
    """
    network = UNet(classes=CLASSES, widths=WIDTHS)
    content, _ = kept(
        "segmenter",
        lambda: {"weights": _trained(seed, data, digit_share, scenes).state_dict()},
        code=environment.imported_code("segmentation/learning.py"),
        settings={
            "data": load(data, "train").digest,
            "seed": seed,
            "digit_share": digit_share,
            "scenes": scenes,
            "device": choose_device().type,
        },
        check=lambda content: network.load_state_dict(content["weights"]),
    )
    network.load_state_dict(content["weights"])
    return network.eval()


def _parted(digits: ImageSet) -> tuple[ImageSet, ImageSet]:
    """Images for training, and for deciding between ways to train."""
    return digits.split_off(len(digits) // 12)


def _trained(seed: int, data: str, digit_share: float, scenes: int) -> UNet:
    images, masks = training_scenes(seed, data, scenes)
    torch.manual_seed(seed)  # `kept` gives the caller's state back
    network = UNet(classes=CLASSES, widths=WIDTHS)
    fit(
        network,
        images,
        [masks],
        lambda scores, due: segmentation_loss(scores, due, digit_share),
        epochs=1,
        batch_size=8,
        lr=0.015,
        seed=seed,
    )
    return network
