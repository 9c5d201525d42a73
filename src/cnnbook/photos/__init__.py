"""Photographs of a digit or of a thing, brought to what a network trained on 28×28 images expects.

A network that has only seen MNIST has only seen white ink on black, 20 pixels long, centred by its
mass, with nothing else around it. A photograph has paper, light, shadow, noise and a margin of any
width; handed over as it is, it is read wrongly however good the network. The way from one to the
other: :mod:`~cnnbook.photos.read` gives grey values, :mod:`~cnnbook.photos.binarize` finds
the ink and takes the paper away, :mod:`~cnnbook.photos.frame` frames what is left.

What that is good for is measured on two thousand made photographs under fifty conditions of light,
paper, pen and camera: ``python -m tests.benchmarks.photographs`` in the project's folder prints how
many are read, refused and misread, and what a confidence is worth.
"""

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from .frame import digit_image, whole_image
from .read import PhotographError, read_photograph

__all__ = [
    "PhotographError",
    "digit_image",
    "prepared_photograph",
    "read_photograph",
    "whole_image",
]


def prepared_photograph(
    path: str | Path, prepare: Callable[[Tensor, int], Tensor] = digit_image, side: int = 28
) -> Tensor:
    """A photograph read and prepared, uint8 of shape (side, side); its errors name the file.

    Args:
        path: the image file.
        prepare: :func:`digit_image` for a digit, :func:`whole_image` for anything else.
        side: height and width of the result in pixels.

    Raises:
        PhotographError: if the file cannot be read, or holds nothing to see.

    >>> import tempfile
    >>> from PIL import Image
    >>> paper = Image.new("L", (100, 60), 230)
    >>> paper.paste(40, (70, 10, 74, 40))  # a stroke like a 1, dark and off-centre
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paper.save(f"{folder}/one.png")
    ...     image = prepared_photograph(f"{folder}/one.png")
    >>> image.shape, (image > 0).any(dim=1).sum().item()
    (torch.Size([28, 28]), 20)
    """
    grey = read_photograph(path)
    try:
        return prepare(grey, side)
    except PhotographError as error:
        raise PhotographError(f"{path}: {error}") from error
