"""Houses without a convolutional network: each pixel by its colour and that of its surroundings."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...cache.code_digest import imported_code
from ...cache.store import cached
from ...metrics.segmentation import mask_iou
from .tiles import Tiles

PIXELS, TREES = 30_000, 40  # of 720,000 pixels to learn from
CUTS = np.arange(0.1, 0.9, 0.05)


def local_statistics(images: Tensor) -> Tensor:
    """What is told about each pixel: ``(N, 3, H, W) -> (N * H * W, 16)``, from 0 to 1.

    Its three colours and their mean; the mean and the deviation of each colour in windows of 5 and
    of 11 pixels around it.

    Args:
        images: uint8.

    >>> local_statistics(torch.full((1, 3, 16, 16), 255, dtype=torch.uint8)).shape
    torch.Size([256, 16])
    """
    colours = images.float() / 255
    parts = [colours, colours.mean(dim=1, keepdim=True)]
    for side in (5, 11):
        mean, square = (
            F.avg_pool2d(each, side, 1, side // 2, count_include_pad=False)
            for each in (colours, colours**2)
        )
        parts += [mean, (square - mean**2).clamp(min=0).sqrt()]
    return torch.cat(parts, dim=1).permute(0, 2, 3, 1).flatten(0, 2)


def pixel_marks(
    train: Tiles, test: Tiles, seed: int = 0, *, pixels: int = PIXELS, trees: int = TREES
) -> Tensor:
    """Where boosted trees see houses, pixel by pixel; made once and kept.

    The probability above which a pixel is marked is the one that is best for training pixels that
    the trees have not learned from.

    Args:
        train: tiles to learn from.
        test: tiles to mark.
        seed: of the pixels that are drawn.
        pixels: how many of them the trees learn from; the probability is chosen on as many
            others, or on those that are left.
        trees: how many there are.

    Returns:
        bool (N, 64, 64).
    """
    content, _ = cached(
        "aerial-pixels",
        lambda: {"marks": _marks(train, test, seed, pixels, trees)},
        code=imported_code("applications/aerial/baseline.py"),
        settings={
            "train": train.digest,
            "test": test.digest,
            "seed": seed,
            "pixels": pixels,
            "trees": trees,
        },
    )
    marks: Tensor = content["marks"]
    return marks


def _marks(train: Tiles, test: Tiles, seed: int, pixels: int, count: int) -> Tensor:
    from sklearn.ensemble import HistGradientBoostingClassifier

    known, houses = local_statistics(train.images).numpy(), train.masks.flatten().numpy()
    order = np.random.default_rng(seed).permutation(len(houses))
    learn, choose = order[:pixels], order[pixels : 2 * pixels]
    trees: Any = HistGradientBoostingClassifier(
        learning_rate=0.2, max_iter=count, early_stopping=False, random_state=seed
    )
    trees.fit(known[learn], houses[learn])
    scores = trees.predict_proba(known[choose])[:, 1]
    truth = torch.from_numpy(houses[choose])
    cut = max(CUTS, key=lambda level: mask_iou(torch.from_numpy(scores > level), truth))
    marks = trees.predict_proba(local_statistics(test.images).numpy())[:, 1] > cut
    return torch.from_numpy(marks).reshape(test.houses.shape)
