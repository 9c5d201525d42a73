"""What holds for every page of the book, and for the book that is built from them."""

import re
import shutil
import statistics
from html import unescape
from pathlib import Path

import pytest

from cnnbook.datasets import READERS
from cnnbook.datasets.idx import SOURCES
from cnnbook.exercises.by_hand import in_pages
from pagecheck.book import book_of
from pagecheck.page import Page, read_page
from tests.building import build

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
PAGES = [page for page in map(read_page, sorted(BOOK.rglob("*.md"))) if page.cells]
# An appendix is looked up, not worked through, and needs no exercises.
CHAPTERS = [page for page in PAGES if "appendix" not in page.path.relative_to(BOOK).parts]
MOST_UNCHECKED = 3
WIDEST = 84
"""Characters of code that the column holds 1280 pixels wide (tests/browser looks at it)."""
VERSION = re.compile(rb"\?v=\w+(?=\")")
GRADES = ["Easy", "Medium", "Harder"]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)


@pytest.mark.slow
def test_a_second_build_runs_no_page_and_changes_none(built: Path, tmp_path: Path) -> None:
    out = tmp_path / "book"
    shutil.copytree(built, out)
    again = build(out)
    assert again.returncode == 0, again.stderr
    assert f"pages: 0 run, {len(PAGES)} taken from the cache" in again.stdout
    first, second = (
        {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
        for root in (built / "html", out / "html")
    )
    assert set(first) == set(second)
    changed = [
        str(name)
        for name, path in first.items()
        # Sphinx marks style sheets with a checksum where they lie there already.
        if VERSION.sub(b"", path.read_bytes()) != VERSION.sub(b"", second[name].read_bytes())
    ]
    assert changed == []


@each_page
def test_a_page_says_how_long_it_takes(page: Page) -> None:
    assert page.settings.get("takes", 0) > 0, "in processor seconds; `make html` prints them"


@pytest.mark.slow
@each_page
def test_the_build_runs_every_cell(page: Page, built: Path) -> None:
    book = book_of(BOOK)
    executed = book.store.kept(book.asked(page).key)
    assert executed is not None, "the build has run the page"
    assert len(executed.run.results) == len(page.cells)
    html = (built / "html" / page.path.relative_to(BOOK).with_suffix(".html")).read_text()
    assert html.count('class="cell_input') == len(page.cells)


@each_page
def test_the_title_is_a_question_and_code_is_short(page: Page) -> None:
    title = re.search(r"^# (.+)$", page.text, re.MULTILINE)
    assert title is not None
    assert title.group(1).endswith("?"), "the title of a page is a question"
    lengths = [len(cell.source.splitlines()) for cell in page.cells]
    assert statistics.median(lengths) <= 8, "half of the cells have 8 lines of code or fewer"
    assert max(lengths) <= 25, "no cell has more than 25 lines of code"


@each_page
def test_code_fits_its_column(page: Page) -> None:
    for cell in page.cells:
        for line in cell.source.splitlines():
            assert len(line) <= WIDEST, f"{page.path}:{cell.line}: {line}"


@each_page
def test_the_data_that_a_page_loads_are_declared(page: Page) -> None:
    code = "\n".join(cell.source for cell in page.cells)
    used = {name for name in SOURCES if re.search(rf"[\"']{name}[\"']", code)}
    assert used == set(page.data) - set(READERS), "pagecheck: data: names what the cells load"
    marked = {name for cell in page.cells if cell.output for name in cell.output.data}
    assert marked <= set(page.data)


@each_page
def test_the_files_that_a_page_reads_are_declared_and_there(page: Page) -> None:
    code = "\n".join(cell.source for cell in page.cells)
    read = set(re.findall(r"(?:\.\./)?results/[\w.-]+", code))
    assert read == {str(path.relative_to(page.path.parent)) for path in page.files}
    assert all(path.is_file() for path in page.files)


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.path.stem)
def test_every_chapter_has_exercises_with_solutions_and_checks(page: Page) -> None:
    exercises = re.findall(r"\{exercise-start\}.*?\n:label: (\S+)", page.text)
    solutions = re.findall(r"\{solution-start\} (\S+)", page.text)
    assert len(exercises) >= 3, "a chapter has three exercises or more"
    assert solutions == exercises, "each solution follows its exercise"
    assert page.text.count("check(") >= 3, "each solution calls exercises.check"


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.path.stem)
def test_all_chapters_begin_and_grade_their_exercises_alike(page: Page) -> None:
    names = re.findall(r'check\("([\w.]+)"', page.text)
    how = (
        "a number here on the page, code in the notebook, after"
        if set(names) & set(in_pages())
        else "begin with"
    )
    sentence = f"Each answer can be checked: {how} `from cnnbook import exercises`."
    _, heading, exercises = page.text.partition("\n## Exercises\n\n")
    assert heading, "the exercises stand below the heading '## Exercises'"
    assert heading not in exercises
    assert exercises.startswith(sentence + "\n\n"), f"they begin with the sentence: {sentence}"
    assert not re.search(r"exercises import|(?<!exercises\.)\bcheck\(", page.text)
    statements = re.findall(r"\{exercise-start\}[^`]*?```\n(\S+)", exercises)
    grades = [re.fullmatch(r"\*(\w+)\.\*", first) for first in statements]
    assert all(grades), f"a statement begins with *Easy.*, *Medium.* or *Harder.*: {statements}"
    places = [GRADES.index(grade[1]) for grade in grades if grade]
    assert places == sorted(places), "easy exercises come first, harder ones last"
    assert len(places) == exercises.count("{exercise-start}")


@each_page
def test_every_figure_has_alternative_text(page: Page) -> None:
    for cell in page.cells:
        if cell.output and "figure: " in cell.output.text:
            assert cell.alt, f"{page.path}:{cell.line}"
            assert len(cell.alt) > 30, f"{page.path}:{cell.line}: say what the figure shows"


def test_few_outputs_are_unchecked() -> None:
    unchecked = [
        f"{page.path.name}:{cell.output.line}: {cell.output.unchecked}"
        for page in PAGES
        for cell in page.cells
        if cell.output and cell.output.unchecked
    ]
    assert len(unchecked) <= MOST_UNCHECKED, unchecked


@pytest.mark.slow
def test_no_built_page_loads_anything_from_another_host(built: Path) -> None:
    loads = re.compile(
        r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=\"(?:https?:)?//[^\"]+"
        r"|<link\b(?=[^>]*rel=\"(?:stylesheet|preload|icon|preconnect))[^>]*href=\"(?:https?:)?//[^\"]+"
        r"|@import\s+[\"'(]+(?:https?:)?//|url\([\"']?(?:https?:)?//"
    )
    for path in built.glob("html/**/*"):
        if path.suffix in (".html", ".css"):
            found = loads.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{path.name}: {found and found.group(0)}"


def left_over(html: str) -> list[str]:
    """Mathematics, roles and directives that stand in the text of a page as in its source."""
    article = re.search(r'<article class="bd-article">(.*?)</article>', html, re.DOTALL)
    assert article is not None
    text = re.sub(r"<(script|style|svg|pre|code)\b.*?</\1>", "", article[1], flags=re.DOTALL)
    text = re.sub(r'<(span|div) class="math[^>]*>.*?</\1>', "", text, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", "", text))
    return re.findall(r"\$\S|\\[a-zA-Z]{2,}|\{[a-z:-]+\}`|:[a-z]+:`|^:::|```", text, re.MULTILINE)


@pytest.mark.slow
@each_page
def test_no_markup_is_left_in_the_text(page: Page, built: Path) -> None:
    path = built / "html" / page.path.relative_to(BOOK).with_suffix(".html")
    assert not left_over(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("<p>The loss is $E = y_d + \\log\\bigl(e^{-j}</p>", ["$E", "\\log", "\\bigl"]),
        ("<p>{cite}`powell2015kernels` and :func:`x`</p>", ["{cite}`", ":func:`"]),
        ("<p>\n::: {note}\n```</p>", [":::", "```"]),
        ('<p><code>$x \\alpha</code> <span class="math">\\(\\alpha\\)</span> 5 $ off</p>', []),
    ],
)
def test_markup_that_is_left_is_found(broken: str, found: list[str]) -> None:
    assert left_over(f'<article class="bd-article">{broken}</article>') == found
