"""Pages load what they use: no index of the search where nobody searches, no icons that none shows.

The theme loads the search's index, and a font of some two thousand icons, on every page.
"""

import re
from io import BytesIO
from logging import WARNING, getLogger
from pathlib import Path

import pydata_sphinx_theme
from sphinx.util import logging

SEARCH = re.compile(
    r'\s*<script src="[^"]*(?:_static/searchtools|_static/language_data|searchindex)\.js[^"]*">'
    r"</script>"
)
ICON = re.compile(r"\bfa-[a-z0-9-]+")
CODE = re.compile(r'((?:\.fa-[a-z0-9-]+,?)+)\{--fa:"\\([0-9a-f]+)"')
OWN = re.compile(r"\\([ef][0-9a-f]{3})\b")
"""A style sheet's own icon, by the character: all lie where Unicode leaves room for such."""
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
    for path in out.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        used.update(ICON.findall(html))
        better = html if path.name == "search.html" else without_search(html)
        if better != html:
            path.write_text(better, encoding="utf-8")
    for path in out.glob("_static/**/*.js"):
        if "mathjax" not in path.parts:
            used.update(ICON.findall(path.read_text(encoding="utf-8")))
    styles = "".join(
        path.read_text(encoding="utf-8") for path in sorted(out.glob("_static/**/*.css"))
    )
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme"
    for path in (theme / "static").glob(FONTS):  # the whole font, not what an earlier build left
        try:
            small = subset(path.read_bytes(), characters(styles, used))
        except ImportError as error:  # brotli, without which no font of this kind can be read
            logger.info("the icons' fonts stay whole: %s", error)
            return
        (out / "_static" / path.relative_to(theme / "static")).write_bytes(small)


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
