"""Figures that one can touch: a directive for chapters, and a script for the pages that have one.

The figures are ES modules in ``book/_static/figures``. A browser refuses to import modules from a
file system, where the built book has to work, so they are joined to one classic script here.
"""

import json
import re
from html import escape
from pathlib import Path

import yaml
from captioned import Captioned
from docutils import nodes
from docutils.parsers.rst import directives
from drawings import stills
from sphinx.errors import ExtensionError
from sphinx.util import logging

MODULES = Path(__file__).parents[1] / "_static" / "figures"
SCRIPT, STYLE = "figures.js", "figures/figures.css"
WEIGHTS, WITH_WEIGHTS = "figures-network.js", "draw"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.MULTILINE)
logger = logging.getLogger(__name__)
EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)


def setup(app):
    """Install the directive and write the script."""
    app.add_node(
        InteractiveFigure,
        html=(open_figure, close_figure),
        latex=(pass_by, pass_by),
        text=(pass_by, pass_by),
    )
    app.add_directive("interactive", Interactive)
    app.connect("builder-inited", write_script)
    app.connect("html-page-context", load_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class InteractiveFigure(nodes.General, nodes.Element):
    """A place for a figure, and what is read where no script runs."""


class Interactive(Captioned):
    """``{interactive} name``: the body says what the still picture shows."""

    option_spec = Captioned.option_spec | {"settings": directives.unchanged}

    def run(self):
        """Make the place, with the body in it."""
        name, caption = self.of(stills.DRAWN, "figure")
        figure = InteractiveFigure(
            "",
            *self.parse_content_to_nodes(),
            figure=name,
            caption=caption,
            settings=yaml.safe_load(self.options.get("settings", "")) or {},
        )
        self.set_source_info(figure)
        return [figure]


def open_figure(translator, node):
    """Write the place, the still picture and, until the figure is closed, the body."""
    caption = escape(node["caption"])
    still = stills.DRAWN[node["figure"]](caption, node["settings"])
    place = f' id="{node["ids"][0]}"' if node["ids"] else ""
    translator.body.append(
        f'<figure class="interactive"{place} data-figure="{node["figure"]}" data-label="{caption}"'
        f' data-settings="{escape(json.dumps(node["settings"]))}">'
        f'<div class="fig-still">{still}'
    )


def close_figure(translator, node):
    """End the body and write the caption."""
    caption = escape(node["caption"])
    translator.body.append("</div><figcaption><p>")
    if node["ids"]:  # given by the extension that counts figures
        translator.add_fignumber(node)
    translator.body.append(f"{caption}</p></figcaption></figure>\n")


def pass_by(translator, node):
    """Elsewhere the body is all there is."""


def write_script(app):
    """Write the joined modules to where the pages look for them."""
    if app.builder.format == "html":
        target = Path(app.outdir, "_static", SCRIPT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(joined(MODULES), encoding="utf-8")


def load_script(app, docname, template, context, doctree):
    """Have a page load the script if it has a figure, and the weights if it has a network."""
    figures = [] if doctree is None else list(doctree.findall(InteractiveFigure))
    if any(figure["figure"] == WITH_WEIGHTS for figure in figures):
        write_weights(app)
        app.add_js_file(WEIGHTS, loading_method="defer")
    if figures:
        app.add_js_file(SCRIPT, loading_method="defer")
        app.add_css_file(STYLE)


def write_weights(app):
    """Write the network that the pages of this build have trained; without it, the still stays."""
    import network  # brings torch, which a build that writes no page with a network does without

    target = Path(app.outdir, "_static", WEIGHTS)
    try:
        target.write_text(network.script(), encoding="utf-8")
    except network.NotCached as error:
        target.write_text("", encoding="utf-8")
        logger.info("a figure has no network: %s", error)


def joined(folder):
    """One script that holds every module of a folder, each in a function of its own.

    Its exports lie in ``cnnbookFigures``, by module, where the tests find them.
    """
    sources = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js"))}
    order = []

    def place(name, wanted_by=()):
        if name in wanted_by:
            raise ExtensionError(f"{name}.js imports itself by {' and '.join(wanted_by)}")
        if name not in sources:
            raise ExtensionError(f"{wanted_by[-1]}.js imports {name}.js, which is not there")
        for _, other in IMPORT.findall(sources[name]):
            place(other, (*wanted_by, name))
        if name not in order:
            order.append(name)

    for name in sources:
        place(name)
    parts = [wrapped(name, sources[name]) for name in order]
    return '"use strict";\n{\nconst modules = (globalThis.cnnbookFigures = {});\n' + "".join(
        [*parts, "}\n"]
    )


def wrapped(name, source):
    """A module as a function that is called at once and returns what the module exports."""
    names = [exported for _, exported in EXPORT.findall(source)]
    body = IMPORT.sub(r"const {\1} = modules.\2;\n", source)
    body = EXPORT.sub(r"\1 \2", body)
    if stray := re.search(r"^(import|export)\b.*", body, re.MULTILINE):
        raise ExtensionError(f"{name}.js has what the book cannot join: {stray[0]}")
    return f"modules.{name} = (() => {{\n{body}return {{ {', '.join(names)} }};\n}})();\n"
