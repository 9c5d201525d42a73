"""Plant faults in the code of a page and see whether its recorded outputs tell.

Run as a program in a process of its own, on one thread: before a cell runs, a child process is
forked for each fault in it; the child runs the faulty cell and the rest of the page, and reports
the first output that differs. Trained models are taken as they are: with CNNBOOK_RUNS=read-only a
fault that asks for another training ends there, and is counted apart.
"""

import ast
import importlib
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pagecheck.book import book_of
from pagecheck.page import Page, read_page
from pagecheck.verdict import Problem, judge
from tests.drift.faults import Mutant, mutants
from tests.drift.inprocess import InProcessRunner

CHILD_SECONDS = 60
"""Processor seconds that a fault may take, or half as many again as its page took here: neither a
busy machine decides anything, nor a slow one."""
WAITING_SECONDS = 600
"""Seconds after which a fault that only waits is given up."""
FORMULAS = ("arithmetic.py", "kernels.py", "interpret/summary.py", "metrics/classification.py")


class Pace:
    """Spends a page's time evenly: what is slow uses up the share of what comes after it.

    Args:
        seconds: time for all parts together; infinite to leave out nothing.
        parts: how many there are.
        least: how many parts are taken however slow the machine is.
    """

    def __init__(self, seconds: float, parts: int, least: int = 0) -> None:
        self.seconds, self.parts, self.part, self.spent = seconds, max(parts, 1), 0, 0.0
        self.least, self.taken = least, 0
        self._since = time.perf_counter()

    def next(self) -> bool:
        """Whether there is time for the next part."""
        self.part += 1
        self._since = time.perf_counter()
        # The least number is spread over the parts as the time is.
        late = self.spent > self.seconds * (self.part - 1) / self.parts
        return not late or self.taken < self.least * self.part / self.parts

    def done(self) -> None:
        """Count the time since :meth:`next`, and that a part was taken."""
        self.taken += 1
        self.spent += time.perf_counter() - self._since


def main(
    path: Path, per_cell: int, per_module: int, seconds: float, least: int, shift: int
) -> list[dict[str, Any]]:
    """Plant faults in a page's cells and in the formulas of the package.

    Args:
        path: the page.
        per_cell: faults in a cell, at most.
        per_module: faults in a module of formulas, at most.
        seconds: the time for all of them.
        least: cells in which faults are planted even if that takes longer.
        shift: see :func:`tests.drift.faults.mutants`.
    """

    importlib.import_module("torch._dynamo")  # by the first optimiser: seconds in each child
    page = read_page(path)
    limit = child_seconds(path)
    results = formula_faults(page, per_module, seconds / 3, shift, limit)
    runner = InProcessRunner(page)
    pace = Pace(seconds, len(page.cells), least)
    for cell in page.cells:
        planted = mutants(cell.source, per_cell, shift) if pace.next() else []
        runner.start()
        verdicts = [in_child(runner, mutant, cell.index, seconds=limit) for mutant in planted]
        if planted:
            pace.done()
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


def formula_faults(
    page: Page, per_module: int, seconds: float, shift: int, limit: float
) -> list[dict[str, Any]]:
    """Faults in the formulas of the modules that the page imports."""
    code = "\n".join(cell.source for cell in page.cells)
    results = []
    for name in FORMULAS:
        module = f"cnnbook.{name.removesuffix('.py')}"
        if not any(word in code for word in (module, f"cnnbook import {name[:-3]}")):
            continue
        loaded = importlib.import_module(module)
        source = Path(str(loaded.__file__)).read_text(encoding="utf-8")
        pace = Pace(seconds / len(FORMULAS), per_module)
        for mutant in mutants(source, per_module, shift):
            if not pace.next():
                continue
            verdict = in_child(InProcessRunner(page), mutant, 0, module, seconds=limit)
            results.append(
                {"where": f"{name}:{mutant.line}", "kind": "a formula", "before": mutant.before}
                | verdict
            )
            pace.done()
    return results


def child_seconds(path: Path) -> float:
    """The processor seconds that a fault in a page may take."""
    book = book_of(path)
    cost = book.store.cost(str(path.relative_to(book.source)))
    return max(CHILD_SECONDS, 1.5 * cost[0]) if cost else CHILD_SECONDS


def in_child(
    runner: InProcessRunner,
    mutant: Mutant,
    index: int,
    module: str | None = None,
    *,
    seconds: float,
) -> dict[str, Any]:
    """What becomes of a fault, decided in a child process that knows all cells before it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.alarm(WAITING_SECONDS)
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
        late = os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
        return {"caught": not late, "by": "still running" if late else "the process died"}
    return json.loads(text)  # type: ignore[no-any-return]


def verdict_of(
    runner: InProcessRunner, mutant: Mutant, index: int, module: str | None
) -> dict[str, Any]:
    """Run the faulty code and what depends on it, up to the first output that differs."""
    page = runner.page
    if module is not None:
        loaded = importlib.import_module(module)
        exec(compile(mutant.source, str(loaded.__file__), "exec"), loaded.__dict__)
        sources = [cell.source for cell in page.cells]
        judged, needed = depending_cells(sources, users_of(module, sources))
    else:
        faulty = replace(page.cells[index], source=mutant.source)
        page = replace(page, cells=(*page.cells[:index], faulty, *page.cells[index + 1 :]))
        judged, needed = depending_cells([cell.source for cell in page.cells], {index})
    for cell in page.cells[index:]:
        if cell.index not in needed:
            continue
        result = runner.run_cell(cell)
        if result.error is not None and result.error.name == "NotCached":
            return {"caught": False, "by": "asks for another training"}
        verdict = judge(page, cell, result)
        if isinstance(verdict, Problem) and (cell.index in judged or result.error is not None):
            return {"caught": True, "by": f"line {verdict.line}", "report": str(verdict)[:300]}
    return {"caught": False, "by": "no output differs"}


def users_of(module: str, sources: list[str]) -> set[int]:
    """The cells that mention something imported from a module of cnnbook."""
    brought: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if module in (node.module, f"{node.module}.{alias.name}"):
                        brought.add(alias.asname or alias.name)
    return {
        index
        for index, source in enumerate(sources)
        if brought & {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    }


def depending_cells(sources: list[str], faulty: set[int]) -> tuple[set[int], set[int]]:
    """The cells that a fault can reach, and those that have to run for them.

    Told by names: a cell is reached when it mentions a name of a faulty cell or of a cell that is
    reached, other than the names of imported modules, classes and functions.
    """
    trees = [ast.parse(source) for source in sources]
    imports = [
        {
            (alias.asname or alias.name).split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        for tree in trees
    ]
    imported = set().union(*imports)
    names = [
        {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        | {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        for tree in trees
    ]
    tainted: set[str] = set()
    reached: set[int] = set()
    for cell in range(len(sources)):
        if cell in faulty or names[cell] & tainted:
            reached.add(cell)
            tainted |= names[cell] - imported
    needed = set(reached)
    wanted = set().union(*(names[cell] for cell in reached)) - imported if reached else set()
    for cell in reversed(range(max(reached, default=0))):
        # A cell before a reached one has to run if it makes a name that is used there; one that
        # imports costs nothing.
        if cell not in needed and (imports[cell] or names[cell] & wanted):
            needed.add(cell)
            wanted |= names[cell] - imported
    return reached, needed


if __name__ == "__main__":
    page_path, cell_faults, module_faults, limit, at_least, shifted = sys.argv[1:]
    found = main(
        Path(page_path).resolve(), int(cell_faults), int(module_faults), float(limit),
        int(at_least), int(shifted),
    )  # fmt: skip
    json.dump(found, sys.stdout)
