"""Houses in pictures from above: a landscape that is made, and a network that marks its houses.

The way of the data: :mod:`~cnnbook.aerial.landscape` draws a map, :mod:`~cnnbook.aerial.tiles` cuts
it and parts training from judging, :mod:`~cnnbook.aerial.finding` trains and judges,
:mod:`~cnnbook.aerial.symmetries` knows the eight ways to lay a picture, and
:mod:`~cnnbook.aerial.baseline` does without a convolutional network. :mod:`~cnnbook.aerial.study`
compares ways to lay training tiles.
"""

from .baseline import local_statistics, pixel_marks
from .finding import Found, found_houses, iou, trained_network
from .landscape import AerialMap, made_map, relief, shaded
from .symmetries import laid, laid_back, probabilities
from .tiles import Tiles, cut, split_tiles

__all__ = [
    "AerialMap",
    "Found",
    "Tiles",
    "cut",
    "found_houses",
    "iou",
    "laid",
    "laid_back",
    "local_statistics",
    "made_map",
    "pixel_marks",
    "probabilities",
    "relief",
    "shaded",
    "split_tiles",
    "trained_network",
]
