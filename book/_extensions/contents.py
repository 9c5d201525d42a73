"""The chapters on the first page: a card each, with its number, its question and its drawing.

Order and parts are those of the first page's tables of contents, which are hidden: each is followed
by what is seen of it.
"""

import hashlib
import re
from html import escape
from pathlib import Path

import drawings
from docutils import nodes
from sphinx import addnodes

TEXT = re.compile(r"<text\b[^>]*>.*?</text>", re.DOTALL)
"""Words of a drawing: as small as on a card they are no longer legible."""


def setup(app):
    """Add the cards whenever the first page is written, and write it anew for a new drawing."""
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-resolved", add_contents)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def outdated(app, env, added, changed, removed):
    """The first page, if the drawings are not those that it was made with."""
    digest = hashlib.sha256()
    for path in sorted(Path(drawings.__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    before, env.contents_drawings = getattr(env, "contents_drawings", None), digest.hexdigest()
    return [app.config.root_doc] if before not in (None, env.contents_drawings) else []


def add_contents(app, doctree, docname):
    """Let each hidden table of the first page be followed by its chapters."""
    if docname != app.config.root_doc:
        return
    for table in list(doctree.findall(addnodes.toctree)):
        if not table["hidden"]:
            continue
        found = [
            (number(app.env, name), app.env.titles[name].astext(), name)
            for _, name in table["entries"]
            if name in app.env.titles
        ]
        if not found:
            continue
        make = cards if table["numbered"] else plain_list
        entries = [
            (here, title, app.builder.get_relative_uri(docname, name), picture(name))
            for here, title, name in found
        ]
        # The toctree's parent is a wrapper that the theme takes out together with it.
        place = table.parent if isinstance(table.parent, nodes.compound) else table
        where = place.parent.index(place) + 1
        place.parent.insert(where, nodes.raw("", make(table["caption"], entries), format="html"))


def number(env, docname):
    """A chapter's number, as text; empty for a page that has none."""
    return ".".join(str(part) for part in env.toc_secnumbers.get(docname, {}).get("") or ())


def picture(docname):
    """A chapter's drawing without its words; empty for a page that has none."""
    name = docname.rpartition("/")[2].replace("-", "_")
    return TEXT.sub("", drawings.drawing(name, "")) if name in drawings.NAMES else ""


def cards(part, chapters):
    """A part of the book as a list of cards.

    Args:
        part: its name.
        chapters: of each its number, title, address, and drawing as SVG.
    """
    return listed(part, "chapters", (card(*chapter) for chapter in chapters))


def card(number, title, address, picture):
    """One chapter: the link covers the card, so that it is announced once."""
    topic, colon, question = title.partition(": ")
    return (
        f'<li><div class="fig-still" aria-hidden="true">{picture}</div>\n'
        f'<p><a class="reference internal" href="{escape(address)}">'
        f'<span class="chapter-topic">{escape(number)} · {escape(topic + colon.strip())}</span>'
        f"{' ' + escape(question) if question else ''}</a></p></li>\n"
    )


def plain_list(part, pages):
    """Pages that are no chapters, as a list of links."""
    lines = (
        f'<li><a class="reference internal" href="{escape(address)}">{escape(title)}</a></li>\n'
        for _, title, address, _ in pages
    )
    return listed(part, "other-pages", lines)


def listed(part, kind, items):
    """A heading and a list; with ``role`` it stays a list for Safari, though it has no bullets."""
    heading = f'<h2 class="part">{escape(part)}</h2>\n' if part else ""
    return f'{heading}<ul class="{kind}" role="list">\n{"".join(items)}</ul>\n'
