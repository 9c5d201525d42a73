"""Number chapters through all tables of contents: Sphinx begins anew at each."""

from sphinx import addnodes
from sphinx.environment.collectors.toctree import TocTreeCollector

_numbered_anew = TocTreeCollector.assign_section_numbers


def setup(app):
    """Take the place of Sphinx's numbering, which is called in the middle of a longer function."""
    TocTreeCollector.assign_section_numbers = numbered_on
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def numbered_on(collector, env):
    """Numbers as Sphinx gives them, and in each later table those before it on top.

    Returns:
        The pages whose numbers have changed: these are written anew.
    """
    before = env.toc_secnumbers
    _numbered_anew(collector, env)
    for docname in sorted(env.numbered_toctrees):
        offset = 0
        for toctree in env.get_doctree(docname).findall(addnodes.toctree):
            if toctree.get("numbered"):
                chapters = [ref for _, ref in toctree["entries"] if ref in env.toc_secnumbers]
                for chapter in chapters:
                    move_on(env, chapter, offset)
                offset += len(chapters)
    return [name for name, found in env.toc_secnumbers.items() if found != before.get(name)]


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
