"""The steps of the kit: each a process of its own with a limit, and a report of all of them.

    python -m tests.gpu.kit.steps OUT [--small] [STEP ...]

``--small`` does each step with sizes for a processor: to try the kit where there is no GPU.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Step:
    """A step: a module that writes ``NAME.json``, and the seconds that it may take."""

    name: str
    seconds: float
    package: str = "tests.gpu.kit"


STEPS = (
    Step("machine", 30),
    Step("tests", 80),
    Step("to_99", 70),
    Step("rates", 70),
    Step("profile", 25),
    Step("notes", 65),
    Step("pages", 140),
)
"""In the order of use: what says most comes first. Their limits add up to less than 8 minutes."""


def main() -> int:
    """Do the steps that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("steps", nargs="*", metavar="STEP")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_intermixed_args()
    known = [step.name for step in STEPS]
    if unknown := sorted(set(options.steps) - set(known)):
        parser.error(f"there is no step {unknown[0]}; there are {', '.join(known)}")
    chosen = [step for step in STEPS if not options.steps or step.name in options.steps]
    return do(chosen, options.out, small=options.small)


def do(steps: Sequence[Step], out: Path, *, small: bool = False) -> int:
    """Do steps one after the other, and report after each; 1 if one has not come to its end."""
    out.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {}
    for step in steps:
        report[step.name] = run(step, out, small=small)
        write(report, out)
    print(table(report))
    return int(any(found["status"] != "done" for found in report.values()))


def run(step: Step, out: Path, *, small: bool) -> dict[str, Any]:
    """Do a step; what it found, how it ended and what it took."""
    print(f"{step.name} ...", flush=True)
    found_at, log = out / f"{step.name}.json", out / f"{step.name}.log"
    found_at.unlink(missing_ok=True)
    command = [sys.executable, "-m", f"{step.package}.{step.name}", str(found_at)]
    started = time.perf_counter()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--small"] if small else command,
            cwd=ROOT,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its children end with it
        )
        try:
            status = "done" if process.wait(step.seconds) == 0 else "failed"
        except subprocess.TimeoutExpired:
            status = f"not done within {step.seconds} s"
        with_children(process.pid)
        process.wait()
    found = json.loads(found_at.read_text()) if found_at.exists() else {}
    seconds = time.perf_counter() - started
    print(f"{step.name}: {status}, {seconds:.0f} s", flush=True)
    if status == "failed":
        print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-15:]), flush=True)
    return {"status": status, "seconds": round(seconds, 1), "found": found}


def with_children(process: int) -> None:
    """End a process and all that it has started."""
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def write(report: dict[str, Any], out: Path) -> None:
    """The report as JSON and as a table."""
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (out / "report.md").write_text(table(report) + "\n")


def table(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    lines = ["| step | ended | seconds |", "|---|---|---|"]
    for name, found in report.items():
        lines.append(f"| {name} | {found['status']} | {found['seconds']:.0f} |")
    for name, found in report.items():
        if found["found"]:
            lines += ["", f"## {name}", "", *found["found"].get("lines", [])]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
