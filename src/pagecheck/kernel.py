"""Run a page's cells in a fresh Jupyter kernel: the build's runner.

nbclient drives the kernel. The kernel loads :mod:`.display`, so that it shows values as the
in-process runner does. Whatever goes wrong (an exception, a dead kernel, a cell over its time
limit) ends the page with the cell it happened in.
"""

import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .page import Page
from .results import CellError, CellResult, Outputs

DEFAULT_TIMEOUT = 900
_STARTUP_TIMEOUT = 120


@dataclass(frozen=True)
class PageRun:
    """What the cells of a page showed, and how long it took.

    ``results`` ends with the first cell that raised.
    """

    results: tuple[CellResult, ...]
    seconds: float


def run_in_kernel(page: Page, timeout: int | None = None) -> PageRun:
    """Run a page's cells in a kernel of their own.

    Args:
        page: the page.
        timeout: seconds that one cell may take; the page's own ``timeout`` setting goes first.
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    limit = int(page.settings.get("timeout") or timeout or DEFAULT_TIMEOUT)
    cells = [nbformat.v4.new_code_cell(cell.source) for cell in page.cells]
    results: list[CellResult] = []
    started = time.perf_counter()
    with _kernel(nbformat.v4.new_notebook(cells=cells), page.path.parent, limit) as client:
        for index, cell in enumerate(cells):
            error = None
            try:
                client.execute_cell(cell, index)
            except CellTimeoutError:
                error = CellError("CellTimeout", f"the cell ran longer than its limit of {limit} s")
            except DeadKernelError:
                error = CellError("DeadKernel", "the kernel died while this cell ran")
            except CellExecutionError as exception:
                error = CellError(
                    exception.ename, exception.evalue, _failing_line(exception.traceback)
                )
            results.append(CellResult(_plain_outputs(cell.outputs), error))
            if error is not None:
                break
    return PageRun(tuple(results), time.perf_counter() - started)


@contextmanager
def _kernel(notebook: Any, folder: Path, timeout: int) -> Iterator[Any]:
    """A client with a running kernel, ended with all its files whatever happens."""
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="cnnbook-kernel-") as scratch:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            startup_timeout=_STARTUP_TIMEOUT,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=[
                "--IPKernelApp.extensions=pagecheck.display",
                "--HistoryManager.enabled=False",
            ],
        )
        environment = {
            **os.environ,
            "MPLBACKEND": "agg",
            # Neither the reader's IPython profile nor its start-up files may change a page.
            "IPYTHONDIR": scratch,
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        # The kernel's own log: ipykernel warns there of TCP, which stays on this machine.
        with (
            Path(scratch, "kernel.log").open("wb") as stream,
            client.setup_kernel(env=environment, stderr=stream),
        ):
            yield client


def _plain_outputs(outputs: Any) -> Outputs:
    """Nbformat's nodes as plain dictionaries, without execution counts."""
    import json

    plain: Outputs = []
    for output in json.loads(json.dumps(outputs)):
        if output["output_type"] in ("stream", "display_data", "execute_result", "error"):
            output.pop("execution_count", None)
            plain.append(output)
    return plain


def _failing_line(traceback: str) -> int | None:
    """The last line of a cell that IPython's traceback points at."""
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", traceback or "")
    found = re.findall(r"^Cell In\[\d+\], line (\d+)", plain, re.MULTILINE)
    return int(found[-1]) if found else None
