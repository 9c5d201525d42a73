"""Houses in pictures from above: a landscape that is made, and a network that marks its houses.

The way of the data: :mod:`~cnnbook.applications.aerial.data` draws a map,
:mod:`~cnnbook.applications.aerial.tiles` cuts it and parts training from judging,
:mod:`~cnnbook.applications.aerial.training` trains and judges,
:mod:`~cnnbook.applications.aerial.symmetries` knows the eight ways to lay a picture, and
:mod:`~cnnbook.applications.aerial.baseline` does without a convolutional network.
:mod:`~cnnbook.experiments.aerial` compares ways to lay training tiles.
"""

from .baseline import local_statistics, pixel_marks
from .data import AerialMap, made_map, relief, shaded
from .symmetries import dihedral, probabilities, undo
from .tiles import Tiles, cut, split_tiles
from .training import Counts, found_houses, trained_network

__all__ = [
    "AerialMap",
    "Counts",
    "Tiles",
    "cut",
    "dihedral",
    "found_houses",
    "local_statistics",
    "made_map",
    "pixel_marks",
    "probabilities",
    "relief",
    "shaded",
    "split_tiles",
    "trained_network",
    "undo",
]
