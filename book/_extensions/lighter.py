"""Pages load what they use: no index of the search where nobody searches, no icons that none shows.

The theme loads the search's index, a font of some two thousand icons, and a style sheet for all
that its framework can build, on every page.
"""

import hashlib
import os
import re
from io import BytesIO
from logging import WARNING, getLogger
from pathlib import Path

import pydata_sphinx_theme
from built_pages import rewrite
from sphinx.util import logging
from styles import known, used

SEARCH = re.compile(
    r'\s*<script src="[^"]*(?:_static/searchtools|_static/language_data|searchindex)\.js[^"]*">'
    r"</script>"
)
SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)
ICON = re.compile(r"\bfa-[a-z0-9-]+")
CODE = re.compile(r'((?:\.fa-[a-z0-9-]+,?)+)\{--fa:"\\([0-9a-f]+)"')
OWN = re.compile(r"\\([ef][0-9a-f]{3})\b")
"""A style sheet's own icon, by the character: all lie where Unicode leaves room for such."""
SHEET = "styles/pydata-sphinx-theme.css"
FONTS = "vendor/fontawesome/webfonts/*.woff2"
logger = logging.getLogger(__name__)


def setup(app):
    """Work on the built pages, after those who add to them."""
    app.connect("build-finished", lighten, priority=970)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def lighten(app, exception):
    """Take from the pages what they do not use."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    used = set()

    def looked_through(path, html):
        used.update(ICON.findall(html))
        return html if path.name == "search.html" else without_search(html)

    rewrite(out, looked_through)
    for path in out.glob("_static/**/*.js"):
        if "mathjax" not in path.parts:
            used.update(ICON.findall(path.read_text(encoding="utf-8")))
    styles = "".join(
        path.read_text(encoding="utf-8") for path in sorted(out.glob("_static/**/*.css"))
    )
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme"
    lighten_sheet(out, theme / "static")
    for path in (theme / "static").glob(FONTS):  # the whole font, not what an earlier build left
        try:
            small = kept(Path(app.doctreedir), path.read_bytes(), characters(styles, used))
        except ImportError as error:  # brotli, without which no font of this kind can be read
            logger.info("the icons' fonts stay whole: %s", error)
            return
        (out / "_static" / path.relative_to(theme / "static")).write_bytes(small)


def lighten_sheet(out, static):
    """Write the theme's style sheet with the rules that pages and scripts may ask for.

    Its address is by its content: a browser that has kept another asks for it anew.
    """
    pages = [path.read_text(encoding="utf-8") for path in out.rglob("*.html")]
    scripts = [
        path.read_text(encoding="utf-8")
        for path in out.glob("_static/**/*.js")
        if "mathjax" not in path.parts
    ]
    inline = [script for page in pages for script in SCRIPT.findall(page)]
    sheet = used((static / SHEET).read_text("utf-8"), known(pages, [*scripts, *inline]))
    (out / "_static" / SHEET).write_text(sheet, encoding="utf-8")
    digest = hashlib.sha256(sheet.encode()).hexdigest()[:8]
    rewrite(out, lambda path, html: re.sub(rf'(/{SHEET})\?[^"]*', rf"\1?v={digest}", html))


def without_search(html):
    """A page without the search's scripts; its box leads to the page that has them.

    >>> without_search('<script src="../searchindex.js?v=1"></script><script src="a.js"></script>')
    '<script src="a.js"></script>'
    """
    return SEARCH.sub("", html)


def characters(styles, icons):
    r"""The characters of icons, by their names in a style sheet, and those that it shows itself.

    >>> styles = '.fa-bars,.fa-navicon{--fa:"\\f0c9"}.fa-x{--fa:"\\f0ca"}.a{content:"\\f0cb"}'
    >>> [hex(one) for one in characters(styles + chr(0xF107), {"fa-navicon"})]
    ['0xf0c9', '0xf0cb', '0xf107']
    """
    named = CODE.findall(styles)
    shown = OWN.findall(CODE.sub("", styles))
    chosen = [code for names, code in named if icons & set(ICON.findall(names))]
    itself = {ord(sign) for sign in styles if "\ue000" <= sign <= "\uf8ff"}
    return sorted({int(code, 16) for code in (*chosen, *shown)} | itself)


def kept(folder, font, characters):
    """A font with these characters only: that of an earlier build, if it had the same to do."""
    asked = hashlib.sha256(font + repr(characters).encode()).hexdigest()[:16]
    file = folder / f"font-{asked}.woff2"
    if not file.exists():
        small = subset(font, characters)
        part = folder / f"font-{asked}.{os.getpid()}.part"
        part.write_bytes(small)
        part.replace(file)
    return file.read_bytes()


def subset(font, characters):
    """A font with these characters only."""
    from fontTools import subset as fonttools
    from fontTools.ttLib import TTFont

    options = fonttools.Options(flavor="woff2", notdef_outline=True, layout_features=[])
    getLogger("fontTools").setLevel(WARNING)
    opened = TTFont(BytesIO(font), recalcTimestamp=False)
    chooser = fonttools.Subsetter(options)
    chooser.populate(unicodes=characters)
    chooser.subset(opened)
    opened.flavor = "woff2"
    file = BytesIO()
    opened.save(file)
    return file.getvalue()
