"""Build some pages only: those that ``PAGECHECK_PAGES`` names, with what no book is without."""

import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.matching import get_matching_files

VARIABLE = "PAGECHECK_PAGES"
_ABOUT_OTHERS = ("toc", "ref", "myst.xref_missing", "myst.iref_missing", "autosummary", "bibtex")


def named_pages() -> list[Path]:
    """The pages that are named, as they are written; none means all."""
    return [Path(name) for name in os.environ.get(VARIABLE, "").split()]


def leave_out_others(app: Sphinx, config: Config) -> None:
    """Exclude all pages but those named, the first page, and ``pagecheck_always``.

    What a page says of others then leads nowhere; nothing is said of that.

    Raises:
        SystemExit: if a page is named that is not one of the book.
    """
    named = named_pages()
    if not named:
        return
    suffixes = tuple(config.source_suffix)
    files = get_matching_files(app.srcdir, config.include_patterns, config.exclude_patterns)
    pages = [name for name in files if name.endswith(suffixes)]
    wanted = set()
    for path in named:
        place = os.path.relpath(path.resolve(), Path(app.srcdir).resolve())
        if place.replace(os.sep, "/") not in pages:
            raise SystemExit(f"{path} is no page of this book ({app.srcdir})")
        wanted.add(place.replace(os.sep, "/"))
    always = {config.root_doc, *config.pagecheck_always}
    kept = wanted | {name for name in pages if os.path.splitext(name)[0] in always}  # noqa: PTH122
    left_out = sorted(set(pages) - kept)
    config.exclude_patterns = [*config.exclude_patterns, *left_out]
    config.suppress_warnings = [*config.suppress_warnings, *_ABOUT_OTHERS]
    config.nitpicky = False
    print(f"building {', '.join(sorted(wanted))}", flush=True)
    print(f"left out: {len(left_out)} other pages", flush=True)
