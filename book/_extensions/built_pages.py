"""The pages that have been built, for those that make their HTML better when all are written."""

from pathlib import Path


def rewrite(out, change):
    """Write what a change makes of each built page, where that is another text.

    Args:
        out: the folder of the built book.
        change: from a page's path and its HTML to the HTML that it is to have.
    """
    for path in Path(out).rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        better = change(path, html)
        if better != html:
            path.write_text(better, encoding="utf-8")
