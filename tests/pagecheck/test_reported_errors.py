"""What goes wrong without ending a cell is told all the same: nothing vanishes from a page."""

from pathlib import Path

import pytest

from pagecheck.kernel import run_in_kernel
from pagecheck.outputs import shown_text
from pagecheck.page import Page, parse_page
from pagecheck.results import CellResult
from pagecheck.verdict import Problem, judge

# What is planted runs in a page's kernel, where these names are known.
PREPARE = """
import gc, sys, threading, warnings
import matplotlib.pyplot as plt
from pathlib import Path
from IPython.display import display
from matplotlib.figure import Figure

class Bad:
    def __repr__(self):
        raise ValueError("no text for it")

class BadHtml:
    def _repr_html_(self):
        raise ValueError("no markup for it")

class BadEnd:
    def __del__(self):
        raise ValueError("ended badly")

def titled(text):
    figure = Figure()
    figure.subplots().set_title(text)
    return figure

def outdated(module):
    figure = titled("old")
    figure.axes[0].title.draw = lambda renderer: warnings.warn_explicit(
        "gone soon", DeprecationWarning, "file.py", 1, module)
    return figure

def told(show):
    try:
        show()
    except Exception as error:
        print(f"raised {type(error).__name__}: {error}")

Path("broken.py").write_text("print('start')\\n1 / 0\\n");
"""
RAISED = {
    "told(lambda: display(Bad()))": "raised ValueError: no text for it",
    "told(lambda: display(BadHtml()))": "raised ValueError: no markup for it",
    "told(lambda: display(titled('$x_{$')))": "cannot be drawn: ValueError",
    "told(lambda: display(titled('大きい')))": "Glyph 22823",
    "told(lambda: display(outdated('__main__')))": "DeprecationWarning: gone soon",
}
# What another library says of a third one is not the page's: it is as quiet as in Python by itself.
DRAWN = "told(lambda: display(outdated('matplotlib._mathtext')))"
REPORTED = {
    "%run broken.py": "ZeroDivisionError: division by zero",
    "BadEnd();\nx = 1": "ValueError: ended badly",
    "t = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()": "ZeroDivisionError",
    "plt.title('$x_{$');": "FigureError: the figure cannot be drawn",
    "get_ipython().events.register('post_execute', fail := lambda: 1 / 0)": "ZeroDivisionError",
    "get_ipython().events.unregister('post_execute', fail)": "",
    "import logging\nlogging.getLogger('a').warning('odd')": "error stream",
}


def page_of(sources: list[str], folder: Path) -> Page:
    head = "```{code-cell} python\n---\nmystnb: {image: {alt: A figure}}\n---\n"
    return parse_page("".join(f"{head}{each}\n```\n\n" for each in sources), folder / "page.md")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[CellResult, str]]:
    """Each planted cell's result and verdict, from one run of a page that holds them all."""
    sources = [PREPARE, *RAISED, DRAWN, *REPORTED]
    page = page_of(sources, tmp_path_factory.mktemp("page"))
    results = run_in_kernel(page).results
    return {
        source: (result, str(judge(page, cell, result)))
        for source, cell, result in zip(sources, page.cells, results, strict=True)
    }


@pytest.mark.slow
def test_an_error_in_displaying_a_value_is_raised_where_it_is_displayed(
    judged: dict[str, tuple[CellResult, str]],
) -> None:
    for source, words in RAISED.items():
        assert words in shown_text(judged[source][0].outputs), source


@pytest.mark.slow
def test_what_a_library_has_outdated_keeps_no_figure_back(
    judged: dict[str, tuple[CellResult, str]],
) -> None:
    assert shown_text(judged[DRAWN][0].outputs).startswith("figure: 1 axes")


@pytest.mark.slow
def test_what_ipython_and_python_only_report_is_a_problem_with_its_place(
    judged: dict[str, tuple[CellResult, str]],
) -> None:
    assert judged[PREPARE][1] == "None"
    for source, words in REPORTED.items():
        verdict = judged[source][1]
        assert words in verdict, source
        assert not words or "page.md:" in verdict


@pytest.mark.slow
def test_an_error_in_displaying_the_last_value_ends_the_cell_at_its_line(tmp_path: Path) -> None:
    page = page_of([PREPARE, "x = 1\n\ntitled('$x_{$')"], tmp_path)
    results = run_in_kernel(page).results
    verdict = judge(page, page.cells[1], results[1])
    assert isinstance(verdict, Problem)
    assert verdict.line == page.cells[1].line + 2
    assert "the cell ended with" in verdict.message


@pytest.mark.slow
def test_an_error_in_a_thread_that_outlives_the_last_cell_is_told(tmp_path: Path) -> None:
    late = "import threading, time\ndef late():\n    time.sleep(0.5)\n    1 / 0\n"
    page = page_of([f"{late}threading.Thread(target=late).start()"], tmp_path)
    (result,) = run_in_kernel(page).results
    assert "ZeroDivisionError" in str(judge(page, page.cells[0], result))


@pytest.mark.slow
def test_a_pool_that_is_not_shut_down_and_a_daemon_are_not_waited_for(tmp_path: Path) -> None:
    code = (
        "import threading, time\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\nprint(pool.submit(pow, 2, 5).result())\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    )
    page = page_of([code], tmp_path)
    run = run_in_kernel(page)
    assert [shown_text(result.outputs) for result in run.results] == ["32\n"]
    assert run.error is None
    assert run.seconds < 30


def test_a_reported_error_is_told_at_the_line_of_the_page_that_it_happened_in() -> None:
    page = page_of(["def fail():\n    1 / 0", "x = 1\nfail()"], Path())
    earlier, cell = page.cells
    error = {"output_type": "error", "ename": "E", "evalue": "why"}
    frames = {
        "Cell In[2], line 2\n": cell.line + 1,
        "Cell In[2], line 2\nCell In[1], line 2\n": earlier.line + 1,
        "File script.py:7\n": cell.line,
    }
    for traceback, line in frames.items():
        problem = judge(page, cell, CellResult([{**error, "traceback": [traceback]}]))
        assert isinstance(problem, Problem)
        assert (problem.line, "E: why" in problem.message) == (line, True)


def test_a_figure_that_is_described_has_to_be_drawn() -> None:
    page = page_of(["figure"], Path())
    shown = {"text/plain": "figure: 1 axes", "image/svg+xml": "<svg/>"}
    for data, told in ((shown, False), ({"text/plain": "figure: 1 axes"}, True)):
        output = {"output_type": "display_data", "data": data}
        assert ("does not draw it" in str(judge(page, page.cells[0], CellResult([output])))) is told


def test_a_widget_is_refused() -> None:
    data = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "IntSlider(value=0)"}
    page = page_of(["slider"], Path())
    output = {"output_type": "display_data", "data": data}
    assert "needs a running kernel" in str(judge(page, page.cells[0], CellResult([output])))
