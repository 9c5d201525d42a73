"""Named image kernels: small tables of weights that were found long before networks learned theirs.

They are written for cross-correlation, as :func:`torch.nn.functional.conv2d` computes it: the
weight at the top left multiplies the pixel at the top left of the window.
"""

import torch
from torch import Tensor

_KERNELS: dict[str, tuple[list[list[float]], float]] = {
    # name: (weights, divisor)
    "identity": ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1),
    "box_blur": ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9),
    "gaussian_blur": ([[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16),
    "sharpen": ([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1),
    # Brighter to the right, and brighter below, is positive.
    "sobel_x": ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 1),
    "sobel_y": ([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], 1),
    "outline": ([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], 1),
    "laplacian": ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], 1),
    "emboss": ([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], 1),
}


def names() -> tuple[str, ...]:
    """The names that :func:`kernel` knows.

    >>> names()[:3]
    ('identity', 'box_blur', 'gaussian_blur')
    """
    return tuple(_KERNELS)


def kernel(name: str) -> Tensor:
    """A named kernel, float32 of shape (3, 3); a new tensor each time.

    Args:
        name: one of :func:`names`.

    Raises:
        ValueError: for an unknown name; the message lists the known ones.

    Source: the kernels are common property of image processing; outline, emboss and sharpen are
    those of V. Powell, Image kernels explained visually (setosa.io/ev/image-kernels).

    >>> kernel("outline")
    tensor([[-1., -1., -1.],
            [-1.,  8., -1.],
            [-1., -1., -1.]])
    """
    if name not in _KERNELS:
        raise ValueError(f"there is no kernel {name!r}; there are {', '.join(_KERNELS)}")
    weights, divisor = _KERNELS[name]
    return torch.tensor(weights, dtype=torch.float32) / divisor
