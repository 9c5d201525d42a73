"""What is on a picture: a network that has learned clothes or digits, and classifiers without one.

:mod:`~cnnbook.applications.clothing.classifier` trains and classifies,
:mod:`~cnnbook.applications.clothing.baseline` does without convolutions.
"""

from .baseline import gradient_histograms, gradient_machine, nearest_neighbours, nystroem_ridge
from .classifier import Classifier, trained_classifier, trained_run

__all__ = [
    "Classifier",
    "gradient_histograms",
    "gradient_machine",
    "nearest_neighbours",
    "nystroem_ridge",
    "trained_classifier",
    "trained_run",
]
