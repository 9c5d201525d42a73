"""Notes in the margin: asides, which stand beside their paragraph, and on a narrow screen below it.

The directive ``{margin}`` is the theme's, and follows the paragraph that it belongs to. A builder
that has no theme, such as that of the EPUB, has to be told of it.
"""

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import is_directive_registered
from sphinx_book_theme.directives import Margin

logger = logging.getLogger(__name__)


def setup(app):
    """Add the directive where no theme has brought it, and lay notes and paragraphs together."""
    app.connect("builder-inited", know)
    app.connect("doctree-read", lay_together)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def know(app):
    """Let margin notes be understood."""
    if not is_directive_registered("margin"):
        app.add_directive("margin", Margin)


def lay_together(app, doctree):
    """Put each note into one container with the paragraph before it, beside which it stands."""
    for note in list(doctree.findall(nodes.sidebar)):
        if "margin" not in note["classes"]:
            continue
        for title in [one for one in note.children if isinstance(one, nodes.title)]:
            if not title.astext():
                note.remove(title)
        place = note.parent.index(note)
        before = note.parent.children[place - 1] if place else None
        if not isinstance(before, nodes.paragraph):
            logger.warning("a margin note follows the paragraph that it belongs to", location=note)
            continue
        parent = note.parent
        parent.remove(note)
        pair = nodes.container(classes=["noted"])
        parent.replace(before, pair)
        pair += [before, note]
