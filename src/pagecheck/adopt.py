"""Take a page of another MyST-NB book under the engine: respell it, run it, record its outputs.

What the page shows is recorded as it is; where that cannot stay (a last value such as the legend
that ``plt.legend()`` returns, whose text holds an address) the value is no longer shown.
"""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from .errors import PageError
from .fences import fenced_blocks
from .kernel import PageRun
from .outputs import shows_image
from .page import Page, cell_options, page_text, parse_page
from .refusals import CELL_INFO
from .respell import Respelling, option_lines, respell, with_alt
from .wrapping import without_last_value
from .writing import PageChanged, replace_content

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{5,}")


@dataclass(frozen=True)
class AdoptOptions:
    """How a page is taken over.

    Attributes:
        alt: the alternative text of figures that have neither one nor a caption.
        respelling: how its cells are respelt.
    """

    alt: str | None = None
    respelling: Respelling = field(default_factory=Respelling)


def respell_page(path: Path, options: AdoptOptions) -> list[str]:
    """Respell the cells of a page in its file; returns what was changed, a line each.

    Raises:
        PageError: if something in the page cannot be brought to the one spelling; it then stays
            as it is; so it does if it cannot be written.
        OSError: if it cannot be read.
    """
    text = _plain(path)
    new, told = respell(text, path, options.respelling)
    try:
        parse_page(new, path)
    except PageError as error:
        raise PageError(_by_old_lines(str(error), path, text, new)) from error
    _replace(path, text, new)
    return told


def _by_old_lines(message: str, path: Path, old: str, new: str) -> str:
    """A message on the respelt text with the line that its place has in the file as it is."""
    place, rest = message.removeprefix(f"{path}:").split(":", 1)
    line = int(place)
    matcher = SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.b < line <= block.b + block.size:
            line += block.a - block.b
            break
    return f"{path}:{line}:{rest}"


def settle_page(page: Page, run: PageRun, options: AdoptOptions) -> list[str]:
    """Mend in a page's file what its run shows to be unfit for recording.

    Args:
        page: the page, respelt.
        run: its run.
        options: how.

    Returns:
        What was changed, a line each; the page has to run again if anything was.
    """
    text = _plain(page.path)
    lines = text.split("\n")
    told: list[str] = []
    blocks = {block.start: block for block in fenced_blocks(text, 0)}
    for cell, result in reversed(list(zip(page.cells, run.results, strict=False))):
        block = blocks[cell.start]
        choices, skipped = cell_options(block, page.path)
        code: str | None = None
        if any(map(_is_passing, result.outputs)):
            code = without_last_value(cell.source)
        if shows_image(result.outputs) and not cell.alt and options.alt:
            choices = with_alt(choices, options.alt)
            told.append(f"{page.path}:{cell.line}: the figure has the given alternative text")
        elif code is None:
            continue
        if code is not None:
            told.append(f"{page.path}:{cell.line}: the last value is not shown any more (';')")
        body = [line.removesuffix("\n") for line in block.body[skipped:]]
        new = [f"```{CELL_INFO}", *option_lines(choices), *(code.split("\n") if code else body)]
        lines[block.line - 1 : block.line + len(block.body)] = new
    _replace(page.path, text, "\n".join(lines))
    return told[::-1]


def _is_passing(output: dict[str, object]) -> bool:
    """Whether an output is a last value whose text names a place in memory."""
    data = output.get("data")
    plain = data.get("text/plain", "") if isinstance(data, dict) else ""
    return output["output_type"] == "execute_result" and _ADDRESS.search(str(plain)) is not None


def _plain(path: Path) -> str:
    return page_text(path).removeprefix("\ufeff").replace("\r\n", "\n")


def _replace(path: Path, before: str, after: str) -> None:
    """Write a page's new text with the line ends and byte order mark of the old one."""
    if before == after:
        return
    content = path.read_bytes()
    raw = page_text(path, content)
    mark = "\ufeff" if raw.startswith("\ufeff") else ""
    ending = "\r\n" if "\r\n" in raw else "\n"
    try:
        replace_content(path, content, (mark + after.replace("\n", ending)).encode())
    except PageChanged as error:
        raise PageError(f"{path}:1: the page was changed meanwhile; adopt it once more") from error
    except OSError as error:
        raise PageError(f"{path}:1: the page could not be written: {error.strerror}") from error
