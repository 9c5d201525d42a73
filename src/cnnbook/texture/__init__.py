"""Texture as statistics of what filters answer: measured, copied into new pictures, and judged.

:mod:`~cnnbook.texture.features` holds filters with random weights and the Gram matrix;
:mod:`~cnnbook.texture.synthesis` makes a picture whose Gram matrices are those of a texture, or of
a texture with the content of another picture; :mod:`~cnnbook.texture.baselines` makes pictures
without filters; :mod:`~cnnbook.texture.judging` measures how near they come to parts of the texture
that nobody has used; :mod:`~cnnbook.texture.samples` holds the textures.
"""

from .baselines import (
    laid_over,
    pasted_pieces,
    random_phase,
    shuffled_pixels,
    spectrum_and_greys,
    with_greys_of,
)
from .features import RandomFeatures, gram_matrix, relative_distance
from .judging import gram_distance, likeness, piece_distance
from .pictures import read_picture
from .samples import LATER, NAMES, example, held_out, sample
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
