"""Plant faults in the code of a page and see whether its recorded outputs tell.

Run as a program in a process of its own, on one thread: before a cell runs, a child process is
forked for each fault in it; the child runs the faulty cell and the rest of the page, and reports
the first output that differs. Trained models are taken as they are: with CNNBOOK_RUNS=read-only a
fault that asks for another training ends there, and is counted apart.
"""

import importlib
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnbook.checking.inprocess import InProcessRunner
from cnnbook.checking.outputs import shown_text
from cnnbook.checking.page import Page, read_page
from cnnbook.checking.verdict import Problem, judge
from tests.drift.faults import Mutant, mutants

SLOW_CELL_SECONDS = 4.0
CHILD_SECONDS = 60
FORMULAS = ("arithmetic.py", "kernels.py", "tracing.py", "metrics.py")


def main(path: Path, per_cell: int, per_module: int) -> list[dict[str, Any]]:
    """Plant faults in a page's cells and in the formulas of the package."""
    page = read_page(path)
    results = formula_faults(page, per_module)
    runner = InProcessRunner(page)
    for cell in page.cells:
        planted = mutants(cell.source, per_cell)
        runner._shell or runner._new_shell()  # the shell exists before the first child does
        started = time.perf_counter()
        verdicts = [in_child(runner, mutant, cell.index) for mutant in planted]
        started = time.perf_counter()
        result = runner.result(cell.index)
        took = time.perf_counter() - started
        assert result.error is None, f"{path}:{cell.line}: {result.error}"
        for mutant, verdict in zip(planted, verdicts, strict=True):
            results.append(
                {
                    "where": f"{path.name}:{cell.line + mutant.line - 1}",
                    "kind": mutant.kind,
                    "before": mutant.before,
                    "cell_seconds": round(took, 1),
                    **verdict,
                }
            )
    return results


def formula_faults(page: Page, per_module: int) -> list[dict[str, Any]]:
    """Faults in the formulas of the modules that the page imports."""
    code = "\n".join(cell.source for cell in page.cells)
    results = []
    for name in FORMULAS:
        module = f"cnnbook.{name.removesuffix('.py')}"
        if not any(word in code for word in (module, f"cnnbook import {name[:-3]}")):
            continue
        loaded = importlib.import_module(module)
        source = Path(str(loaded.__file__)).read_text(encoding="utf-8")
        for mutant in mutants(source, per_module):
            verdict = in_child(InProcessRunner(page), mutant, 0, module=module)
            results.append(
                {"where": f"{name}:{mutant.line}", "kind": "a formula", "before": mutant.before}
                | verdict
            )
    return results


def in_child(
    runner: InProcessRunner, mutant: Mutant, index: int, module: str | None = None
) -> dict[str, Any]:
    """What becomes of a fault, decided in a child process that knows all cells before it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.alarm(CHILD_SECONDS)
        try:
            verdict = verdict_of(runner, mutant, index, module)
        except BaseException as error:
            verdict = {"caught": True, "by": f"{type(error).__name__}: {error}"[:200]}
        os.write(writer, json.dumps(verdict).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) == signal.SIGALRM
        return {"caught": not late, "by": "still running" if late else "the process died"}
    return json.loads(text)  # type: ignore[no-any-return]


def verdict_of(
    runner: InProcessRunner, mutant: Mutant, index: int, module: str | None
) -> dict[str, Any]:
    """Run the faulty code and the rest of the page up to the first output that differs."""
    if module is not None:
        loaded = importlib.import_module(module)
        exec(compile(mutant.source, str(loaded.__file__), "exec"), loaded.__dict__)
        faulty = runner
    else:
        cells = list(runner.page.cells)
        cells[index] = replace(cells[index], source=mutant.source)
        runner.page = replace(runner.page, cells=tuple(cells))
        faulty = runner
    for cell in faulty.page.cells[index:]:
        result = faulty.result(cell.index)
        if result.error is not None and result.error.name == "RunMissing":
            return {"caught": False, "by": "asks for another training"}
        verdict = judge(faulty.page, cell, result)
        if isinstance(verdict, Problem):
            return {"caught": True, "by": f"line {verdict.line}", "report": str(verdict)[:300]}
    shown = [shown_text(result.outputs) for result in faulty.results[index:]]
    return {"caught": False, "by": "no output differs", "shown": shown}


if __name__ == "__main__":
    found = main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3]))
    json.dump(found, sys.stdout)
