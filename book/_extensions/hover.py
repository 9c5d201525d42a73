"""Words that lead to the glossary: a term's first mention in a chapter that does not explain it.

The page shows the entry, in English and Chinese, when one points at the word or comes to it with
the keyboard; where no script runs, the word is a link to the glossary.
"""

import json
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from terms import GLOSSARY, read, spellings

SCRIPT = "terms.js"
HAN = re.compile("[\u4e00-\u9fff]")
TOO_PLAIN = frozenset([
    "byte", "connections", "contrast", "cosine", "features", "head", "interaction", "jump",
    "label", "layer", "linear", "mean", "output", "paths", "penalty", "precision", "recall",
    "recognised", "recognized", "separable", "skips", "stage", "stem", "study", "threshold",
    "unit", "update", "variety", "view", "window",
])  # fmt: skip
"""Words of everyday use, which often mean no more than that."""
SKIPPED = (
    nodes.reference, nodes.literal, nodes.strong, nodes.title, nodes.caption, nodes.math, nodes.raw,
)  # fmt: skip


def setup(app):
    """Mark the words, and write what they show."""
    app.connect("doctree-resolved", mark)
    app.connect("env-updated", write_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@cache
def entries(glossary):
    """The glossary's entries: by each English spelling the first word, Chinese, sentence, page."""
    found = {}
    for words, definition, place in read(glossary):
        chinese = [word for word in words if HAN.search(word)]
        english = [word for word in words if word not in chinese]
        entry = (english[0], ", ".join(chinese), plain(definition), place and place[1])
        for word in english:
            for spelling in spellings(word):
                found.setdefault(spelling, entry)
    return found


def plain(text):
    """A sentence without the marks of its source."""
    text = re.sub(r"\{[\w:]+\}`[^`]*`", "", text)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\s+", " ", re.sub(r"[*`$]", "", text)).strip()


@cache
def pattern(names):
    """A pattern that finds any of the words, the longest first, singular or plural."""
    longest = sorted(names, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest))})(?:s|es)?\b", re.IGNORECASE)


def glossary_text(env):
    """The source of the glossary, or nothing."""
    path = Path(env.doc2path(GLOSSARY))
    return path.read_text(encoding="utf-8") if path.exists() else ""


def mark(app, doctree, docname):
    """Make links of a chapter's first mentions."""
    numbered = app.env.toc_secnumbers.get(docname, {}).get("")
    if app.builder.name != "html" or not numbered or GLOSSARY not in app.env.found_docs:
        return
    known = entries(glossary_text(app.env))
    objects = app.env.domains.standard_domain.objects
    left = {
        name
        for name, (_, _, sentence, page) in known.items()
        if sentence and page != docname and name not in TOO_PLAIN and ("term", name) in objects
    }
    here = {entry for name, entry in known.items() if entry[3] == docname}
    left -= {name for name in left if known[name] in here}
    if not left:
        return
    find = pattern(frozenset(left))
    done = set()
    for paragraph in list(doctree.findall(nodes.paragraph)):
        if "chapter-facts" in paragraph["classes"] or in_solution(paragraph):
            continue
        for text in list(paragraph.findall(nodes.Text)):
            if not any(isinstance(above, SKIPPED) for above in ancestors(text, paragraph)):
                link_words(app, docname, text, find, known, objects, done)


def in_solution(node):
    """Whether a paragraph lies in an exercise or its solution, or in a table."""
    while node is not None:
        classes = node.get("classes", ()) if isinstance(node, nodes.Element) else ()
        if isinstance(node, nodes.table) or {"exercise", "solution"} & set(classes):
            return True
        node = node.parent
    return False


def ancestors(node, end):
    """What a text stands in, up to its paragraph."""
    while (node := node.parent) is not None and node is not end:
        yield node


def link_words(app, docname, text, find, known, objects, done):
    """Replace the words of a text that have not been met by links."""
    said, parts, place = text.astext(), [], 0
    for found in find.finditer(said):
        name = found[1] if found[1] in known else found[1].lower()
        if name not in known or known[name] in done:
            continue
        done.add(known[name])
        there, label = objects["term", name]
        address = app.builder.get_relative_uri(docname, there)
        parts.append(nodes.Text(said[place : found.start()]))
        link = nodes.reference("", found[0], internal=True, refuri=f"{address}#{label}")
        link["classes"].append("term")
        parts.append(link)
        place = found.end()
    if parts:
        parts.append(nodes.Text(said[place:]))
        text.parent.replace(text, parts)


def write_script(app, env):
    """Write the entries, by their addresses in the glossary, to where the pages look for them.

    A build of some pages, without the glossary, has no entries, and all the same the file.
    """
    if app.builder.name != "html":
        return
    text = glossary_text(env)
    objects = env.domains.standard_domain.objects
    shown = {
        objects["term", word][1]: [first, chinese, sentence]
        for word, (first, chinese, sentence, _) in entries(text).items()
        if sentence and ("term", word) in objects
    }
    target = Path(app.outdir, "_static", SCRIPT)
    target.parent.mkdir(parents=True, exist_ok=True)
    words = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    target.write_text(f"window.cnnbookTerms = {words};\n", encoding="utf-8")
