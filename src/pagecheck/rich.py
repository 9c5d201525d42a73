"""The text of HTML: what a reader reads of it, whatever its markup.

A row of a table is a line, with bars between its cells; pictures are described where they stand;
styles are left out, and of a script only a hash tells whether it is another one.
"""

import re
from html.parser import HTMLParser

from .pictures import (
    drawing_text,
    embedded_text,
    short_hash,
    without_embedded,
)

_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|caption|d[dlt]|details|div|fig(caption|ure)|footer|form|"
    "h[1-6r]|header|li|main|nav|[ou]l|p|pre|section|summary|table|t(body|foot|head|r)"
)
_CELLS = frozenset(["td", "th"])
_HIDDEN = frozenset(
    [
        "style",
        "template",
        "title",
        "head",
        "noscript",
        "audio",
        "video",
        "object",
        "iframe",
        "canvas",
    ]
)
_IDENTIFIER = re.compile(r"\b[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b|\b[0-9a-f]{16,}\b")


def html_text(source: str) -> str:
    r"""What a reader reads of some HTML.

    >>> html_text("<b>loss</b>   0.09<br>")
    'loss 0.09'
    >>> print(html_text("<table><tr><th>epoch<th>loss</tr><tr><td>1<td>0.5</tr></table>"))
    epoch | loss
    1 | 0.5
    """
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.text()


def script_text(source: str) -> str:
    """A script by its embedded pictures and a hash; identifiers in it may be random.

    >>> script_text("alert('hello')")
    'script, content bc8b29d9'
    """
    shown = embedded_text(source)
    plain = _IDENTIFIER.sub("id", without_embedded(source))
    return "\n".join([*shown, f"script, content {short_hash(' '.join(plain.split()))}"])


class _Reader(HTMLParser):
    """Collects the lines of a document."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = [""]
        self._hidden = 0
        self._pre = 0
        self._script: list[str] | None = None
        self._drawing: list[str] = []
        self._depth = 0

    def text(self) -> str:
        lines = [re.sub(r"^(?:\| )", "", line).rstrip(" ") for line in self._lines]
        return "\n".join(line for line in lines if line.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "svg" or self._depth:
            self._depth += tag == "svg"
            self._drawing.append(self.get_starttag_text() or "")
        elif tag == "script":
            self._script = []
        elif tag in _HIDDEN:
            self._hidden += 1
        elif tag in _CELLS:
            self._add(" | " if self._lines[-1].strip() else "| ")
        elif _BLOCKS.fullmatch(tag):
            self._pre += tag == "pre"
            self._lines.append("")
        self._embedded(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._drawing.append(f"</{tag}>")
            self._depth -= tag == "svg"
            if not self._depth:
                self._lines += [drawing_text("".join(self._drawing)), ""]
                self._drawing = []
        elif tag == "script" and self._script is not None:
            self._lines += [*script_text("".join(self._script)).split("\n"), ""]
            self._script = None
        elif tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif _BLOCKS.fullmatch(tag):
            self._pre = max(self._pre - (tag == "pre"), 0)
            self._lines.append("")

    def handle_data(self, data: str) -> None:
        if self._depth:
            self._drawing.append(data.replace("&", "&amp;").replace("<", "&lt;"))
        elif self._script is not None:
            self._script.append(data)
        elif self._hidden:
            return
        elif self._pre:
            first, *more = data.split("\n")
            self._lines[-1] += first
            self._lines += more
        else:
            self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        """Continue the line; blanks do not pile up."""
        line = self._lines[-1]
        self._lines[-1] += text.lstrip(" ") if not line or line.endswith(" ") else text

    def _embedded(self, tag: str, attributes: dict[str, str]) -> None:
        """What stands in an element's attributes and is seen."""
        if self._depth:
            return
        address = attributes.get("src") or attributes.get("data") or attributes.get("srcdoc") or ""
        if address.startswith("data:"):
            self._lines += [*embedded_text(address), ""]
        elif address and tag != "script":
            self._lines += [f"{tag} {address}", ""]
        if tag in ("input", "option", "progress", "meter") and attributes.get("value"):
            self._add(attributes["value"])
