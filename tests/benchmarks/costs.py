"""What the two commands of the README take, measured as a reader would meet them.

Clones the project, without environment and with empty caches, runs ``make html`` and ``make test``
there, each again with nothing changed, and writes the table of README.md::

    python -m tests.benchmarks.costs

Data sets are used where ``CNNBOOK_DATA`` says; else the first run downloads them. The machine
should be idle: processor seconds hardly depend on that, the clock does.
"""

import argparse
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- costs: made by tests/benchmarks/costs.py -->", "<!-- /costs -->"


@dataclass(frozen=True)
class Cost:
    """What a command took: minutes by the clock, and seconds of all processor cores together."""

    what: str
    clock: float
    processor: float
    passed: bool

    def row(self) -> str:
        """A row of the table."""
        minutes, seconds = divmod(round(self.clock), 60)
        failed = "" if self.passed else " (with status 1)"
        return f"| {self.what}{failed} | {minutes}:{seconds:02} | {self.processor:,.0f} |"


def measure(what: str, command: Sequence[str], folder: Path, environment: dict[str, str]) -> Cost:
    """Run a command in a folder, and say what it took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    result = subprocess.run(command, cwd=folder, env=environment, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cost = Cost(what, time.monotonic() - start, processor, result.returncode == 0)
    print(cost.row(), flush=True)
    return cost


def pages_cost(clone: Path) -> float:
    """The processor seconds of the pages of a clone's last build."""
    from pagecheck.book import book_of

    book = book_of(clone)
    places = [str(path.relative_to(book.source)) for path in book.source.rglob("*.md")]
    return sum(cost[0] for place in places if (cost := book.store.cost(place)) is not None)


def table(costs: Sequence[Cost], pages: float) -> str:
    """The section of the README."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    about = f"{processor_name()}, {cores} cores, {date.today().isoformat()}"
    rows = "\n".join(cost.row() for cost in costs)
    return (
        f"| from a fresh clone, on {about} | minutes | processor seconds |\n"
        f"|---|---|---|\n{rows}\n\n"
        f"Of the first `make html`, the pages take {pages:,.0f} processor seconds; "
        "the rest is Sphinx.\n"
    )


def processor_name() -> str:
    """What the processor is called."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1].strip() if found else platform.machine()


def write_into(readme: Path, text: str) -> None:
    """Put the table between the two marks of a README."""
    content = readme.read_text(encoding="utf-8")
    before, rest = content.split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


def main() -> int:
    """Measure in a clone, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="clone into this folder, and leave it there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        clone = arguments.keep or Path(temporary) / "clone"
        environment = {**os.environ, "CNNBOOK_CACHE": str(clone.with_name("cache"))}
        environment.pop("CNNBOOK_PAGES", None)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        parts = [
            ("the environment, which either command makes first", ".venv/.ready"),
            ("`make html`", "html"),
            ("`make html` with nothing changed", "html"),
            ("`make test` after it", "test"),
            ("`make test` with nothing changed", "test"),
        ]
        costs = []
        for number, (what, target) in enumerate(parts):
            costs.append(measure(what, ["make", target], clone, environment))
            if number == 1:
                pages = pages_cost(clone)
            if number:  # a part may be stopped: what was measured before it stands
                write_into(ROOT / "README.md", table(costs, pages))
    return 0 if all(cost.passed for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
