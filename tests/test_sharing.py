"""Which tests run in one worker, those that share a page or a file, and in which order."""

import random
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import side_by_side, together

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("book/pooling.md::line:12,column:1", "page pooling"),
        ("book/applications/aerial.md::line:9,column:1", "page aerial"),
        ("tests/drift/test_drift.py::test_a_fault_is_caught[padding-and-stride]", None),
        ("tests/drift/test_drift.py::test_any[pooling]", "page pooling"),
        ("tests/drift/test_sampling.py::test_days", "tests/drift/test_sampling.py"),
        (
            "tests/browser/figures/test_draw.py::test_examples[seven]",
            "tests/browser/figures/test_draw.py",
        ),
        (
            "tests/pages/test_pages.py::test_the_build_runs_every_cell[pooling]",
            "tests/pages/test_pages.py",
        ),
        ("tests/models/test_models.py::test_one[lenet5-1]", "tests/models/test_models.py"),
        ("src/cnnbook/device.py::cnnbook.device.seed", "src/cnnbook/device.py"),
    ],
)
def test_groups(nodeid: str, group: str | None) -> None:
    assert together(nodeid) == (group or "page padding-and-stride")


@dataclass
class _Test:
    """What is asked of a test when tests are put in order."""

    nodeid: str
    fixturenames: tuple[str, ...] = ()
    slow: bool = False

    def get_closest_marker(self, name: str) -> bool | None:
        return True if self.slow and name == "slow" else None


@pytest.mark.parametrize("seed", range(20))
def test_order(seed: int) -> None:
    chance = random.Random(seed)
    tests = [
        _Test(
            f"tests/{'abc'[file % 3]}/test_{file}.py::test_{number}",
            (("built",), ("page", "book_url", "built"), ())[file % 3],
            slow=bool(file % 2),
        )
        for file in range(chance.randint(4, 15))
        for number in range(chance.randint(1, 9))
    ]
    chance.shuffle(tests)
    before = list(tests)
    side_by_side(tests)  # type: ignore[arg-type]
    assert sorted(each.nodeid for each in tests) == sorted(each.nodeid for each in before)
    files = list(dict.fromkeys(together(each.nodeid) for each in tests))
    assert [together(each.nodeid) for each in tests] == [
        file for file in files for each in before if together(each.nodeid) == file
    ], "a file's tests stay together"
    kinds = {together(each.nodeid): each for each in tests}
    assert kinds[files[0]].fixturenames, "the first worker builds the book"
    for file, after in pairwise(files[1:]):
        ranks = [
            2 if kinds[each].fixturenames else (1 if kinds[each].slow else 3)
            for each in (file, after)
        ]
        assert ranks[0] <= ranks[1]


@pytest.mark.slow
def test_workers_keep_to_the_groups() -> None:
    files = ["tests/test_kernels.py", "tests/test_architecture.py"]
    command = [sys.executable, "-m", "pytest", "-n", "2", "-v", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    ran = set(re.findall(r"^\[(gw\d)\].* PASSED (tests/\w+\.py)", done.stdout, re.MULTILINE))
    assert {file for _, file in ran} == set(files), done.stdout[-2000:]
    assert len(ran) == len(files), "the tests of a file ran in several workers"
