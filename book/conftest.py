"""Make every cell of the book a test. Sybil has to be built in this very folder."""

from sybil import Sybil

from cnnbook.conditions import prepare_data
from pagecheck.sybil_parser import PageParser

pytest_collect_file = Sybil([PageParser(prepare_data)], patterns=["*.md"]).pytest()
