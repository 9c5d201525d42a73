"""The tests marked ``gpu``: which there are, which passed, and what the others said."""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.gpu.kit.found import begin
from tests.gpu.kit.steps import ROOT


def main() -> int:
    """Run them; their names stand in the findings where there is no GPU too."""
    findings, small = begin()
    workers = min(8, (os.cpu_count() or 2) // 2)
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch, "results.xml")
        command = [
            sys.executable, "-m", "pytest", "-v", "-m", "gpu", "-p", "no:cacheprovider",
            "-p", "xdist", "-n", str(workers), "--tb=short", f"--junitxml={results}", "tests/gpu",
        ]  # fmt: skip
        # A plugin that happens to be there may warn, and warnings are errors here.
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        ended = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        cases = ET.parse(results).getroot().iter("testcase") if results.exists() else []
        outcome = {}
        for case in cases:
            name = f"{case.get('classname')}.{case.get('name')}"
            bad = [child for child in case if child.tag in ("failure", "error", "skipped")]
            outcome[name] = bad[0].tag if bad else "passed"
    counts = {kind: list(outcome.values()).count(kind) for kind in sorted(set(outcome.values()))}
    lines = [f"- {name}: {kind}" for name, kind in outcome.items() if kind != "passed"]
    findings.add(f"{counts or 'no test ran'}", *lines, outcome=outcome)
    # 5: none was left over, which is right where there is no GPU.
    return 0 if ended == 0 or (small and ended == 5) else 1


if __name__ == "__main__":
    sys.exit(main())
