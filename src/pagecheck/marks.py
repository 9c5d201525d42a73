"""Marks on the pages of a book that is not in order: what differs, where, and how far it came."""

import re
from collections.abc import Mapping, Sequence

from docutils import nodes

from .outcomes import Found, Outcome
from .outputs import shown_text
from .verdict import Problem

TOP = "pagecheck-top"
MARK = "pagecheck-mark"
_MOST_LINES = 200
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f\x7f]")


def mark_page(document: nodes.document, outcome: Outcome) -> None:
    """Put a mark below each cell that is not in order, and a list of them below the title.

    Args:
        document: the page as Sphinx has read it; it is changed.
        outcome: what became of the page.
    """
    if not outcome.told:
        return
    cells = [
        node for node in document.findall(nodes.container) if node.get("nb_element") == "cell_code"
    ]
    listed: list[nodes.Node] = []
    if outcome.refusal:
        listed.append(nodes.list_item("", nodes.paragraph("", plain(outcome.refusal))))
    for found in outcome.problems:
        assert isinstance(found.verdict, Problem)
        first = plain(found.verdict.message).splitlines()[0]
        text = f"line {found.verdict.line}: {first}"
        item: nodes.Node = nodes.Text(text)
        if found.cell.index < len(cells):
            name = f"{MARK}-{found.cell.index + 1}"
            cells[found.cell.index] += _mark(found, outcome, name)
            item = nodes.reference("", text, internal=True, refid=name)
        listed.append(nodes.list_item("", nodes.paragraph("", "", item)))
    _below_title(document, _top(_summary(outcome), listed))


def mark_index(document: nodes.document, concerned: Mapping[str, Outcome]) -> None:
    """List the pages that are not in order below the title of the book's first page.

    Args:
        document: the first page as Sphinx has read it; it is changed.
        concerned: the pages that are not in order, by their document names.
    """
    if not concerned:
        return
    from sphinx.addnodes import pending_xref

    listed = []
    for docname, outcome in concerned.items():
        count = len(outcome.told)
        link = pending_xref(
            "",
            nodes.inline("", docname),
            refdomain="std",
            reftype="doc",
            reftarget=f"/{docname}",
            refexplicit=True,
            refwarn=False,
        )
        what = " broke off" if outcome.not_run else ""
        text = f":{what} {count} problem{'s' if count > 1 else ''}"
        listed.append(nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(text))))
    told = "This copy of the book is not in order. The marks on these pages say what differs:"
    _below_title(document, _top(told, listed))


def plain(text: str) -> str:
    r"""A text without what only a terminal understands.

    >>> plain("\x1b[31mred\x1b[0m\n")
    'red\n'
    """
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def _summary(outcome: Outcome) -> str:
    if outcome.refusal:
        return "This page did not run, and its outputs are missing:"
    page, executed = outcome.page, outcome.executed
    if outcome.not_run and page is not None and executed is not None:
        ran = len(executed.run.results) - 1
        return (
            f"This page broke off: {ran} of its {len(page.cells)} cells ran, "
            "and the outputs of the others are missing."
        )
    return "Outputs of this page are not those that are recorded, or are not in order:"


def _mark(found: Found, outcome: Outcome, name: str) -> nodes.container:
    """The mark below a cell: what is wrong, and both texts in a fold."""
    problem = found.verdict
    assert isinstance(problem, Problem)
    mark = nodes.container(classes=[MARK], ids=[name])
    for line in plain(problem.message).splitlines():
        mark += nodes.paragraph("", line)
    parts = _parts(found, problem, outcome)
    if parts:
        mark += nodes.raw("", "<details><summary>Recorded and shown</summary>", format="html")
        for title, text in parts:
            mark += nodes.paragraph("", "", nodes.strong("", title))
            block = nodes.literal_block(text, text)
            block["language"] = "none"
            mark += block
        mark += nodes.raw("", "</details>", format="html")
    return mark


def _parts(found: Found, problem: Problem, outcome: Outcome) -> list[tuple[str, str]]:
    assert outcome.executed is not None
    if not problem.acceptable:
        return [("What differs", _short(problem.difference))] if problem.difference else []
    recorded = found.cell.output.text if found.cell.output else ""
    shown = shown_text(outcome.executed.run.results[found.cell.index].outputs)
    return [
        ("What is recorded", _short(recorded) or "nothing"),
        ("What the cell shows", _short(shown) or "nothing"),
        ("What differs", _short(problem.difference)),
    ]


def _short(text: str) -> str:
    lines = plain(text).rstrip().splitlines()
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"... and {len(lines) - _MOST_LINES:,} more lines"]
    return "\n".join(lines)


def _top(summary: str, listed: Sequence[nodes.Node]) -> nodes.admonition:
    top = nodes.admonition(classes=["warning", TOP])
    top += nodes.title("", "Not in order")
    top += nodes.paragraph("", summary)
    top += nodes.bullet_list("", *listed)
    return top


def _below_title(document: nodes.document, node: nodes.Node) -> None:
    for section in document.findall(nodes.section):
        title = section.first_child_matching_class(nodes.title)
        section.insert(0 if title is None else title + 1, node)
        return
    document.insert(0, node)
