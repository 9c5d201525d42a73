"""Make every cell of the book a test. Sybil has to be built in this very folder."""

from sybil import Sybil

from pagecheck.sybil_parser import ENCODING, PageParser, pytest_addoption, pytest_configure

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_configure"]

pytest_collect_file = Sybil([PageParser()], patterns=["*.md"], encoding=ENCODING).pytest()
