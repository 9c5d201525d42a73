"""The process behind :mod:`.nursery`: it has imported what pages need, and forks a kernel for each.

``python -m pagecheck.nursery_side SOCKET MODULE...`` imports the modules (those that cannot be are
left to the page that asks for them, which tells), says that it is ready, and then forks at each
request. It ends, with all its kernels, when the other end of the socket is closed, as it is when
the process there is killed.
"""

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

READY = b"ready"
LONGEST = 1 << 20
"""Bytes of a request: the variables of a kernel are in it."""
_LOOKED_EVERY = 0.5
_PR_SET_PDEATHSIG = 1
_ALONE = 1
"""Threads at which a process can be forked without leaving a lock behind that nobody frees."""


def main(arguments: list[str]) -> int:
    """Import, say that kernels can be had, and fork them; returns the exit status."""
    connection = socket.socket(fileno=int(arguments[0]))
    _leave_out_working_folder()
    for name in ("ipykernel.kernelapp", "pagecheck.kernel_side", *arguments[1:]):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if threads() != _ALONE:
        return 1
    gc.collect()
    gc.freeze()  # a collection would write into pages of memory that all kernels share
    connection.sendall(READY)
    kernels: set[int] = set()
    while _serve(connection, kernels):
        pass
    for pid in kernels:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)  # so that whoever waits for this process knows what its kernels took
    return 0


def threads() -> int:
    """How many threads this process has, those that Python does not know of included."""
    return len(list(Path("/proc/self/task").iterdir()))


def _serve(connection: socket.socket, kernels: set[int]) -> bool:
    """Fork a kernel if one is asked for, and bury those that have ended; false at the end."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            kernels.discard(ended)
    if not select.select([connection], [], [], _LOOKED_EVERY)[0]:
        return True
    request, files, *_ = socket.recv_fds(connection, LONGEST, 1)
    if not request:
        return False
    asked = json.loads(request)
    nursery = os.getpid()
    pid = os.fork()
    if pid == 0:
        connection.close()
        _become_kernel(asked, files[0], nursery)
    kernels.add(pid)
    os.close(files[0])
    # A number could be given to another process; this names that one only.
    handle = os.pidfd_open(pid)
    socket.send_fds(connection, [str(pid).encode()], [handle])
    os.close(handle)
    return True


def _become_kernel(asked: dict[str, Any], printed: int, nursery: int) -> NoReturn:
    """What a process that was started for this kernel alone would be."""
    status = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != nursery:  # it was gone before that was said
            os._exit(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in enumerate((nothing, printed, printed)):
            os.dup2(source, target)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.environ["JPY_PARENT_PID"] = str(nursery)
        os.chdir(asked["folder"])
        launcher = importlib.util.find_spec("ipykernel_launcher")
        sys.argv = [str(launcher and launcher.origin), *asked["arguments"]]
        _draw_own_seeds()
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance(sys.argv[1:])
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def _draw_own_seeds() -> None:
    """What is not seeded differs from kernel to kernel, as it does between processes.

    NumPy and PyTorch draw the state of their global generators when they are imported; Python's
    own draws again after a fork.
    """
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()
    if (torch := sys.modules.get("torch")) is not None:
        torch.default_generator.seed()


def _leave_out_working_folder() -> None:
    """Modules come from where they are installed, not from the folder that this was started in."""
    if sys.path and (sys.path[0] == "" or Path(sys.path[0]) == Path.cwd()):
        del sys.path[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
