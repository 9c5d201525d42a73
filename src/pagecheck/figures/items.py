"""One thing that is drawn, in words: what it is, and its data."""

from dataclasses import dataclass

MANY = 4
"""So many things that look alike, one after the other, are described together."""


@dataclass(frozen=True)
class Item:
    """A thing that is drawn.

    Args:
        what: what it is and how it looks; does not change with the data.
        data: its data, in numbers.
    """

    what: str
    data: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.data}" if self.data else self.what
