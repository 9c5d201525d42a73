"""Run a page's cells in this process, in an IPython shell of their own: the fault injector's tool.

Planting a fault asks for a process that knows all cells before it and can be forked, which a kernel
cannot. What a page shows is decided by the kernel alone. Cells run in order and once: asking for a
cell runs those before it first.
"""

import builtins
import os
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from pagecheck import display
from pagecheck.page import Cell, Page
from pagecheck.results import CellError, CellResult, Outputs


class PageNotRun(Exception):  # noqa: N818 - it reports a state, not a fault of its own
    """A cell did not run because one before it ended with an exception."""


class InProcessRunner:
    """The cells of one page, run in order in a namespace of their own.

    Args:
        page: the page to run.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.results: list[CellResult] = []
        self._shell: Any = None
        self._main = types.ModuleType("__main__")

    def result(self, index: int) -> CellResult:
        """What the cell showed, after running it and all before it that have not run yet.

        Raises:
            PageNotRun: if a cell before it raised.
        """
        while len(self.results) <= index:
            if self.results and self.results[-1].error is not None:
                failed = self.page.cells[len(self.results) - 1]
                raise PageNotRun(f"not run: the cell at line {failed.line} raised an exception")
            self.results.append(self.run_cell(self.page.cells[len(self.results)]))
        return self.results[index]

    def run_all(self) -> list[CellResult]:
        """Run the page's cells, up to the first that raises."""
        for index in range(len(self.page.cells)):
            if self.result(index).error is not None:
                break
        return self.results

    def release(self) -> None:
        """Forget the page's names, and with them its data and models; the results stay."""
        self._shell, self._main = None, types.ModuleType("__main__")

    def start(self) -> None:
        """Make the page's shell, which otherwise is made when the first cell runs."""
        if self._shell is None:
            with _restored_process():
                self._shell = page_shell(self._main)

    def run_cell(self, cell: Cell) -> CellResult:
        """Run one cell in the page's namespace as it is now, whatever has run before."""
        self.start()
        outputs: Outputs = []
        with self._captured(outputs):
            result = self._shell.run_cell(cell.source, store_history=True)
        exception = result.error_before_exec or result.error_in_exec
        return CellResult(outputs, None if exception is None else _cell_error(exception))

    @contextmanager
    def _captured(self, outputs: Outputs) -> Iterator[None]:
        """Collect what is printed, displayed and warned about, in order."""
        shell = self._shell
        with _restored_process(), warnings.catch_warnings():
            sys.stdout, sys.stderr = _Stream("stdout", outputs), _Stream("stderr", outputs)
            sys.modules["__main__"] = self._main
            # As in a fresh interpreter: warnings are shown, not raised as errors by pytest.
            warnings.resetwarnings()
            for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning):
                warnings.simplefilter("ignore", category)
            warnings.showwarning = _show_warning
            os.chdir(self.page.path.parent)
            shell.displayhook.collected = shell.display_pub.collected = outputs
            _make_current(shell)
            yield


def page_shell(main: types.ModuleType) -> Any:
    """An IPython shell that hands its displays over as outputs and keeps no history."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class PageDisplayHook(DisplayHook):  # type: ignore[misc]
        """Hands over the value of a cell's last expression."""

        collected: Outputs

        def write_output_prompt(self) -> None:
            """A page has no prompts."""

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            self.collected.append(_displayed("execute_result", format_dict, md_dict))

        def finish_displayhook(self) -> None:
            self._is_active = False

    class PagePublisher(DisplayPublisher):  # type: ignore[misc]
        """Hands over what a cell displays."""

        collected: Outputs

        def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:
            self.collected.append(_displayed("display_data", data, metadata))

    class PageShell(InteractiveShell):  # type: ignore[misc]
        """The shell of one page; exceptions are reported by the runner, not printed."""

        displayhook_class = Type(PageDisplayHook)
        display_pub_class = Type(PagePublisher)

        def showtraceback(self, *_: Any, **__: Any) -> None: ...

        def showsyntaxerror(self, *_: Any, **__: Any) -> None: ...

    config = Config()
    config.HistoryManager.enabled = False
    shell = PageShell(config=config, user_module=main)
    display.install(shell)
    return shell


def _displayed(kind: str, data: Any, metadata: Any) -> dict[str, Any]:
    return {"output_type": kind, "data": dict(data), "metadata": dict(metadata or {})}


class _Stream:
    """A text stream that appends to a cell's outputs, one output for each run of writes."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name = name
        self._outputs = outputs

    def write(self, text: str) -> int:
        last = self._outputs[-1] if self._outputs else None
        if last and last["output_type"] == "stream" and last["name"] == self.name:
            last["text"] += text
        elif text:
            self._outputs.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


def _make_current(shell: Any) -> None:
    """Make ``IPython.get_ipython()`` (and with it ``display``) find this shell."""
    for cls in type(shell).mro():
        if hasattr(cls, "_instance"):
            cls._instance = shell


@contextmanager
def _restored_process() -> Iterator[None]:
    """Leave streams, hooks, modules and the current folder of the process as they were."""
    from IPython.core.interactiveshell import InteractiveShell

    streams: tuple[TextIO, TextIO] = (sys.stdout, sys.stderr)
    hooks = (sys.displayhook, sys.excepthook)
    main = sys.modules.get("__main__")
    path = list(sys.path)
    folder = Path.cwd()
    known = {
        name: getattr(builtins, name) for name in ("get_ipython", "_") if hasattr(builtins, name)
    }
    instances = {cls: cls.__dict__.get("_instance") for cls in InteractiveShell.mro()}
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        sys.displayhook, sys.excepthook = hooks
        sys.path[:] = path
        os.chdir(folder)
        if main is not None:
            sys.modules["__main__"] = main
        for name in ("get_ipython", "_", "display"):
            if name in known:
                setattr(builtins, name, known[name])
            elif hasattr(builtins, name):
                delattr(builtins, name)
        for cls, instance in instances.items():
            if "_instance" in cls.__dict__:
                cls._instance = instance


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    sys.stderr.write(warnings.formatwarning(message, category, Path(filename).name, lineno, line))


def _cell_error(exception: BaseException) -> CellError:
    """The exception, with the line of the cell that it went through last."""
    line = None
    traceback = exception.__traceback__
    while traceback is not None:
        if "ipython-input" in traceback.tb_frame.f_code.co_filename:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    if isinstance(exception, SyntaxError):
        line = exception.lineno
    return CellError(type(exception).__name__, str(exception), line)
