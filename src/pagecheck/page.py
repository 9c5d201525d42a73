"""A page of the book: Markdown text with executable cells and their recorded outputs.

There is one spelling of a cell and one of a recorded output::

    ```{code-cell} python
    print(1 + 1)
    ```

    ```{output}
    2
    ```

Everything else that looks like a cell is refused by name, because the two runners (Sybil and
MyST-NB) would not agree about it. A page keeps its text untouched and knows only positions in it,
so that whatever is not rewritten stays as it is to the byte.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import PageError as PageError
from .fences import Block, fenced_blocks
from .front_matter import SETTINGS, front_matter
from .refusals import CELL_INFO, OUTPUT_INFO, refuse_block, refuse_outside

CELL_OPTIONS = frozenset({"tags", "mystnb"})
OUTPUT_OPTIONS = ("unchecked", "data")
REFUSED_TAGS = frozenset({"raises-exception", "skip-execution"})

_LONG_TEXT = re.compile(r"(\"\"\"|\'\'\').*?(?:\1|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Output:
    """A recorded output: its text and how it is compared."""

    text: str
    line: int
    start: int = field(repr=False)
    end: int = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def unchecked(self) -> str | None:
        """Why the output is not compared, None where it is."""
        return self.options.get("unchecked")

    @property
    def data(self) -> tuple[str, ...]:
        """The data sets that the output was recorded with; none where they do not matter."""
        return tuple(self.options.get("data", "").split())


@dataclass(frozen=True)
class Cell:
    """An executable cell; ``line`` is that of its first line of code, counted from 1."""

    index: int
    source: str
    line: int
    start: int = field(repr=False)
    end: int = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    output: Output | None = None

    @property
    def alt(self) -> str | None:
        """The alternative text for the cell's figures."""
        return ((self.options.get("mystnb") or {}).get("image") or {}).get("alt")


@dataclass(frozen=True)
class Page:
    """A page's text, its front matter and its cells."""

    path: Path
    text: str = field(repr=False)
    front_matter: Mapping[str, Any]
    cells: tuple[Cell, ...]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The page's own settings: ``pagecheck:`` in its front matter."""
        return self.front_matter.get(SETTINGS) or {}

    @property
    def data(self) -> tuple[str, ...]:
        """Names of the data sets that the page's cells load."""
        return tuple(self.settings.get("data") or ())

    @property
    def files(self) -> tuple[Path, ...]:
        """Files that the page's cells read, named from the page's folder."""
        return tuple(self.path.parent / name for name in self.settings.get("files") or ())

    def without_outputs(self) -> str:
        """The text with each recorded output blanked, line numbers kept."""
        text = self.text
        for cell in reversed(self.cells):
            if cell.output is not None:
                block = text[cell.output.start : cell.output.end]
                text = (
                    text[: cell.output.start] + "\n" * block.count("\n") + text[cell.output.end :]
                )
        return text


def read_page(path: Path) -> Page:
    """Read a page from its file.

    Raises:
        PageError: if the page is not written as pages are, or not in UTF-8.
        OSError: if the file cannot be read.
    """
    return parse_page(page_text(path), path)


def page_text(path: Path, content: bytes | None = None) -> str:
    """The text of a page as it lies in its file, with its line ends and byte order mark.

    Args:
        path: the file.
        content: what has been read from it, if it has been.

    Raises:
        PageError: if the file is not in UTF-8.
        OSError: if it cannot be read.
    """
    content = path.read_bytes() if content is None else content
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PageError(
            f"{path}:{line}: the page is not in UTF-8 (byte {content[error.start]:#04x}); "
            "save it in that encoding"
        ) from error


def parse_page(text: str, path: Path = Path("page.md")) -> Page:
    r"""Find a page's cells and recorded outputs.

    Line ends become line feeds and a byte order mark is left out; lines are counted as before.

    Raises:
        PageError: for a cell in another spelling or where it is not run, ``>>>`` in a cell, an
            output that does not follow a cell, an unknown option, a wrong setting.

    >>> page = parse_page("```{code-cell} python\n1 + 1\n```\n\n```{output}\n2\n```\n")
    >>> page.cells[0].source, page.cells[0].output.text
    ('1 + 1', '2\n')
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        raise PageError(
            f"{path}:{line}: a carriage return without a line feed; "
            "save the page with line feeds as line ends"
        )
    matter, first = front_matter(text, path)
    cells: list[Cell] = []
    blocks = list(fenced_blocks(text, first))
    for block in blocks:
        if block.hidden or block.indent:
            refuse_block(block, path)
        elif block.info == CELL_INFO and block.marks == "```":
            cells.append(_cell(block, len(cells), path))
        elif block.info == OUTPUT_INFO and block.marks[0] == "`":
            previous = cells[-1] if cells else None
            if previous is None or previous.output or text[previous.end : block.start].strip():
                raise PageError(f"{path}:{block.line}: this output does not follow a cell")
            if not block.closed:
                raise PageError(f"{path}:{block.line}: this output has no closing fence")
            cells[-1] = _with_output(previous, _output(block, path))
        else:
            refuse_block(block, path)
    refuse_outside(text, blocks, path)
    return Page(path, text, matter, tuple(cells))


def _with_output(cell: Cell, output: Output) -> Cell:
    return Cell(cell.index, cell.source, cell.line, cell.start, cell.end, cell.options, output)


def _cell(block: Block, index: int, path: Path) -> Cell:
    if not block.closed:
        raise PageError(f"{path}:{block.line}: this cell has no closing fence")
    options, skipped = cell_options(block, path)
    source = "".join(block.body[skipped:]).rstrip("\n")
    line = block.line + 1 + skipped
    code = _LONG_TEXT.sub(lambda text: "\n" * text.group().count("\n"), source)
    if found := re.search(r"^\s*>>>", code, re.MULTILINE):
        at = line + code.count("\n", 0, found.end())
        raise PageError(f"{path}:{at}: '>>>' in a cell: write plain code, its output goes below it")
    if not source.strip():
        raise PageError(f"{path}:{block.line}: this cell is empty")
    unknown = set(options) - CELL_OPTIONS
    if unknown:
        raise PageError(
            f"{path}:{block.line}: a cell has no option {sorted(unknown)[0]!r}; "
            f"it may have {' and '.join(sorted(CELL_OPTIONS))}"
        )
    tags = options.get("tags") or []
    if refused := REFUSED_TAGS.intersection([tags] if isinstance(tags, str) else tags):
        raise PageError(
            f"{path}:{block.line}: the tag {sorted(refused)[0]!r} is not allowed: "
            "every cell runs, and shows an expected error by catching and printing it"
        )
    _check_alt(options, f"{path}:{block.line}")
    return Cell(index, source, line, block.start, block.end, options)


def _check_alt(options: Mapping[str, Any], place: str) -> None:
    """Refuse image options that are no mappings: the alternative text is looked for in them."""
    at: Any = options
    for name in ("mystnb", "image"):
        at = at.get(name) or {}
        if not isinstance(at, dict):
            raise PageError(
                f"{place}: the cell's option {name!r} must hold options by name, "
                "as in 'mystnb: {image: {alt: what the figure shows}}'"
            )
    if not isinstance(at.get("alt") or "", str):
        raise PageError(f"{place}: the alternative text must be a text; put it in quotes")


def cell_options(block: Block, path: Path) -> tuple[dict[str, Any], int]:
    """A cell's options and the number of lines they take, in both of MyST-NB's forms."""
    lines = block.body
    if lines and lines[0].strip() == "---":
        for count, text in enumerate(lines[1:], start=2):
            if text.strip() == "---":
                return _yaml_options("".join(lines[1 : count - 1]), block, path), count
        raise PageError(f"{path}:{block.line}: the cell's options have no closing '---'")
    count = 0
    while count < len(lines) and re.match(r":[\w-]+:", lines[count]):
        count += 1
    text = "".join(line[1:].replace(":", ": ", 1) for line in lines[:count])
    skipped = count
    while 0 < count == skipped < len(lines) and not lines[skipped].strip():
        skipped += 1
    return _yaml_options(text, block, path), skipped


def _yaml_options(text: str, block: Block, path: Path) -> dict[str, Any]:
    try:
        options = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise PageError(f"{path}:{block.line}: the cell's options are not valid YAML") from error
    if not isinstance(options, dict):
        raise PageError(f"{path}:{block.line}: the cell's options must be names and values")
    return options


def _output(block: Block, path: Path) -> Output:
    options: dict[str, str] = {}
    lines = list(block.body)
    while lines and (found := re.fullmatch(r":([\w-]+):[ \t]*(.*)\n?", lines[0])):
        name, value = found.group(1), found.group(2).strip()
        if name not in OUTPUT_OPTIONS or not value:
            raise PageError(
                f"{path}:{block.line}: an output has the options ':unchecked: reason' and "
                f"':data: names', not {lines[0].strip()!r}; "
                "if that is what the cell prints, put a backslash before it"
            )
        options[name] = value
        del lines[0]
    return Output("".join(lines), block.line, block.start, block.end, options)
