"""Code that fits a phone: each line of a cell is an element, so that it can hang when it wraps.

A line that is too wide goes on below itself, further in than it began, as a person would write it.
Outputs that are sentences wrap as well; tables scroll, for a wrapped table can no longer be read.
"""

import re
from html import unescape

from built_pages import rewrite

INPUT = re.compile(r'(<div class="cell_input\b(?:(?!</div>).)*?<pre>)(.*?)(?=</pre>)', re.DOTALL)
OUTPUT = re.compile(
    r'(<div class="output (?:stream|text_plain)\b[^>]*>\s*<div class="highlight">\s*<pre)>(.*?)'
    r"(?=</pre>)",
    re.DOTALL,
)
TAG = re.compile(r"<(/?)\w[^>]*>")
FITTING = 84
"""Characters of an output that the column holds on a screen 1280 pixels wide."""


def setup(app):
    """Work on the built pages, as one of those who make their HTML better."""
    app.connect("build-finished", put_right, priority=955)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def put_right(app, exception):
    """Mark lines and outputs in all pages."""
    if exception is not None or app.builder.name != "html":
        return
    rewrite(app.outdir, lambda path, html: marked(html))


def marked(html):
    """A page whose lines of code are elements, and whose outputs say how they may wrap."""
    html = INPUT.sub(lambda cell: cell[1] + lines(cell[2]), html)
    return OUTPUT.sub(lambda pre: f"{pre[1]}{look(shown(pre[2]))}>{pre[2]}", html)


def lines(code):
    r"""Highlighted code with each line in an element that knows how far in it begins.

    >>> lines('if x:\n    <b>y</b>\n')
    '<span class="line">if x:</span>\n<span class="line" style="--in: 4">    <b>y</b></span>\n'
    """
    found = code.split("\n")
    if "</pre>" in code or 'class="line"' in code or not all(map(balanced, found)):
        return code
    return "\n".join(element(line) if line else line for line in found)


def element(line):
    """One line of highlighted code."""
    text = shown(line)
    begins = len(text) - len(text.lstrip(" "))
    style = f' style="--in: {begins}"' if begins else ""
    return f'<span class="line"{style}>{line}</span>'


def balanced(line):
    """Whether what a line opens ends in it, so that it can be put into an element."""
    depth = 0
    for tag in TAG.finditer(line):
        depth += -1 if tag[1] else 1
        if depth < 0:
            return False
    return depth == 0


def shown(html):
    """What is read of highlighted text."""
    return unescape(TAG.sub("", html))


def look(text):
    r"""The class of an output: a sentence wraps, a table wider than its column is set smaller.

    >>> look("one line, however it is set,   wraps"), look("a  1\nb  2"), look("a.\nb, c.")
    (' class="prose"', '', ' class="prose"')
    >>> look("a" * 80 + "  12345\nb  2")
    ' class="wide"'
    """
    found = text.strip("\n").split("\n")
    if len(found) == 1 or not any(line.startswith(" ") or "  " in line for line in found):
        return ' class="prose"'
    return ' class="wide"' if max(map(len, found)) > FITTING else ""
