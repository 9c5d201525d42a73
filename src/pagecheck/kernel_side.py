"""What a page's kernel loads when it starts: how values show, and how cells are named.

IPython's kernel names the file of a cell by its process, so that a traceback that a page prints
would differ in every run. Here a cell is called by its number.
"""

import threading
import time
from typing import Any

from . import display

_PATIENCE = 10.0
"""Seconds that threads have to come to their end after the page's last cell."""


def load_ipython_extension(shell: Any) -> None:
    """Entry point for IPython."""
    display.load_ipython_extension(shell)
    shell.compile.get_code_name = cell_name


def cell_name(raw_code: str, code: str, number: int) -> str:
    """The name of the file that a cell counts as.

    >>> cell_name("x = 1", "x = 1", 3)
    'cell-3.py'
    """
    return f"cell-{number}.py"


def finish_threads(patience: float = _PATIENCE) -> None:
    """Wait for the threads that the page has left running, so that their errors are seen.

    Python waits for them too before it exits, but for those that are daemons and for the idle
    workers of pools, which here are not waited for either.
    """
    from concurrent.futures import thread

    not_waited_for = {threading.current_thread(), threading.main_thread(), *thread._threads_queues}
    end = time.monotonic() + patience
    for running in threading.enumerate():
        if running not in not_waited_for and not running.daemon:
            running.join(max(0.0, end - time.monotonic()))
