"""What a build of the book cannot repeat: trainings of many minutes, several seeds each.

``python -m cnnbook.experiments`` lists them, ``python -m cnnbook.experiments NAME`` runs one. The
results that the book shows are in its folder ``results``, each with the machine and the date.
"""

from . import depth, five_networks, lenet5, modern_training
from .results import Results, StudyRun
from .runner import Study, Variant, run_study, run_variant

__all__ = [
    "STUDIES",
    "Results",
    "Study",
    "StudyRun",
    "Variant",
    "run_study",
    "run_variant",
]

_ALL: tuple[Study, ...] = (
    depth.STUDY,
    five_networks.STUDY,
    lenet5.STUDY,
    modern_training.STUDY,
)

STUDIES = {study.name: study for study in _ALL}
"""All studies, by name; each has its own module."""
