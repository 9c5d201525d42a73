"""Docstrings as an API reference, and links from the pages' code to it.

autodoc and napoleon read the docstrings; sphinx-codeautolink follows the names in code. What stands
here is where they do not fit together, or not with pages that run late in the build.
"""

import inspect
import pydoc
import re
import sys
import tempfile
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.nodes import make_refnode
from sphinx_codeautolink import extension as codeautolink
from sphinx_codeautolink.extension.block import CodeBlockAnalyser
from sphinx_codeautolink.extension.resolve import CouldNotResolve, resolve_location

CODE = re.compile(
    r'<div class="(?:doctest )?highlight-[\w-]+ notranslate"><div class="highlight">'
    r"<pre>(.*?)</pre></div>\s*</div>",
    re.DOTALL,
)
"""A block of code in a page, with its lines."""
link_whole = codeautolink.link_html


def setup(app):
    """Put codeautolink and autodoc right for this book."""
    CodeBlockAnalyser.depart_section = leave_section
    codeautolink.resolve_location = resolve_ours
    codeautolink.link_html = link_only_code
    app.connect("builder-inited", read_names_once)
    app.connect("autodoc-process-docstring", say_data_whole, priority=600)
    app.connect("autodoc-process-signature", say_factories_are_defaults)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("autodoc-process-docstring", describe_constants, priority=400)
    app.connect("missing-reference", look_inside_rooms)
    app.connect("html-page-context", link_what_is_written)
    app.connect("env-updated", find_methods, priority=400)


def say_data_whole(app, what, name, obj, options, lines):
    """Undo that napoleon takes what a constant's docstring says before a colon for its type."""
    if what in ("data", "attribute") and lines and lines[-1].startswith(":type: "):
        lines[:] = [f"{lines[-1].removeprefix(':type: ')}: {lines[0]}", *lines[1:-1]]


def say_factories_are_defaults(app, what, name, obj, options, signature, returns):
    """Make a dataclass's signature Python, which it is not where a default comes from a factory."""
    return signature and signature.replace("<factory>", "..."), returns


def look_inside_rooms(app, env, node, contnode):
    """Follow a docstring that names a thing by its module, or a thing that only its module knows.

    The reference shows it under its package, or not at all; then its name stays as it is.
    """
    target, short = node["reftarget"], node["reftarget"].rpartition(".")[2]
    if node.get("refdomain") != "py" or not (target == short or target.startswith("cnnbook.")):
        return None
    objects = env.domains["py"].objects
    found = {entry[:2] for name, entry in objects.items() if name.endswith(f".{short}")}
    if len(found) == 1:
        (place,) = found
        return make_refnode(app.builder, node["refdoc"], *place, contnode)
    return contnode if target != short and pydoc.locate(target) is not None else None


def skip_fields(app, what, name, obj, skip, options):
    """Leave out the fields of a named tuple, which its docstring describes."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def describe_constants(app, what, name, obj, options, lines):
    """Say of a constant what the module that defines it says, and not what its type says."""
    if what != "data":
        return
    if (lines or [""])[0] == (inspect.getdoc(type(obj)) or "").split("\n")[0]:
        lines.clear()
    room, _, constant = name.rpartition(".")
    for module in sorted(module for module in sys.modules if module.startswith(f"{room}.")):
        if said := ModuleAnalyzer.for_module(module).find_attr_docs().get(("", constant)):
            lines[:] = said


def leave_section(self, node):
    """Codeautolink takes every section to have a title; those of sphinx-exercise have none."""
    if any(isinstance(child, nodes.title) for child in node.children):
        self.title_stack.pop()


def resolve_ours(name, inventory):
    """Where a name of the package stands; codeautolink would import and follow all others, too."""
    if name.import_components[0] != "cnnbook":
        raise CouldNotResolve("not of this package")
    try:
        return resolve_location(name, inventory)
    except Exception as error:  # it meets other libraries' annotations, which may not evaluate
        raise CouldNotResolve(str(error)) from error


def codeautolinks(app, event):
    """What codeautolink has connected to an event."""
    for listener in list(app.events.listeners[event]):
        if isinstance(getattr(listener.handler, "__self__", None), codeautolink.SphinxCodeAutoLink):
            yield listener


def read_names_once(app):
    """Have codeautolink look at a page when it is written, not when it is read as well."""
    for listener in codeautolinks(app, "doctree-read"):
        app.disconnect(listener.id)


def link_what_is_written(app, docname, template, context, doctree):
    """Have codeautolink link every page that is written.

    By itself it links those that were out of date when the build began, by what it saw when they
    were read. Pages that have run come later, and it forgets what it saw in Markdown.
    """
    for listener in codeautolinks(app, "build-finished") if doctree else []:
        state = listener.handler.__self__
        # It has no cache where it does not work: in an EPUB.
        if state.cache is not None:
            state.parse_blocks(app, doctree)
            state.filter_and_resolve(state.cache.transforms[docname], set(), docname)
            state.outdated_docs.add(docname)


def link_only_code(document, out_dir, transforms, *settings, **options):
    """Show codeautolink those blocks of a page that have names to link, and put them back.

    It would parse and write the whole page, which took more than a third of a build.
    """
    place = Path(out_dir, f"{document}.html")
    html = place.read_text(encoding="utf-8")
    wanted = {one.source.rstrip() for one in transforms if one.names}
    blocks = [block for block in CODE.finditer(html) if text_of(block[1]) in wanted]
    if not blocks:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, f"{document}.html")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("\n<hr/>\n".join(block[0] for block in blocks), encoding="utf-8")
        named = [one for one in transforms if one.source.rstrip() in wanted]
        link_whole(document, folder, named, *settings, **options)
        linked = copy.read_text(encoding="utf-8").split("\n<hr/>\n")
    for block, better in reversed(list(zip(blocks, linked, strict=True))):
        html = html[: block.start()] + better + html[block.end() :]
    place.write_text(html, encoding="utf-8")


def text_of(code):
    """The text of lines with marks for their colours.

    >>> text_of('<span class="n">a</span> <span class="o">&lt;</span> 1')
    'a < 1'
    """
    return unescape(re.sub(r"<[^>]+>", "", code)).rstrip()


def find_methods(app, env):
    """Tell codeautolink where methods stand whose class a package has from one of its modules."""
    objects = env.domains["py"].objects
    homes = {entry.node_id: name for name, entry in objects.items() if entry.aliased}
    for name in objects:
        owner, _, member = name.rpartition(".")
        if owner in homes:
            app.config.codeautolink_inventory_map[f"{homes[owner]}.{member}"] = name
