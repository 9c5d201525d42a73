"""Segmentation: a class for every pixel of a scene, by a U-Net and without a network.

From scenes to numbers: :mod:`~cnnbook.segmentation.learning` has the scenes, the loss and the
trained network; :mod:`~cnnbook.segmentation.segmenter` makes class maps of scenes and of pictures
of one's own; :mod:`~cnnbook.segmentation.pieces` makes them without a network;
:mod:`~cnnbook.segmentation.judging` says how good they are.
"""

from .judging import dice_by_class, iou_by_class, mean_iou, mistakes_by_distance
from .learning import (
    CLASSES,
    AskedBelow,
    held_out_scenes,
    segmentation_loss,
    trained_network,
    training_scenes,
    validation_scenes,
)
from .pieces import PieceSegmenter, trained_pieces
from .segmenter import Segmenter, trained_segmenter

__all__ = [
    "CLASSES",
    "AskedBelow",
    "PieceSegmenter",
    "Segmenter",
    "dice_by_class",
    "held_out_scenes",
    "iou_by_class",
    "mean_iou",
    "mistakes_by_distance",
    "segmentation_loss",
    "trained_network",
    "trained_pieces",
    "trained_segmenter",
    "training_scenes",
    "validation_scenes",
]
