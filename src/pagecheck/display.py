"""How a cell's values are displayed: the one routine that both runners install in their shell.

A figure shows itself as SVG, and as the line of text that is recorded and compared. Open pyplot
figures are shown at the end of a cell and closed, as in any notebook. Matplotlib's own inline
backend is not used, so that nothing depends on what was imported first.
"""

import hashlib
import sys
import warnings
from io import BytesIO
from typing import Any

from .figures import describe_figure

FIGURE = ("matplotlib.figure", "Figure")


def install(shell: Any) -> None:
    """Teach an IPython shell to display figures the book's way."""
    formatters = shell.display_formatter.formatters
    formatters["text/plain"].for_type_by_name(*FIGURE, _pretty_figure)
    formatters["image/svg+xml"].for_type_by_name(*FIGURE, figure_svg)
    # One picture is enough: without this, a figure's own PNG method would add a second.
    formatters["image/png"].for_type_by_name(*FIGURE, lambda _: None)
    shell.events.register("post_execute", show_open_figures)
    # A prompt in a text (an example in a string) is text; IPython would take it for its own.
    transforms = shell.input_transformer_manager.cleanup_transforms
    transforms[:] = [one for one in transforms if type(one).__name__ != "PromptStripper"]


def load_ipython_extension(shell: Any) -> None:
    """Entry point for IPython: the kernel loads this module as an extension."""
    install(shell)


def figure_svg(figure: Any) -> str:
    """A figure as SVG, the same to the byte for the same figure: no date, no random identifiers."""
    import matplotlib

    buffer = BytesIO()
    # The salt makes identifiers reproducible, and different between the figures of one page.
    salt = hashlib.sha256(describe_figure(figure).encode()).hexdigest()[:12]
    with matplotlib.rc_context({"svg.hashsalt": salt}), warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing glyph is an empty box on the page
        figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return buffer.getvalue().decode("utf-8")


def show_open_figures() -> None:
    """Display pyplot's open figures and close them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    from IPython.display import display

    for number in pyplot.get_fignums():
        display(pyplot.figure(number))
    pyplot.close("all")


def _pretty_figure(figure: Any, printer: Any, cycle: bool) -> None:
    printer.text(describe_figure(figure))
