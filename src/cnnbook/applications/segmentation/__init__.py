"""Segmentation: a class for every pixel of a scene, by a U-Net and without a network.

From scenes to numbers: :mod:`~cnnbook.applications.segmentation.training` has the scenes, the loss
and the trained network; :mod:`~cnnbook.applications.segmentation.predict` makes class maps of
scenes and of pictures of one's own; :mod:`~cnnbook.applications.segmentation.baseline` makes them
without a network; :mod:`~cnnbook.metrics.segmentation` says how good they are.
"""

from ...metrics.segmentation import dice_by_class, iou_by_class, mean_iou, mistakes_by_distance
from .baseline import PieceSegmenter, trained_pieces
from .predict import Segmenter, trained_segmenter
from .training import (
    CLASSES,
    AskedBelow,
    held_out_scenes,
    segmentation_loss,
    trained_network,
    training_scenes,
    validation_scenes,
)

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
