"""Fenced blocks of a Markdown text, found line by line so that their places are exact."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"(?P<indent> {0,3})(?P<marks>`{3,}|~{3,}|:{3,})(?P<info>[^\n]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block: ``body`` is its lines, ``start`` and ``end`` its place in the text."""

    marks: str
    info: str
    line: int
    start: int
    end: int
    body: tuple[str, ...]
    closed: bool


def fenced_blocks(text: str, first: int) -> Iterator[Block]:
    """The outermost fenced blocks, in order."""
    opening: re.Match[str] | None = None
    body: list[str] = []
    start = line = 0
    position = first
    number = text.count("\n", 0, first)
    for raw in text[first:].splitlines(keepends=True):
        number += 1
        fence = FENCE.fullmatch(raw.rstrip("\n"))
        if opening is None:
            if fence and not (fence["marks"][0] == "`" and "`" in fence["info"]):
                opening, body, start, line = fence, [], position, number
        elif fence and closes(fence, opening):
            yield Block(
                opening["marks"],
                opening["info"] if not opening["indent"] else " " + opening["info"],
                line,
                start,
                position + len(raw),
                tuple(body),
                True,
            )
            opening = None
        else:
            body.append(raw)
        position += len(raw)
    if opening is not None:
        yield Block(opening["marks"], opening["info"], line, start, position, tuple(body), False)


def closes(fence: re.Match[str], opening: re.Match[str]) -> bool:
    """Whether a fence ends the block that another one began."""
    same = fence["marks"][0] == opening["marks"][0]
    return same and len(fence["marks"]) >= len(opening["marks"]) and not fence["info"].strip()
