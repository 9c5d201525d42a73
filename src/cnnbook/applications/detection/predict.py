"""Where the digits are, in scenes and in pictures of one's own."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ...metrics.detection import Detections
from ...photos import PhotographError, read_photograph, scene
from ...training.fit import predict
from .grid import STRIDE, decode
from .training import trained_network


class Detector:
    """Finds digits with a network that gives a grid of answers.

    Args:
        network: takes ``(N, 1, H, W)``, gives what
            :func:`cnnbook.applications.detection.decode` reads; on the CPU.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()

    def detect(
        self,
        picture: str | Path | Tensor,
        threshold: float = 0.5,
        digit_height: float | None = None,
    ) -> Detections:
        """The digits in a picture of one's own.

        The picture may be of any size, dark on light or light on dark. It is scaled so that its
        digits are as high as those that the detector has learned; how high they are is guessed
        from the ink.

        Args:
            picture: an image file, or uint8 ``(H, W)`` or ``(1, H, W)``.
            threshold: boxes with a lower score are left out.
            digit_height: how high a digit is in pixels, if the guess is wrong (lines through the
                digits, or much else in the picture).

        Returns:
            Boxes in pixels of the picture, scores and labels, the surest first.

        Raises:
            PhotographError: if the file cannot be read or holds no digit that could be found.
            ValueError: if the tensor has another shape or type, or a number makes no sense.
        """
        if not isinstance(picture, str | Path):
            if isinstance(picture, Tensor) and picture.ndim == 3 and len(picture) == 1:
                picture = picture[0]
            return self._detect(picture, threshold, digit_height)
        try:
            return self._detect(read_photograph(picture), threshold, digit_height)
        except PhotographError as error:
            known = str(error).startswith(str(picture))
            raise error if known else PhotographError(f"{picture}: {error}") from error

    def detect_all(self, images: Tensor, threshold: float = 0.05) -> list[Detections]:
        """The digits in images that are like those it has learned from, as they are.

        Args:
            images: uint8 ``(N, 1, H, W)``, the sides multiples of 4, light digits of 14 to 26
                pixels on darker ground.
            threshold: boxes with a lower score are left out; low, so that a curve of precision
                against recall can be drawn.

        Raises:
            ValueError: if the images have another shape or type.
        """
        _check_threshold(threshold)
        if images.ndim != 4 or images.shape[1] != 1 or images.dtype != torch.uint8:
            raise ValueError(
                f"images are uint8 of shape (N, 1, H, W), not {images.dtype} of shape "
                f"{tuple(images.shape)}"
            )
        if any(side == 0 or side % STRIDE for side in images.shape[2:]):
            raise ValueError(
                f"height and width have to be multiples of {STRIDE}, not "
                f"{tuple(images.shape[2:])}; `detect` takes pictures of any size"
            )
        return decode(predict(self.network, images), threshold)

    def _detect(self, grey: Tensor, threshold: float, digit_height: float | None) -> Detections:
        _check_threshold(threshold)
        ready = scene.prepared(grey, digit_height)
        (found,) = decode(predict(self.network, ready.image), threshold)
        height, width = grey.shape
        return found._replace(boxes=ready.back(found.boxes, height, width))


def trained_detector(seed: int = 0, data: str = "mnist") -> Detector:
    """A detector that has learned from 3,000 scenes: trained once, then kept.

    Args:
        seed: each has scenes and initial weights of its own.
        data: the data set that the digits come from.

    Raises:
        NotCached: if it is not kept and ``CNNBOOK_RUNS`` is ``read-only``.
        DataError: if the data cannot be had.
    """
    return Detector(trained_network(seed, data))


def _check_threshold(threshold: float) -> None:
    if not 0 <= threshold <= 1:
        raise ValueError(f"a score lies between 0 and 1; the threshold cannot be {threshold}")
