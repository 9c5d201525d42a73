"""New output that keeps what the author wrote where it still holds: bands and gaps.

A band that holds stays as written, one that does not keeps its width around the new value, and a
gap stays while the lines around it can be told. What is made here is compared with what was shown
before it is handed on; where it does not agree, the shown text is recorded as it is.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from .agreement import compared, line_problem, number_problem
from .alignment import align
from .compare import GAP, agrees, escaped, literal, normalised, unescaped
from .tokens import Line, Number, recorded_line, shown_line, with_escaped_bands

_TRIED = 20_000
"""Up to so many lines are compared to find where the lines between two gaps have gone."""
_WORDS = 200


def merge(recorded: str, shown: str) -> str:
    r"""The text to record for what was shown, with the bands and gaps of the old record.

    >>> merge("accuracy 98.9±0.4 % of 10\n", "accuracy 98.7 % of 20\n")
    'accuracy 98.9±0.4 % of 20\n'
    >>> merge("accuracy 98.9±0.4 %\n", "accuracy 97.1 %\n")
    'accuracy 97.1±0.4 %\n'
    >>> merge("a\n...\nm\n...\nz\n", "a\n1\nm\n2\n3\nzz\n")
    'a\n...\nm\n...\nzz\n'
    """
    old, new = normalised(recorded), normalised(shown)
    if agrees(recorded, shown):
        return _text(old)
    for lines in (_with_gaps(old, new), _merged([line for line in old if line != GAP], new)):
        if lines is not None and agrees(_text(lines), shown):
            return _text(lines)
    return _text(escaped(new))


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _merged(old: list[str], new: list[str], first: bool = True) -> list[str]:
    """The lines of one part without gaps: ``first`` if it begins the output."""
    merged = [literal(with_escaped_bands(line), first and not j) for j, line in enumerate(new)]
    plain = [line or "" for line in unescaped(old, first)]
    for i, j in align(plain, new):
        if i is not None and j is not None:
            line = merge_line(plain[i], new[j])
            if line_problem(line, new[j]) is None:
                merged[j] = literal(line, first and not j)
    return merged


def _with_gaps(old: list[str], new: list[str]) -> list[str] | None:
    """The lines with the gaps where they were; None where there is none, or no room for it."""
    if GAP not in old:
        return None
    places = places_between_gaps(old, new)
    if places is None:
        return None
    parts = [
        _merged(part, new[start : start + len(part)], first=not number)
        for number, (part, start) in enumerate(places)
    ]
    lines = parts[0]
    for part in parts[1:]:
        lines += [GAP, *part]
    return lines


def places_between_gaps(old: list[str], new: list[str]) -> list[tuple[list[str], int]] | None:
    """The recorded lines between gaps, and where in the new output they have their places.

    The first part stays at the top and the last at the end; one between two gaps is where it is
    most at home, and left out where nothing resembles it. None where there is no room for a gap.
    """
    parts: list[list[str]] = [[]]
    for line in old:
        if line == GAP:
            parts.append([])
        else:
            parts[-1].append(line)
    if len(parts) > 1 and len(new) <= sum(map(len, parts)):
        return None
    if len(parts) == 1:
        return [(parts[0], 0)] if len(new) == len(old) else None
    position, end = len(parts[0]), len(new) - len(parts[-1])
    places = [(parts[0], 0)]
    for part in parts[1:-1]:
        place = _place(part, new, position, end)
        if place is not None:
            places.append((part, place))
            position = place + len(part)
    return [*places, (parts[-1], end)]


def _place(part: list[str], new: list[str], start: int, end: int) -> int | None:
    """Where the lines of a part are most at home, None where nothing resembles them."""
    places = range(start, end - len(part) + 1)
    if not part or len(places) * len(part) > _TRIED:
        return None
    best, found = 0, None
    for place in places:
        alike = sum(_likeness(line, new[place + k]) for k, line in enumerate(part))
        if alike > best:
            best, found = alike, place
    return found


def _likeness(recorded: str, shown: str) -> int:
    if compared(recorded, shown).problem is None:
        return 3
    return int(recorded_line(recorded).shape == shown_line(shown).shape)


def merge_line(recorded: str, shown: str) -> str:
    """A shown line as it is recorded, with the bands of the old line where they can be told."""
    if line_problem(recorded, shown) is None:
        return recorded
    plain = with_escaped_bands(shown)
    if "±" not in recorded or plain != shown:
        return plain  # beside a printed spread a band would be read as part of it
    old, new = recorded_line(recorded), shown_line(shown)
    answers = _answers(old, new)
    parts: list[str] = []
    for place, text in enumerate(new.between):
        parts.append(with_escaped_bands(text))
        if place < len(new.numbers):
            parts.append(_kept_band(answers.get(place), new.numbers[place]))
    return "".join(parts)


def _kept_band(old: Number | None, new: Number) -> str:
    if old is None or old.band is None:
        return new.text
    return old.written if number_problem(old, new) is None else f"{new.text}±{old.band}"


def _answers(old: Line, new: Line) -> dict[int, Number]:
    """The recorded number for each shown one whose place can be told, by its index."""
    if old.shape == new.shape:
        return dict(enumerate(old.numbers))
    if max(len(old.numbers), len(new.numbers)) > _WORDS:
        return {}
    before, after = (_words_and_numbers(line) for line in (old, new))
    matcher = SequenceMatcher(None, [k for k, _ in before], [k for k, _ in after], autojunk=False)
    answers: dict[int, Number] = {}
    for block in matcher.get_matching_blocks():
        pairs = [(before[block.a + k][1], after[block.b + k][1]) for k in range(block.size)]
        # A number beside a word that stayed, or at the line's beginning, is the same one; another
        # is only a number too. A row of numbers grows at its end: there they are counted from the
        # word before them.
        told = block.a == block.b == 0 or any(mine is None for mine, _ in pairs)
        for k, (mine, other) in enumerate(pairs):
            alike = _numbers_before(before, block.a + k) == _numbers_before(after, block.b + k)
            if told and alike and mine is not None and other is not None:
                answers[other] = old.numbers[mine]
    return answers


def _numbers_before(found: Sequence[tuple[str, int | None]], place: int) -> int:
    """How many numbers stand before a number without a word between."""
    return len(list(takewhile(lambda one: one[1] is not None, reversed(found[:place]))))


def _words_and_numbers(line: Line) -> list[tuple[str, int | None]]:
    """The words of a line and, as ``#``, its numbers with their index."""
    found: list[tuple[str, int | None]] = []
    for index, text in enumerate(line.between):
        found += [(word, None) for word in text.split()[:_WORDS]]
        if index < len(line.numbers):
            found.append(("#", index))
    return found
