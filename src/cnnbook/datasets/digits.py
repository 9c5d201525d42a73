"""Data sets that need no download: scikit-learn's handwritten digits, in two sizes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .idx import DIGITS
from .imageset import ImageSet

TEST_IMAGES = 360


def load_digits(split: str) -> ImageSet:
    """1,797 real handwritten digits of 8×8 pixels, brought to MNIST's format.

    Each is enlarged to 20×20 (bilinear) and set into the middle of 28×28 pixels, as MNIST's digits
    are; 1,437 are for training and 360 for testing, every class in the same proportion. The source
    is the test set of UCI's "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak,
    1998), as scikit-learn ships it.

    Args:
        split: ``"train"`` or ``"test"``.

    >>> load_digits("test")
    ImageSet('digits', 'test': 360 images of 1x28x28, 10 classes)
    """
    small, labels = _small(split)
    large = F.interpolate(small, size=(20, 20), mode="bilinear", align_corners=False)
    images = (F.pad(large, (4, 4, 4, 4)) * 255).round().to(torch.uint8)
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
