"""Made lesions on one real slice of a head, filters that look for them, and a network.

The slice ships with matplotlib: one magnetic resonance image of one head. The lesions are made
here: soft bright spots of known place, size and contrast. What is measured on these views compares
methods. It says nothing about patients.
"""

from .baseline import SIZES, spot_responses
from .blur import blurred
from .data import Views, head_slice, make_views
from .training import trained_detector

__all__ = [
    "SIZES",
    "Views",
    "blurred",
    "head_slice",
    "make_views",
    "spot_responses",
    "trained_detector",
]
