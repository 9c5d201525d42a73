"""The recorded-output engine: run a page's cells and compare what they show with what is recorded.

The way of a page: :mod:`.page` finds its cells and recorded outputs, :mod:`.kernel` runs the cells,
once, in a kernel of their own, :mod:`.store` keeps the run, :mod:`.compare` and :mod:`.verdict`
judge it, and :mod:`.rewrite` puts new outputs in place. :mod:`.book` says what belongs together;
:mod:`.sybil_parser` and :mod:`.sphinx_ext` are thin adapters for pytest and for the build, which
judge the same runs. The engine knows nothing of the book that it checks.
"""

from typing import Any


def setup(app: Any) -> dict[str, Any]:
    """Sphinx's entry point: ``extensions = ["pagecheck"]``; see :mod:`pagecheck.sphinx_ext`."""
    from .sphinx_ext import setup

    return setup(app)
