"""An end for answers that come to none."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class TooLong(BaseException):
    """An answer has not come to its end in time."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End a block after so many seconds, where the system can; elsewhere Ctrl-C does.

    Raises:
        TooLong: when the time is up.
    """
    can = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not can:
        yield
        return

    def end(*_: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, end)
    # And each second again: an answer may catch whatever is raised in it.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
