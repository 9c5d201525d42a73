"""Class maps without a network: a threshold, connected pieces, and the nearest known ones."""

from typing import NamedTuple

import numpy as np
import torch
from scipy import ndimage
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor
from torch.nn import functional as F

from ...cache import code_digest
from ...cache.store import cached
from ...datasets import load
from ...photos.grey import otsu_threshold
from ..scenes import DigitScenes
from .training import scenes_of

NEIGHBOURS, SCENES = 5, 1500
EIGHT = np.ones((3, 3), dtype=bool)  # a pixel's neighbours, diagonal ones too
CUT = 20
"""Side of the square that a piece is brought to, in pixels."""
RIM = 0.5
"""Neighbours of a piece that are brighter than this share of the threshold belong to it; chosen by
the validation scenes.
"""


class Pieces(NamedTuple):
    """The connected pieces of a scene.

    Attributes:
        numbers: int64 ``(H, W)``: 0 for the ground, 1, 2, ... for the pixels of each piece.
        rim: bool ``(H, W)``: the pixels next to a piece that belong to it, though less bright.
        cuts: float ``(k, 400)``: the pieces, brought to 20×20 with their proportions kept.
    """

    numbers: Tensor
    rim: Tensor
    cuts: Tensor


def pieces(image: Tensor) -> Pieces:
    """What is brighter than Otsu's threshold, once the slope of light is gone, in pieces.

    Args:
        image: uint8 ``(1, H, W)``.

    >>> image = torch.zeros(1, 60, 60, dtype=torch.uint8)
    >>> image[0, 4:24, 6:9], image[0, 10:22, 15:25] = 200, 200
    >>> numbers, _, cuts = pieces(image)
    >>> numbers.max().item(), cuts.shape
    (2, torch.Size([2, 400]))
    """
    values = image[0].numpy().astype(np.float32) / 255
    for axis in (0, 1):
        values = values - np.median(values, axis=axis, keepdims=True)
    soft = ndimage.gaussian_filter(values, 0.5)  # against single bright pixels of noise
    threshold = otsu_threshold(soft)
    numbers, _ = ndimage.label(soft > threshold, EIGHT)
    rim = (numbers == 0) & (soft > RIM * threshold) & ndimage.binary_dilation(numbers > 0, EIGHT)
    cuts = []
    for number, place in enumerate(ndimage.find_objects(numbers), start=1):
        own = torch.from_numpy(np.where(numbers[place] == number, soft[place], 0))
        cuts.append(_in_a_square(own / own.max()))
    known = torch.stack(cuts) if cuts else torch.zeros(0, CUT * CUT)
    return Pieces(torch.from_numpy(numbers).long(), torch.from_numpy(rim), known)


class PieceSegmenter:
    """Gives all pixels of a connected piece the class of the nearest pieces that it knows.

    Args:
        known: pieces ``(n, 400)`` as :func:`pieces` gives them.
        classes: their classes ``(n,)``; 0 for what is no digit.
    """

    def __init__(self, known: Tensor, classes: Tensor) -> None:
        neighbours = KNeighborsClassifier(NEIGHBOURS, weights="distance", algorithm="brute")
        self.classifier = neighbours.fit(known.numpy(), classes.numpy())

    def segment_all(self, images: Tensor) -> Tensor:
        """Class maps, int64 ``(N, H, W)``, of scenes, uint8 ``(N, 1, H, W)``."""
        found = [pieces(image) for image in images]
        cuts = torch.cat([own.cuts for own in found])
        named = torch.zeros(0, dtype=torch.int64)
        if len(cuts):
            named = torch.from_numpy(self.classifier.predict(cuts.numpy()))
        maps = []
        for own, classes in zip(
            found, torch.split(named, [len(f.cuts) for f in found]), strict=True
        ):
            own_map = torch.cat([torch.zeros(1, dtype=torch.int64), classes])[own.numbers]
            nearest = F.max_pool2d(own_map.float()[None], 3, stride=1, padding=1)[0].long()
            maps.append(torch.where(own.rim, nearest, own_map))
        return torch.stack(maps)


def trained_pieces(seed: int = 0, data: str = "mnist") -> PieceSegmenter:
    """A segmenter that knows the pieces of 1,500 scenes: collected once, then kept.

    Args:
        seed: each has scenes of its own, like the held-out ones but of training images.
        data: the data set that the digits come from.

    Raises:
        NotCached: if they are not kept and ``CNNBOOK_RUNS`` is ``read-only``.
        DataError: if the data cannot be had.
    """
    train = load(data, "train")
    content, _ = cached(
        "segmented-pieces",
        lambda: _known(scenes_of(train, min(SCENES, 2 * len(train)), seed)),
        code=code_digest.imported_code("applications/segmentation/baseline.py"),
        settings={"data": train.digest, "seed": seed},
        check=lambda content: PieceSegmenter(content["cuts"], content["classes"]),
    )
    return PieceSegmenter(content["cuts"].float() / 255, content["classes"])


def _known(scenes: DigitScenes) -> dict[str, Tensor]:
    """The pieces of scenes, each with the class that most of its pixels have."""
    cuts, classes = [], []
    for image, mask in zip(scenes.images, scenes.masks, strict=True):
        found = pieces(image)
        cuts.append((255 * found.cuts.clamp(0, 1)).round().to(torch.uint8))
        classes += [
            torch.bincount(mask[found.numbers == number]).argmax()
            for number in range(1, len(found.cuts) + 1)
        ]
    return {"cuts": torch.cat(cuts), "classes": torch.stack(classes)}


def _in_a_square(own: Tensor) -> Tensor:
    """A piece whose longer side fills a square, in its middle, flattened."""
    size = [max(1, round(CUT * side / max(own.shape))) for side in own.shape]
    small = F.interpolate(own[None, None], size, mode="bilinear", antialias=True)[0, 0]
    top, left = ((CUT - side) // 2 for side in size)
    square = torch.zeros(CUT, CUT)
    square[top : top + size[0], left : left + size[1]] = small
    return square.flatten()
