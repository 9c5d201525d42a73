"""Number chapters through all tables of contents: Sphinx begins anew at each."""

import re
from pathlib import Path

from sphinx.environment.collectors.toctree import TocTreeCollector

_numbered_anew = TocTreeCollector.assign_section_numbers


def setup(app):
    """Take the place of Sphinx's numbering, which is called in the middle of a longer function."""
    TocTreeCollector.assign_section_numbers = numbered_on
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def numbered_on(collector, env):
    """Numbers as Sphinx gives them, moved on to the chapter's place in all tables together.

    The place is that in the source: where only some pages are built, the tables hold no others.

    Returns:
        The pages whose numbers have changed: these are written anew.
    """
    before = env.toc_secnumbers
    _numbered_anew(collector, env)
    for docname in sorted(env.numbered_toctrees):
        names = chapters(Path(env.doc2path(docname)).read_text(encoding="utf-8"))
        for place, name in enumerate(names, start=1):
            if number := env.toc_secnumbers.get(name, {}).get(""):
                move_on(env, name, place - number[0])
    return [name for name, found in env.toc_secnumbers.items() if found != before.get(name)]


def chapters(text):
    """The entries of all numbered tables of contents in a page's source, in their order."""
    tables = re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for table in tables if ":numbered:" in table for line in table.split("\n")]
    return [line.strip() for line in lines if line.strip() and not line.startswith(":")]


def move_on(env, docname, offset):
    """Add to a chapter's number, wherever Sphinx has written it."""
    numbers = env.toc_secnumbers[docname]
    for anchor, number in numbers.items():
        numbers[anchor] = number and (number[0] + offset, *number[1:])
    places = [env.titles[docname], *env.tocs[docname].findall()]
    for place in places:
        if getattr(place, "attributes", {}).get("secnumber"):
            first, *rest = place["secnumber"]
            place["secnumber"] = [first + offset, *rest]
