"""Make every cell of the book a test. Sybil has to be built in this very folder."""

from sybil import Sybil

from pagecheck.sybil_parser import ENCODING, PageParser, pytest_addoption, pytest_configure

__all__ = ["collect_ignore", "pytest_addoption", "pytest_collect_file", "pytest_configure"]

collect_ignore = ["_extensions"]
"""Sphinx loads these modules with their folder on the path."""
pytest_collect_file = Sybil([PageParser()], patterns=["*.md"], encoding=ENCODING).pytest()
