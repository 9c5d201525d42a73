"""The picture that is shown where a link to a page is shared: its title, and a kernel at work.

Such a picture has to have an address, so that there are pictures only in a book with one. They are
made at the build, and named by what they show, so that an unchanged one is kept.
"""

import hashlib
import re
import textwrap
from html import escape, unescape
from pathlib import Path

FOLDER = "_static/cards"
WIDTH, HEIGHT = 1200, 630
"""Pixels; what the services that show such pictures ask for."""
DPI = 100
GROUND, INK = "#14212b", "#ffffff"
COLOURS = {"input": "#6cb8f0", "kernel": "#ff9d5c", "output": "#4fd1a5"}
LOOK = "1"
"""Another number makes all pictures anew."""


def setup(app):
    """Say on each page where its picture is, and draw it."""
    app.connect("html-page-context", tell, priority=910)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def tell(app, pagename, templatename, context, doctree):
    """Add the picture's address to a page's metadata."""
    address = (app.config.html_baseurl or "").rstrip("/")
    if not address or doctree is None:
        return
    title = unescape(re.sub(r"<[^>]+>", "", context.get("title", "")))
    tags = {
        "og:url": f"{address}/{pagename}.html",
        "og:image": f"{address}/{FOLDER}/{name_of(title)}",
        "og:image:alt": title,
        "og:image:width": str(WIDTH),
        "og:image:height": str(HEIGHT),
    }
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<meta property="{name}" content="{escape(said)}"/>\n' for name, said in tags.items()
    )
    context["metatags"] += '<meta name="twitter:card" content="summary_large_image"/>\n'


def name_of(title):
    """The file of the picture with a title."""
    return hashlib.sha256((LOOK + title).encode()).hexdigest()[:16] + ".png"


def write(app, exception):
    """Draw the pictures that the pages name, and remove those that none names any more."""
    if exception is not None or app.builder.name != "html" or not app.config.html_baseurl:
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    titles = set()
    for path in Path(app.outdir).rglob("*.html"):
        titles.update(titles_in(path.read_text(encoding="utf-8")))
    named = {name_of(title): title for title in titles}
    for name, title in named.items():
        if not (folder / name).exists():
            (folder / name).write_bytes(picture(title, app.config.project))
    for path in folder.glob("*.png"):
        if path.name not in named:
            path.unlink()


def titles_in(html):
    """The titles of the pictures that a page names.

    >>> titles_in('<meta content="A &amp; B" property="og:image:alt"/>')
    ['A & B']
    """
    tags = [tag for tag in re.findall(r"<meta\b[^>]*>", html) if '"og:image:alt"' in tag]
    return [unescape(found[1]) for tag in tags if (found := re.search(r'content="([^"]*)"', tag))]


def picture(title, book):
    """A picture as PNG: the title, below it the book's name, at the right a kernel at work."""
    from io import BytesIO

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor=GROUND)
    FigureCanvasAgg(figure)
    lines = textwrap.wrap(title, 22)
    size = 46 if len(lines) < 5 else 36
    if size == 36:
        lines = textwrap.wrap(title, 28)
    words = {"color": INK, "family": "DejaVu Sans"}
    figure.text(0.06, 0.86, "\n".join(lines), size=size, va="top", linespacing=1.25, **words)
    figure.text(0.06, 0.09, book, size=20, alpha=0.8, **words)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.axis("off")
    for kind, left, top, count in (("input", 880, 90, 5), ("output", 940, 380, 3)):
        for row in range(count):
            for column in range(count):
                shade = ((3 * row + 5 * column + row * column) % 7) / 10 + 0.15
                corner = (left + 44 * column, top + 44 * row)
                colour = COLOURS[kind]
                axes.add_patch(Rectangle(corner, 40, 40, color=colour, alpha=shade, lw=0))
    frame = {"fill": False, "edgecolor": COLOURS["kernel"], "linewidth": 5}
    axes.add_patch(Rectangle((880 + 44 - 2, 90 + 44 - 2), 132, 132, **frame))
    axes.add_patch(Rectangle((940 + 44 - 2, 380 + 44 - 2), 44, 44, **frame))
    made = BytesIO()
    figure.savefig(made, format="png", metadata={"Software": None})
    return made.getvalue()
