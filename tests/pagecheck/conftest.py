"""A small book of its own to plant faults in: the engine at work, without cnnbook's pages."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CONF = """
from pathlib import Path
from types import SimpleNamespace

project = "small"
extensions = ["pagecheck"]
exclude_patterns = []
pagecheck_source = "book"

def pagecheck_conditions(page):
    fingerprint = Path(__file__).with_name("fingerprint").read_text()
    replaced = {name: f"{name} is not there" for name in page.data if name == "absent"}
    return SimpleNamespace(fingerprint=fingerprint, about={"on": "CPU"}, substituted=replaced)
"""
CONFTEST = """
from sybil import Sybil
from pagecheck.sybil_parser import ENCODING, PageParser, pytest_addoption, pytest_configure

pytest_collect_file = Sybil([PageParser()], patterns=["*.md"], encoding=ENCODING).pytest()
"""
INDEX = "# Small\n\n```{toctree}\n:glob:\n\npages/*\n```\n"
BUILD = "-m sphinx -W -q -c . -d _build/doctrees -b html book _build/html"
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n---\n"


@dataclass
class SmallBook:
    """A book in a folder, with both runners."""

    folder: Path

    def write(self, name: str, text: str, head: str = HEAD) -> Path:
        path = self.folder / "book" / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + text, encoding="utf-8")
        return path

    def build(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return self._run(BUILD, environment)

    def start_build(self) -> subprocess.Popen[bytes]:
        """A build that goes on by itself."""
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, *BUILD.split()],
                cwd=self.folder,
                env={**os.environ, "PYTEST_XDIST_TESTRUNUID": ""},
                stdout=log,
                stderr=log,
            )

    def test(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = "-m pytest -q -p no:cacheprovider --rootdir . book"
        return self._run(f"{command} {' '.join(arguments)}", environment)

    def _run(self, command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command.split()],
            cwd=self.folder,
            # The book's tests and builds are sessions of their own.
            env={**os.environ, "PYTEST_XDIST_TESTRUNUID": "", **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture
def small_book(tmp_path: Path) -> SmallBook:
    (tmp_path / "book").mkdir()
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "fingerprint").write_text("one")
    (tmp_path / "book" / "conftest.py").write_text(CONFTEST)
    (tmp_path / "book" / "index.md").write_text(INDEX)
    return SmallBook(tmp_path)
