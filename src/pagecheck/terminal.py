r"""What a terminal shows of printed text: carriage returns, backspaces and colours resolved.

A progress bar prints ``\r`` and writes over its line; a page records the line as it looks in the
end. Every writer and reader of outputs goes through here, so that a record holds what can be
written into a page and read back.
"""

import re

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # links, window titles
    r"|\x1b[@-Z\\-_]"
)


def terminal_text(text: str) -> str:
    r"""The text as it looks after it was printed.

    >>> terminal_text("\r  0 %\r 50 %\r100 %\n")
    '100 %\n'
    >>> terminal_text("\x1b[1mbold\x1b[0m, cap\be")
    'bold, cae'
    """
    text = _CONTROL.sub("", text).replace("\r\n", "\n")
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(map(_overwritten, text.split("\n")))


def _overwritten(line: str) -> str:
    if "\r" not in line and "\b" not in line:
        return line
    cells: list[str] = []
    column = 0
    for part in re.split(r"([\r\b])", line):
        if part == "\r":
            column = 0
        elif part == "\b":
            column = max(column - 1, 0)
        else:
            cells[column : column + len(part)] = part
            column += len(part)
    return "".join(cells)
