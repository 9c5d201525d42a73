"""Changes to a cell that leave alone what it does: its error caught, its last value not shown."""

import ast
import io
import tokenize

_CAUGHT = 'except Exception as error:\n    print(f"{type(error).__name__}: {error}")'


def printing_its_error(code: str) -> str | None:
    """The code of a cell that catches its error and prints it; None where it is no plain Python.

    >>> print(printing_its_error("x = 1 / 0"))
    try:
        x = 1 / 0
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
    """
    inside = _lines_inside_texts(code)
    if inside is None:
        return None
    lines = [
        line if number in inside or not line.strip() else f"    {line}"
        for number, line in enumerate(code.split("\n"), start=1)
    ]
    return "\n".join(["try:", *lines, _CAUGHT])


def without_last_value(code: str) -> str | None:
    """The code of a cell whose last value is not shown; None where it shows none.

    >>> without_last_value("plt.legend()  # which is which")
    'plt.legend();  # which is which'
    """
    try:
        statements = ast.parse(code).body
    except SyntaxError:
        return None
    if not statements or not isinstance(statements[-1], ast.Expr):
        return None
    last = statements[-1]
    assert last.end_lineno is not None
    assert last.end_col_offset is not None
    lines = code.split("\n")
    line = lines[last.end_lineno - 1].encode()
    behind = line[last.end_col_offset :]
    if behind.lstrip().startswith(b";"):
        return None
    lines[last.end_lineno - 1] = (line[: last.end_col_offset] + b";" + behind).decode()
    return "\n".join(lines)


def _lines_inside_texts(code: str) -> set[int] | None:
    """The lines that begin within a text of several lines, which must not be moved."""
    try:
        ast.parse(code)
    except SyntaxError:
        return None
    inside: set[int] = set()
    opened: list[int] = []
    starts = {getattr(tokenize, name, None) for name in ("FSTRING_START", "TSTRING_START")}
    ends = {getattr(tokenize, name, None) for name in ("FSTRING_END", "TSTRING_END")}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING:
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type in starts:
            opened.append(token.start[0])
        elif token.type in ends:
            inside.update(range(opened.pop() + 1, token.end[0] + 1))
    return inside
