"""Made woven cloth with made defects, statistics of good cloth, and a network that inspects it.

Everything here is drawn by a program: threads, faults and light. What is measured on it compares
methods; a loom is another matter.
"""

from .baseline import MahalanobisScorer, local_statistics
from .data import KINDS, Pieces, make_cloth
from .training import paste, trained_inspector, trained_on_defects

__all__ = [
    "KINDS",
    "MahalanobisScorer",
    "Pieces",
    "local_statistics",
    "make_cloth",
    "paste",
    "trained_inspector",
    "trained_on_defects",
]
