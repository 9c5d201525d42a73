"""Checks of a reader's answers to the book's exercises.

>>> from cnnbook import exercises
>>> verdict = exercises.check("convolution.one_window", 6)
convolution.one_window: not yet.
6 is the sum of the window. Multiply each pixel by its weight first.
>>> verdict.passed
False
"""

from . import (
    anatomy,
    backpropagation,
    channels,
    convolution,
    images,
    padding_and_stride,
    pooling,
    receptive_field,
    speed,
    training,
    why_convolution,
)
from .checker import Verdict, check, names

__all__ = [
    "Verdict",
    "anatomy",
    "backpropagation",
    "channels",
    "check",
    "convolution",
    "images",
    "names",
    "padding_and_stride",
    "pooling",
    "receptive_field",
    "speed",
    "training",
    "why_convolution",
]
