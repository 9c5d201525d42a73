"""Where the digits are: a small detector, what it is judged by, and how it would go without it.

The way of a scene: :mod:`~cnnbook.applications.detection.grid` turns boxes into what each cell
should answer, :mod:`~cnnbook.applications.detection.network` holds the network and its loss,
:mod:`~cnnbook.applications.detection.training` trains it on scenes,
:mod:`~cnnbook.applications.detection.predict` reads boxes from its answers, also in
:mod:`~cnnbook.photos.scene` of any size, :mod:`~cnnbook.metrics.detection` says how good they are,
and :mod:`~cnnbook.applications.detection.baseline` finds digits without a network.
"""

from ...metrics.detection import AveragePrecision, Detections, average_precision, matched, mistakes
from .baseline import ComponentClassifier, pieces, trained_piece_reader
from .grid import STRIDE, cell_centres, decode, encode
from .network import DetectionNetwork, detection_loss
from .predict import Detector, trained_detector
from .training import held_out_scenes, trained_network, training_scenes

__all__ = [
    "STRIDE",
    "AveragePrecision",
    "ComponentClassifier",
    "DetectionNetwork",
    "Detections",
    "Detector",
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
