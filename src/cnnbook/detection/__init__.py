"""Where the digits are: a small detector, what it is judged by, and how it would go without it.

The way of a scene: :mod:`~cnnbook.detection.grid` turns boxes into what each cell should answer,
:mod:`~cnnbook.detection.network` holds the network and its loss,
:mod:`~cnnbook.detection.learning` trains it on scenes, :mod:`~cnnbook.detection.detector` reads
boxes from its answers, also in :mod:`~cnnbook.detection.pictures` of any size,
:mod:`~cnnbook.detection.judging` says how good they are, and
:mod:`~cnnbook.detection.components` finds digits without a network.
"""

from .components import PieceReader, pieces, trained_piece_reader
from .detector import Detector, trained_detector
from .grid import STRIDE, Detections, cell_centres, decode, encode
from .judging import AveragePrecision, average_precision, matched, mistakes
from .learning import held_out_scenes, trained_network, training_scenes
from .network import DetectionNetwork, detection_loss

__all__ = [
    "STRIDE",
    "AveragePrecision",
    "DetectionNetwork",
    "Detections",
    "Detector",
    "PieceReader",
    "average_precision",
    "cell_centres",
    "decode",
    "detection_loss",
    "encode",
    "held_out_scenes",
    "matched",
    "mistakes",
    "pieces",
    "trained_detector",
    "trained_network",
    "trained_piece_reader",
    "training_scenes",
]
