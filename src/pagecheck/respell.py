"""Bring the pages of another MyST-NB book to the one spelling of a cell.

What cannot be brought there by itself (a cell in a list, another language) is left as it is and
told by :func:`.page.parse_page` with its place, as in any page.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import PageError
from .fences import Block, fenced_blocks
from .front_matter import KERNELS
from .page import CELL_OPTIONS, cell_options
from .refusals import CELL_INFO
from .wrapping import printing_its_error

_CELL = re.compile(r"\{code-cell\}(?:[ \t]+(?P<language>\S+))?[ \t]*")
_PYTHON = (None, "python", "python3", "ipython", "ipython3")
_D2L = re.compile(r"\{(?=[^}]*\.input\b)(?=[^}]*\.python\b)[^}]*\}[ \t]*")
_TAB = re.compile(r"(?:#@|%%)tab[ \t]+(?P<names>.*)")
_MARKUP = re.compile(r"[*`$]|\{[\w:-]+\}(?=`)")
_HEADER = "file_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n"
_MATTER = re.compile(r"---[ \t]*\n(?P<matter>(?:.*\n)*?)---[ \t]*\n")
_KERNEL = re.compile(r"^kernelspec:.*\n(?:[ \t]+.*\n)*", re.MULTILINE)


@dataclass(frozen=True)
class Respelling:
    """How cells are respelt.

    Attributes:
        d2l: take D2L's ``{.python .input}`` blocks for cells, those of PyTorch where there are
            several.
        wrap: let a cell with the tag ``raises-exception`` catch its error and print it.
    """

    d2l: bool = False
    wrap: bool = True


@dataclass
class _Work:
    path: Path
    rules: Respelling
    told: list[str] = field(default_factory=list)

    def tell(self, line: int, what: str) -> None:
        self.told.append(f"{self.path}:{line}: {what}")


def respell(text: str, path: Path, rules: Respelling | None = None) -> tuple[str, list[str]]:
    r"""A page's text in the one spelling, and what was changed, a line each.

    Args:
        text: the page's text, with line feeds as line ends.
        path: the page, for what is told.
        rules: how.

    >>> print(respell("```{code-cell} ipython3\n1 + 1\n```\n", Path("page.md"))[0])
    ---
    file_format: mystnb
    kernelspec: {name: python3, display_name: Python 3}
    ---
    ```{code-cell} python
    1 + 1
    ```
    <BLANKLINE>
    """
    work = _Work(path, rules or Respelling())
    lines = text.split("\n")
    for block in reversed(list(fenced_blocks(text, 0))):
        if block.hidden or block.indent or not block.closed:
            continue
        new = _respelt(block, work)
        if new is not None:
            lines[block.line - 1 : block.line + 1 + len(block.body)] = new
    work.told.reverse()
    return _with_header("\n".join(lines), work), work.told


def _respelt(block: Block, work: _Work) -> list[str] | None:
    """The lines of a block in the one spelling, None where it is to stay."""
    cell = _CELL.fullmatch(block.info.strip())
    d2l = work.rules.d2l and _D2L.fullmatch(block.info.strip())
    if d2l:
        return _from_d2l(block, work)
    if not cell or cell["language"] not in _PYTHON:
        return None
    body = [line.removesuffix("\n") for line in block.body]
    try:
        options, skipped = cell_options(block, work.path)
    except PageError:
        return None  # told when the page is read
    kept, code = _kept_options(options, body[skipped:], block, work)
    if kept is None:
        return ["```python", *code, "```"]
    same = kept == options and code == body[skipped:]
    new = [*(body[:skipped] if same else option_lines(kept)), *code]
    if same and block.marks + block.info == f"```{CELL_INFO}":
        return None
    if block.marks + block.info != f"```{CELL_INFO}":
        work.tell(block.line, f"{block.marks + block.info!r} is '```{CELL_INFO}' now")
    return [f"```{CELL_INFO}", *new, "```"]


def _kept_options(
    options: Mapping[str, Any], code: list[str], block: Block, work: _Work
) -> tuple[dict[str, Any] | None, list[str]]:
    """A cell's options and code as they shall be; no options where it is no cell any more."""
    kept = {name: value for name, value in options.items() if name in CELL_OPTIONS}
    for name in options.keys() - kept.keys():
        work.tell(block.line, f"the option {name!r} is left out")
    named = kept.get("tags") or []
    tags = [named] if isinstance(named, str) else list(named)
    if "skip-execution" in tags:
        work.tell(block.line, "the cell is not run ('skip-execution'): it is plain code now")
        return None, code
    if "raises-exception" in tags and work.rules.wrap:
        wrapped = printing_its_error("\n".join(code))
        if wrapped is None:
            work.tell(block.line, "a cell that raises could not be wrapped; catch its error")
        else:
            tags.remove("raises-exception")
            code = wrapped.split("\n")
            kept = (
                {**kept, "tags": tags} if tags else {n: v for n, v in kept.items() if n != "tags"}
            )
            work.tell(block.line, "the cell catches its error and prints it")
    if (caption := _caption(kept)) is not None:
        kept = with_alt(kept, caption)
        work.tell(block.line, "the figure's caption is its alternative text as well")
    return kept, code


def _caption(options: Mapping[str, Any]) -> str | None:
    """The caption of a cell's figure where it has no alternative text."""
    at = [options.get("mystnb")]
    at += [at[0].get(name) if isinstance(at[0], dict) else None for name in ("figure", "image")]
    _, figure, image = (one if isinstance(one, dict) else {} for one in at)
    caption = figure.get("caption")
    return caption if isinstance(caption, str) and not image.get("alt") else None


def with_alt(options: Mapping[str, Any], alt: str) -> dict[str, Any]:
    """A cell's options with an alternative text for its figures."""
    myst = dict(options.get("mystnb") or {})
    plain = " ".join(_MARKUP.sub("", alt).split())
    myst["image"] = {**(myst.get("image") or {}), "alt": plain}
    return {**options, "mystnb": myst}


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as its author did, and not with doubled line ends."""


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _written)


def option_lines(options: Mapping[str, Any]) -> list[str]:
    """A cell's options as they are written at its head."""
    if not options:
        return []
    if set(options) == {"tags"}:
        tags = options["tags"]
        text = f"[{', '.join(tags)}]" if isinstance(tags, list) else str(tags)
        return [f":tags: {text}", ""]
    text = yaml.dump(dict(options), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=92)
    return ["---", *text.rstrip("\n").split("\n"), "---"]


def _from_d2l(block: Block, work: _Work) -> list[str]:
    """A cell of one of D2L's blocks; those of other frameworks are plain code."""
    code = [line.removesuffix("\n") for line in block.body]
    tab = _TAB.fullmatch(code[0]) if code else None
    if tab:
        code = code[1:]
        names = {name.strip() for name in tab["names"].split(",")}
        if not names & {"pytorch", "all"}:
            work.tell(block.line, f"the cell is for {tab['names']}: it is plain code now")
            return ["```python", *code, "```"]
    work.tell(block.line, f"{block.marks + block.info!r} is '```{CELL_INFO}' now")
    return [f"```{CELL_INFO}", *code, "```"]


def _with_header(text: str, work: _Work) -> str:
    """The text with a front matter that asks for Python's kernel."""
    found = _MATTER.match(text)
    if not found:
        work.told.insert(0, f"{work.path}:1: the page has a front matter now")
        return f"---\n{_HEADER}---\n{text}"
    matter = found["matter"]
    format_line, kernel_line = _HEADER.splitlines(keepends=True)
    try:
        content = yaml.safe_load(matter) or {}
    except yaml.YAMLError:
        return text  # told when the page is read
    if not isinstance(content, dict):
        return text
    kernel = content.get("kernelspec")
    if kernel is None:
        matter += kernel_line
    elif not isinstance(kernel, dict) or kernel.get("name") not in KERNELS:
        # Another name for a kernel of Python; what is of another language is told by parse_page.
        named = kernel if isinstance(kernel, dict) else {}
        if named.get("language") == "python" or re.search(r"py", str(named.get("name", "py"))):
            matter = _KERNEL.sub(kernel_line, matter)
    if "file_format" not in content and "jupytext" not in content:
        matter = format_line + matter
    if matter != found["matter"]:
        work.told.insert(0, f"{work.path}:1: the front matter asks for Python's kernel now")
    return f"---\n{matter}---\n{text[found.end() :]}"
