"""Run one page in a kernel and print, as JSON, which of its outputs are not the recorded ones."""

import json
import sys
from pathlib import Path

from cnnbook.conditions import conditions_for
from pagecheck.kernel import run_in_kernel
from pagecheck.page import read_page
from pagecheck.verdict import Problem, judge


def main() -> None:
    """The page is the argument."""
    page = read_page(Path(sys.argv[1]).resolve())
    substituted = conditions_for(page).substituted
    run = run_in_kernel(page)
    problems = [
        str(verdict)
        for cell, result in zip(page.cells, run.results, strict=False)
        if isinstance(verdict := judge(page, cell, result, substituted), Problem)
    ]
    outputs = sum(cell.output is not None for cell in page.cells)
    print(json.dumps({"seconds": run.seconds, "outputs": outputs, "problems": problems}))


if __name__ == "__main__":
    main()
