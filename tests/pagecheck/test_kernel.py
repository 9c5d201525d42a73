"""The kernel is the truth about a page: what it shows, what breaks it, where, and its limits."""

from pathlib import Path

import pytest

from pagecheck.kernel import PageRun, kernel_environment, run_in_kernel
from pagecheck.limits import Limits, Watch
from pagecheck.outputs import error_stream, shown_text
from pagecheck.page import Page, parse_page

CELL = "```{code-cell} python\n"


def page_of(folder: Path, *cells: str, head: str = "") -> Page:
    text = "\n\n".join(f"{CELL}{cell}\n```" for cell in cells)
    return parse_page(head + text, folder / "page.md")


def shown(run: PageRun) -> list[str]:
    return [shown_text(result.outputs) for result in run.results]


pytestmark = pytest.mark.slow


def test_cells_share_a_kernel_that_behaves_as_any_notebook(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("x = 5\n")
    page = page_of(
        tmp_path,
        "import asyncio, os, sys, warnings\nwarnings.filterwarnings('ignore')\nos.mkdir('lib')",
        "warnings.warn('odd')\nprint(asyncio.get_running_loop().is_running())",
        "import beside\nprint(beside.x)\nos.chdir('/')",
        "print(os.getcwd(), __name__)",
        "from IPython.display import clear_output\n"
        "for i in range(3):\n    clear_output(wait=True)\n    print('step', i)",
        "handle = display('first', display_id=True)",
        "handle.update('second')",
        "import multiprocessing as mp\n"
        "def square(i):\n    print('child', i)\n    return i * i\n"
        "with mp.get_context('fork').Pool(1) as pool:\n    print(pool.map(square, [1, 2]))",
        "import traceback\n"
        "try:\n    1 / 0\nexcept ArithmeticError:\n    traceback.print_exc(file=sys.stdout)",
    )
    run = run_in_kernel(page)
    assert run.error is None
    assert [error_stream(result.outputs) for result in run.results] == [""] * len(page.cells)
    *texts, traceback = shown(run)
    assert texts == [
        "", "True\n", "5\n", "/ __main__\n", "step 2\n", "'second'\n", "",
        "child 1\nchild 2\n[1, 4]\n",
    ]  # fmt: skip
    assert 'File "cell-9.py", line 3' in traceback, "the same in every run"
    assert run.processor_seconds > 0
    assert run.peak_memory > 1 << 20


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["def halve(x):\n    return x / 0", "y = 1\nhalve(y)"], (0, 2)),
        (["x = 1\ny = 2\nz = = 3"], (None, 3)),
        (["x = 1\neval('1 +')"], (None, 2)),
        (["class Thing:\n    def _repr_html_(self):\n        raise ValueError", "Thing()"], (0, 3)),
    ],
    ids=["in a function of an earlier cell", "syntax", "syntax in a text", "in showing a value"],
)
def test_an_error_is_told_at_its_own_line(
    cells: list[str], line: tuple[int | None, int], tmp_path: Path
) -> None:
    error = run_in_kernel(page_of(tmp_path, *cells)).error
    assert error is not None
    assert (error.cell, error.line) == line
    assert "\x1b" not in str(error)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (
            # What a kernel has printed leaves it a moment later.
            "import os, time\nprint('before', flush=True)\ntime.sleep(2)\nos.kill(os.getpid(), 9)",
            "DeadKernel",
        ),
        ("print('before')\nraise SystemExit(3)", "SystemExit"),
        ("print('before')\nraise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_page_that_breaks_off_keeps_what_it_showed(code: str, name: str, tmp_path: Path) -> None:
    run = run_in_kernel(page_of(tmp_path, "print(1)", code, "print(3)"))
    assert run.error is not None
    assert run.error.name == name
    assert [text.partition("\n")[0] for text in shown(run)] == ["1", "before"]


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    pass",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'while True: pass'])",
    ],
    ids=["itself", "in a child"],
)
def test_a_cell_is_ended_by_its_processor_seconds(code: str, tmp_path: Path) -> None:
    page = page_of(tmp_path, code, head="---\npagecheck: {timeout: 1}\n---\n")
    error = run_in_kernel(page).error
    assert error is not None
    assert "more than its limit of 1 processor seconds" in error.message


def test_a_cell_that_waits_is_ended_by_the_time_without_any(tmp_path: Path) -> None:
    page = page_of(tmp_path, "import time\ntime.sleep(2)\nprint('back')", "time.sleep(600)")
    run = run_in_kernel(page, limits=Limits(processor_seconds=1000, waiting_seconds=4))
    assert shown(run)[0] == "back\n"
    assert run.error is not None
    assert "waited for 4 s and did nothing" in run.error.message


def test_what_goes_past_python_is_an_error_since_its_order_is_left_to_chance(
    tmp_path: Path,
) -> None:
    page = page_of(
        tmp_path, "import os\nos.system('echo past')\nprint('end')", "print(2)", "!echo told"
    )
    run = run_in_kernel(page)
    first, second, third = (result.outputs for result in run.results)
    (error,) = [output for output in first if output["output_type"] == "error"]
    assert "past" in error["evalue"]
    assert "capture" in error["evalue"]
    assert shown_text(second) == "2\n"
    assert shown_text(third).splitlines() == ["told"]


def test_every_kernel_has_one_thread_and_what_a_gpu_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    variables = kernel_environment({}, "scratch")
    assert variables["OMP_NUM_THREADS"] == "1"
    assert variables["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    variables = kernel_environment({"OMP_NUM_THREADS": "2"}, "scratch")
    assert variables["OMP_NUM_THREADS"] == "2"
    assert variables["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


def test_a_page_that_waits_is_patient_while_another_page_works() -> None:
    import os

    waiting, working = Watch(os.getpid()), Watch(os.getpid())
    try:
        assert waiting._others_worked(10.0) == 10.0, "nobody works: wall seconds count"
        working._step = 1.0
        assert waiting._others_worked(10.0) == 1.0, "the other's processor seconds count"
    finally:
        waiting.close()
        working.close()
