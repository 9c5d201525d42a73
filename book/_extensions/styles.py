r"""The theme's style sheet without the rules for what no page has.

It is made for any page that the framework can build, and most of what a reader waits for before
the first word is seen. A rule stays if each class and each name in its selector stands somewhere in
a page or a script; what scripts put together (``"bs-tooltip-" + place``) stays by its beginning.

>>> sheet = ".a .b,.c{x:1}@media print{.d{y:2}.a{z:3}}:root{--d:0}@font-face{src:url(f)}"
>>> used(sheet, lambda name: name in "ac")
'.c{x:1}@media print{.a{z:3}}:root{--d:0}@font-face{src:url(f)}'
>>> used('.a::after{content:"}"}/* no */.b{}', lambda name: name == "a")
'.a::after{content:"}"}'
"""

import re

NAME = re.compile(r"(?:\\.|[\w-])+")
TOKEN = re.compile(r"[A-Za-z_][\w-]*")
NEEDS = re.compile(r"[.#]((?:\\.|[\w-])+)")
QUOTED = re.compile(r"\[[^\]]*\]|\"[^\"]*\"|'[^']*'|:not\([^()]*\)|:not\([^()]*\([^()]*\)[^()]*\)")
PIECE = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[{};]|[^{};"\']+', re.DOTALL)
NESTED = ("@media", "@supports", "@layer", "@container")
SHORTEST = 5
"""Letters of a beginning to which scripts add an end; shorter ones begin too much."""


def known(pages, scripts):
    """Whether a name may be met: a function.

    >>> may = known(['<p class="lead x-1">'], ['a.classList.add("shown"); "bs-tip-" + side'])
    >>> [may(name) for name in ("lead", "shown", "bs-tip-left", "x-1", "col-9")]
    [True, True, True, True, False]
    """
    names, begun = set(), set()
    for page in pages:
        for found in re.findall(r'\b(?:class|id)="([^"]*)"', page):
            names.update(found.split())
    for script in scripts:
        tokens = set(TOKEN.findall(script))
        names |= tokens
        begun |= {one for one in tokens if one.endswith("-") and len(one) >= SHORTEST}
    beginnings = tuple(begun)
    return lambda name: name in names or name.startswith(beginnings)


def used(sheet, may):
    """A style sheet with the rules that may be met."""
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    pieces = PIECE.findall(sheet)
    made, _ = _block(pieces, 0, may)
    return made


def _block(pieces, at, may):
    """What stays of the statements up to the brace that closes them, and the place behind it."""
    kept, head = [], ""
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if piece == "}":
            break
        if piece == ";":
            kept.append(head + ";")  # such as @charset
            head = ""
        elif piece != "{":
            head += piece
        elif head.strip().startswith(NESTED):
            inner, at = _block(pieces, at, may)
            if inner:
                kept.append(f"{head.strip()}{{{inner}}}")
            head = ""
        else:
            body, at = _body(pieces, at)
            if head.strip().startswith("@"):
                kept.append(f"{head.strip()}{{{body}}}")
            elif selectors := [one for one in split(head) if may_match(one, may)]:
                kept.append(f"{','.join(selectors)}{{{body}}}")
            head = ""
    return "".join(kept), at


def _body(pieces, at):
    """The text up to the brace that closes a body, and the place behind it."""
    depth, start = 1, at
    while depth:
        depth += {"{": 1, "}": -1}.get(pieces[at], 0)
        at += 1
    return "".join(pieces[start : at - 1]).strip(), at


def split(selectors):
    """The selectors of a list, parted at the commas outside brackets.

    >>> split(".a, :is(.b, .c) p,d")
    ['.a', ':is(.b, .c) p', 'd']
    """
    parts, depth = [""], 0
    for sign in selectors:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def may_match(selector, may):
    """Whether all names that a selector asks for may be met; of ``:is`` and ``:where``, any.

    >>> [may_match(one, lambda name: name == "a") for one in ("p", ".a p", ".a.b", ".a:not(.b)")]
    [True, True, False, True]
    >>> may_match("[data-x='.b'] .a:is(.b, p)", lambda name: name == "a")
    True
    """
    asked = QUOTED.sub("", selector)
    asked = re.sub(r":(?:is|where|has)\((?:[^()]|\([^()]*\))*\)", "", asked)
    return all(may(name.replace("\\", "")) for name in NEEDS.findall(asked))
