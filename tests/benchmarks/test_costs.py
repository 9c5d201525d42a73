"""The table of what the commands take is written where it belongs, from what was measured."""

import os
import sys
from pathlib import Path

from tests.benchmarks.costs import BEGIN, END, ROOT, Cost, measure, table, write_into


def test_a_command_is_measured_with_all_that_it_starts(tmp_path: Path) -> None:
    inner = "x = 0\nwhile x < 3_000_000: x += 1"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    cost = measure("work", [sys.executable, "-c", code], tmp_path, dict(os.environ))
    assert cost.passed
    assert 0.05 < cost.processor < cost.clock + 1
    assert not measure("no", [sys.executable, "-c", "exit(3)"], tmp_path, {}).passed


def test_the_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    costs = [Cost("`make html`", 125.4, 1234.5, True), Cost("`make test`", 59.6, 99, False)]
    write_into(readme, table(costs, 1000))
    content = readme.read_text()
    assert content.startswith(f"before\n{BEGIN}\n| from a fresh clone")
    assert content.endswith(f"{END}\nafter\n")
    assert "| `make html` | 2:05 | 1,234 |" in content
    assert "| `make test` (with status 1) | 1:00 | 99 |" in content
    assert "the pages take 1,000 processor seconds" in content
    assert "old" not in content


def test_the_readme_has_the_place() -> None:
    content = (ROOT / "README.md").read_text(encoding="utf-8")
    assert content.count(BEGIN) == content.count(END) == 1
