"""Tensors to numbers: how good predictions are.

Those of classifiers can be imported from here; class maps, boxes, drawn pictures and test-time
augmentation have modules of their own: :mod:`~cnnbook.metrics.segmentation`,
:mod:`~cnnbook.metrics.detection`, :mod:`~cnnbook.metrics.generation`, :mod:`~cnnbook.metrics.tta`.
"""

from .classification import accuracy, accuracy_by_class, confusion_matrix, predicted_classes

__all__ = ["accuracy", "accuracy_by_class", "confusion_matrix", "predicted_classes"]
