"""Bands are measured: from what a cell showed in several runs to the text that is recorded.

A number that every run shows alike is exact. One that differs gets a band around its middle
value, :data:`MARGIN` times as wide as the runs lie apart from it, so that a run that nobody has
seen yet falls into it too. Numbers that say the same thing (the same words around them, close to
each other: the accuracy of each seed) share the widest of their distances. What differs and is no
measurement (an address, a time, the order of a set) is refused, with its cause.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from .agreement import number_problem
from .compare import GAP, agrees, literal, normalised
from .implied import written_out
from .merge import places_between_gaps
from .tokens import Line, Number, recorded_line, shown_line, with_escaped_bands

MARGIN = 3
"""How many times farther a band reaches than the farthest of the runs from their middle."""
KEPT = Decimal("0.5")
"""A recorded band stays unless it is narrower than this share of the measured one, or the other."""
NEAR = Decimal("0.25")
"""Numbers that say the same thing share their distances if they differ by no more than this."""

ADDRESS = "it shows an address in memory; print what matters of the object, or nothing (';')"
_ORDER = "it shows something in an order left to chance (a set?); sort it"
_TIME = "it shows a time; leave it out, or mark the output ':unchecked: reason'"
_PACE = "it shows how long something took; leave it out, or mark the output ':unchecked: reason'"
_WORDS = (
    "its words or lines differ from run to run; seed what it draws from, or mark the output "
    "':unchecked: reason'"
)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{5,}")
_OBJECT = re.compile(r"<[^<>\n]+ at 0x[0-9a-fA-F]{6,}>")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?|\d{4}-\d{2}-\d{2}")
_DURATION = re.compile(
    r"\s*(?:[µun]?s|ms|min|h|(?:micro|milli)?seconds?|minutes?|hours?|it/s)(?![\w-])"
)
_IDENTIFIER = 10**10


@dataclass(frozen=True)
class Proposal:
    """What to record: ``text``, or None with the reason in ``refusal``.

    ``bands`` tells each number that differs between the runs: its line in the text, counted from
    0, how it is recorded, and the least and the greatest value that was seen.
    """

    text: str | None
    refusal: str | None = None
    bands: tuple[tuple[int, str, str, str], ...] = ()


@dataclass
class _Measured:
    """A number of a line, as the runs show it: ``run`` is the one that shows the middle value."""

    group: tuple[str, int]
    seen: tuple[Number, ...]
    run: int
    distance: Decimal

    @property
    def middle(self) -> Number:
        return self.seen[self.run]


def propose(recorded: str | None, runs: Sequence[str], widen: bool = False) -> Proposal:
    r"""The text to record for what several runs of a cell showed.

    Args:
        recorded: what is recorded now, whose gaps are kept; None for nothing.
        runs: what the cell showed in each run.
        widen: leave each recorded number that holds for all runs as it is, however wide its band;
            of another one, what was recorded with a band counts as a run more.

    >>> propose(None, ["seed 0: 0.97\n", "seed 0: 0.95\n", "seed 0: 0.96\n"]).text
    'seed 0: 0.96±0.03\n'
    >>> propose(None, ["size 28, lr 0.001\n"] * 3).text
    'size 28, lr 0.001\n'
    >>> propose(None, ["<Net at 0x7f1200aa>\n", "<Net at 0x7f3400bb>\n"]).refusal
    "it shows an address in memory; print what matters of the object, or nothing (';')"
    """
    outputs = [_without_gaps(recorded, run) for run in runs]
    old = normalised(recorded or "")
    outputs, old = _alike(outputs, old)
    shapes = [[line if line is None else shown_line(line).shape for line in one] for one in outputs]
    if any(shape != shapes[0] for shape in shapes):
        return Proposal(None, _cause(outputs))
    taken = [
        None if rows[0] is None else [shown_line(line or "") for line in rows]
        for rows in zip(*outputs, strict=True)
    ]
    for rows, lines in zip(zip(*outputs, strict=True), taken, strict=True):
        if lines is not None and (cause := _number_cause([row or "" for row in rows], lines)):
            return Proposal(None, cause)
    seen_before = old if widen and len(old) == len(taken) else [None] * len(taken)
    taken = [
        lines if lines is None else _with_recorded(lines, line)
        for lines, line in zip(taken, seen_before, strict=True)
    ]
    measured = [[] if lines is None else _measured(lines) for lines in taken]
    spread = _shared([one for line in measured for one in line])
    texts: list[str] = []
    bands: list[tuple[int, str, str, str]] = []
    for index, lines in enumerate(taken):
        if lines is None:
            texts.append(GAP)
            continue
        written = [_written(one, spread) for one in measured[index]]
        if (was := seen_before[index]) is not None:
            written = _with_those_that_hold(was, written, measured[index])
        text = literal(_joined(lines, measured[index], written), not index)
        if len(old) == len(taken) and _still_holds(old[index], text, measured[index]):
            text = old[index]
        texts.append(text)
        for one, number in zip(measured[index], written, strict=True):
            if one.distance:
                ends = sorted(one.seen, key=lambda seen: seen.value)
                bands.append((index, number, ends[0].text, ends[-1].text))
    text = "".join(f"{line}\n" for line in texts)
    if not all(agrees(text, run) for run in runs):  # a printed spread between bands, mostly
        return Proposal(None, "it differs from run to run in a way that no band can tell")
    return Proposal(text, None, tuple(bands))


def same_form(one: str, other: str) -> bool:
    """Whether two texts have the same words in the same places, and differ in numbers at most.

    >>> same_form("right: 98.1 %", "right: 97 %"), same_form("right: 98 %", "wrong: 2 %")
    (True, False)
    """
    shapes = [[shown_line(line).shape for line in normalised(text)] for text in (one, other)]
    return shapes[0] == shapes[1]


def shows_address(shown: str) -> bool:
    """Whether a text holds an object as Python writes it where it has no better form."""
    return _OBJECT.search(shown) is not None


def _without_gaps(recorded: str | None, shown: str) -> list[str | None]:
    """The shown lines that are recorded; None for each gap."""
    new = normalised(shown)
    old = normalised(recorded or "")
    places = places_between_gaps(old, new) if GAP in old else None
    if places is None:
        return [*new]
    lines: list[str | None] = []
    for number, (part, start) in enumerate(places):
        lines += [None] if number else []
        lines += new[start : start + len(part)]
    return lines


def _alike(
    outputs: list[list[str | None]], old: list[str]
) -> tuple[list[list[str | None]], list[str]]:
    """Runs and record with what some of them leave out of a figure's line and others say."""
    if len({len(lines) for lines in outputs}) > 1:
        return outputs, old
    outputs, old = [[*lines] for lines in outputs], [*old]
    for index, row in enumerate(zip(*outputs, strict=True)):
        recorded = old[index : index + 1] if len(old) == len(outputs[0]) else []
        shapes = {shown_line(line).shape for line in row if line is not None}
        if len(shapes | {recorded_line(line).shape for line in recorded}) < 2:
            continue
        full = [line and written_out(line) for line in row]
        if len({shown_line(line or "").shape for line in full}) == 1:
            for lines, line in zip(outputs, full, strict=True):
                lines[index] = line
            old[index : index + 1] = map(written_out, recorded)
    return outputs, old


def _with_recorded(runs: list[Line], recorded: str | None) -> list[Line]:
    """The runs of a line and, as one more, what is recorded of it; its exact numbers tell nothing.

    A number without a band was seen in a single run, whose code may have been another.
    """
    if recorded is None or (line := recorded_line(recorded)).shape != runs[0].shape:
        return runs
    numbers = zip(line.numbers, runs[0].numbers, strict=True)
    taken = tuple(now if was.band is None else was for was, now in numbers)
    return [*runs, replace(line, numbers=taken)]


def _measured(lines: Sequence[Line]) -> list[_Measured]:
    """The numbers of a line over all runs; a number belongs to the words that go before it."""
    found = []
    group = 0
    for index, seen in enumerate(zip(*(line.numbers for line in lines), strict=True)):
        group = index if lines[0].between[index].strip() else group
        run = sorted(range(len(seen)), key=lambda run: seen[run].value)[len(seen) // 2]
        distance = max(abs(number.value - seen[run].value) for number in seen)
        # Where all runs agree the first is as good as any, and stays what was shown.
        run = run if distance else 0
        found.append(_Measured((lines[0].shape, group), seen, run, distance))
    return found


def _shared(numbers: Sequence[_Measured]) -> dict[int, Decimal]:
    """The distance for each number: the widest of all that say the same thing."""
    groups: dict[tuple[str, int], list[_Measured]] = {}
    for one in numbers:
        if one.distance:
            groups.setdefault(one.group, []).append(one)
    return {
        id(one): max(
            other.distance
            for other in group
            if abs(other.middle.value - one.middle.value)
            <= NEAR * max(abs(other.middle.value), abs(one.middle.value))
        )
        for group in groups.values()
        for one in group
    }


def _written(one: _Measured, spread: dict[int, Decimal]) -> str:
    """The number as it is recorded: exact, or with its band, rounded up to one digit (or two)."""
    if not one.distance:
        return one.seen[0].text
    band = MARGIN * spread[id(one)]
    place = band.adjusted() - (str(band.normalize().as_tuple().digits[0]) == "1")
    if one.middle.is_integer:
        place = max(place, 0)
    rounded = band.quantize(Decimal(1).scaleb(place), rounding=ROUND_CEILING)
    if "e" in one.middle.text.lower():
        return f"{one.middle.text}±{rounded.normalize():e}"
    plain = f"{rounded:f}"
    return f"{one.middle.text}±{plain.rstrip('0').rstrip('.') if '.' in plain else plain}"


def _still_holds(old: str, new: str, measured: Sequence[_Measured]) -> bool:
    """Whether a recorded line says what the runs say: it then stays, so that measuring settles.

    Its bands cover all runs, and are between half and double of what was measured.
    """
    before, after = recorded_line(old), recorded_line(new)
    if before.shape != after.shape:
        return False
    for was, now, one in zip(before.numbers, after.numbers, measured, strict=True):
        if was.band is None or now.band is None:
            if was.written != now.written:
                return False
        else:
            alike = KEPT <= Decimal(was.band) / Decimal(now.band) <= 1 / KEPT
            if not alike or any(number_problem(was, seen) for seen in one.seen):
                return False
    return True


def _with_those_that_hold(
    old: str, written: Sequence[str], measured: Sequence[_Measured]
) -> list[str]:
    """The numbers to record, as they were recorded where that holds for all runs."""
    before = recorded_line(old).numbers
    if len(before) != len(written):
        return list(written)
    return [
        now if any(number_problem(was, seen) for seen in one.seen) else was.written
        for was, now, one in zip(before, written, measured, strict=True)
    ]


def _joined(lines: Sequence[Line], measured: Sequence[_Measured], numbers: Sequence[str]) -> str:
    """A line with these numbers; the blanks before each are those of the run that it is from."""
    between = [lines[one.run].between[index] for index, one in enumerate(measured)]
    between.append(lines[measured[-1].run if measured else 0].between[-1])
    text = "".join(part for pair in zip(between, [*numbers, ""], strict=True) for part in pair)
    return text if any("±" in number for number in numbers) else with_escaped_bands(text)


def _number_cause(rows: Sequence[str], lines: Sequence[Line]) -> str | None:
    """Why a number that differs between the runs is no measurement; None if it is one."""
    for index, seen in enumerate(zip(*(line.numbers for line in lines), strict=True)):
        if len({number.value for number in seen}) == 1:
            continue
        if any(_ADDRESS.search(row) for row in rows) or any(
            number.is_integer and abs(number.value) >= _IDENTIFIER for number in seen
        ):
            return ADDRESS
        if any(_CLOCK.search(row) for row in rows):
            return _TIME
        if _DURATION.match(lines[0].between[index + 1]):
            return _PACE
    return None


def _cause(outputs: Sequence[Sequence[str | None]]) -> str:
    """Why outputs whose words differ cannot be recorded."""
    texts = ["\n".join(line or "" for line in lines) for lines in outputs]
    other = next((text for text in texts if _words(text) != _words(texts[0])), None)
    if other is None:
        return _ORDER
    if any(map(_ADDRESS.search, texts)):
        return ADDRESS
    if any(map(_CLOCK.search, texts)):
        return _TIME
    return _WORDS


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"\w+", text))
