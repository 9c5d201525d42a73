"""To which digit each pixel belongs, in scenes and in pictures of one's own."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ...models.unet import UNet
from ...photos import PhotographError, read_photograph
from ...photos.scene import MARGIN, prepared
from ...training.fit import predict
from .training import trained_network

LARGER = 1.25
"""Digits are 20 pixels high in a prepared picture; the network has learned on 20 to 30."""


class Segmenter:
    """Says of each pixel which class it belongs to: 0 is the ground, 1 + digit a digit's ink.

    Args:
        network: takes ``(N, 1, H, W)``, gives scores ``(N, classes, H, W)``; on the CPU.
    """

    def __init__(self, network: UNet) -> None:
        self.network = network.eval()

    def segment(self, picture: str | Path | Tensor, digit_height: float | None = None) -> Tensor:
        """The class map of a picture of one's own.

        The picture may be of any size, dark on light or light on dark. It is scaled so that its
        digits are as high as those that the network has learned; the scores of the classes are
        scaled back, and the largest decides.

        Args:
            picture: an image file, or uint8 ``(H, W)`` or ``(1, H, W)``.
            digit_height: how high a digit is in pixels, if the guess from the ink is wrong (lines
                through the digits, or much else in the picture).

        Returns:
            int64 ``(H, W)``, of the picture's own size.

        Raises:
            PhotographError: if the file cannot be read or holds no digit that could be found.
            ValueError: if the tensor has another shape or type, or the height makes no sense.
        """
        if not isinstance(picture, str | Path):
            if isinstance(picture, Tensor) and picture.ndim == 3 and len(picture) == 1:
                picture = picture[0]
            return self._segment(picture, digit_height)
        try:
            return self._segment(read_photograph(picture), digit_height)
        except PhotographError as error:
            known = str(error).startswith(str(picture))
            raise error if known else PhotographError(f"{picture}: {error}") from error

    def segment_all(self, images: Tensor) -> Tensor:
        """The class maps of images that are like those it has learned from, as they are.

        Args:
            images: uint8 ``(N, 1, H, W)`` of any size, light digits of 20 to 30 pixels on darker
                ground.

        Returns:
            int64 ``(N, H, W)``.

        Raises:
            ValueError: if the images have another shape or type.
        """
        if images.ndim != 4 or images.shape[1] != 1 or images.dtype != torch.uint8:
            raise ValueError(
                f"images are uint8 of shape (N, 1, H, W), not {images.dtype} of shape "
                f"{tuple(images.shape)}"
            )
        if images.numel() == 0:
            raise ValueError(f"there are no pixels in images of shape {tuple(images.shape)}")
        return torch.cat([self._scores(part).argmax(dim=1) for part in torch.split(images, 250)])

    def _segment(self, grey: Tensor, digit_height: float | None) -> Tensor:
        ready = prepared(grey, digit_height)
        larger = F.interpolate(ready.image, scale_factor=LARGER, mode="bilinear")
        factor, margin = LARGER * ready.factor, round(LARGER * MARGIN)
        height, width = (max(1, round(factor * side)) for side in grey.shape)
        scores = self._scores(larger)[0]
        scores = scores[:, margin : margin + height, margin : margin + width]
        return _scaled_argmax(scores, (grey.shape[0], grey.shape[1]))

    def _scores(self, images: Tensor) -> Tensor:
        """Scores ``(N, classes, H, W)`` of images whose sides need not be halved so often."""
        height, width = images.shape[2:]
        down, right = (-side % self.network.multiple for side in (height, width))
        values = images / 255 if images.dtype == torch.uint8 else images
        padded = F.pad(values, (0, right, 0, down), mode="replicate")
        return predict(self.network, padded)[..., :height, :width]


def trained_segmenter(seed: int = 0, data: str = "mnist") -> Segmenter:
    """A segmenter that has learned from 7,000 scenes: trained once, then kept.

    Args:
        seed: each has scenes and initial weights of its own.
        data: the data set that the digits come from.

    Raises:
        NotCached: if it is not kept and ``CNNBOOK_RUNS`` is ``read-only``.
        DataError: if the data cannot be had.
    """
    return Segmenter(trained_network(seed, data))


def _scaled_argmax(scores: Tensor, size: tuple[int, int]) -> Tensor:
    """The class of the largest score after scaling: ``(classes, h, w) -> (H, W)``.

    Class by class: all of them at the size of a photograph would fill the memory.
    """
    best, classes = None, torch.zeros(size, dtype=torch.int64)
    for number, own in enumerate(scores):
        scaled = F.interpolate(own[None, None], size, mode="bilinear", antialias=True)[0, 0]
        if best is None:
            best = scaled
            continue
        classes[scaled > best] = number
        best = torch.maximum(best, scaled)
    return classes
