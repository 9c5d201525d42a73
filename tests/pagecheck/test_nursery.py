"""Kernels that are forks: processes of their own, which end with whoever asked for them."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pagecheck.book import Book, stated_book
from pagecheck.kernel import PageRun, execute_page, kernel_environment
from pagecheck.loops import finish
from pagecheck.nursery import Nursery, nurseries
from pagecheck.outputs import shown_text
from pagecheck.page import parse_page
from pagecheck.scheduler import run_pages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked kernels are for Linux")
MODULES = ("numpy", "no_module_of_this_name")


def waited_for(nursery: Nursery, environment: dict[str, str]) -> bool:
    """Whether it serves once it has imported, which may take a while on a busy machine."""
    end = time.monotonic() + 120
    while not (served := nursery.serves(environment)) and time.monotonic() < end:
        if nursery._connection is None:
            return False
        time.sleep(0.05)
    return served


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    environment = kernel_environment({}, "")
    made = Nursery(MODULES, environment)
    assert waited_for(made, environment)
    yield made
    made.close()


def ran(folder: Path, *cells: str, nursery: Nursery | None, **how: object) -> PageRun:
    text = "\n\n".join(f"```{{code-cell}} python\n{textwrap.dedent(cell)}\n```" for cell in cells)
    return finish(  # a driven browser may have a loop in this thread
        execute_page(parse_page(text, folder / "page.md"), nursery=nursery, **how)  # type: ignore[arg-type]
    )


def printed(run: PageRun) -> list[str]:
    return [shown_text(result.outputs).strip() for result in run.results]


TELLING = (
    "import os, sys; print(os.getcwd(), sys.path, sys.argv[0], __name__, len(sys.argv))",
    "print(os.environ['OMP_NUM_THREADS'], sorted(set(os.environ) - {'JPY_PARENT_PID'}))",
    "print(sys.stdin.closed, os.getpid() == os.getpgid(0) == os.getsid(0))",
    "1 / 3",
    "import logging; logging.warning('told')",
    "raise ValueError('no')",
)


def test_a_page_sees_what_it_sees_in_a_process_that_was_started_for_it(
    nursery: Nursery, tmp_path: Path
) -> None:
    forked, started = (ran(tmp_path, *TELLING, nursery=how) for how in (nursery, None))
    assert printed(forked) == printed(started)
    assert str(forked.error) == str(started.error)
    assert len(forked.results) == len(TELLING)


def test_it_is_a_fork_and_has_the_modules_already(nursery: Nursery, tmp_path: Path) -> None:
    cell = "import sys, os; print('numpy' in sys.modules, os.getppid())"
    assert printed(ran(tmp_path, cell, nursery=nursery)) == [f"True {nursery._process.pid}"]


def test_pages_share_no_state_and_draw_other_numbers(nursery: Nursery, tmp_path: Path) -> None:
    cells = (
        "import builtins, numpy, random; print(hasattr(builtins, 'left'))",
        "builtins.left = numpy.left = 1; print(numpy.random.rand(), random.random())",
    )
    first, second = (printed(ran(tmp_path, *cells, nursery=nursery)) for _ in range(2))
    assert first[0] == second[0] == "False"
    assert first[1] != second[1]


def test_what_a_child_process_prints_is_caught(nursery: Nursery, tmp_path: Path) -> None:
    run = ran(tmp_path, "import os; _ = os.system('echo past')", nursery=nursery)
    assert "PrintedPastPython" in str(run.results[0].outputs)


def test_a_kernel_that_is_killed_or_hangs_is_told(nursery: Nursery, tmp_path: Path) -> None:
    from pagecheck.limits import Limits

    killed = ran(
        tmp_path, "import os, time; os.kill(os.getpid(), 9); time.sleep(9)", nursery=nursery
    )
    assert "DeadKernel" in str(killed.error)
    over = ran(tmp_path, "while True: pass", nursery=nursery, limits=Limits(processor_seconds=1))
    assert "CellTimeout" in str(over.error)
    assert printed(ran(tmp_path, "print(1)", nursery=nursery)) == ["1"], "others go on"


def test_processor_time_of_a_kernel_is_its_own(nursery: Nursery, tmp_path: Path) -> None:
    cell = "import time\nwhile time.process_time() < 2: pass"
    run = ran(tmp_path, cell, nursery=nursery)
    assert 1.5 < run.processor_seconds < 60
    assert run.peak_memory > 10 << 20


def test_other_variables_get_a_kernel_that_is_started_for_them(
    nursery: Nursery, tmp_path: Path
) -> None:
    assert not nursery.serves(kernel_environment({"OMP_NUM_THREADS": "2"}, ""))
    cell = "import os; print(os.environ['OMP_NUM_THREADS'])"
    two = ran(tmp_path, cell, nursery=nursery, environment={"OMP_NUM_THREADS": "2"})
    assert printed(two) == ["2"]


def test_where_it_has_ended_kernels_start_as_usual(tmp_path: Path) -> None:
    environment = kernel_environment({}, "")
    made = Nursery((), environment)
    assert waited_for(made, environment)
    os.killpg(made._process.pid, signal.SIGKILL)
    made._process.wait()
    assert printed(ran(tmp_path, "print(1)", nursery=made)) == ["1"]
    assert not made.serves(environment)


def test_with_threads_it_forks_nothing(tmp_path: Path) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    )
    environment = kernel_environment({"PYTHONPATH": str(tmp_path)}, "")
    made = Nursery(("threaded",), environment)
    try:
        assert not waited_for(made, environment)
    finally:
        made.close()


def test_it_and_its_kernels_end_when_whoever_asked_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "asks.py"
    script.write_text(
        textwrap.dedent(
            """
            import asyncio, sys, time
            from pathlib import Path
            from pagecheck.kernel import execute_page, kernel_environment
            from pagecheck.nursery import Nursery
            from pagecheck.page import parse_page

            nursery = Nursery((), kernel_environment({}, ""))
            while not nursery.serves(kernel_environment({}, "")):
                time.sleep(0.05)
            cell = "from pathlib import Path; import os, time; "
            cell += "Path('pid').write_text(str(os.getpid())); time.sleep(600)"
            text = "```{code-cell} python\\n" + cell + "\\n```"
            page = parse_page(text, Path("page.md").resolve())
            print(nursery._process.pid, flush=True)
            asyncio.run(execute_page(page, nursery=nursery))
            """
        ),
        encoding="utf-8",
    )
    asking = subprocess.Popen(
        [sys.executable, str(script)], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert asking.stdout is not None
    with asking.stdout:
        nursery = psutil.Process(int(asking.stdout.readline()))
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert asking.poll() is None
        time.sleep(0.05)
    kernel = psutil.Process(int((tmp_path / "pid").read_text()))
    asking.kill()
    asking.wait()
    _, alive = psutil.wait_procs([nursery, kernel], timeout=60)
    assert not alive


def book_in(folder: Path, preload: object) -> Book:
    return stated_book(folder, {"pagecheck_preload": preload, "pagecheck_kernels": lambda: 1})


@pytest.mark.parametrize("preload", [["json"], lambda: ("json",)])
def test_a_book_states_it_and_many_pages_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preload: object
) -> None:
    monkeypatch.setattr(nurseries, "_ran", 0)
    seen: list[Nursery | None] = []
    real = execute_page

    async def noted(*arguments: object, nursery: Nursery | None, **how: object) -> PageRun:
        seen.append(nursery)
        return await real(*arguments, nursery=nursery, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("pagecheck.scheduler.execute_page", noted)
    book = book_in(tmp_path, preload)

    def asked(*names: str) -> list:  # type: ignore[type-arg]
        cell = "```{code-cell} python\nprint(1)\n```\n"
        return [book.asked(parse_page(cell, tmp_path / f"{name}.md")) for name in names]

    run_pages(book, asked("a"))
    assert seen == [None], "one page imports for itself"
    run_pages(book, asked("b"))
    assert seen[-1] is not None, "who asks for a second one alone, asks for more"
    seen.clear()
    run_pages(book, asked("c", "d", "e"))
    assert None not in seen
    assert nurseries.current is None, "a build leaves none behind"


def test_no_modules_no_nursery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nurseries, "_ran", 9)
    assert nurseries.of((), {}, 9) is None
