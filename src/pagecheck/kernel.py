"""Run a page's cells in a fresh Jupyter kernel: the one runner of pages.

Tests, the build and accepting all judge what this module hands over. nbclient collects a cell's
outputs; the kernel loads :mod:`.kernel_side`. Whatever goes wrong (an
exception, a dead kernel, a cell over its limits) ends the page with the cell it happened in.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from .limits import SAMPLED_EVERY, Limits, Watch
from .loops import finish
from .nursery import Nursery
from .page import Page
from .results import CellError, CellResult, Outputs
from .tracebacks import error_of

_STARTUP_TIMEOUT = 300
_LAST_CELL = "__import__('pagecheck.kernel_side').kernel_side.finish_threads()"
"""Runs after the page's last cell, and counts as a part of it."""
_LONGEST_SOCKET_NAME = 90
"""What a socket's path may have so that its name fits into every system's limit."""


@dataclass(frozen=True)
class PageRun:
    """What the cells of a page showed, and what it took.

    ``results`` ends with the first cell that raised. ``seconds`` are wall seconds,
    ``peak_memory`` is in bytes, of the kernel and its children together.
    """

    results: tuple[CellResult, ...]
    seconds: float
    processor_seconds: float = 0.0
    peak_memory: int = 0

    @property
    def error(self) -> CellError | None:
        """The error that the page broke off with, None where it ran to its end."""
        return self.results[-1].error if self.results else None


def run_in_kernel(
    page: Page, *, limits: Limits | None = None, environment: Mapping[str, str] | None = None
) -> PageRun:
    """Run a page's cells in a kernel of their own; see :func:`execute_page`."""
    return finish(execute_page(page, limits=limits, environment=environment))


async def execute_page(
    page: Page,
    *,
    limits: Limits | None = None,
    environment: Mapping[str, str] | None = None,
    on_cell: Callable[[int], None] = lambda index: None,
    nursery: Nursery | None = None,
) -> PageRun:
    """Run a page's cells in a kernel of their own.

    Args:
        page: the page.
        limits: what a cell may take; the page's own ``timeout`` goes first.
        environment: variables that the kernel gets besides those of this process.
        on_cell: called with the index of each cell before it runs.
        nursery: where a kernel may be had that has its libraries already.
    """
    import nbformat

    allowed = (limits or Limits()).of(page)
    cells = [nbformat.v4.new_code_cell(cell.source) for cell in page.cells]
    last = nbformat.v4.new_code_cell(_LAST_CELL)
    results: list[CellResult] = []
    started = time.perf_counter()
    notebook = nbformat.v4.new_notebook(cells=[*cells, last])
    async with _kernel(notebook, page.path.parent, environment or {}, nursery) as kernel:
        for index in range(len(cells)):
            on_cell(index)
            error = await kernel.run_cell(index, allowed)
            if error is not None or index == len(cells) - 1:
                break
        if cells and error is None:
            error = await kernel.run_cell(len(cells), allowed)
            cells[-1].outputs.extend(last.outputs)
        ended = len(cells) if error is None else index + 1
        # A later cell may have updated what an earlier one displays.
        results = [
            CellResult(_plain_outputs(cells[k].outputs), error if k == index else None)
            for k in range(ended)
        ]
        watch = kernel.watch
    return PageRun(
        tuple(results), time.perf_counter() - started, watch.processor_seconds, watch.peak_memory
    )


@dataclass
class _Kernel:
    """A running kernel: its client, and what its processes print past Python."""

    client: Any
    manager: Any
    watch: Watch
    printed: IO[bytes]

    async def run_cell(self, index: int, limits: Limits) -> CellError | None:
        """Run a cell to its end, to its limits, or to the kernel's death."""
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        cell = self.client.nb.cells[index]
        self.printed.read()  # what belongs to no cell
        self.watch.begin_cell()
        running = asyncio.ensure_future(self.client.async_execute_cell(cell, index))
        over: str | None = None
        try:
            while not (await asyncio.wait({running}, timeout=SAMPLED_EVERY))[0]:
                self.watch.sample()
                if (over := self.watch.exceeded(limits)) is not None:
                    await self.manager.shutdown_kernel(now=True)
                    break
        finally:
            if not running.done():
                running.cancel()
        try:
            await running
        except (DeadKernelError, asyncio.CancelledError):
            if over is not None:
                return CellError("CellTimeout", over)
            return CellError("DeadKernel", "the kernel died while this cell ran")
        except CellExecutionError as error:
            return _error_of(error, cell.outputs, index)
        finally:
            self.watch.sample()
        self._refuse_what_went_past_python(cell.outputs)
        return None

    def _refuse_what_went_past_python(self, outputs: Any) -> None:
        """What child processes and C code print comes in an order left to chance: an error."""
        import nbformat

        if text := self.printed.read().decode("utf-8", "replace").strip():
            outputs.append(
                nbformat.v4.new_output(
                    "error",
                    ename="PrintedPastPython",
                    evalue="a child process or C code printed, and nobody can say when; capture "
                    "its text (subprocess.run(..., capture_output=True, text=True)) and print "
                    f"it:\n{text}",
                    traceback=[],
                )
            )


@asynccontextmanager
async def _kernel(
    notebook: Any, folder: Path, environment: Mapping[str, str], nursery: Nursery | None
) -> AsyncIterator[_Kernel]:
    """A kernel that runs, ended with its children and files whatever happens."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    log = logging.getLogger("pagecheck.kernel")
    log.propagate = False  # whatever there is to say, the page's error says it
    log.addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory(prefix="pagecheck-") as scratch:
        # This very interpreter's kernel, whatever kernels are installed in the reader's home.
        manager = AsyncKernelManager(
            kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]), log=log
        )
        if sys.platform != "win32" and len(scratch) < _LONGEST_SOCKET_NAME:
            manager.transport, manager.ip = "ipc", str(Path(scratch, "socket"))
        manager.connection_file = str(Path(scratch, "connection.json"))
        variables = kernel_environment(environment, scratch)
        if nursery is not None and nursery.serves(variables):
            from .provisioning import NurseryProvisioner

            manager.provisioner = NurseryProvisioner(
                kernel_id=Path(scratch).name, kernel_spec=manager.kernel_spec, parent=manager
            )
            manager.provisioner.nursery = nursery
        client = NotebookClient(
            notebook, km=manager, log=log, timeout=None, startup_timeout=_STARTUP_TIMEOUT
        )
        log_file = Path(scratch, "printed")
        with log_file.open("wb") as stream, log_file.open("rb") as printed:
            try:
                await manager.start_kernel(
                    extra_arguments=[
                        "--IPKernelApp.extensions=pagecheck.kernel_side",
                        "--IPKernelApp.capture_fd_output=False",
                        "--HistoryManager.enabled=False",
                    ],
                    env=variables,
                    cwd=str(folder),
                    stdout=stream,
                    stderr=stream,
                )
                with contextlib.closing(Watch(cast("Any", manager.provisioner).pid)) as watch:
                    await client.async_start_new_kernel_client()
                    watch.sample()  # what it takes to start belongs to no cell
                    yield _Kernel(client, manager, watch, printed)
            finally:
                with contextlib.suppress(RuntimeError):  # it is dead already
                    await asyncio.shield(manager.shutdown_kernel(now=True))
                if client.kc is not None:
                    client.kc.stop_channels()


def kernel_environment(extra: Mapping[str, str], scratch: str) -> dict[str, str]:
    """The variables of a page's kernel.

    Every page runs on one thread, whatever machine it is, so that its numbers do not depend on
    the machine's cores and pages side by side do not take time from each other.
    """
    defaults = {
        # What cuBLAS needs for the same numbers every time.
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    }
    fixed = {
        "MPLBACKEND": "agg",
        # Neither the reader's IPython profile nor its start-up files may change a page.
        "IPYTHONDIR": scratch,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return {**defaults, **os.environ, **fixed, **extra}


def _plain_outputs(outputs: Any) -> Outputs:
    """Nbformat's nodes as plain dictionaries, without execution counts, writes run together."""
    plain: Outputs = []
    for output in json.loads(json.dumps(outputs)):
        output.pop("execution_count", None)
        if output["output_type"] == "stream" and plain and plain[-1].get("name") == output["name"]:
            plain[-1]["text"] += output["text"]
        else:
            plain.append(output)
    return plain


def _error_of(error: Any, outputs: Any, index: int) -> CellError:
    """The error that a cell ended with; the output that tells it goes."""
    for place in reversed(range(len(outputs))):
        if outputs[place].output_type == "error":
            told = outputs.pop(place)
            return error_of(told.ename, told.evalue, told.traceback, index)
    return error_of(error.ename, error.evalue, [error.traceback], index)
