"""cnnbook: the package behind an executable textbook on convolutional neural networks.

Importing it costs nothing: every module is imported where it is used, so
``import cnnbook`` pulls in neither torch nor matplotlib.

>>> import cnnbook
>>> cnnbook.__version__
'0.1.0'
"""

__version__ = "0.1.0"
