"""Faults to plant: in recorded outputs, and in code."""

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[-+]\d+)?(?![\d]|\.\d)")
BAND = re.compile(r"±\d+(?:\.\d+)?(?:e[-+]\d+)?")


@dataclass(frozen=True)
class Fault:
    """A fault in a recorded output: what it is, and the text with it.

    ``tolerated`` says why it need not be caught, None where it must.
    """

    kind: str
    text: str
    tolerated: str | None = None


def output_faults(text: str) -> Iterator[Fault]:
    """Every fault of the list that can be planted in a recorded output."""
    yield from number_faults(text)
    yield from word_faults(text)
    yield from line_faults(text)


def number_faults(text: str) -> Iterator[Fault]:
    """Each digit of each number changed, and each number's sign."""
    bands = [found.span() for found in BAND.finditer(text)]
    for found in NUMBER.finditer(text):
        if any(start <= found.start() < end for start, end in bands):
            continue  # the width of a band is not shown; a wider one is the author's statement
        number = found.group()
        band = BAND.match(text, found.end())
        for place, digit in enumerate(number):
            if not digit.isdigit() or "e" in number[:place]:
                continue
            changed = number[:place] + str((int(digit) + 1) % 10) + number[place + 1 :]
            new = text[: found.start()] + changed + text[found.end() :]
            yield Fault("a digit", new, _tolerated(number, changed, band and band.group()[1:]))
        if text[found.start() - 1 : found.start()] == "-":
            new = text[: found.start() - 1] + text[found.start() :]
            yield Fault("a sign", new, _tolerated(f"-{number}", number, band and band.group()[1:]))
        else:
            new = f"{text[: found.start()]}-{text[found.start() :]}"
            yield Fault("a sign", new, _tolerated(number, f"-{number}", band and band.group()[1:]))


def _tolerated(old: str, new: str, band: str | None) -> str | None:
    """Why a changed number may pass: what is shown can lie up to the tolerance from either."""
    moved = abs(Decimal(old) - Decimal(new))
    if band is not None:
        return "within twice its band" if moved <= 2 * Decimal(band) else None
    if moved == 0:
        return "the sign of zero"
    if moved <= _rounding(old) + _rounding(new):
        return "within the units of their last digits"
    return None


def _rounding(number: str) -> Decimal:
    """How far a number may be off: a unit of its last digit, or nothing where it is exact."""
    mantissa, _, exponent = number.lstrip("-").partition("e")
    digits = len(mantissa.replace(".", "").lstrip("0"))
    if "." not in mantissa or digits < 3 or (not exponent and mantissa.endswith(".0")):
        return Decimal(0)
    unit = Decimal(1).scaleb(int(exponent or 0) - len(mantissa.partition(".")[2]))
    return unit.scaleb(digits - 15) if digits > 15 else unit  # a double has no more


def word_faults(text: str) -> Iterator[Fault]:
    """A letter of each word changed: a word, a dtype, a figure's title."""
    for found in re.finditer(r"[A-Za-z]{2,}", text):
        word = found.group()
        changed = word[:-1] + ("x" if word[-1] != "x" else "y")
        yield Fault("a word", text[: found.start()] + changed + text[found.end() :])
    for old, new in (("float32", "float64"), ("int64", "int32"), ("uint8", "int8")):
        if old in text:
            yield Fault("a dtype", text.replace(old, new, 1))


def line_faults(text: str) -> Iterator[Fault]:
    """A line missing, a line added, two lines swapped."""
    lines = text.splitlines(keepends=True)
    for place, line in enumerate(lines):
        if line.strip() == "...":
            continue
        missing = "".join(lines[:place] + lines[place + 1 :])
        beside_gap = "..." in [part.strip() for part in lines[max(place - 1, 0) : place + 2]]
        yield Fault(
            "a missing line", missing, "the gap beside it covers it" if beside_gap else None
        )
        yield Fault("an added line", "".join([*lines[: place + 1], "added\n", *lines[place + 1 :]]))
        if place + 1 < len(lines) and lines[place + 1] != line:
            pair = [lines[place + 1], line]
            if "..." in (line.strip(), lines[place + 1].strip()):
                continue
            swapped = "".join([*lines[:place], *pair, *lines[place + 2 :]])
            why = "their bands overlap" if _alike(*pair) else None
            yield Fault("two lines swapped", swapped, why)


_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?:±(\d+(?:\.\d+)?))?")


def _alike(one: str, other: str) -> bool:
    """Whether what one line allows to be shown may be what the other allows."""
    if _NUMBER.sub("#", one).split() != _NUMBER.sub("#", other).split():
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(
        abs(float(a) - float(b)) <= float(a_band or 0) + float(b_band or 0)
        for (a, a_band), (b, b_band) in pairs
    )


@dataclass(frozen=True)
class Mutant:
    """A fault in code: where and what."""

    kind: str
    line: int
    before: str
    source: str


class _Counter(ast.NodeTransformer):
    """Applies the mutation number ``wanted`` and counts all that there are."""

    SWAPS: ClassVar[dict[type[ast.AST], Any]] = {
        ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
        ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Sub,
        ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.GtE: ast.Lt,
        ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    }  # fmt: skip

    def __init__(self, wanted: int = -1) -> None:
        self.wanted = wanted
        self.seen = 0
        self.done: tuple[str, int, str] | None = None

    def _take(self, kind: str, node: ast.AST) -> bool:
        mine = self.seen == self.wanted
        self.seen += 1
        if mine:
            self.done = (kind, getattr(node, "lineno", 1), ast.unparse(node))
        return mine

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return node
        if self._take("a literal", node):
            new = value + 1 if isinstance(value, int) else value * 1.5 + 0.125
            return ast.copy_location(ast.Constant(new), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if type(node.op) in self.SWAPS and self._take("an operator", node):
            node.op = self.SWAPS[type(node.op)]()
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if type(node.ops[0]) in self.SWAPS and self._take("an operator", node):
            node.ops[0] = self.SWAPS[type(node.ops[0])]()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.USub) and self._take("an operator", node):
            return node.operand
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if len(node.args) >= 2 and self._take("an argument", node):
            node.args[0], node.args[1] = node.args[1], node.args[0]
        if node.keywords and self._take("an argument", node):
            del node.keywords[-1]
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        for part in node.values:  # format specifications hold constants that are not numbers
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
        return node


def mutants(source: str, at_most: int, shift: int = 0) -> list[Mutant]:
    """Faults in code, spread evenly over all that can be planted.

    Args:
        source: the code.
        at_most: how many.
        shift: begins with another one, so that other days see other faults.
    """
    tree = ast.parse(source)
    counter = _Counter()
    counter.visit(copy.deepcopy(tree))
    step = max(1, -(-counter.seen // at_most))
    found = []
    for wanted in range(shift % step, counter.seen, step):
        changer = _Counter(wanted)
        changed = ast.fix_missing_locations(changer.visit(copy.deepcopy(tree)))
        assert changer.done is not None
        kind, line, before = changer.done
        found.append(Mutant(kind, line, before, ast.unparse(changed)))
    return found
