"""Numbers in, figures out: every picture of the book is drawn here.

Functions take arrays, tensors or lists, never models, and return a :class:`BookFigure`. Pyplot is
not used: a figure that is the last expression of a cell is displayed once, in any notebook, and
nothing is left open. Figures are at most as wide as a page's text and have a white ground, their
letters are at least 9 points, and their colours can be told apart by colour-blind readers.
"""

from .boxes import show_boxes
from .channels import show_channel_sum, show_spread
from .charts import show_bars, show_confusion, show_curves
from .clouds import show_clouds
from .inside import show_mosaics, show_points
from .ladder import show_ladder
from .masks import show_masks
from .networks import show_costs, show_shapes
from .pictures import show_convolution, show_images, show_kernels, show_matrices, show_matrix
from .pooling import show_pooling
from .seeing import show_connections, show_crop
from .style import BookFigure
from .tables import show_connection_table
from .windows import show_fields, show_frames, show_windows

__all__ = [
    "BookFigure",
    "show_bars",
    "show_boxes",
    "show_channel_sum",
    "show_clouds",
    "show_confusion",
    "show_connection_table",
    "show_connections",
    "show_convolution",
    "show_costs",
    "show_crop",
    "show_curves",
    "show_fields",
    "show_frames",
    "show_images",
    "show_kernels",
    "show_ladder",
    "show_masks",
    "show_matrices",
    "show_matrix",
    "show_mosaics",
    "show_points",
    "show_pooling",
    "show_shapes",
    "show_spread",
    "show_windows",
]
