"""cnnbook: the package behind an executable textbook on convolutional neural networks.

Importing it costs nothing: every module is imported where it is used, so
``import cnnbook`` pulls in neither torch nor matplotlib.

>>> import cnnbook
>>> cnnbook.__version__
'0.1.0'
"""

import os

__version__ = "0.1.0"

if os.environ.get("CNNBOOK_NUDGE"):  # set where bands are measured
    from ._rounding import nudge_from_environment

    nudge_from_environment()
