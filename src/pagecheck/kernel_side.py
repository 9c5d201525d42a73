"""What a page's kernel loads when it starts: how values show, and how cells are named.

IPython's kernel names the file of a cell by its process, so that a traceback that a page prints
would differ in every run. Here a cell is called by its number.
"""

from typing import Any

from . import display


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
