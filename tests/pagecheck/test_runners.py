"""The two runners show the same and judge the same; what goes wrong is told with its place."""

from pathlib import Path

import pytest

from pagecheck.inprocess import InProcessRunner, PageNotRun
from pagecheck.kernel import run_in_kernel
from pagecheck.outputs import error_stream, shown_text
from pagecheck.page import parse_page, read_page
from pagecheck.store import PageStore, page_key
from pagecheck.verdict import Problem, Skipped, judge
from tests.pagecheck.conftest import SmallBook

PAGE = """# Is it so?

```{code-cell} python
print("printed")
value = {"a": [1.5, 2.25], "b": list(range(40))}
value
```

```{output}
printed
{'a': [1.5, 2.25],
 'b': [0,
...
  39]}
```

```{code-cell} python
---
mystnb:
  image:
    alt: Four grey cells
---
from matplotlib.figure import Figure

figure = Figure()
axes = figure.subplots()
axes.imshow([[0, 1], [2, 3]])
axes.set_title("cells")
figure
```

```{output}
figure: 1 axes; "cells": image 2x2 in [0, 3], mean 1.50, centre 0.8 0.7, digest 4.4079 5.4362
```

```{code-cell} python
---
mystnb:
  image:
    alt: A line
---
import matplotlib.pyplot as plt

plt.plot([1, 2], [3.5, 4.5], label="up");
```

```{output}
figure: 1 axes; untitled: line "up" 2 points x 1 to 2 y 3.50 4.50
```

```{code-cell} python
class Thing:
    pass


print(Thing, __name__)
```

```{output}
<class '__main__.Thing'> __main__
```
"""


@pytest.mark.slow
def test_both_runners_show_the_same(tmp_path: Path) -> None:
    page = parse_page(PAGE, tmp_path / "page.md")
    here = [shown_text(result.outputs) for result in InProcessRunner(page).run_all()]
    kernel = [shown_text(result.outputs) for result in run_in_kernel(page).results]
    assert here == kernel
    assert len(here) == len(page.cells) == 4


@pytest.mark.slow
def test_a_page_in_order_passes_in_both_and_a_second_build_runs_nothing(
    small_book: SmallBook,
) -> None:
    small_book.write("page.md", PAGE)
    tested = small_book.test()
    assert tested.returncode == 0, tested.stdout
    assert "4 passed" in tested.stdout
    built = small_book.build()
    assert built.returncode == 0, built.stderr
    assert "pages: 1 run, 0 taken from the cache; 4 recorded outputs, 4 compared" in built.stdout
    again = small_book.build()
    assert again.returncode == 0, again.stderr
    assert "pages: 0 run, 1 taken from the cache" in again.stdout
    html = (small_book.folder / "_build/html/pages/page.html").read_text()
    assert html.count("__main__.Thing") == 1, "the output is shown once"
    assert 'alt="Four grey cells"' in html
    (notebook,) = (small_book.folder / "_build/html").rglob("page.ipynb")
    assert notebook.name in html
    assert "__main__.Thing" in notebook.read_text()


CELL = "```{code-cell} python\n"
FAULTS = {
    "drift": (
        f"{CELL}print(0.25)\n```\n\n```{{output}}\n0.29\n```\n",
        ":11: the output",
        "? 0.25 is",
    ),
    "an exception": (f"{CELL}x = 1\nx / 0\n```\n", ":8: the cell ended with ZeroDivision", ""),
    "a syntax error": (f"{CELL}x = = 1\n```\n", "the cell ended with SyntaxError", ""),
    "an output that is not recorded": (f"{CELL}print(1)\n```\n", "none is recorded", "+ 1"),
    "a recorded output that is not shown": (
        f"{CELL}x = 1\n```\n\n```{{output}}\n1\n```\n",
        "shows nothing",
        "- 1",
    ),
    "a warning": (f"{CELL}import warnings\nwarnings.warn('odd')\n```\n", "error stream", "odd"),
    "a figure without alternative text": (
        f"{CELL}from matplotlib.figure import Figure\nFigure()\n```\n\n"
        "```{output}\nfigure: 0 axes\n```\n",
        "without alternative text",
        "",
    ),
    "another spelling": ("```{code-cell} ipython3\n1\n```\n", "is not how a cell is written", ""),
}


@pytest.mark.slow
def test_every_fault_is_told_with_its_place_by_both_runners_and_again_when_repeated(
    small_book: SmallBook,
) -> None:
    for number, (text, _, _) in enumerate(FAULTS.values()):
        small_book.write(f"page{number}.md", f"# Fault\n{text}")
    tested, built, again = small_book.test(), small_book.build(), small_book.build()
    assert tested.returncode == 1
    assert built.returncode == again.returncode == 1
    assert f"The book is not in order: {len(FAULTS)} problems." in built.stderr
    assert f"{len(FAULTS)} failed" in tested.stdout
    assert "Traceback" not in built.stderr
    for report in (tested.stdout, built.stderr, again.stderr):
        for number, (name, (_, place, detail)) in enumerate(FAULTS.items()):
            lines = [line for line in report.splitlines() if f"page{number}.md" in line]
            assert any(place in line for line in lines), f"{name}: {lines}"
            assert detail in report


@pytest.mark.slow
def test_a_dead_kernel_and_a_cell_over_its_limit_end_the_build(small_book: SmallBook) -> None:
    small_book.write("dead.md", f"# Dead\n{CELL}import os, signal\nos.kill(os.getpid(), 9)\n```\n")
    head = "---\nfile_format: mystnb\ncnnbook: {timeout: 2}\n---\n"
    small_book.write("slow.md", f"# Slow\n{CELL}import time\ntime.sleep(60)\n```\n", head)
    for _ in range(2):
        built = small_book.build()
        assert built.returncode == 1
        assert "dead.md:7: the cell ended with DeadKernel: the kernel died" in built.stderr
        assert "slow.md:7: the cell ended with CellTimeout" in built.stderr
        assert "its limit of 2 s" in built.stderr


@pytest.mark.slow
def test_a_missing_image_fails_the_build_and_fails_it_again(small_book: SmallBook) -> None:
    small_book.write("page.md", "# Picture\n\n![a picture](absent.png)\n")
    for _ in range(2):
        built = small_book.build()
        assert built.returncode != 0
        assert "absent.png" in built.stderr


@pytest.mark.slow
def test_editing_prose_runs_nothing_and_editing_code_runs_that_page(
    small_book: SmallBook,
) -> None:
    text = f"# One\n\nprose\n\n{CELL}print(1)\n```\n\n```{{output}}\n1\n```\n"
    small_book.write("one.md", text)
    small_book.write("two.md", text.replace("print(1)", "print(0 + 1)"))
    assert "pages: 2 run, 0 taken" in small_book.build().stdout
    small_book.write("one.md", text.replace("prose", "other prose"))
    built = small_book.build()
    assert "pages: 0 run, 2 taken" in built.stdout
    assert "other prose" in (small_book.folder / "_build/html/pages/one.html").read_text()
    small_book.write("one.md", text.replace("print(1)", "print(2 - 1)"))
    assert "pages: 1 run, 1 taken" in small_book.build().stdout
    (small_book.folder / "fingerprint").write_text("two")
    assert "pages: 2 run, 0 taken" in small_book.build().stdout


@pytest.mark.slow
def test_outputs_of_replaced_data_are_skipped_and_counted(small_book: SmallBook) -> None:
    head = "---\nfile_format: mystnb\ncnnbook: {data: [absent]}\n---\n"
    cell = f"{CELL}print(1)\n```\n\n```{{output}}\n:data: absent\n2\n```\n"
    small_book.write("page.md", f"# Data\n\n{cell}", head)
    tested = small_book.test("-rs")
    assert "1 skipped" in tested.stdout
    assert "absent is not there" in tested.stdout
    built = small_book.build()
    assert built.returncode == 0, built.stderr
    assert "1 outputs not compared: absent is not there" in built.stdout
    assert "ran on other data" in (small_book.folder / "_build/html/pages/page.html").read_text()


def test_an_output_of_several_data_sets_is_skipped_if_one_of_them_is_replaced() -> None:
    page = parse_page(f"{CELL}print(1)\n```\n\n```{{output}}\n:data: one two\n2\n```\n")
    cell, result = page.cells[0], InProcessRunner(page).result(0)
    assert isinstance(judge(page, cell, result), Problem)
    assert isinstance(judge(page, cell, result, {"three": "it is not there"}), Problem)
    for name in ("one", "two"):
        verdict = judge(page, cell, result, {name: f"{name} is not there"})
        assert isinstance(verdict, Skipped)
        assert verdict.reason == f"{name} is not there"


@pytest.mark.slow
def test_any_selection_of_cells_gives_the_same_result(small_book: SmallBook) -> None:
    small_book.write(
        "page.md",
        f"# Order\n\n{CELL}x = 1\n```\n\n{CELL}print(x)\n```\n\n```{{output}}\n1\n```\n",
    )
    tested = small_book.test("-k", "line:11")
    assert "1 passed, 1 deselected" in tested.stdout


def test_cells_after_an_exception_do_not_run() -> None:
    page = parse_page(f"{CELL}1 / 0\n```\n\n{CELL}print(1)\n```\n")
    runner = InProcessRunner(page)
    assert runner.result(0).error is not None
    with pytest.raises(PageNotRun, match="line 2"):
        runner.result(1)


def test_the_process_is_left_as_it_was() -> None:
    import builtins
    import sys

    before = (sys.stdout, sys.stderr, sys.displayhook, Path.cwd(), sys.modules["__main__"])
    page = parse_page(f"{CELL}import os, sys\nos.chdir('/')\nprint(1, file=sys.stderr)\n```\n")
    result = InProcessRunner(page).result(0)
    assert error_stream(result.outputs) == "1\n"
    after = (sys.stdout, sys.stderr, sys.displayhook, Path.cwd(), sys.modules["__main__"])
    assert before == after
    assert not hasattr(builtins, "get_ipython")


def test_a_page_is_run_again_when_a_file_that_it_reads_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"---\ncnnbook: {{files: [data.json]}}\n---\n# A\n\n{CELL}1\n```\n")
    keys = []
    for content in (None, "1", "2", "1"):
        if content is not None:
            (tmp_path / "data.json").write_text(content)
        keys.append(page_key(read_page(path), "fingerprint"))
    assert len(set(keys)) == 3
    assert keys[1] == keys[3]


def test_a_run_is_kept_by_its_code_and_fingerprint_and_a_damaged_one_is_made_anew(
    tmp_path: Path,
) -> None:
    from pagecheck.kernel import PageRun

    runs: list[str] = []

    def runner(page, timeout=None):  # type: ignore[no-untyped-def]
        runs.append(page.cells[0].source)
        return PageRun(tuple(InProcessRunner(page).run_all()), 0.1)

    store = PageStore(tmp_path, runner)
    page = parse_page(f"# A\n\n{CELL}print(1)\n```\n")
    edited = parse_page(f"# B\n\n{CELL}print(1)\n```\n")
    assert store.executed(page, "a", {}).fresh
    assert not store.executed(edited, "a", {}).fresh
    assert store.executed(page, "b", {}).fresh
    for path, damage in zip(sorted(tmp_path.glob("*.json")), ('{"outputs": [[', ""), strict=True):
        path.write_text(damage)
    assert store.executed(page, "a", {}).fresh
    assert len(runs) == 3
    failing = parse_page(f"{CELL}1 / 0\n```\n")
    assert store.executed(failing, "a", {}).fresh
    assert store.executed(failing, "a", {}).fresh, "a failed run is not kept"
