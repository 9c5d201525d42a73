"""The two runners show the same and judge the same; what goes wrong is told with its place."""

import pytest

from pagecheck.page import parse_page
from pagecheck.results import CellResult
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
def test_a_page_in_order_runs_once_and_passes_in_the_tests_and_in_the_build(
    small_book: SmallBook,
) -> None:
    small_book.write("page.md", PAGE)
    tested = small_book.test()
    assert tested.returncode == 0, tested.stdout
    assert "4 passed" in tested.stdout
    for _ in range(2):
        built = small_book.build()
        assert built.returncode == 0, built.stderr
        told = "pages: 0 run, 1 taken from the cache; 4 recorded outputs, 4 compared"
        assert told in built.stdout, "the build judges the run that the tests have made"
    assert "1 run, 0 taken" in small_book.build(PAGECHECK_FRESH="1").stdout
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
    "another spelling": ("```{code-cell} ipython3\n1\n```\n", "is not how", ""),
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
    head = "---\nfile_format: mystnb\npagecheck: {data: [absent]}\n---\n"
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
    cell = page.cells[0]
    result = CellResult([{"output_type": "stream", "name": "stdout", "text": "1\n"}])
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
