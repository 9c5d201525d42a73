"""Made woven cloth with made defects, statistics of good cloth, and a network that inspects it.

Everything here is drawn by a program: threads, faults and light. What is measured on it compares
methods; a loom is another matter.
"""

from .cloth import KINDS, Pieces, make_cloth
from .inspector import paste, trained_inspector, trained_on_defects
from .normality import Normality, local_statistics

__all__ = [
    "KINDS",
    "Normality",
    "Pieces",
    "local_statistics",
    "make_cloth",
    "paste",
    "trained_inspector",
    "trained_on_defects",
]
