"""Image files to grey values, whatever their mode, transparency or rotation tag."""

import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor


class PhotographError(ValueError):
    """A photograph that cannot be used; the message says why and what to do."""


def read_photograph(path: str | Path) -> Tensor:
    """The grey values of an image file, uint8 of shape (H, W).

    The rotation that a camera notes in the file (EXIF) is applied, transparent parts become white
    paper, colours become their luma (ITU-R BT.601: ``0.299 R + 0.587 G + 0.114 B``), 16-bit values
    are divided by 257, and of an animation the first frame is taken.

    Args:
        path: a PNG or JPEG file, or another format that Pillow reads.

    Raises:
        PhotographError: if the file is missing, a folder, empty, no image, cut short, too large to
            be a photograph, or unreadable.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGBA", (30, 20), (255, 0, 0, 128)).save(f"{folder}/red.png")
    ...     grey = read_photograph(f"{folder}/red.png")
    >>> grey.shape, grey.dtype, grey[0, 0].item()
    (torch.Size([20, 30]), torch.uint8, 165)
    """
    path = Path(path)
    try:
        _refuse_what_is_no_file(path)
        with warnings.catch_warnings():
            # A damaged tag or a sloppy writer is not the reader's business ...
            warnings.simplefilter("ignore")
            # ... but an image that fills the memory is.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                if image.mode == "F":
                    raise PhotographError(
                        f"{path} holds floating-point values, whose white nobody knows; "
                        "save it as PNG or JPEG"
                    )
                image.load()
                return torch.from_numpy(_grey_values(_upright(image)))
    except PhotographError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotographError(
            f"{path} has more than {Image.MAX_IMAGE_PIXELS:,} pixels, which no photograph of a "
            "digit needs; save it smaller"
        ) from error
    except UnidentifiedImageError as error:
        raise PhotographError(
            f"{path} is not an image of a known format; save it as PNG or JPEG"
        ) from error
    except PermissionError as error:
        raise PhotographError(f"{path} may not be read; change its permissions") from error
    except MemoryError as error:
        raise PhotographError(f"{path} does not fit into memory; save it smaller") from error
    except Exception as error:  # decoders of damaged files raise whatever they stumble over
        raise PhotographError(
            f"{path} is cut short or damaged ({error}); copy it again, or save it anew as PNG"
        ) from error


def _refuse_what_is_no_file(path: Path) -> None:
    if path.is_dir():
        raise PhotographError(f"{path} is a folder; name the image files in it")
    if not path.exists():
        raise PhotographError(f"{path} does not exist; check the name")
    if not path.is_file():  # opening a pipe would wait for ever
        raise PhotographError(f"{path} is not a regular file; name an image file")
    if path.stat().st_size == 0:
        raise PhotographError(f"{path} is empty; copy it again")


def _upright(image: Image.Image) -> Image.Image:
    """The image as it was seen: turned as its EXIF tag says."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a tag that cannot be read is no reason to refuse a picture that can
        return image


def _grey_values(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):
        # Pillow's own conversion clips at 255: nearly all of a 16-bit image would be white.
        values = np.asarray(image).astype(np.int64).clip(0, 65535)
        return ((values + 128) // 257).astype(np.uint8)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    if image.mode not in ("1", "L"):
        image = image.convert("RGB")
    return np.array(image.convert("L"))
