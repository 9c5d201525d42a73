"""Checks of a reader's answers to the book's exercises.

>>> from cnnbook import exercises
>>> verdict = exercises.check("convolution.one_window", 6)
convolution.one_window: not yet.
6 is the sum of the window. Multiply each pixel by its weight first.
>>> verdict.passed
False
"""

from . import (
    aerial,
    anatomy,
    architectures,
    backpropagation,
    channels,
    clothing,
    convolution,
    defects,
    detection,
    five_networks,
    generation,
    images,
    lenet_5,
    looking_inside,
    medical,
    modern_training,
    padding_and_stride,
    pooling,
    receptive_field,
    segmentation,
    speed,
    texture,
    training,
    validation,
    why_convolution,
)
from ._kit import Verdict, check, names
from .by_hand import in_pages

__all__ = [
    "Verdict",
    "aerial",
    "anatomy",
    "architectures",
    "backpropagation",
    "channels",
    "check",
    "clothing",
    "convolution",
    "defects",
    "detection",
    "five_networks",
    "generation",
    "images",
    "in_pages",
    "lenet_5",
    "looking_inside",
    "medical",
    "modern_training",
    "names",
    "padding_and_stride",
    "pooling",
    "receptive_field",
    "segmentation",
    "speed",
    "texture",
    "training",
    "validation",
    "why_convolution",
]
