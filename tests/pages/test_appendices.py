"""The appendices leave nothing out: no term, no public name, no file of results, no source."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sphinx.util.inventory import InventoryFile

import cnnbook
from pagecheck.page import read_page
from tests.building import build

BOOK = Path(__file__).parents[2] / "book"
APPENDIX = BOOK / "appendix"
CHAPTERS = sorted(
    path for path in BOOK.rglob("*.md") if APPENDIX not in path.parents and path.stem != "index"
)

NOT_FOR_READERS = {"__main__", "cli", "book"}
"""What runs the command line and the build."""
MODULES = sorted(
    module.name
    for module in pkgutil.iter_modules(cnnbook.__path__)
    if module.name not in NOT_FOR_READERS and not module.name.startswith("_")
)
OVERVIEW = (APPENDIX / "api.md").read_text(encoding="utf-8")
LISTED = re.findall(r"^   cnnbook\.([\w.]+)$", OVERVIEW, re.MULTILINE)
"""The modules that have a page."""

NO_TERMS = {
    "above",  # emphasis, as are "made", "one" and "patient"
    "batch of 256",  # steps of a ladder, named in a list
    "in memory",
    "made",
    "patient",
    "the gradient with respect to the kernel is the image, convolved with the gradient with "
    "respect to the output.",
    "with respect to",
    "300 steps",
}
OTHER_FORMS = {
    "classify": "classifier",
    "explode": "exploding gradients",
    "fine-tuned": "fine-tuning",
    "two stages": "two-stage",
    "vanish": "vanishing gradients",
    "whitens": "whitening",
}
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def terms_of(path: Path) -> set[str]:
    """What a page sets in bold outside of code: the words that it defines."""
    prose = re.sub(r"`[^`\n]*`", "", FENCED.sub("", path.read_text(encoding="utf-8")))
    found = re.findall(r"\*\*(?=\S)([^*]+?)\*\*", prose)
    return {" ".join(term.split()).casefold() for term in found} - NO_TERMS


def glossary() -> set[str]:
    blocks = re.findall(
        r"```\{glossary\}\n(.*?)\n```",
        (APPENDIX / "glossary.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    lines = [line for block in blocks for line in block.split("\n")]
    return {line.casefold() for line in lines if line and not line.startswith(" ")}


def test_the_glossary_has_every_term_that_a_chapter_defines() -> None:
    known = glossary()
    missing = {
        f"{path.relative_to(BOOK)}: {term}"
        for path in CHAPTERS
        for term in terms_of(path)
        if not {OTHER_FORMS.get(term, term), term.removesuffix("s")} & known
    }
    assert not missing, "put them into book/appendix/glossary.md"


def test_words_that_are_no_terms_are_still_in_the_chapters() -> None:
    text = " ".join(" ".join(path.read_text(encoding="utf-8") for path in CHAPTERS).split())
    for word in NO_TERMS | set(OTHER_FORMS):
        assert f"**{word}**" in text.casefold()


def test_every_term_has_a_chinese_word_a_definition_and_a_place() -> None:
    text = (APPENDIX / "glossary.md").read_text(encoding="utf-8")
    for block in re.findall(r"```\{glossary\}\n(.*?)\n```", text, re.DOTALL):
        for entry in block.split("\n\n"):
            english, *chinese, definition = entry.split("\n")
            assert re.search("[a-zA-Z]", english)
            assert any(re.search("[\u4e00-\u9fff]", word) for word in chinese), entry
            assert re.search(r"\. \(\[[^\]]+\]\(\.\./[\w/-]+\.md[\w#-]*\)\)$", definition), entry


def has_a_place(name: str) -> bool:
    """Whether a module is listed, or if it only holds others, each of these."""
    if name in LISTED:
        return True
    package = importlib.import_module(f"cnnbook.{name}")
    parts = [part.name for part in pkgutil.iter_modules(getattr(package, "__path__", ()))]
    return bool(parts) and all(has_a_place(f"{name}.{part}") for part in parts)


def test_every_module_stands_in_the_overview_and_has_a_page() -> None:
    missing = [name for name in MODULES if not has_a_place(name)]
    assert not missing, "list them in book/appendix/api.md"
    for name in LISTED:
        page = APPENDIX / "api" / f"{name}.md"
        assert page.is_file(), f"make {page}, a page like those beside it"
        text = page.read_text(encoding="utf-8")
        assert f".. automodule:: cnnbook.{name}\n   :members:\n" in text
    assert len(list((APPENDIX / "api").glob("*.md"))) == len(LISTED)


def public_names(module: ModuleType) -> Iterator[str]:
    """What ``__all__`` names; without it, the functions and classes that are defined there."""
    for name, value in vars(module).items():
        if name in getattr(module, "__all__", ()):
            home = getattr(value, "__module__", "")
            borrowed = home.startswith("cnnbook.") and not f"{home}.".startswith(
                f"{module.__name__}."
            )
            if not inspect.ismodule(value) and not borrowed:
                yield name
        elif not hasattr(module, "__all__") and not name.startswith("_"):
            defines = inspect.isfunction(value) or inspect.isclass(value)
            if defines and value.__module__ == module.__name__:
                yield name


@pytest.mark.slow
def test_every_public_name_is_in_the_reference(built: Path) -> None:
    inventory = InventoryFile.loads((built / "html/objects.inv").read_bytes(), uri="")
    known = {
        name for kind in inventory.data if kind.startswith("py:") for name in inventory.data[kind]
    }
    missing = {
        f"cnnbook.{listed}.{name}"
        for listed in LISTED
        for name in public_names(importlib.import_module(f"cnnbook.{listed}"))
    } - known
    assert not missing, "constants need `.. autodata::` on the page of their module"


@pytest.mark.slow
def test_names_in_the_code_of_a_page_lead_to_the_reference(built: Path) -> None:
    linked = re.findall(
        r'class="sphinx-codeautolink-a" href="appendix/api/[\w.]+#([\w.-]+)"',
        (built / "html/training.html").read_text(encoding="utf-8"),
    )
    assert {
        "cnnbook.datasets.load",  # a function
        "cnnbook.training.Trainer",  # a class, from a module of its package
        "cnnbook.training.Trainer.fit",  # a method, of what a name was bound to in an earlier cell
        "cnnbook.plots.show_images",  # by its module
    } <= set(linked)


@pytest.mark.slow
def test_a_page_keeps_its_links_when_it_is_written_anew_but_not_read(tmp_path: Path) -> None:
    page = (
        "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
        "# Linked?\n\n```{code-cell} python\n"
        "from cnnbook.datasets import names\n\nnames()[2]\n```\n\n"
        "```{output}\n'digits'\n```\n"
    )
    reference = (
        "# Reference\n\n```{eval-rst}\n.. automodule:: cnnbook.datasets\n   :members:\n```\n"
    )
    (tmp_path / "book").mkdir()
    (tmp_path / "book/page.md").write_text(page)
    (tmp_path / "book/reference.md").write_text(reference)
    (tmp_path / "book/index.md").write_text("# Book\n\n```{toctree}\npage\nreference\n```\n")
    html = tmp_path / "html/page.html"
    for _ in range(2):
        html.unlink(missing_ok=True)
        result = build(tmp_path, tmp_path / "book", tmp_path / "pages")
        assert result.returncode == 0, result.stdout + result.stderr
        assert (
            html.read_text(encoding="utf-8").count('href="reference.html#cnnbook.datasets.names"')
            == 2
        )


def test_every_file_of_results_is_accounted_for() -> None:
    page = read_page(APPENDIX / "reproducibility.md")
    assert {path.resolve() for path in page.files} == set((BOOK / "results").glob("*.json"))


def test_every_source_is_cited_and_can_be_found() -> None:
    entries = re.split(r"^@", (BOOK / "references.bib").read_text(encoding="utf-8"), flags=re.M)
    cited = {
        key.strip()
        for path in BOOK.rglob("*.md")
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", path.read_text(encoding="utf-8"))
        for key in keys.split(",")
    }
    known = {re.match(r"\w+\{([^,]+),", entry)[1] for entry in entries if "{" in entry}  # type: ignore[index]
    assert known == cited
    for entry in entries:
        for field, value in re.findall(r"^\s*(doi|url)\s*=\s*[{\"](.+?)[}\"],?$", entry, re.M):
            wanted = r"10\.\d{4,9}/\S+" if field == "doi" else r"https://[\w.-]+\.\w+(/\S*)?"
            assert re.fullmatch(wanted, value), value
