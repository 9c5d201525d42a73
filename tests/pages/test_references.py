"""The list of sources: what each entry has to say, and that it prints as it should."""

import re
from collections import Counter
from pathlib import Path

import pytest
from pybtex.database import Entry, parse_string

BIB = Path(__file__).parents[2] / "book" / "references.bib"
TEXT = BIB.read_text(encoding="utf-8")
ENTRIES = dict(parse_string(TEXT, "bibtex").entries)

NEEDED = {
    "article": ("journal",),
    "book": ("publisher",),
    "incollection": ("booktitle", "pages"),
    "inproceedings": ("booktitle",),
    "misc": (),
    "phdthesis": ("school",),
}
UNPAGED = ("arXiv:", "Distill")
"""Journals without volumes and pages: their articles are found by number, DOI or address."""
AS_THEY_ARE = ("book", "phdthesis")
"""Of these the style prints the title as it stands; of all others it lowers what has no braces."""
NAMES = {
    "Bayes", "Bayesian", "Bernoulli", "Dirichlet", "Euclidean", "Fourier", "Fréchet", "Gabor",
    "Gauss", "Gaussian", "Gibbs", "Inception", "Inria", "Laplace", "Laplacian", "Lipschitz",
    "Markov", "Monte", "Nash", "Newton", "Poisson", "Python", "Student", "Wasserstein", "Winograd",
}  # fmt: skip


def unprotected(title: str) -> list[str]:
    """The words of a title that print wrongly, as they are not in braces."""
    while "{" in title:
        title = re.sub(r"\\\W?\{[^{}]*\}|\{[^{}]*\}", "·", title)
    words = [word.strip(".,:;?!()'`\"·") for word in re.split(r"[\s/]+", title)]
    parts = [part for word in words for part in word.split("-")]
    return [part for part in parts if part in NAMES or re.search(r".[A-Z]", part)]


def faults(key: str, entry: Entry) -> list[str]:
    """What is wrong with an entry, in words."""
    fields = entry.fields
    if entry.type not in NEEDED:
        return [f"{key}: the type {entry.type} is none of {', '.join(NEEDED)}"]
    wanted = ["title", "year", *NEEDED[entry.type]]
    if entry.type == "article" and not fields.get("journal", "").startswith(UNPAGED):
        wanted += ["volume", "pages"]
    if fields.get("booktitle") == "Advances in Neural Information Processing Systems":
        wanted.append("volume")
    found = [f"{key}: no {field}" for field in wanted if not fields.get(field, "").strip()]
    if not entry.persons.get("author"):
        found.append(f"{key}: no author")
    if entry.type == "misc" and not ({"note", "url", "doi"} & set(fields)):
        found.append(f"{key}: no note, address or DOI to find it by")
    if not re.fullmatch(r"(1[89]|20)\d\d", fields.get("year", "")):
        found.append(f"{key}: the year {fields.get('year')!r}")
    if re.search(r"\d-\d", fields.get("pages", "")):
        found.append(f"{key}: a range of pages takes two hyphens")
    if entry.type not in AS_THEY_ARE:
        lowered = unprotected(fields.get("title", ""))
        found += [f"{key}: {{{word}}} needs braces, else it is lowered" for word in lowered]
    return found


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_is_whole_and_prints_in_the_right_case(key: str) -> None:
    assert faults(key, ENTRIES[key]) == []


def test_no_source_stands_there_twice() -> None:
    titles = Counter(
        re.sub(r"[^a-z0-9]+", " ", entry.fields["title"].lower()).strip()
        for entry in ENTRIES.values()
    )
    assert [title for title, count in titles.items() if count > 1] == []
    keys = Counter(re.findall(r"^@\w+\{([^,\s]+),", TEXT, re.M))
    assert [key for key, count in keys.items() if count > 1] == []
    assert len(keys) == len(ENTRIES)


def test_keys_say_who_and_when() -> None:
    for key, entry in ENTRIES.items():
        assert re.fullmatch(r"[a-z]+\d{4}[a-z]*", key)
        assert entry.fields["year"] in key, key


def test_nothing_stands_between_the_entries() -> None:
    depth, outside = 0, ""
    for character in TEXT:
        depth += (character == "{") - (character == "}")
        assert depth >= 0, "a brace is closed that was not opened"
        if depth == 0 and character != "}":
            outside += character
    assert depth == 0
    assert re.fullmatch(r"(@(article|book|incollection|inproceedings|misc|phdthesis)\s*)+", outside)


@pytest.mark.parametrize(
    ("bib", "fault"),
    [
        ("@article{a2000b, author={A, B}, title={One}, year={2000}}", "no journal"),
        ("@article{a2000b, author={A, B}, title={One}, journal={J}, year={2000}}", "no volume"),
        ("@misc{a2000b, author={A, B}, title={One}, year={2000}}", "to find it by"),
        ("@misc{a2000b, title={One}, year={2000}, note={N}}", "no author"),
        ("@misc{a2000b, author={A, B}, title={One}, year={00}, note={N}}", "the year '00'"),
        ("@misc{a2000b, author={A, B}, title={On ImageNet}, year={2000}, note={N}}", "ImageNet"),
        ("@misc{a2000b, author={A, B}, title={A VAE for all}, year={2000}, note={N}}", "{VAE}"),
        ("@misc{a2000b, author={A, B}, title={On Markov}, year={2000}, note={N}}", "{Markov}"),
        ("@unpublished{a2000b, author={A, B}, title={One}, year={2000}}", "type unpublished"),
        (
            "@article{a2000b, author={A, B}, title={One}, year={2000}, journal={J}, volume={1}, "
            "pages={1-2}}",
            "two hyphens",
        ),
    ],
)
def test_what_is_wrong_is_found(bib: str, fault: str) -> None:
    (entry,) = parse_string(bib, "bibtex").entries.values()
    assert any(fault in found for found in faults("a2000b", entry))


def test_braces_keep_a_word() -> None:
    assert unprotected("The {ImageNet} of {Fr{\\'e}chet}, and 3D-{CNN}s") == ["3D"]
    assert unprotected("A Title: In Capitals, With-Hyphens") == []
