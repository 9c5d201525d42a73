"""What a step is told and what it writes: the file for its findings, and whether to be small."""

import argparse
import json
from pathlib import Path
from typing import Any


class Findings:
    """A step's findings, written to its file at once, so that a step cut short keeps what it had.

    ``lines`` are for people, everything else for programs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content: dict[str, Any] = {"lines": []}

    def add(self, *lines: str, **values: Any) -> None:
        """Add lines and values."""
        self.content["lines"] += lines
        self.content |= values
        for line in lines:
            print(line, flush=True)
        self.path.write_text(json.dumps(self.content, indent=1) + "\n")


def begin() -> tuple[Findings, bool]:
    """The findings to write, and whether the step is to be small."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    return Findings(options.path), options.small
