"""Entries of the index, and so of the search, for the words of the glossary.

An entry of the glossary ends with the place in the book that explains it. A reader who looks for a
word, in English or Chinese, is to find that place first.
"""

import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.index_entries import split_index_msg

GLOSSARY = "appendix/glossary"
BLOCK = re.compile(r"```\{glossary\}\n(.*?)\n```", re.DOTALL)
PLACE = re.compile(r"\(\[[^\]]+\]\(\.\./([\w/-]+)\.md(?:#([\w-]+))?\)\)$")
SIGNS = " °†"
AMERICAN = re.compile(r"(?<![aow])is(ation|ing|ed|er?)\b")  # not wise, noise, raise


def setup(app):
    """Add the entries to each page that is read, and see that the search keeps them."""
    app.add_transform(IndexTerms)
    app.connect("html-collect-pages", keep_entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class IndexTerms(SphinxTransform):
    """Put what the glossary explains here into the index."""

    default_priority = 840  # before Sphinx collects what belongs into the index

    def apply(self):
        """Add a node with the entries of each section."""
        path = Path(self.env.doc2path(GLOSSARY))
        if not path.exists() or self.env.docname == GLOSSARY:
            return
        self.env.note_dependency(str(path))
        text = path.read_text(encoding="utf-8")
        for anchor, words in explained(text).get(self.env.docname, {}).items():
            section = self.section(anchor)
            if section is not None:
                entries = [("single", word, section["ids"][0], "main", None) for word in words]
                section.insert(1, addnodes.index(entries=entries))

    def section(self, anchor):
        """The section with an anchor; the page itself without one."""
        for section in self.document.findall(nodes.section):
            if anchor is None or anchor in (*section["ids"], section.get("slug")):
                return section
        return None


def keep_entries(app):
    """Give the search the entries of the pages that this build does not write.

    Sphinx takes over all else from the index of the build before, but not these
    (github.com/sphinx-doc/sphinx/issues/12599): after a second build, words of the glossary would
    no longer lead to their places.
    """
    indexer = app.builder.indexer
    if indexer is not None:
        for page, entries in app.env.domains.index_domain.entries.items():
            indexer._index_entries.setdefault(page, searched(entries))
    return []


def searched(entries):
    """Entries of a page's index as the search knows them: each word, its anchor, whether main.

    >>> searched([("pair", "a; b", "x", "", None), ("see", "c; d", "y", "main", None)])
    [('a', 'x', ''), ('b', 'x', ''), ('c', 'y', 'main'), ('d', 'y', 'main')]
    """
    return sorted(
        {
            (word, anchor or "", main)
            for kind, value, anchor, main, _ in entries
            for word in split_index_msg(kind, value)
        }
    )


@cache
def explained(glossary):
    """By page and anchor, the words that are explained there."""
    found = {}
    for words, _, place in read(glossary):
        if place:
            here = found.setdefault(place[1], {}).setdefault(place[2], [])
            here += [one for word in words for one in spellings(word)]
    return found


def read(glossary):
    """The entries of the glossary: words without their signs, definition, and place, if any."""
    for block in BLOCK.findall(glossary):
        for entry in block.split("\n\n"):
            *words, definition = entry.split("\n")
            place = PLACE.search(definition)
            yield [word.strip(SIGNS) for word in words], PLACE.sub("", definition), place


def spellings(word):
    """A word as the book writes it, and as Americans do."""
    american = AMERICAN.sub(r"iz\1", word)
    return [word] if american == word else [word, american]
