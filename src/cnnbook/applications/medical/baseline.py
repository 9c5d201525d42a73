"""Filters for bright spots: what finds a lesion without a network."""

import torch
from torch import Tensor

from .blur import blurred

SIZES = (1.0, 1.5, 2.0, 2.5, 3.0)
"""Standard deviations, in pixels, at which spots are looked for."""


def spot_responses(images: Tensor, sizes: tuple[float, ...] = SIZES) -> Tensor:
    r"""How strongly a view answers, at its best place, to filters for bright spots.

    At each size the view is blurred, and second differences are taken there: the matrix with
    :math:`f_{yy}, f_{xx}` and :math:`f_{xy}`, times the size squared. Its trace, with a minus, is
    the Laplacian filter's answer; its determinant where that is positive; and its smaller curvature
    is large only where the brightness falls off on all sides, on spots and not on bands. The
    fourth is the blurred brightness itself. Of each, the largest in the view is taken.

    Shape: ``(N, 1, H, W)`` -> ``(N, sizes, 4)``.

    Args:
        images: uint8.
        sizes: standard deviations of the blur, in pixels.

    Source: Lindeberg, Feature detection with automatic scale selection (1998), sections 2 and 5.

    >>> image = torch.zeros(1, 1, 32, 32, dtype=torch.uint8)
    >>> image[0, 0, 15:18, 15:18] = 255
    >>> spot_responses(image, (1.0,))[0, 0, 0] > 0.3
    tensor(True)
    """
    answers = []
    for size in sizes:
        soft = blurred(images / 255, size)
        middle = soft[..., 1:-1, 1:-1]
        yy = soft[..., 2:, 1:-1] - 2 * middle + soft[..., :-2, 1:-1]
        xx = soft[..., 1:-1, 2:] - 2 * middle + soft[..., 1:-1, :-2]
        xy = (soft[..., 2:, 2:] + soft[..., :-2, :-2]) / 4
        xy = xy - (soft[..., 2:, :-2] + soft[..., :-2, 2:]) / 4
        laplacian = -(xx + yy) * size**2
        determinant = (xx * yy - xy**2) * size**4 * (laplacian > 0)
        smaller = laplacian / 2 - size**2 * torch.sqrt(((xx - yy) / 2) ** 2 + xy**2)
        maps = torch.cat([laplacian, determinant, smaller, middle], dim=1)
        answers.append(maps.flatten(2).amax(dim=2))
    return torch.stack(answers, dim=1)
