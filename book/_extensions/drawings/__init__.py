"""What the book draws: SVG inside the page, so that it takes the page's colours, in light and dark.

``pen`` has the strokes, ``stills`` the still pictures of the interactive figures, and each other
module the picture that a chapter begins with, which the landing page shows small.
"""

from importlib import import_module
from pathlib import Path

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py")
    if path.stem not in ("__init__", "pen", "stills")
)  # fmt: skip
"""The drawings, by their names."""


def drawing(name, label):
    """A drawing as SVG.

    Args:
        name: one of ``NAMES``.
        label: what it shows, for those who do not see it; empty where it only adorns.
    """
    return import_module(f"drawings.{name}").draw(label)
