"""Pictures from files, and what can be worked on: a clear error for everything else."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ...photos import read_photograph


def read_picture(path: str | Path, side: int = 96, *, colour: bool = True) -> Tensor:
    """An image file as a picture ``(3, H, W)`` or ``(1, H, W)``, values 0..1.

    Args:
        path: the image file.
        side: pixels of the longer side, to which a larger picture is shrunk.
        colour: whether to read three channels or one.

    Raises:
        PhotographError: if the file cannot be read, see
            :func:`cnnbook.photos.read_photograph`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (200, 100), (255, 0, 51)).save(f"{folder}/red.png")
    ...     picture = read_picture(f"{folder}/red.png")
    >>> picture.shape, picture[:, 0, 0]
    (torch.Size([3, 48, 96]), tensor([1.0000, 0.0000, 0.2000]))
    """
    image = Image.fromarray(read_photograph(path).numpy())  # refuses what is no picture
    if colour:
        with Image.open(path) as file:
            if not file.mode.startswith("I"):  # 16 bits are grey; Pillow's own conversion clips
                image = ImageOps.exif_transpose(file)
                paper = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(paper, image.convert("RGBA"))
        image = image.convert("RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    values = torch.from_numpy(np.array(image)).float() / 255
    return values.permute(2, 0, 1).contiguous() if colour else values[None]


def checked(picture: Tensor, name: str) -> Tensor:
    """The picture, if it is one that can be worked on.

    Raises:
        ValueError: with the remedy, if it is not.
    """
    if picture.ndim != 3 or picture.shape[0] not in (1, 3) or not picture.is_floating_point():
        raise ValueError(
            f"{name} is {picture.dtype} of shape {tuple(picture.shape)}; "
            "a picture is float of shape (1, H, W) or (3, H, W), values 0..1"
        )
    if min(picture.shape[1:]) < 28:
        raise ValueError(
            f"{name} has {picture.shape[1]}×{picture.shape[2]} pixels; "
            "28 along each axis are the least that three sizes of picture need"
        )
    if not (picture.min() >= 0 and picture.max() <= 1):  # refuses NaN, too
        raise ValueError(f"{name} has values outside 0..1; divide bytes by 255")
    if picture.max() - picture.min() < 1 / 255:
        raise ValueError(f"{name} has one value only; there is nothing to see in it")
    return picture.detach().float().cpu().contiguous()
