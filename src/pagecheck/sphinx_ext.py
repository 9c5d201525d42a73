"""The adapter for Sphinx: pages are run and checked before Sphinx reads them.

At the start of every build each page's run is taken from the store or made, and judged. Anything
wrong ends the build with page, line and difference, and does so again when the build is repeated,
because nothing of it depends on what Sphinx remembers. MyST-NB then only renders: it is handed
notebooks that hold their outputs.
"""

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import nbformat
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.matching import get_matching_files

from .accept import page_verdicts
from .page import Page, PageError, parse_page, read_page
from .store import ExecutedPage, PageStore
from .verdict import Problem, Skipped

NOTE = "cnnbook-page-run"


class Conditions(Protocol):
    """What a page runs under: see :mod:`cnnbook.conditions`."""

    fingerprint: str
    about: dict[str, str]
    substituted: dict[str, str]


class PagesFailed(SystemExit):
    """A page does not show what it records.

    It leaves Sphinx by the front door: for every other exception, the author's own mistakes
    included, Sphinx prints a traceback and asks for a bug report.
    """


class _Runs:
    """The runs of this build, by the text of their page: the notebook reader is given only that."""

    by_text: dict[str, tuple[ExecutedPage, Conditions, str]] = {}  # noqa: RUF012 - one build a process
    by_docname: dict[str, str] = {}  # noqa: RUF012


def install(
    app: Sphinx, conditions: Callable[[Sequence[str]], Conditions], store: PageStore
) -> None:
    """Connect the engine to a Sphinx application; called from ``setup`` in ``conf.py``.

    Args:
        app: the application.
        conditions: the conditions for a page that loads the named data sets.
        store: where executed pages are kept.
    """
    app.connect("builder-inited", lambda app: run_pages(app, conditions, store))
    app.connect("env-get-outdated", _outdated)
    app.connect("build-finished", _forget_failed_build)


def run_pages(
    app: Sphinx, conditions: Callable[[Sequence[str]], Conditions], store: PageStore
) -> None:
    """Run what has to run and judge all pages.

    Raises:
        PagesFailed: if any page is not in order, with everything that is wrong.
    """
    _Runs.by_text.clear()
    _Runs.by_docname.clear()
    problems: list[str] = []
    skipped: list[Skipped] = []
    outputs = unchecked = fresh = pages = 0
    for name in sorted(get_matching_files(app.srcdir, ["**.md"], app.config.exclude_patterns)):
        path = Path(app.srcdir, name)
        try:
            page = parse_page(path.read_text(encoding="utf-8"), _shortest(path))
        except PageError as error:
            problems.append(str(error))
            continue
        if not page.cells:
            continue
        under = _conditions(conditions, page)
        executed = _execute(page, path, under, store)
        _Runs.by_text[page.text] = executed, under, path.stem
        state = f"{executed.key} {executed.date} {executed.fresh}"
        _Runs.by_docname[name.removesuffix(".md")] = state
        pages, fresh = pages + 1, fresh + executed.fresh
        outputs += sum(cell.output is not None for cell in page.cells)
        unchecked += sum(bool(cell.output and cell.output.unchecked) for cell in page.cells)
        for verdict in page_verdicts(page, executed, under.substituted):
            if isinstance(verdict, Problem):
                problems.append(str(verdict))
            else:
                skipped.append(verdict)
    _report(pages, fresh, outputs, unchecked, skipped)
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        raise PagesFailed("\n\n".join(["", *problems, f"The book is not in order: {count}."]))


def _conditions(conditions: Callable[[Sequence[str]], Conditions], page: Page) -> Conditions:
    """The page's conditions; what stands in their way ends the build with its own words."""
    try:
        return conditions(page.data)
    except Exception as error:
        raise PagesFailed(f"{page.path}: {error}") from error


def _execute(page: Page, path: Path, under: Conditions, store: PageStore) -> ExecutedPage:
    located = read_page(path)  # runs where it lies, is reported by its short path
    key_known = store.known(located, under.fingerprint)
    if not key_known:
        _say(f"running {page.path} ({len(page.cells)} cells) ...")
    try:
        executed = store.executed(located, under.fingerprint, under.about)
    except OSError as error:
        raise PagesFailed(f"{page.path}: its run could not be kept: {error}") from error
    if executed.fresh:
        _say(f"ran {page.path} in {executed.run.seconds:.1f} s")
    return executed


def _report(pages: int, fresh: int, outputs: int, unchecked: int, skipped: list[Skipped]) -> None:
    _say(
        f"pages: {fresh} run, {pages - fresh} taken from the cache; "
        f"{outputs} recorded outputs, {outputs - unchecked - len(skipped)} compared"
        + (f", {unchecked} marked unchecked" if unchecked else "")
    )
    for reason in sorted({verdict.reason for verdict in skipped}):
        count = sum(verdict.reason == reason for verdict in skipped)
        _say(f"{count} outputs not compared: {reason}")


def _say(message: str) -> None:
    """Tell how the pages fare; also in a quiet build, since a page can take minutes."""
    print(message, flush=True)


def _shortest(path: Path) -> Path:
    """The path as the author would type it."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def read_notebook(text: str) -> Any:
    """MyST-NB's reader for pages: the notebook of a page, its outputs filled in.

    Raises:
        PagesFailed: if MyST-NB sees other cells than this engine does.
    """
    from myst_nb.core.read import read_myst_markdown_notebook

    page = parse_page(text)
    notebook = read_myst_markdown_notebook(page.without_outputs(), add_source_map=True)
    notebook.metadata.pop("pagecheck", None)
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "python"}
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.source.strip("\n") for cell in code_cells] != [
        cell.source.strip("\n") for cell in page.cells
    ]:
        raise PagesFailed(
            f"MyST-NB does not see the same {len(page.cells)} cells in the page that begins "
            f"with {text[:200]!r}"
        )
    if not page.cells:
        return notebook
    executed, under, name = _Runs.by_text[page.text]
    for count, (cell, result) in enumerate(
        zip(code_cells, executed.run.results, strict=True), start=1
    ):
        cell.execution_count = count
        cell.outputs = [
            nbformat.from_dict(
                {**output, "execution_count": count}
                if output["output_type"] == "execute_result"
                else output
            )
            for output in result.outputs
        ]
    _say_where_it_ran(notebook, executed, under, name)
    return notebook


def _say_where_it_ran(notebook: Any, executed: ExecutedPage, under: Conditions, name: str) -> None:
    """Append a note on the run, and a warning below the title where data were replaced."""
    about = executed.about
    fresh = "run in this build" if executed.fresh else f"run on {executed.date}, kept since"
    note = (
        f"Executed on {about['device']} with {about['versions']}; data: {about['data']}; "
        f"{executed.run.seconds:.0f} s; {fresh}. "
        f"{{nb-download}}`Download it as a notebook <{name}.ipynb>`."
    )
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"```{{container}} {NOTE}\n{note}\n```"))
    notebook.metadata["source_map"].append(notebook.metadata["source_map"][-1])
    if not under.substituted:
        return
    reasons = "; ".join(under.substituted.values())
    warning = (
        f"\n:::{{warning}}\nThis copy of the page ran on other data than its text speaks of: "
        f"{reasons}. The outputs are real, but their numbers are not those in the text.\n:::\n"
    )
    for cell in notebook.cells:
        lines = cell.source.split("\n")
        if cell.cell_type == "markdown" and lines[0].startswith("# "):
            cell.source = "\n".join([lines[0], warning, *lines[1:]])
            break


def _outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages whose run is another one than when Sphinx read them last."""
    known: dict[str, str] = getattr(env, "cnnbook_runs", {})
    env.cnnbook_runs = dict(_Runs.by_docname)  # type: ignore[attr-defined]
    return [name for name, state in _Runs.by_docname.items() if known.get(name) != state]


def _forget_failed_build(app: Sphinx, exception: Exception | None) -> None:
    """Let a failed build fail again: Sphinx does not repeat warnings on pages that it remembers."""
    if exception is not None or app._warncount:
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)
    if isinstance(exception, OSError) and exception.errno == errno.ENOSPC:
        raise PagesFailed(
            f"The disk of {app.outdir} is full; free some space and run the build again. "
            "Pages that have run are kept."
        )
