"""The adapter for Sphinx: pages are run and judged before Sphinx reads them.

In ``conf.py``::

    extensions = ["pagecheck"]

At the start of every build each page's run is taken from the store or made, and judged. All pages
are rendered, whatever became of them; those that are not in order carry marks. The build then
tells everything that is wrong and ends with status 1, and does so again when it is repeated,
because nothing of it depends on what Sphinx remembers. MyST-NB only renders: it is handed
notebooks that hold their outputs.
"""

import hashlib
import logging
import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ext import OUTPUT_FOLDER
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import NAMESPACE
from sphinx.util.matching import get_matching_files

from .book import Book, BookError, several, stated_book
from .both_modes import setup_figures
from .build import LastBuild, Seen, loaded_files
from .encoding import ENCODING
from .marks import mark_index, mark_page
from .notebooks import Reading
from .outcomes import Outcome, outcomes
from .progress import Told
from .selection import leave_out_others
from .unchanged import remember_removed, spare_unneeded_walk
from .verdict import Skipped
from .workplace import StopsWhenFull, Workplace, is_full

READER = "pagecheck.notebooks.read_notebook"
_WATCHED = ("watch", "data")
"""Settings that name what a book is made of besides its pages, for :mod:`.build`."""


class BuildStopped(SystemExit):
    """The build cannot go on.

    It leaves Sphinx by the front door: for every other exception, the author's own mistakes
    included, Sphinx prints a traceback and asks for a bug report.
    """


def setup(app: Sphinx) -> dict[str, Any]:
    """Install the engine in a Sphinx application."""
    app.setup_extension("myst_nb")
    for name in ("source", "store", "conditions", "kernels", "preload", "vary", "empty", *_WATCHED):
        app.add_config_value(f"pagecheck_{name}", None, "")
    app.add_config_value("pagecheck_always", [], "")
    setup_figures(app)
    app.connect("config-inited", _configure, priority=100)
    app.connect("config-inited", _enter, priority=999)
    app.connect("builder-inited", _run_pages)
    app.connect("env-get-outdated", _outdated)
    app.connect("env-get-outdated", remember_removed)
    app.connect("env-before-read-docs", lambda app, env, read: spare_unneeded_walk(app, bool(read)))
    app.connect("env-before-read-docs", lambda app, env, read: _begin(), priority=1)
    app.connect("source-read", _remember_docname, priority=900)
    app.connect("doctree-read", _mark)
    app.connect("env-purge-doc", lambda app, env, name: _mismatches(env).pop(name, None))
    app.connect("env-merge-info", _merge)
    app.connect("build-finished", _tell)
    app.connect("build-finished", _end, priority=9999)  # what other extensions write is written
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _configure(app: Sphinx, config: Config) -> None:
    """The engine runs the cells; MyST-NB renders the notebooks that it is handed."""
    config.nb_execution_mode = "off"
    config.nb_custom_formats = {**config.nb_custom_formats, ".md": READER}
    leave_out_others(app, config)


def _enter(app: Sphinx, config: Config) -> None:
    """Have the folders of this build for itself, before Sphinx loads what it remembers of them.

    Raises:
        BuildStopped: if nothing can be written there.
    """
    executed = Path(app.outdir).parent / OUTPUT_FOLDER
    try:
        Workplace(executed, Path(app.doctreedir), Path(app.outdir, "_static")).enter()
    except OSError as error:
        raise BuildStopped(f"Nothing can be written to {executed}: {error}. {_REMEDY}") from error
    LastBuild(Path(app.doctreedir)).forget()
    full = StopsWhenFull(BuildStopped(_FULL.format(app.outdir)))
    logging.getLogger(NAMESPACE).handlers.insert(0, full)  # before the one that prints warnings


def _begin() -> None:
    if Workplace.current is not None:
        Workplace.current.begin()


def _end(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        if not app.statuscode and not app._warncount:
            LastBuild.seen = _seen(app)
        if Workplace.current is not None:
            Workplace.current.end()


def _seen(app: Sphinx) -> Seen | None:
    """What a build has read and written; None if the next one could find something else.

    That is so where data had to be replaced, which may be there the next time.
    """
    found = list(Reading.outcomes.values())
    if any(outcome.under and outcome.under.substituted for outcome in found):
        return None
    book = _book(app)
    folder = Path(app.confdir)
    pages = [app.env.doc2path(name) for name in app.env.all_docs]
    used = {Path(app.srcdir, name) for names in app.env.dependencies.values() for name in names}
    made = Path(app.outdir).parent / OUTPUT_FOLDER  # of the runs, and by this build
    used = {path for path in used if made not in Path(os.path.abspath(path)).parents}  # noqa: PTH100
    declared = [path for outcome in found if outcome.page for path in outcome.page.files]
    watched, data = (several(app.config[f"pagecheck_{name}"])() for name in _WATCHED)
    runs = [book.store.place_of(outcome.executed.key) for outcome in found if outcome.executed]
    inputs = [folder / "conf.py", app.srcdir, *pages, *used, *declared]
    inputs += [folder / name for name in watched]
    absolute = {os.path.abspath(path) for path in [*map(str, inputs), *loaded_files()]}  # noqa: PTH100
    return Seen(
        _summary(found),
        sorted(absolute),
        [str(path) for path in (*data, *runs)],
        [str(app.outdir), str(app.doctreedir)],
    )


def _book(app: Sphinx) -> Book:
    names = ("source", "store", "conditions", "kernels", "preload")
    settings = {f"pagecheck_{name}": app.config[f"pagecheck_{name}"] for name in names}
    return stated_book(Path(app.confdir), settings, Path(app.srcdir))


def _run_pages(app: Sphinx) -> None:
    """Run what has to run and judge all pages.

    Raises:
        BuildStopped: if nothing can run, or runs cannot be kept.
    """
    files = get_matching_files(app.srcdir, app.config.include_patterns, app.config.exclude_patterns)
    paths = [Path(app.srcdir, name) for name in sorted(files) if name.endswith(".md")]
    app.env.settings["input_encoding"] = ENCODING  # Sphinx reads a page whatever it holds
    try:
        found = outcomes(_book(app), paths, Told())
    except BookError as error:
        raise BuildStopped(str(error)) from error
    except OSError as error:
        raise BuildStopped(f"A page's run could not be kept: {error}. {_REMEDY}") from error
    Reading.outcomes = {
        path.relative_to(app.srcdir).with_suffix("").as_posix(): outcome
        for path, outcome in found.items()
        if outcome.refusal or (outcome.page and outcome.page.cells)
    }
    _report(list(Reading.outcomes.values()))


_REMEDY = "Free some space, or set another folder, and build again; pages that have run are kept."
_FULL = f"The disk of {{}} is full. {_REMEDY}"


def _report(found: list[Outcome]) -> None:
    executed = [outcome.executed for outcome in found if outcome.executed is not None]
    fresh = sum(run.fresh for run in executed)
    _say(f"pages: {fresh} run, {len(executed) - fresh} taken from the cache; {_summary(found)}")
    skipped = [each.verdict for outcome in found for each in outcome.found
               if isinstance(each.verdict, Skipped)]  # fmt: skip
    for reason in sorted({verdict.reason for verdict in skipped}):
        count = sum(verdict.reason == reason for verdict in skipped)
        _say(f"{count} outputs not compared: {reason}")


def _summary(found: list[Outcome]) -> str:
    """How many outputs are recorded, compared, and marked as not to be compared."""
    cells = [cell for outcome in found if outcome.executed and outcome.page
             for cell in outcome.page.cells[: len(outcome.executed.run.results)]]  # fmt: skip
    recorded = sum(cell.output is not None for cell in cells)
    unchecked = sum(bool(cell.output and cell.output.unchecked) for cell in cells)
    skipped = sum(isinstance(each.verdict, Skipped) for outcome in found for each in outcome.found)
    return f"{recorded} recorded outputs, {recorded - unchecked - skipped} compared" + (
        f", {unchecked} marked unchecked" if unchecked else ""
    )


def _say(message: str) -> None:
    """Tell how the pages fare; also in a quiet build, since a page can take minutes."""
    print(message, flush=True)


def _remember_docname(app: Sphinx, docname: str, source: list[str]) -> None:
    """MyST-NB's reader is given a text only; this comes right before it."""
    Reading.docname = docname
    Reading.mismatch = None


def _mark(app: Sphinx, document: nodes.document) -> None:
    docname = app.env.docname
    if Reading.docname == docname and Reading.mismatch:
        _mismatches(app.env)[docname] = Reading.mismatch
    concerned = {name: found for name, found in Reading.outcomes.items() if found.told}
    if docname in concerned:
        mark_page(document, concerned[docname])
    if docname == app.config.root_doc:
        mark_index(document, concerned)


def _mismatches(env: BuildEnvironment) -> dict[str, str]:
    """Pages of which MyST-NB sees other cells than the engine, with the place and the remedy."""
    if not hasattr(env, "pagecheck_mismatches"):
        env.pagecheck_mismatches = {}  # type: ignore[attr-defined]
    return env.pagecheck_mismatches  # type: ignore[attr-defined,no-any-return]


def _merge(
    app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment
) -> None:
    theirs = _mismatches(other)
    _mismatches(env).update({name: theirs[name] for name in docnames if name in theirs})


def _outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages whose run or marks are others than when Sphinx read them last."""
    states = {name: _state(outcome) for name, outcome in Reading.outcomes.items()}
    states[app.config.root_doc] = _digest(
        f"{name} {len(outcome.told)}" for name, outcome in Reading.outcomes.items() if outcome.told
    ) + states.get(app.config.root_doc, "")
    known: dict[str, str] = getattr(env, "pagecheck_states", {})
    env.pagecheck_states = states  # type: ignore[attr-defined]
    return [
        name
        for name in {*known, *states}
        if known.get(name) != states.get(name) and name in env.found_docs
    ]


def _state(outcome: Outcome) -> str:
    run = outcome.executed
    replaced = outcome.under.substituted if outcome.under else {}
    made = [] if run is None else [run.key, run.date, run.session]
    return _digest([*made, *replaced, *outcome.told])


def _digest(parts: Any) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def _tell(app: Sphinx, exception: Exception | None) -> None:
    """Say everything that is wrong, and let a failed build fail again."""
    if exception is not None or app._warncount:
        # Sphinx does not repeat warnings on pages that it remembers.
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)
    told = [text for outcome in Reading.outcomes.values() for text in outcome.told]
    if app.env is not None:
        for docname, place in sorted(_mismatches(app.env).items()):
            told.append(f"{os.path.relpath(app.env.doc2path(docname))}:{place}")
    if told:
        count = f"{len(told)} problem{'s' if len(told) > 1 else ''}"
        where = "" if exception else " It can be read all the same, with marks at these places."
        sys.stdout.flush()
        print(*["", *told, f"The book is not in order: {count}.{where}"], sep="\n\n",
              file=sys.stderr, flush=True)  # fmt: skip
        app.statuscode = 1
    if is_full(exception):
        raise BuildStopped(_FULL.format(app.outdir))
