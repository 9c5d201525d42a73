"""The book, built as `make html` builds it, in another folder."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
STORE = Path(os.environ.get("CNNBOOK_PAGES") or ROOT / "_build" / "pages")
"""Pages that have run; a build runs those that are not there."""


def build(
    out: Path, book: Path = ROOT / "book", pages: Path = STORE
) -> subprocess.CompletedProcess[str]:
    """Build a book into ``out/html``, with warnings as errors."""
    options = ["-W", "-q", "-c", ".", "-d", f"{out}/doctrees"]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(book), f"{out}/html"],
        cwd=ROOT,
        env={**os.environ, "CNNBOOK_PAGES": str(pages)},
        capture_output=True,
        text=True,
        check=False,
    )
