"""Digits found without a network: a threshold, connected pieces, and the nearest known ones.

What one would do without a network: take the slope of light away, keep what is brighter than a
threshold, part it into connected pieces, and compare each with the pieces of the scenes for
training. Among those are pieces that are no digits, so that it can say so.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor
from torch.nn import functional as F

from ...cache import code_digest
from ...cache.store import cached
from ...datasets import load
from ...metrics.detection import CLASSES, Detections
from ...photos.grey import otsu_threshold
from ..scenes import DigitScenes
from .training import training_scenes

NOTHING = CLASSES
"""The class of pieces that are no digit."""
LOWEST = 8
"""Pieces that are lower, in pixels, are dropped."""
NEIGHBOURS = 5
SCENES = 1000
"""Scenes for training, the first, whose pieces are remembered: about 2,500."""
SIDE = 20


def pieces(image: Tensor) -> tuple[Tensor, Tensor]:
    """The connected pieces of ink in a scene.

    Args:
        image: uint8 ``(1, H, W)``.

    Returns:
        Their boxes ``(k, 4)``, and the pieces, brought to 20×20 without changing their
        proportions, float ``(k, 400)``.
    """
    values = image[0].numpy().astype(np.float32) / 255
    soft = ndimage.gaussian_filter(_even(values), 0.7)
    labels, _ = ndimage.label(soft > otsu_threshold(soft), np.ones((3, 3)))
    boxes, cuts = [], []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        if rows.stop - rows.start < LOWEST:
            continue
        boxes.append([columns.start, rows.start, columns.stop, rows.stop])
        own = np.where(labels[rows, columns] == number, soft[rows, columns], 0)
        cuts.append(_in_a_square(torch.from_numpy(own / own.max())))
    if not boxes:
        return torch.zeros(0, 4), torch.zeros(0, SIDE * SIDE)
    return torch.tensor(boxes).float(), torch.stack(cuts)


class ComponentClassifier:
    """Finds digits as connected pieces, and names them by the nearest pieces that it knows.

    Args:
        known: pieces ``(n, 400)`` as :func:`pieces` gives them.
        labels: their classes ``(n,)``, :data:`NOTHING` for what is no digit.
    """

    def __init__(self, known: Tensor, labels: Tensor) -> None:
        neighbours = KNeighborsClassifier(NEIGHBOURS, weights="distance", algorithm="brute")
        self.classifier = neighbours.fit(known.numpy(), labels.numpy())

    def detect_all(self, images: Tensor) -> list[Detections]:
        """The digits in scenes, uint8 ``(N, 1, H, W)``; scores are shares of the neighbours."""
        return self.name_all([pieces(image) for image in images])

    def name_all(self, found: Sequence[tuple[Tensor, Tensor]]) -> list[Detections]:
        """The digits among the pieces of scenes, for each scene as :func:`pieces` gives them."""
        cuts = torch.cat([own for _, own in found])
        digits = self.classifier.classes_ != NOTHING
        classes = torch.from_numpy(self.classifier.classes_[digits])
        shares = torch.zeros(0, len(classes))
        if len(cuts):
            shares = torch.from_numpy(self.classifier.predict_proba(cuts.numpy())[:, digits])
        named = []
        for (boxes, _), own in zip(
            found, torch.split(shares, [len(own) for own, _ in found]), strict=True
        ):
            scores, best = own.float().max(dim=1)
            order = scores.argsort(descending=True, stable=True)
            order = order[scores[order] > 0]
            named.append(Detections(boxes[order], scores[order], classes[best[order]]))
        return named


def trained_piece_reader(seed: int = 0, data: str = "mnist") -> ComponentClassifier:
    """A reader that knows the pieces of 1,000 of the scenes that the detector learns from.

    Args:
        seed: of the scenes for training.
        data: the data set that the digits come from.

    Raises:
        NotCached: if they are not kept and ``CNNBOOK_RUNS`` is ``read-only``.
        DataError: if the data cannot be had.
    """
    content, _ = cached(
        "pieces-of-scenes",
        lambda: _known(training_scenes(seed, data, SCENES)),
        code=code_digest.imported_code("applications/detection/baseline.py"),
        settings={"data": load(data, "train").digest, "seed": seed},
        check=lambda content: ComponentClassifier(content["pieces"], content["labels"]),
    )
    return ComponentClassifier(content["pieces"].float() / 255, content["labels"])


def _known(scenes: DigitScenes) -> dict[str, Tensor]:
    """The pieces of scenes with their classes: that of the box with which they overlap by half."""
    from torchvision.ops import box_iou

    cuts, classes = [], []
    for image, boxes, labels in zip(scenes.images, scenes.boxes, scenes.labels, strict=True):
        found, own = pieces(image)
        overlap, nearest = box_iou(found, boxes).max(dim=1)
        cuts.append((255 * own).round().to(torch.uint8))
        classes.append(torch.where(overlap >= 0.5, labels[nearest], NOTHING))
    return {"pieces": torch.cat(cuts), "labels": torch.cat(classes)}


def _even(values: NDArray[Any]) -> NDArray[Any]:
    """A scene less its slope of light: the medians of its rows, then those of its columns."""
    values = values - np.median(values, axis=1, keepdims=True)
    even: NDArray[Any] = values - np.median(values, axis=0, keepdims=True)
    return even


def _in_a_square(own: Tensor) -> Tensor:
    """A piece whose longer side fills a square, in its middle, flattened."""
    longest = max(own.shape)
    size = [max(1, round(SIDE * side / longest)) for side in own.shape]
    small = F.interpolate(own[None, None], size, mode="bilinear", antialias=True)[0, 0]
    top, left = ((SIDE - side) // 2 for side in size)
    square = torch.zeros(SIDE, SIDE)
    square[top : top + size[0], left : left + size[1]] = small
    return square.flatten()
