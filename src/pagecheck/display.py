"""How a cell's values are displayed: the routine that a page's kernel loads as an extension.

A figure shows itself as SVG, and as the text that is recorded and compared. Open pyplot figures
are shown at the end of a cell and closed, as in any notebook. Matplotlib's own inline backend is
not used, whatever a cell asks for, so that nothing depends on what was imported first.

IPython reports many errors without raising them: it prints a traceback, and the cell goes on.
Here an error in displaying a value is raised in the cell that displays it, and one in a thread,
a finalizer or at the end of a cell becomes an output of the type ``error``, which is judged.
"""

import hashlib
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from types import TracebackType
from typing import Any

Bundle = tuple[dict[str, Any], dict[str, Any]]
"""What IPython calls a mime bundle: data by type, and metadata by type."""

_Raised = tuple[type[BaseException], BaseException, TracebackType | None]


class FigureError(Exception):
    """A figure that cannot be shown as it was meant: the picture would be missing or wrong."""


class PageFormatter:
    """Displays figures the book's way, and everything else as IPython does.

    It stands before IPython's formatters instead of being one of them, because ``%matplotlib
    inline`` and whoever sets the formats of figures replace those.

    Args:
        shell: the IPython shell of the page.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._others = shell.display_formatter.format

    def __call__(self, value: Any, include: Any = None, exclude: Any = None) -> Bundle:
        """The mime bundle of a value.

        Raises:
            FigureError: if the value is a figure that cannot be described or drawn.
            Exception: whatever the value's own methods raise.
        """
        if is_figure(value):
            return figure_bundle(value), {}
        with _raising(self._shell):
            bundle: Bundle = self._others(value, include=include, exclude=exclude)
        return bundle


def install(shell: Any) -> None:
    """Teach an IPython shell to display a page's values."""
    shell.display_formatter.format = PageFormatter(shell)
    shell.events.register("post_execute", lambda: show_open_figures(shell))
    # A prompt in a text (an example in a string) is text; IPython would take it for its own.
    transforms = shell.input_transformer_manager.cleanup_transforms
    transforms[:] = [one for one in transforms if type(one).__name__ != "PromptStripper"]


def load_ipython_extension(shell: Any) -> None:
    """Entry point for IPython: the kernel loads this module as an extension."""
    install(shell)
    report_unraised_errors(shell)


def is_figure(value: Any) -> bool:
    """Whether a value is a matplotlib figure, without importing matplotlib."""
    module = sys.modules.get("matplotlib.figure")
    return module is not None and isinstance(value, module.Figure)


def figure_bundle(figure: Any) -> dict[str, str]:
    """A figure as the text that describes it and as the picture that a page shows.

    Raises:
        FigureError: if the figure cannot be described or drawn, or matplotlib warns when it
            does, other than of what is outdated: a missing glyph is an empty box on the page.
    """
    from .figures import describe_drawn

    doing = "drawn"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # As in Python by itself: what a library uses that another has given up is for them to mend.
        for outdated in (DeprecationWarning, PendingDeprecationWarning):
            warnings.simplefilter("ignore", outdated)
            warnings.filterwarnings("error", category=outdated, module="__main__")
        try:
            figure.draw_without_rendering()
            doing = "described"
            text = describe_drawn(figure)
            doing = "drawn"
            return {"text/plain": text, "image/svg+xml": figure_svg(figure, text)}
        except Exception as error:
            raise FigureError(f"the figure cannot be {doing}: {_named(error)}") from error


def figure_svg(figure: Any, salt: str) -> str:
    """A figure as SVG, the same to the byte for the same figure: no date, no random identifiers.

    Args:
        figure: the figure.
        salt: makes its identifiers other ones than those of the page's other figures.
    """
    import matplotlib

    from .mapped import mapped_marked

    buffer = BytesIO()
    digest = hashlib.sha256(salt.encode()).hexdigest()[:12]
    with matplotlib.rc_context({"svg.hashsalt": digest}), mapped_marked(figure):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return buffer.getvalue().decode("utf-8")


def show_open_figures(shell: Any) -> None:
    """Display pyplot's open figures and close them; one that fails does not hide the others."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    from IPython.display import display

    for number in pyplot.get_fignums():
        try:
            display(pyplot.figure(number))
        except Exception:
            shell.showtraceback()
    pyplot.close("all")


def report_unraised_errors(shell: Any) -> None:
    """Report what Python cannot raise: errors in threads, and in finalizers (``__del__``).

    They are kept until the cell ends, since a finalizer may run anywhere, also within the code
    that sends outputs.
    """
    waiting: list[_Raised] = []

    def keep(raised: Any) -> None:
        if raised.exc_type is not SystemExit:
            value = raised.exc_value or raised.exc_type()
            waiting.append((raised.exc_type, value, raised.exc_traceback))

    def report(_: Any = None) -> None:
        while waiting:
            shell.showtraceback(waiting.pop(0))

    sys.unraisablehook = threading.excepthook = keep
    shell.events.register("post_run_cell", report)


@contextmanager
def _raising(shell: Any) -> Iterator[None]:
    """Raise what a formatter would have had printed as a traceback."""
    thread = threading.get_ident()
    show = shell.showtraceback

    def raise_instead(raised: _Raised | None = None, *args: Any, **kwargs: Any) -> None:
        error = (raised or sys.exc_info())[1]
        if error is None or threading.get_ident() != thread:
            show(raised, *args, **kwargs)
        else:
            raise error

    shell.showtraceback = raise_instead
    try:
        yield
    finally:
        shell.showtraceback = show


def _named(error: Exception) -> str:
    """An exception with its class, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
