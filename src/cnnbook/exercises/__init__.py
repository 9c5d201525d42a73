"""Checks of a reader's answers to the book's exercises.

>>> from cnnbook import exercises
>>> verdict = exercises.check("convolution.one_window", 6)
convolution.one_window: not yet.
6 is the sum of the window. Multiply each pixel by its weight first.
>>> verdict.passed
False
"""

from . import channels, convolution, pooling, training
from .checker import Verdict, check, names

__all__ = ["Verdict", "channels", "check", "convolution", "names", "pooling", "training"]
