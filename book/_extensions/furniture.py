"""What surrounds the text of a page: a description, the notebook as a download, lighter HTML.

The themes' HTML is put right where it is written: for people who do not see the page, for search
engines, and for those who wait for it.
"""

import re
from html import escape
from pathlib import Path

from built_pages import rewrite
from docutils import nodes
from portable import notebook_of
from sphinx_exercise.nodes import is_exercise_node

WORDS_A_MINUTE, MINUTES_A_CELL = 220, 1 / 6
"""How fast a page is read: guesses."""
DESCRIPTION = 160
"""Characters that search engines show."""
FIRST_IMAGES = 1
"""Images of a page that are loaded at once; the others when they come into sight."""


def setup(app):
    """Work on each page as it is written, and on its file after all extensions."""
    app.connect("doctree-resolved", say_how_long)
    app.connect("html-page-context", describe, priority=900)
    app.connect("html-page-context", offer_the_notebook, priority=900)
    app.connect("build-finished", put_right, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def say_how_long(app, doctree, docname):
    """Below a chapter's title: the minutes it takes to read, its exercises, and how to take it."""
    section = next(iter(doctree.findall(nodes.section)), None)
    if section is None or not app.env.toc_secnumbers.get(docname, {}).get(""):
        return
    exercises = len(list(doctree.findall(is_exercise_node)))
    cells = sum(
        "cell_input" in node.get("classes", ()) for node in doctree.findall(nodes.container)
    )
    words = sum(len(text.astext().split()) for text in doctree.findall(nodes.paragraph))
    minutes = max(1, round(words / WORDS_A_MINUTE + cells * MINUTES_A_CELL))
    line = f"About {minutes} minutes to read · {exercises} exercises"
    facts = nodes.paragraph("", line, classes=["chapter-facts"])
    for number, (address, what) in enumerate(downloads(app, doctree, docname)):
        facts += nodes.Text(" · take it along as a " if number == 0 else " or a ")
        facts += nodes.reference("", what, refuri=address, internal=True, classes=["taken"])
    section.insert(1, facts)


def downloads(app, doctree, docname):
    """Where the page's notebook and its script lie, seen from the page."""
    if app.builder.name != "html" or not (name := notebook_of(doctree)):
        return []
    notebook = "../" * docname.count("/") + f"_downloads/{name}"
    return [(notebook, "notebook"), (notebook.removesuffix(".ipynb") + ".py", "script")]


def describe(app, pagename, templatename, context, doctree):
    """A description of the page, from its first paragraph, for search engines and cards."""
    if doctree is None:
        return
    paragraphs = doctree.findall(nodes.paragraph)
    paragraph = next((one for one in paragraphs if "chapter-facts" not in one["classes"]), None)
    text = " ".join(paragraph.astext().split()) if paragraph is not None else ""
    if len(text) > DESCRIPTION:
        text = text[:DESCRIPTION].rpartition(" ")[0] + " …"
    title = re.sub(r"<[^>]+>", "", context.get("title", ""))
    tags = {
        "description": text,
        "og:title": title,
        "og:description": text,
        "og:type": "article",
        "og:site_name": app.config.project,
    }
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<meta {"property" if ":" in name else "name"}="{name}" content="{escape(said)}"/>\n'
        for name, said in tags.items()
        if said
    )


def offer_the_notebook(app, pagename, templatename, context, doctree):
    """The page as a notebook, first among the downloads."""
    if doctree is None:
        return
    if name := notebook_of(doctree):
        button = {
            "type": "link",
            "url": context["pathto"](f"_downloads/{name}", 1),
            "text": ".ipynb",
            "tooltip": "Download as a notebook",
            "icon": "fas fa-code",
            "label": "download-notebook-button",
        }
        for group in context.get("header_buttons", []):
            if group.get("label") == "download-buttons":
                group["buttons"].insert(0, button)


def put_right(app, exception):
    """Rewrite the pages' HTML."""
    if exception is not None or app.builder.format != "html":
        return
    rewrite(app.outdir, lambda path, html: improved(html))
    if address := (app.config.html_baseurl or "").rstrip("/"):
        out = Path(app.outdir)
        names = sorted(name for name in app.env.found_docs if name != "index")
        (out / "sitemap.xml").write_text(sitemap(address, ["index", *names]), encoding="utf-8")
        (out / "404.html").write_text(not_found(address, app.config.project), encoding="utf-8")
    # Half a megabyte, compressed, of icons that the themes' style sheets bring as a font, too.
    for script in Path(app.outdir).glob("_static/scripts/fontawesome.js*"):
        script.unlink()
    for template in Path(app.outdir).glob("_static/*webpack-macros.html"):
        template.unlink()


def sitemap(address, names):
    """The pages, for search engines."""
    places = "".join(f"<url><loc>{address}/{name}.html</loc></url>\n" for name in names)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n{places}</urlset>\n'


def not_found(address, project):
    """What a host shows for an address that leads nowhere; it may be asked for from any folder."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta content="width=device-width, initial-scale=1" name="viewport"/>
<title>Not found — {escape(project)}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; margin: 20vh auto; max-width: 34rem; }}
main {{ padding: 0 1rem; }}
</style>
</head>
<body>
<main>
<h1>There is no page here</h1>
<p>It may have been renamed. <a href="{address}/index.html">The contents</a> list all chapters, and
<a href="{address}/search.html">the search</a> knows their words.</p>
</main>
</body>
</html>
"""


def improved(html):
    """A page's HTML without what is too much, and with what is missing."""
    html = re.sub(r"<script\b[^>]*fontawesome\.js[^>]*></script>\s*", "", html)
    html = re.sub(r"<link\b[^>]*fontawesome\.js[^>]*>\s*", "", html)
    # Roles that have no meaning where they stand (a list has items, and nothing else).
    html = html.replace(' role="doc-biblioentry"', "")
    html = html.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    # What lies in no landmark is passed by; the title leads back, so that it is navigation.
    html = re.sub(
        r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand logo")',
        '<div aria-label="Book" class="sidebar-primary-item" role="navigation">',
        html,
    )
    seen = 0

    def later(image):
        nonlocal seen
        seen += 1
        tag = image.group()
        return tag if seen <= FIRST_IMAGES or "loading=" in tag else f'{tag} loading="lazy"'

    return re.sub(r"<img\b[^>]*?(?=/?>)", later, html)
