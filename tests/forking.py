"""Processes that start in milliseconds: forked from one that has imported everything.

Importing torch or Sphinx takes seconds. A test that ends fifty processes cannot pay that fifty
times.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_SERVER = """
import json, os, sys, traceback
exec(sys.argv[1])
for line in sys.stdin:
    request = json.loads(line)
    if "wait" in request:
        _, status = os.waitpid(request["wait"], 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        continue
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    os.environ.update(request["environment"])
    os.dup2(os.open(request["errors"], os.O_CREAT | os.O_WRONLY | os.O_APPEND), 2)
    code = 0
    try:
        globals()[request["job"]](*request["arguments"])
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)
"""


class ForkServer:
    """Starts processes that call ``job(*arguments)``, or another function.

    Args:
        program: Python code that imports what is needed and defines the functions.
        errors: file that the processes' error streams go to.
    """

    def __init__(self, program: str, errors: Path) -> None:
        self.errors = errors
        self._program = program

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-c", _SERVER, self._program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.kill()
        self._server.communicate()

    def start(self, *arguments: Any, job: str = "job", **environment: str) -> int:
        """Start a process; its number."""
        errors = str(self.errors)
        request = {"arguments": arguments, "environment": environment, "errors": errors}
        return self._ask({**request, "job": job})

    def wait(self, process: int) -> int:
        """Wait for a process; its exit status, negative for the signal that ended it."""
        return self._ask({"wait": process})

    def said(self) -> str:
        """What the processes have written to their error streams so far."""
        return self.errors.read_text() if self.errors.exists() else ""

    def _ask(self, request: dict[str, Any]) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


def wait_for_step(checkpoint: Path, step: int) -> None:
    """Wait until a training that goes on elsewhere has come so far; for step 0, do not wait."""
    from cnnbook.training import read_checkpoint

    deadline, seen = time.monotonic() + 120, 0
    while step and time.monotonic() < deadline:
        if checkpoint.exists() and (changed := checkpoint.stat().st_mtime_ns) != seen:
            seen = changed
            if read_checkpoint(checkpoint)["place"]["step"] >= step:
                return
        time.sleep(0.001)
    assert step == 0, f"the training has not come to step {step}"
