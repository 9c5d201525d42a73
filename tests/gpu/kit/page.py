"""Run one page in a kernel; print as JSON what its cells showed and what is not as recorded."""

import json
import sys
from pathlib import Path

from cnnbook.book import conditions_for
from pagecheck.kernel import run_in_kernel
from pagecheck.outputs import shown_text
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
    shown = [shown_text(result.outputs) for result in run.results]
    outputs = sum(cell.output is not None for cell in page.cells)
    told = {"seconds": run.seconds, "outputs": outputs, "problems": problems, "shown": shown}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
