"""Data sets that need no download: scikit-learn's handwritten digits, in two sizes."""

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .idx import DIGITS
from .imageset import ImageSet

TEST_IMAGES = 360
ENLARGED, STEEPNESS, EDGE = 120, 14.0, 0.7
"""Pixels of an enlarged digit with a border, and the logistic curve that sharpens its strokes."""
LONGEST, SIDE = 20, 28
"""MNIST's frame: the longer side of a digit, and of an image."""


def load_digits(split: str) -> ImageSet:
    """1,797 real handwritten digits of 8×8 pixels, brought to MNIST's format.

    Each is enlarged, its blurred strokes are sharpened, and it is framed as MNIST's digits are: cut
    out, its longer side brought to 20 pixels, and set into 28×28 pixels so that its centre of mass
    lies in the middle. 1,437 are for training and 360 for testing, every class in the same
    proportion. The source is the test set of UCI's "Optical Recognition of Handwritten Digits"
    (Alpaydin and Kaynak, 1998), as scikit-learn ships it.

    Args:
        split: ``"train"`` or ``"test"``.

    >>> load_digits("test")
    ImageSet('digits', 'test': 360 images of 1x28x28, 10 classes)
    """
    images, labels = (tensor.clone() for tensor in _large(split))  # the caller may change them
    return ImageSet("digits", split, images, labels, DIGITS)


def load_small_digits(split: str) -> ImageSet:
    """The same digits as they are: 8×8 pixels.

    Args:
        split: ``"train"`` or ``"test"``.

    >>> load_small_digits("test")
    ImageSet('digits-8x8', 'test': 360 images of 1x8x8, 10 classes)
    """
    small, labels = _small(split)
    return ImageSet("digits-8x8", split, (small * 255).round().to(torch.uint8), labels, DIGITS)


@cache
def _large(split: str) -> tuple[Tensor, Tensor]:
    """Images of 28×28 bytes, which take half a second to make, and labels."""
    small, labels = _small(split)
    images = torch.stack([_framed(ink) for ink in _sharpened(small)[:, 0]])[:, None]
    return (images * 255).round().to(torch.uint8), labels


def _sharpened(small: Tensor) -> Tensor:
    """Digits ``(N, 1, 8, 8)`` enlarged, with strokes whose edges are steep: from 0 to 1."""
    large = F.interpolate(F.pad(small, (1, 1, 1, 1)), size=(ENLARGED, ENLARGED), mode="bicubic")
    return torch.sigmoid(STEEPNESS * (large - EDGE))


def _framed(ink: Tensor) -> Tensor:
    """A digit ``(H, W)`` in MNIST's frame."""
    there = ink > 0.5
    rows, columns = there.any(dim=1).nonzero(), there.any(dim=0).nonzero()
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = LONGEST / max(cut.shape)
    size = [max(1, round(side * factor)) for side in cut.shape]
    digit = F.interpolate(cut[None, None], size=size, mode="bilinear", antialias=True)[0, 0]
    digit = (digit / digit.max()).clamp(0, 1)
    frame, start = torch.zeros(SIDE, SIDE), []
    for axis in (0, 1):
        weights = digit.sum(dim=1 - axis)
        centre = float((weights * torch.arange(len(weights))).sum() / weights.sum())
        place = math.ceil(SIDE / 2 - 0.5 - centre)
        start.append(min(max(place, 0), SIDE - len(weights)))
    top, left = start
    frame[top : top + size[0], left : left + size[1]] = digit
    return frame


def _small(split: str) -> tuple[Tensor, Tensor]:
    """Pixels from 0 to 1, ``(N, 1, 8, 8)``, and labels."""
    import sklearn.datasets
    from sklearn.model_selection import train_test_split

    bunch = sklearn.datasets.load_digits()
    train, test = train_test_split(
        range(len(bunch.target)), test_size=TEST_IMAGES, stratify=bunch.target, random_state=0
    )
    chosen = torch.tensor(sorted(train if split == "train" else test))
    pixels = torch.from_numpy(bunch.images).float().unsqueeze(1)[chosen] / 16
    return pixels, torch.from_numpy(bunch.target)[chosen].long()
