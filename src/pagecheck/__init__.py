"""The recorded-output engine: run a page's cells and compare what they show with what is recorded.

The way of a page: :mod:`.page` finds its cells and recorded outputs, :mod:`.inprocess` or
:mod:`.kernel` runs the cells, :mod:`.compare` and :mod:`.verdict` judge what they showed, and
:mod:`.rewrite` puts new outputs in place. :mod:`.sybil_parser` and :mod:`.sphinx_ext` are thin
adapters for pytest and for the build. The engine knows nothing of the book that it checks.
"""
