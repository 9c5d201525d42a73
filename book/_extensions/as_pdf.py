"""The built book as one PDF, printed by Chromium: outline, links, page numbers, formulas.

As a program::

    python book/_extensions/as_pdf.py _build/html _build/cnnbook.pdf

The pages' articles are joined to one, in the order in which the pages lead on to each
other, so that links between pages become links within the file. No page is run or built for it.
"""

import posixpath
import re
import sys
import tempfile
from logging import ERROR, getLogger
from pathlib import Path
from urllib.parse import unquote

from needed import ToolMissing, chromium

BROWSER = (
    "make pdf needs Chromium, which is not here: install it (Debian: chromium) or set CHROMIUM"
)
DRIVER = (
    "make pdf needs Playwright and pypdf:"
    " .venv/bin/python -m pip install -c constraints.txt '.[take]'"
)
NUMBERS = (
    '<div style="font-size: 8px; width: 100%; text-align: center; font-family: sans-serif">'
    '<span class="pageNumber"></span></div>'
)
STYLE = """
body { font-size: 11pt; background: #fff; }
article.bd-article { padding: 0; }
article.bd-article + article.bd-article { break-before: page; }
.headerlink, .toggle-button, .copybtn, button, .fig-controls { display: none !important; }
.toggle-hidden, .toggle-hidden > * { display: block !important; visibility: visible !important;
  opacity: 1 !important; max-height: none !important; height: auto !important; }
pre { white-space: pre-wrap !important; overflow-wrap: anywhere; }
h1, h2, h3, h4 { break-after: avoid; }
figure, img, svg, tr, .chapters > li { break-inside: avoid; }
.bd-article div.cell { break-inside: auto !important; }
.hero * { animation: none !important; }
"""
SET = """async () => {
  if (window.MathJax && MathJax.startup) { await MathJax.startup.promise; }
  for (const image of document.images) { image.loading = "eager"; }
  await Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
  for (const box of document.querySelectorAll("details")) { box.open = true; }
  await document.fonts.ready;
}"""
TITLES = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter(title => title.getClientRects().length)
  .map(title => title.innerText.replace(/[\\s#]+/g, " ").trim())"""
MINUTES = 15
"""The longest that Chromium may take for a step."""


def in_order(folder):
    """The names of the pages, each followed by those in its own folder, then by the next one."""
    names, place = [], "index.html"
    while place and place not in names and (folder / place).is_file():
        html = (folder / place).read_text(encoding="utf-8")
        names += [place, *below(folder, place, html)]
        link = re.search(r'<link\b[^>]*\brel="next"[^>]*>', html)
        place = link and from_root(place, re.search(r'href="([^"]+)"', link[0])[1])
    return names


def below(folder, place, html):
    """The pages in the folder that is named like a page, in the order of its links to them."""
    own = place.removesuffix(".html")
    linked = (from_root(place, one) for one in re.findall(r'href="([^"#:?]+\.html)', html))
    there = sorted(one.relative_to(folder).as_posix() for one in (folder / own).glob("*.html"))
    return [one for one in dict.fromkeys([*linked, *there]) if one in there]


def joined(folder):
    """One page that holds the articles of all, as HTML that lies in the same folder.

    Args:
        folder: that of the built pages.
    """
    from bs4 import BeautifulSoup

    names = in_order(folder)
    head, articles = None, []
    for name in names:
        page = BeautifulSoup((folder / name).read_text(encoding="utf-8"), "html.parser")
        article = page.find("article", class_="bd-article")
        if article is None:
            continue
        head = head or first_head(page)
        head = with_formulas(head, page, name)
        for tag in article.select("script, form, noscript, img.only-dark"):
            tag.decompose()
        name_apart(article, name, names)
        articles.append(str(article))
    language = '<html lang="en" data-theme="light" data-mode="light">'
    return (
        f"<!DOCTYPE html>\n{language}<head>{head}<style>{STYLE}</style></head>"
        f"<body><main>{''.join(articles)}</main></body></html>"
    )


def first_head(page):
    """The head of the first page without its scripts."""
    for tag in page.head.find_all(["script", "noscript"]):
        tag.decompose()
    for tag in page.head.find_all("link"):
        if "stylesheet" not in tag.get("rel", []):
            tag.decompose()
    return page.head.decode_contents()


def with_formulas(head, page, name):
    """The head, with what sets formulas and draws figures, from the first page that has it."""
    for tag in page.head.find_all(["script", "link"]):
        address = tag.get("src") or tag.get("href") or ""
        wanted = "mathjax" in address.lower() or address.split("?")[0].endswith("/figures.css")
        setting = tag.name == "script" and "MathJax" in (tag.string or "")
        if wanted or setting:
            if wanted:
                key = "src" if tag.get("src") else "href"
                tag[key] = from_root(name, address)
            if str(tag) not in head:
                head += str(tag)
    return head


def from_root(name, address):
    """An address on a page, as it is seen from the first page's folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def name_apart(article, name, names):
    """Make a page's names its own among all pages', and have links lead to them."""
    own = anchor(name)
    for tag in article.find_all(id=True):
        tag["id"] = f"{own}--{tag['id']}"
    article["id"] = own
    for key in ("aria-labelledby", "aria-describedby", "for"):
        for tag in article.find_all(attrs={key: True}):
            value = tag[key] if isinstance(tag[key], str) else " ".join(tag[key])
            tag[key] = " ".join(f"{own}--{one}" for one in value.split())
    for tag in article.find_all(["img", "source"], src=True):
        if not tag["src"].startswith("data:"):
            tag["src"] = from_root(name, tag["src"])
    for tag in article.find_all("a", href=True):
        address = tag["href"]
        if re.match(r"[a-z]+:", address):
            continue
        page, _, place = address.partition("#")
        page = from_root(name, page) if page else name
        if page in names:
            tag["href"] = f"#{anchor(page)}" + (f"--{unquote(place)}" if place else "")
        else:  # a file that lies in the built book, such as a notebook
            del tag["href"]


def anchor(name):
    """A page's own name in the joined one.

    >>> anchor("applications/aerial.html")
    'page-applications-aerial'
    """
    return "page-" + name.removesuffix(".html").replace("/", "-")


def write(folder, target):
    """Print the pages of a folder.

    Raises:
        ToolMissing: if there is no Chromium, or no Playwright or pypdf.
    """
    if chromium() is None:
        raise ToolMissing(BROWSER)
    try:
        from playwright.sync_api import sync_playwright
        from pypdf import PdfReader  # noqa: F401
    except ImportError:
        raise ToolMissing(DRIVER) from None
    with (
        tempfile.NamedTemporaryFile("w", suffix=".html", dir=folder, encoding="utf-8") as file,
        sync_playwright() as playwright,
    ):
        file.write(joined(folder))
        file.flush()
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(color_scheme="light")
        page.set_default_timeout(MINUTES * 60_000)
        page.goto(Path(file.name).as_uri(), wait_until="load")
        page.evaluate(SET)
        titles = page.evaluate(TITLES)
        page.pdf(
            path=str(target),
            format="A4",
            margin={"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=NUMBERS,
            print_background=True,
            outline=True,
            tagged=True,
        )
        browser.close()
    put_titles_right(target, titles)


def put_titles_right(path, titles):
    """Write the outline's titles anew: Chromium writes some parts of them twice, or leaves gaps.

    Args:
        path: the PDF.
        titles: the headings of the page that was printed, in their order; the first is the book's.
    """
    from pypdf import PdfWriter
    from pypdf.generic import NameObject, TextStringObject

    getLogger("pypdf").setLevel(ERROR)  # it is surprised by how Chromium counts
    writer = PdfWriter(clone_from=str(path))
    writer.add_metadata({"/Title": titles[0]})
    entries = list(outlined(writer.root_object.get("/Outlines")))
    if len(entries) == len(titles):
        for entry, title in zip(entries, titles, strict=True):
            entry[NameObject("/Title")] = TextStringObject(title)
    writer.write(str(path))


def outlined(entry):
    """The entries below one of an outline, in their order."""
    child = entry.get("/First") if entry is not None else None
    while child is not None:
        child = child.get_object()
        yield child
        yield from outlined(child)
        child = child.get("/Next")


def main(folder, target):
    """Write the PDF and say where it lies."""
    write(Path(folder).resolve(), Path(target).resolve())
    print(f"The book as a PDF: {Path(target).resolve()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
