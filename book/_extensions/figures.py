"""Figures with a number and a caption: drawings, and what cells show.

A drawing stands in a chapter as a directive, whose body says what it shows::

    :::{drawing} convolution
    :caption: One window of the image, the kernel, and the number that they make.
    A table of three rows ...
    :::

A cell's figure has its caption in the cell's settings, ``mystnb: figure: caption:``.
"""

from html import escape

from captioned import Captioned
from docutils import nodes
from docutils.parsers.rst import directives
from drawings import NAMES, drawing
from interactive import InteractiveFigure


def setup(app):
    """Install the directive, and have every figure counted."""
    app.add_node(Drawn, html=(write_drawing, pass_by), latex=(say, pass_by), text=(say, pass_by))
    app.add_directive("drawing", Drawing)
    app.registry.add_enumerable_node(InteractiveFigure, "figure", lambda node: node["caption"])
    app.connect("doctree-read", name_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Drawn(nodes.General, nodes.Element):
    """A place for a drawing."""


class Drawing(Captioned):
    """``{drawing} name``: the body says what it shows."""

    option_spec = Captioned.option_spec | {"name": directives.unchanged}

    def run(self):
        """Make a figure that holds it."""
        name, caption = self.of(NAMES, "drawing")
        label = " ".join("\n".join(self.content).split())
        if not label:
            raise self.error(f"the body of the drawing {name!r} says what it shows")
        figure = nodes.figure(classes=["drawing"])
        figure += Drawn("", drawing=name, label=label)
        inlines, _ = self.parse_inline(caption)
        figure += nodes.caption("", "", *inlines)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]


def name_figures(app, doctree):
    """Give every figure with a caption an address, without which it gets no number."""
    for place, node in enumerate(doctree.findall(is_numbered), start=1):
        if not node["ids"]:
            node["ids"].append(f"figure-{place}")


def is_numbered(node):
    """Whether a node is a figure with a caption."""
    captioned = isinstance(node, nodes.figure) and any(isinstance(x, nodes.caption) for x in node)
    return captioned or isinstance(node, InteractiveFigure)


def write_drawing(translator, node):
    """Write it into the page."""
    picture = drawing(node["drawing"], escape(node["label"]))
    translator.body.append(f'<div class="fig-still">{picture}</div>')


def say(translator, node):
    """Elsewhere, what it shows."""
    translator.visit_Text(nodes.Text(node["label"]))


def pass_by(translator, node):
    """Nothing is left to write."""
