"""The book to take along: an EPUB that pleases epubcheck, and a PDF that leads around in itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

import pytest

from tests.building import ROOT, STORE

sys.path.append(str(ROOT / "book" / "_extensions"))

import as_epub  # type: ignore[import-not-found]
import as_pdf  # type: ignore[import-not-found]
from needed import chromium  # type: ignore[import-not-found]

PAGES = "book/images.md book/pooling.md"
MATHML = "{http://www.w3.org/1998/Math/MathML}"


def absent(what: str) -> NoReturn:
    """Leave a test out for want of a program; continuous integration has to have it."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs {what}")


def build(builder: str, out: Path) -> None:
    """Two pages, from their kept runs."""
    command = ["-m", "sphinx", "-q", "-c", ".", "-d", f"{out}/doctrees", "-b", builder, "book"]
    result = subprocess.run(
        [sys.executable, *command, f"{out}/{builder}"],
        cwd=ROOT,
        env={**os.environ, "CNNBOOK_PAGES": str(STORE), "PAGECHECK_PAGES": PAGES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("latex", "tag"),
    [
        (r"\frac{a}{b}", "mfrac"),
        (r"\lfloor (n + 2p - k) / s \rfloor + 1", "mo"),
        (r"\begin{align} a &= b \\ c &< d \end{align}", "mtable"),
        (r"a &= b \\ c &= d", "mtable"),
    ],
)
def test_formulas_become_mathml_that_can_be_parsed(latex: str, tag: str) -> None:
    root = ElementTree.fromstring(as_epub.mathml(latex, display=True))
    assert root.tag == f"{MATHML}math"
    assert root.get("display") == "block"
    assert root.get("alttext")
    assert list(root.iter(MATHML + tag))
    assert "\\" not in "".join(root.itertext())


def test_a_page_becomes_what_epub_wants() -> None:
    made = as_epub.put_right(
        '<div><script>a < b</script><p id="x"><br><img src="a.png" loading="lazy">&nbsp;</p>'
        '<p id="x"/><svg viewBox="0 0 1 1"/></div>'
    )
    root = ElementTree.fromstring(made)
    assert "script" not in made
    assert "lazy" not in made
    assert made.count('id="x"') == 1
    assert root[-1].tag == "{http://www.w3.org/2000/svg}svg"


def test_the_listing_says_which_pages_hold_formulas_and_drawings(tmp_path: Path) -> None:
    (tmp_path / "a.xhtml").write_text("<math/><svg/>", encoding="utf-8")
    (tmp_path / "b.xhtml").write_text("<p/>", encoding="utf-8")
    lines = [f'<item id="{name}" href="{name}.xhtml" media-type="x" />' for name in "ab"]
    first, second = as_epub.with_properties("\n".join(lines), tmp_path).split("\n")
    assert 'properties="mathml svg"' in first
    assert second == lines[1]


@pytest.mark.parametrize(("script", "named"), [("as_epub.py", "Java"), ("as_pdf.py", "Chromium")])
def test_a_tool_that_is_missing_is_named_in_one_line(
    script: str, named: str, tmp_path: Path
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CHROMIUM"}
    result = subprocess.run(
        [sys.executable, f"book/_extensions/{script}", str(tmp_path), str(tmp_path / "x")],
        cwd=ROOT,
        env={**environment, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert named in result.stderr
    assert result.stderr.count("\n") == 1


def test_joined_pages_lead_to_each_other(tmp_path: Path) -> None:
    pages = {
        "index.html": ("sub/a.html", '<p id="x"><a href="sub/a.html#x">a</a></p>'),
        "index/of.html": (None, "<p>named by the first page's folder</p>"),
        "sub/a.html": (None, '<p id="x"><a href="../index.html">i</a><img src="../i.png"></p>'),
    }
    for name, (after, body) in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        link = f'<link href="{after}" rel="next">' if after else ""
        (tmp_path / name).write_text(
            f'<html><head>{link}</head><body><article class="bd-article">{body}</article>',
            encoding="utf-8",
        )
    assert as_pdf.in_order(tmp_path) == list(pages)
    html = as_pdf.joined(tmp_path)
    for expected in (
        'href="#page-sub-a--x"', 'id="page-sub-a--x"', 'id="page-index--x"',
        'href="#page-index"', 'src="i.png"',
    ):  # fmt: skip
        assert expected in html


@pytest.mark.slow
def test_epubcheck_has_nothing_against_two_pages(tmp_path: Path) -> None:
    if shutil.which("java") is None:
        absent("Java, for epubcheck")
    build("epub", tmp_path)
    book = tmp_path / "epub" / "cnnbook.epub"
    assert as_epub.faults(book) == []
    page = (tmp_path / "epub" / "pooling.xhtml").read_text(encoding="utf-8")
    assert "<math" in page
    assert "<script" not in page


@pytest.mark.slow
def test_a_pdf_of_two_pages_has_text_links_and_outline(tmp_path: Path) -> None:
    if chromium() is None:
        absent("Chromium")
    import pypdf

    build("html", tmp_path)
    # As `make pdf` does: a process in which Playwright already runs cannot start it again.
    command = [sys.executable, "book/_extensions/as_pdf.py"]
    subprocess.run([*command, tmp_path / "html", tmp_path / "book.pdf"], cwd=ROOT, check=True)
    reader = pypdf.PdfReader(tmp_path / "book.pdf")
    chapters = [entry for entry in reader.outline if not isinstance(entry, list)]
    starts = {one.title: reader.get_destination_page_number(one) or 0 for one in chapters}
    titles = list(starts)
    assert titles[1:3] == [
        "1 · Images: what does a computer see?", "7 · Pooling: what does it throw away?",
    ]  # fmt: skip
    assert sorted(starts.values()) == list(starts.values())
    page = reader.pages[starts[titles[2]]].extract_text()
    assert "Pooling" in page
    assert "Solution" in "".join(one.extract_text() for one in reader.pages)
    links = [note.get_object() for one in reader.pages for note in one.get("/Annots", [])]
    inside = [link for link in links if "/Dest" in link]
    assert len(inside) > 10
    names = reader.named_destinations
    for link in inside:
        assert not isinstance(link["/Dest"], str) or link["/Dest"] in names
    outside = [link["/A"]["/URI"] for link in links if "/A" in link and "/URI" in link["/A"]]
    assert not [address for address in outside if address.startswith("file:")]
