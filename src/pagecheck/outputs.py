"""What a cell showed, as text: the one reading of a cell's outputs that both runners share.

Outputs are in the notebook format's own form, so that the kernel's and the in-process runner's
look alike.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def shown_text(outputs: Iterable[Mapping[str, Any]]) -> str:
    r"""What a reader sees of a cell's outputs: printed text and displayed objects, in order.

    Glued values (MyST-NB's ``glue`` without display) show nothing.

    >>> shown_text([{"output_type": "stream", "name": "stdout", "text": "a\n"}])
    'a\n'
    """
    parts: list[str] = []
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            parts.append(output["text"])
        elif output["output_type"] in ("display_data", "execute_result"):
            plain = output["data"].get("text/plain")
            if plain is not None:
                if parts and not parts[-1].endswith("\n"):
                    parts.append("\n")
                parts.append(plain + "\n")
    return _ANSI.sub("", "".join(parts))


def error_stream(outputs: Iterable[Mapping[str, Any]]) -> str:
    """What a cell wrote to the error stream: warnings, mostly."""
    return "".join(
        output["text"]
        for output in outputs
        if output["output_type"] == "stream" and output["name"] == "stderr"
    )


def shows_image(outputs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a picture is among the outputs."""
    return any(kind.startswith("image/") for output in outputs for kind in output.get("data") or {})
