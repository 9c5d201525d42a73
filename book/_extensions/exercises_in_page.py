"""Exercises that are answered in the page: a form below each statement, and what has been solved.

The data of those that ask for numbers come from ``cnnbook.exercises``, whose check judges them in a
notebook; ``exercises.js`` judges them here, by the same data and in the same words. What is code
leads to the notebook of the page.
"""

import hashlib
import json
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from portable import CHECK, notebook_of
from sphinx.util import logging
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

ROOT = Path(__file__).parents[2]
SOURCES = ("src/cnnbook/exercises", "src/cnnbook/arithmetic.py", "src/cnnbook/layers")
"""What decides the data: where nothing of it has changed, the package need not be imported."""
CHAPTERS = "exercises-of-chapters.js"
SIGNS = 'autocapitalize="off" autocomplete="off" spellcheck="false" type="text"'
logger = logging.getLogger(__name__)


def setup(app):
    """Find each page's exercises, count them, and write what belongs below them."""
    app.add_node(
        Answer, html=(write_answer, pass_by), latex=(pass_by, pass_by), text=(pass_by, pass_by)
    )
    app.add_js_file(CHAPTERS, loading_method="defer")
    app.add_js_file("exercises.js", loading_method="defer")
    app.add_css_file("exercises.css")
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", find)
    app.connect("env-updated", write_chapters)
    app.connect("doctree-resolved", add_answers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class Answer(nodes.General, nodes.Element):
    """A place below a statement; what is written there is no text of the page."""


def found_in(env):
    """The names of each page's exercises, in their order."""
    if not hasattr(env, "exercises_found"):
        env.exercises_found = {}
    return env.exercises_found


def outdated(app, env, added, changed, removed):
    """The pages with exercises, if these are not those that they were made with."""
    before = getattr(env, "exercises_source", None)
    if before == source():
        return []
    known_in(env)
    return [name for name in found_in(env) if name in env.found_docs] if before else []


def known_in(env):
    """The names of all exercises, and the data of those that the page can judge."""
    if getattr(env, "exercises_source", None) != source():
        from cnnbook import exercises  # brings torch

        env.exercises_known = exercises.names(), exercises.in_pages()
        env.exercises_source = source()
    return env.exercises_known


@cache
def source():
    """A digest of what decides the exercises' data."""
    digest = hashlib.sha256()
    for place in (ROOT / name for name in SOURCES):
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def forget(app, env, docname):
    """Drop a page that is read anew, or has gone."""
    found_in(env).pop(docname, None)


def merge(app, env, docnames, other):
    """Take over what another process has read."""
    for docname in docnames:
        if docname in found_in(other):
            found_in(env)[docname] = found_in(other)[docname]


def find(app, doctree):
    """Tell which exercise of the package each exercise of a page is."""
    known, _ = known_in(app.env)
    names = []
    for node in doctree.findall(is_exercise_node):
        if (name := named(node, doctree)) is None:
            say = "the exercise names no check: neither its statement nor its solution calls one"
            logger.warning(say, location=node, type="exercises")
        elif name not in known:
            logger.warning("there is no exercise %r", name, location=node, type="exercises")
        elif name in names:
            logger.warning("%r is checked by two exercises", name, location=node, type="exercises")
        else:
            node["check"] = name
            names.append(name)
    if names:
        found_in(app.env)[app.env.docname] = names


def named(exercise, doctree):
    """The check that an exercise's statement calls, else the one that its solution calls."""
    solutions = (
        node for node in doctree.findall(is_solution_node)
        if node.get("target_label") == exercise.get("label")
    )  # fmt: skip
    for node in (exercise, *solutions):
        if names := CHECK.findall(node.astext()):
            return names[-1]
    return None


def write_chapters(app, env):
    """Write the script that tells all pages which exercises each of them has."""
    if not for_browsers(app):
        return
    found = {name: found_in(env)[name] for name in sorted(found_in(env)) if name in env.found_docs}
    path = Path(app.outdir, "_static", CHAPTERS)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"window.cnnbookChapters = {json.dumps(found)};\n", encoding="utf-8")


def add_answers(app, doctree, docname):
    """Put a place to answer below each statement."""
    if not for_browsers(app):
        return
    _, data = known_in(app.env)
    notebook = notebook_of(doctree)
    for node in list(doctree.findall(is_exercise_node)):
        name = node.get("check")
        if name in data:
            node += Answer(html=form(name, data[name]))
        elif name:
            node += Answer(html=way_to(name, docname, notebook))


def for_browsers(app):
    """Whether scripts run where the pages are read; in an EPUB none do."""
    return app.builder.format == "html" and app.builder.name != "epub"


def form(name, data):
    """Fields for the numbers, a button, and a place for the verdict, all for a script to use."""
    place = f"answer-{name.replace('.', '-')}"
    shape, several = data["shape"], len(data["right"]) > 1
    columns = shape[-1] if several else 1
    fields = []
    for number in range(len(data["right"])):
        own = f"{place}-{number}"
        if data["labels"]:
            label = escape(data["labels"][number])
        elif several:
            label = f"Row {number // columns + 1}, column {number % columns + 1}"
        else:
            label = "Your answer"
        seen = "" if data["labels"] or not several else ' class="visually-hidden"'
        fields.append(
            f'<div><label for="{own}"{seen}>{label}</label>'
            f'<input aria-describedby="{place}-verdict" id="{own}" {SIGNS}/></div>'
        )
    kind = "table" if len(shape) > 1 else "row"
    group = 'aria-label="Your answer" role="group" ' if several else ""
    told = json.dumps(data, ensure_ascii=False)
    for sign in "<>&":  # what HTML would read
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    return (
        f'<div class="exercise-answer" data-exercise="{name}"><form hidden novalidate>'
        f'<div {group}class="exercise-fields exercise-{kind}" style="--columns: {columns}">'
        f"{''.join(fields)}</div>"
        '<button type="submit">Check</button></form>'
        f'<div aria-live="polite" class="exercise-verdict" id="{place}-verdict"></div>'
        f'<script class="exercise-data" type="application/json">{told}</script></div>'
    )


def way_to(name, docname, notebook):
    """Where to write code, and a box to tick when it is right."""
    line = "The answer is code: write it in a notebook."
    if notebook:
        up = "../" * docname.count("/")
        link = f'<a download href="{up}_downloads/{notebook}">{Path(notebook).name}</a>'
        line = (
            f"The answer is code. Write it in the notebook: download {link}; "
            "its cell for this exercise is ready."
        )
    return (
        f'<div class="exercise-answer" data-exercise="{name}"><p>{line}</p>'
        '<label class="exercise-done" hidden><input type="checkbox"/> I have solved it</label>'
        "</div>"
    )


def write_answer(translator, node):
    """Write the place."""
    translator.body.append(node["html"])


def pass_by(translator, node):
    """Write nothing."""
