"""Kernels that have their libraries already: forked from one process that has imported them.

Importing PyTorch, Matplotlib and the like takes longer than many a page does. Where many pages run,
one process imports them once, and each page's kernel is a fork of it: a process of its own all the
same, with its own variables, folder, seeds and output, that shares no state with another page's.

This is for Linux alone. Elsewhere, while the process still imports, and for a kernel that is to
have other variables than it had, kernels start as they always do.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO, Any

from .nursery_side import READY

MANY = 2
"""With more pages than these to run, a nursery pays."""
_OWN = ("IPYTHONDIR", "JPY_PARENT_PID", "PYTEST_CURRENT_TEST")
"""Variables that each kernel may have for itself: nothing reads them while it is imported."""


class ForkedProcess:
    """A process that another one has forked, with what jupyter_client wants of a ``Popen``.

    Args:
        pid: its number.
        handle: the descriptor of the process itself, see :func:`os.pidfd_open`.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int) -> None:
        self.pid, self._handle = pid, handle
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """A number once it has ended; which status it was, only its parent knows."""
        if self.returncode is None and select.select([self._handle], [], [], 0)[0]:
            self.returncode = 1
            os.close(self._handle)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end."""
        if self.returncode is None:
            select.select([self._handle], [], [])
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send it a signal; one that has ended gets none."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process that has imported, and the way to it.

    Args:
        modules: what it imports.
        environment: its variables, those of a kernel.
    """

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        self._environment = _common(environment)
        self._ready = False
        own, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other, tempfile.TemporaryFile() as unread:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pagecheck.nursery_side", str(other.fileno()), *modules],
                pass_fds=[other.fileno()],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=unread,
                stderr=unread,
                start_new_session=True,  # Ctrl-C is for those who ask for kernels
            )
        self._connection: socket.socket | None = own

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether a kernel with these variables can be had now; does not wait."""
        if self._connection is None or _common(environment) != self._environment:
            return False
        with contextlib.suppress(OSError):
            if not self._ready and select.select([self._connection], [], [], 0)[0]:
                self._ready = self._connection.recv(len(READY)) == READY
                if not self._ready:  # it has ended
                    self.close()
        return self._ready

    def kernel(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: str,
        printed: IO[Any],
    ) -> ForkedProcess | None:
        """A new kernel; None if the process has ended meanwhile.

        Args:
            arguments: of ipykernel.
            environment: all variables that it has.
            folder: it works in.
            printed: gets what goes past Python.
        """
        if self._connection is None:
            return None
        content = {"arguments": [*arguments], "environment": dict(environment), "folder": folder}
        try:
            socket.send_fds(self._connection, [json.dumps(content).encode()], [printed.fileno()])
            answer, handles, *_ = socket.recv_fds(self._connection, 100, 1)
        except OSError:
            answer, handles = b"", []
        if not answer:
            self.close()
            return None
        return ForkedProcess(int(answer), handles[0])

    def close(self) -> None:
        """End the process and the kernels that it has."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._process.wait()


class _Nurseries:
    """The nursery of this process, made when it pays."""

    def __init__(self) -> None:
        self.current: Nursery | None = None
        self._modules: tuple[str, ...] = ()
        self._ran = 0
        atexit.register(self.close)

    def of(
        self, modules: Sequence[str], environment: Mapping[str, str], coming: int
    ) -> Nursery | None:
        """The nursery for these modules; None where there are few pages, or it cannot be had."""
        many = coming > MANY or self._ran > 0
        self._ran += coming
        if not (modules and many and sys.platform == "linux" and hasattr(os, "pidfd_open")):
            return None
        if self.current is None or self._modules != tuple(modules):
            self.close()
            self.current, self._modules = Nursery(modules, environment), tuple(modules)
        return self.current

    def close(self) -> None:
        """End it."""
        if self.current is not None:
            self.current.close()
            self.current = None


nurseries = _Nurseries()


def _common(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in _OWN}
