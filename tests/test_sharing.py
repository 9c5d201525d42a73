"""Which tests run in one worker: those that share a page, the built book, or a file."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import together

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("book/pooling.md::line:12,column:1", "page pooling"),
        ("book/applications/aerial.md::line:9,column:1", "page aerial"),
        ("tests/drift/test_drift.py::test_a_fault_is_caught[padding-and-stride]", None),
        ("tests/drift/test_drift.py::test_any[pooling]", "page pooling"),
        ("tests/drift/test_sampling.py::test_days", "tests/drift/test_sampling.py"),
        ("tests/browser/figures/test_draw.py::test_examples[seven]", "tests/browser"),
        ("tests/pages/test_pages.py::test_the_build_runs_every_cell[pooling]", "tests/pages"),
        ("tests/models/test_models.py::test_one[lenet5-1]", "tests/models/test_models.py"),
        ("src/cnnbook/device.py::cnnbook.device.seed", "src/cnnbook/device.py"),
    ],
)
def test_groups(nodeid: str, group: str | None) -> None:
    assert together(nodeid) == (group or "page padding-and-stride")


@pytest.mark.slow
def test_workers_keep_to_the_groups() -> None:
    files = ["tests/test_kernels.py", "tests/test_architecture.py"]
    command = [sys.executable, "-m", "pytest", "-n", "2", "-v", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    ran = set(re.findall(r"^\[(gw\d)\].* PASSED (tests/\w+\.py)", done.stdout, re.MULTILINE))
    assert {file for _, file in ran} == set(files), done.stdout[-2000:]
    assert len(ran) == len(files), "the tests of a file ran in several workers"
