"""Texture as statistics of what filters answer: measured, copied into new pictures, and judged.

:mod:`~cnnbook.applications.texture.network` holds filters with random weights and the Gram matrix;
:mod:`~cnnbook.applications.texture.synthesis` makes a picture whose Gram matrices are those of a
texture, or of a texture with the content of another picture;
:mod:`~cnnbook.applications.texture.baseline` makes pictures without filters;
:mod:`~cnnbook.applications.texture.metrics` measures how near they come to parts of the texture
that nobody has used; :mod:`~cnnbook.applications.texture.data` holds the textures.
"""

from .baseline import (
    laid_over,
    pasted_pieces,
    random_phase,
    shuffled_pixels,
    spectrum_and_greys,
    with_greys_of,
)
from .data import LATER, NAMES, example, held_out, sample
from .metrics import gram_distance, likeness, piece_distance
from .network import RandomFeatures, gram_matrix, relative_distance
from .pictures import read_picture
from .synthesis import Painting, stylised, synthesised

__all__ = [
    "LATER",
    "NAMES",
    "Painting",
    "RandomFeatures",
    "example",
    "gram_distance",
    "gram_matrix",
    "held_out",
    "laid_over",
    "likeness",
    "pasted_pieces",
    "piece_distance",
    "random_phase",
    "read_picture",
    "relative_distance",
    "sample",
    "shuffled_pixels",
    "spectrum_and_greys",
    "stylised",
    "synthesised",
    "with_greys_of",
]
