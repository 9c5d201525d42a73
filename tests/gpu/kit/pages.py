"""The chapters that need only MNIST, run on the GPU: which outputs fell out of their bands.

What their cells showed is kept beside the findings, in ``shown.json``: bands are set from it.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from cnnbook.book import kernels_at_once
from tests.gpu.kit.found import begin
from tests.gpu.kit.steps import ROOT

SMALL = ("padding-and-stride", "convolution")
LONGEST_FIRST = (
    "generation", "segmentation", "looking-inside", "detection", "texture", "aerial", "medical",
    "why-convolution", "defects", "architectures", "speed", "training",
)  # fmt: skip


def main() -> None:
    """Run the pages side by side, each in a process of its own, and collect what they tell."""
    findings, small = begin()
    from pagecheck.page import read_page

    pages = [read_page(path) for path in sorted((ROOT / "book").rglob("*.md"))]
    chosen = [page.path for page in pages if page.cells and "fashion-mnist" not in page.data]
    if small:
        chosen = [path for path in chosen if path.stem in SMALL]
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    chosen.sort(key=lambda path: order.get(path.stem, len(order)))
    found: dict[str, Any] = {}
    shown: dict[str, list[str]] = {}
    side_by_side = kernels_at_once() or os.cpu_count() or 1
    started = time.perf_counter()
    with ThreadPoolExecutor(side_by_side) as pool:
        running = {pool.submit(_run, path): path for path in chosen}
        for done in as_completed(running):
            path, told = running[done], done.result()
            found[path.stem] = told
            shown[str(path.relative_to(ROOT))] = told.pop("shown", [])
            findings.path.with_name("shown.json").write_text(json.dumps(shown, indent=1) + "\n")
            findings.add(
                f"- {path.stem}: {told['seconds']:.0f} s, {told['outputs']} outputs, "
                f"{len(told['problems'])} differ",
                *(f"  {line}" for problem in told["problems"] for line in problem.splitlines()),
                pages=found,
            )
    total = sum(told["seconds"] for told in found.values())
    wall = time.perf_counter() - started
    findings.add(
        f"- together {total:.0f} s of execution, {wall:.0f} s with {side_by_side} side by side",
        wall_seconds=wall,
        execution_seconds=total,
    )


def _run(path: Path) -> dict[str, Any]:
    result = subprocess.run(
        [sys.executable, "-m", "tests.gpu.kit.page", str(path)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        told = result.stderr.strip().splitlines()[-1:] or ["no message"]
        return {"seconds": 0.0, "outputs": 0, "problems": told}
    told_last: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told_last


if __name__ == "__main__":
    main()
