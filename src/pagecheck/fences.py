"""Fenced blocks of a Markdown text, found line by line so that their places are exact.

A line ends at a line feed and nowhere else: a form feed or a line separator in the prose moves
nothing. Blocks of HTML (a comment, ``<details>``) hide the fences in them, as they do for MyST.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"(?P<indent> {0,3})(?P<marks>`{3,}|~{3,}|:{3,})(?P<info>[^\n]*)")

_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|"
    "dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|"
    "header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|"
    "param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul"
)
_COMMENT = "an HTML comment"
_TAG = "an HTML tag"
# How a block of HTML begins, how it ends (None: with an empty line), and what it is.
_HTML = [
    (
        re.compile(r" {0,3}<(?:script|pre|style|textarea)(?=[\s>]|$)", re.I),
        r"</(?:script|pre|style|textarea)>",
        _TAG,
    ),
    (re.compile(r" {0,3}<!--"), r"-->", _COMMENT),
    (re.compile(r" {0,3}<\?"), r"\?>", _TAG),
    (re.compile(r" {0,3}<!\[CDATA\["), r"\]\]>", _TAG),
    (re.compile(r" {0,3}<![A-Za-z]"), r">", _TAG),
    (re.compile(rf" {{0,3}}</?(?:{_TAGS})(?=[\s>]|/>|$)", re.I), None, _TAG),
]
_ANY_TAG = re.compile(r" {0,3}</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>\s*")

_NO_PARAGRAPH = re.compile(r" {0,3}(?:#{1,6}(?:\s|$)|(?:-{3,}|\*{3,}|_{3,})\s*$)")


@dataclass(frozen=True)
class Block:
    """A fenced block: ``body`` is its lines, ``start`` and ``end`` its place in the text.

    ``hidden`` names the block of HTML that keeps MyST from seeing it, None where it is seen.
    """

    marks: str
    info: str
    line: int
    start: int
    end: int
    body: tuple[str, ...]
    closed: bool
    indent: int = 0
    hidden: str | None = None


def fenced_blocks(text: str, first: int) -> Iterator[Block]:
    """The outermost fenced blocks, in order."""
    opening: re.Match[str] | None = None
    html = _Html()
    body: list[str] = []
    start = line = 0
    position = first
    number = text.count("\n", 0, first)
    for raw in text[first:].split("\n"):
        number += 1
        following = min(position + len(raw) + 1, len(text))
        fence = FENCE.fullmatch(raw)
        if opening is None:
            hidden = html.around(raw)
            if fence and not (fence["marks"][0] == "`" and "`" in fence["info"]):
                if hidden:
                    yield _block(fence, number, position, following, (), False, hidden)
                else:
                    opening, body, start, line = fence, [], position, number
        elif fence and closes(fence, opening):
            yield _block(opening, line, start, following, tuple(body), True)
            opening, html = None, _Html()
        else:
            body.append(text[position:following])
        position = following
    if opening is not None:
        yield _block(opening, line, start, position, tuple(body), False)


def _block(
    fence: re.Match[str],
    line: int,
    start: int,
    end: int,
    body: tuple[str, ...],
    closed: bool,
    hidden: str | None = None,
) -> Block:
    indent = len(fence["indent"])
    return Block(fence["marks"], fence["info"], line, start, end, body, closed, indent, hidden)


class _Html:
    """Follows lines outside fences and knows which of them belong to a block of HTML."""

    def __init__(self) -> None:
        self._what: str | None = None
        self._end: str | None = None
        self._after_blank = True

    def around(self, line: str) -> str | None:
        """The kind of HTML that a line stands in, None where it stands in none."""
        blank = not line.strip()
        if self._what is None:
            self._begin(line)
        elif self._end is None and blank:
            self._what = None
        what = self._what
        if what and self._end and re.search(self._end, line, re.I):
            self._what = None
        self._after_blank = blank or _NO_PARAGRAPH.match(line) is not None
        return what

    def _begin(self, line: str) -> None:
        for pattern, end, what in _HTML:
            if pattern.match(line):
                self._what, self._end = what, end
                return
        # Any other tag that has a line to itself, but not within a paragraph.
        if self._after_blank and _ANY_TAG.fullmatch(line):
            self._what, self._end = _TAG, None


def closes(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """Whether a fence ends the block that another one began."""
    same = fence["marks"][0] == opening["marks"][0]
    return same and len(fence["marks"]) >= len(opening["marks"]) and not fence["info"].strip()
