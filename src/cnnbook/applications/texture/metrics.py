"""How near a picture comes to parts of a texture that were not used to make it."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .network import RandomFeatures, gram_matrix, relative_distance

STRIDE = 3  # from one piece to the next: an even one would see some rows of bricks only
JUDGES = range(100, 103)  # seeds of filters that no picture is made with


def piece_distance(picture: Tensor, references: Tensor, size: int = 8) -> float:
    """How far the collection of all small pieces of a picture is from that of other pictures.

    Two pieces are as similar as ``k = exp(4 (c - 1))``, with the correlation ``c`` of their pixels:
    1 for the same shape, whatever its brightness and contrast, and nearly 0 for others. The
    distance is ``E k(x, x') + E k(y, y') - 2 E k(x, y)`` with pieces ``x, x'`` of the picture and
    ``y, y'`` of the references: how much more alike pieces are within the two collections than
    across. On average it is 0 if both come from one source. The estimate has no bias, and may fall
    below 0 by chance. This is a squared maximum mean discrepancy.

    Args:
        picture: ``(C, H, W)``.
        references: ``(N, C, H, W)``.
        size: height and width of a piece in pixels.

    Raises:
        ValueError: if the shapes do not fit, or there are fewer than two pieces in a row.

    Source: A. Gretton, K. M. Borgwardt, M. J. Rasch, B. Schölkopf, A. Smola, A kernel two-sample
    test, Journal of Machine Learning Research 13, 2012, section 2.

    >>> noise = torch.rand(5, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    >>> blurred = F.avg_pool2d(noise, 3, stride=1)
    >>> piece_distance(noise[0], noise[1:]) < 0.001 < 0.003 < piece_distance(blurred[0], noise[1:])
    True
    """
    _check(picture, references)
    if min(*picture.shape[1:], *references.shape[2:]) < size + STRIDE:
        raise ValueError(f"a picture has fewer than two pieces of {size} pixels in a row")
    faintest = 0.05 * float(references.std())  # the noise of a flat piece is no shape
    own, theirs = (_shapes(images, size, faintest) for images in (picture[None], references))
    across = _similarity(own, theirs).mean()
    # A piece and itself are not two pieces.
    within = [
        (_similarity(each, each).sum() - len(each)) / (len(each) * (len(each) - 1))
        for each in (own, theirs)
    ]
    return float(within[0] + within[1] - 2 * across)


def gram_distance(picture: Tensor, references: Tensor, scales: int = 3) -> float:
    """How far the Gram matrices of other filters are from those of other pictures.

    The filters are smaller, 5×5, and of other seeds than those that pictures are made with. Each
    picture is brought to mean 0 and deviation 1; the result is the mean over three sets of 32
    filters and over the references of
    :func:`~cnnbook.applications.texture.network.relative_distance`.

    Args:
        picture: ``(C, H, W)``.
        references: ``(N, C, H, W)``.
        scales: number of sizes, from the finest on, over which distances are added up.

    Raises:
        ValueError: if the shapes do not fit.

    >>> stripes = torch.tensor([0.0, 1]).repeat(16).expand(1, 32, 32)
    >>> gram_distance(stripes / 2, stripes[None]) < 1e-6 < gram_distance(stripes.mT, stripes[None])
    True
    """
    _check(picture, references)
    distances = []
    for seed in JUDGES:
        judge = RandomFeatures(seed, picture.shape[0], filters=32, kernel_size=5, scales=scales)
        own = _grams(judge, picture)
        distances += [relative_distance(own, _grams(judge, other)) for other in references]
    return float(torch.stack(distances).mean())


def likeness(picture: Tensor, content: Tensor, block: int = 4) -> float:
    """The correlation of two pictures of one size after averaging blocks of pixels, -1 to 1.

    Args:
        picture: ``(C, H, W)``.
        content: of the same shape.
        block: height and width of a block in pixels.

    Raises:
        ValueError: if the shapes differ.

    >>> round(likeness(torch.eye(8)[None], 3 * torch.eye(8)[None] + 1), 3)
    1.0
    """
    if picture.shape != content.shape:
        raise ValueError(f"{tuple(picture.shape)} and {tuple(content.shape)} are not of one size")
    coarse = [F.avg_pool2d(each[None], block).flatten() for each in (picture, content)]
    return float(torch.corrcoef(torch.stack(coarse))[0, 1])


def _shapes(images: Tensor, size: int, faintest: float) -> Tensor:
    """All pieces, one a row, without their brightness and contrast."""
    pieces = F.unfold(images, size, stride=STRIDE).mT.flatten(0, 1)
    pieces = pieces - pieces.mean(dim=1, keepdim=True)
    spread = pieces.std(dim=1, correction=0, keepdim=True)
    return F.normalize(pieces / spread.clamp_min(1e-12) * (spread > faintest), dim=1)


def _similarity(left: Tensor, right: Tensor) -> Tensor:
    return torch.exp(4 * (left @ right.T - 1))


def _grams(judge: RandomFeatures, picture: Tensor) -> list[Tensor]:
    maps = judge(((picture - picture.mean()) / picture.std())[None])
    return [gram_matrix(each) for each in maps]


def _check(picture: Tensor, references: Tensor) -> None:
    if picture.ndim != 3 or references.ndim != 4 or picture.shape[0] != references.shape[1]:
        raise ValueError(
            "a picture (C, H, W) is compared with references (N, C, H, W), not "
            f"{tuple(picture.shape)} with {tuple(references.shape)}"
        )
