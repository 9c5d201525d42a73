"""What a cell showed, as text: the one reading of a cell's outputs.

Outputs are in the notebook format's own form. Of a displayed value the page shows one form, the
first of :data:`SHOWN_TYPES` that it has; that form is what is read here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .pictures import base64_bytes, drawing_text, picture_text
from .rich import html_text, script_text
from .terminal import terminal_text

SHOWN_TYPES = (
    "application/javascript",
    "text/html",
    "image/svg+xml",
    "image/png",
    "image/gif",
    "image/jpeg",
    "text/markdown",
    "text/latex",
    "text/plain",
)
"""The types that MyST-NB shows on a page, in its order."""

WIDGET = "application/vnd.jupyter.widget-view+json"
FIGURE = "figure:"
"""How the text of a figure begins: see :func:`pagecheck.figures.describe_figure`."""

_GLUED = "application/papermill.record/"
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]")


def shown_text(outputs: Iterable[Mapping[str, Any]]) -> str:
    r"""What a reader sees of a cell's outputs: printed text and displayed values, in order.

    >>> shown_text([{"output_type": "stream", "name": "stdout", "text": "a\n"}])
    'a\n'
    >>> html = {"text/html": "<b>loss</b> 0.09", "text/plain": "<HTML object>"}
    >>> shown_text([{"output_type": "display_data", "data": html}])
    'loss 0.09\n'
    """
    parts: list[str] = []
    printed = ""
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            printed += output["text"]
        elif output["output_type"] in ("display_data", "execute_result"):
            text = _value_text(output)
            if text is not None:
                parts += [_on_its_own(settled(printed)), text + "\n"]
                printed = ""
    return "".join([*parts, settled(printed)])


def settled(text: str) -> str:
    r"""Printed text as it stands in the end: carriage returns and backspaces have done their work.

    Colours and other commands to a terminal are left out.

    >>> settled("10%\r100%\n\x1b[1mbold\x1b[0m\n")
    '100%\nbold\n'
    """
    return _CONTROL.sub("", terminal_text(text))


def error_stream(outputs: Iterable[Mapping[str, Any]]) -> str:
    """What a cell wrote to the error stream: warnings, mostly."""
    return "".join(
        output["text"]
        for output in outputs
        if output["output_type"] == "stream" and output["name"] == "stderr"
    )


def reported_errors(outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The errors that IPython reported while the cell went on: from magics, callbacks, threads."""
    return [output for output in outputs if output["output_type"] == "error"]


def shows_image(outputs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a picture is among the outputs that says nothing to those who cannot see it.

    A picture in HTML says something where it has its own alternative text.
    """
    for output in outputs:
        data = output.get("data") or {}
        if any(kind.startswith("image/") for kind in data):
            return True
        pictures = re.findall(r"<(?:img|svg|video|canvas)\b[^>]*>", _text(data.get("text/html")))
        if any(not re.search(r"\b(?:alt|aria-label)\s*=\s*.\w", picture) for picture in pictures):
            return True
    return False


def described_but_not_drawn(outputs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a figure's description is shown in place of its picture."""
    return any(
        _text(data.get("text/plain")).startswith(FIGURE)
        and not any(kind.startswith("image/") for kind in data)
        for data in (_unglued(output.get("data") or {}) for output in outputs)
    )


def shows_widget(outputs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a widget is among the outputs, which needs a running kernel."""
    return any(WIDGET in (output.get("data") or {}) for output in outputs)


def _value_text(output: Mapping[str, Any]) -> str | None:
    """The text of a displayed value; of a glued one with the name that it was glued by."""
    text = _shown_form(_unglued(output["data"]))
    name = (output.get("metadata") or {}).get("scrapbook", {}).get("name")
    if text is None or name is None:
        return text
    return f"glue {name}:" + ("\n" if "\n" in text else " ") + text


def _shown_form(data: Mapping[str, Any]) -> str | None:
    kind = next((kind for kind in SHOWN_TYPES if kind in data), None)
    if kind is None:
        return None
    plain = _text(data.get("text/plain"))
    if kind == "text/html":
        return html_text(_text(data[kind]))
    if kind == "application/javascript":
        return script_text(_text(data[kind]))
    if kind.startswith("image/"):
        if plain.startswith(FIGURE):
            return plain
        if kind == "image/svg+xml":
            return drawing_text(_text(data[kind]))
        return picture_text(base64_bytes(data[kind]))
    text = _text(data[kind])
    return settled(text) if kind == "text/plain" else text.strip()


def _unglued(data: Mapping[str, Any]) -> dict[str, Any]:
    return {kind.removeprefix(_GLUED): value for kind, value in data.items()}


def _text(value: Any) -> str:
    """A text of the notebook format, which may be a list of lines."""
    return "".join(value) if isinstance(value, list) else str(value or "")


def _on_its_own(text: str) -> str:
    return text + "\n" if text and not text.endswith("\n") else text
