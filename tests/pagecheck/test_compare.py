"""What agrees and what does not: the rules of matching."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagecheck.agreement import Comparison, compared, line_problem
from pagecheck.compare import agrees, difference, escaped, normalised
from pagecheck.merge import merge

AGREE = [
    ("loss 0.2248", "loss 0.2249", "a decimal within one unit of its last digit"),
    ("loss 0.2248", "loss 0.2247", "a decimal within one unit of its last digit"),
    ("1.234e-05", "1.235e-05", "a decimal with an exponent"),
    ("9.999e-06", "1.000e-05", "across a power of ten"),
    ("1,999.99", "2,000.00", "thousands parted by commas"),
    ("0.225", "0.2248", "more digits than written, within a unit of those that are"),
    ("[0.5   0.251]", "[0.5  0.25]", "a zero that numpy leaves out at the end"),
    ("[9.99 1.25]", "[10.    1.25]", "two zeros that numpy leaves out at the end"),
    ("0.541666666666667", "0.54166666666666663", "15 digits of a double, and 17"),
    ("0.54166666666666663", "0.541666666666667", "17 digits of a double, and 15"),
    ("0.3", "0.30000000000000004", "a short number but for a double's rounding"),
    ("[0.5  0.25]", "[0.5        0.25000003]", "a short number but for a float's rounding"),
    ("tensor([1., 2.])", "tensor([1.0000, 2.0000])", "whole floats, written with more zeros"),
    ("1.0-0.0j", "1.0+0.0j", "the sign of an imaginary zero"),
    ("1.00-0.25j", "1.01-0.25j", "a complex number"),
    ("accuracy 98.9±0.4 %", "accuracy 98.94 %", "a band, with more digits than the centre"),
    ("accuracy 98.9±0.4 %", "accuracy 98.5 %", "the edge of a band"),
    ("accuracy 97.±0.4 %", "accuracy 97.3 %", "a band around a whole float"),
    ("974±6 of 980", "980 of 980", "a band of whole numbers"),
    ("1,350±20 pixels", "1,369 pixels", "a band of thousands"),
    ("10^-17.7±1.5", "10^-16.5", "a band of an exponent"),
    ("dropout 0.5±0.1", "dropout 0.4", "a band goes before all other rules"),
    ("  9.99 a", " 10.00 a", "a number that grew into its column"),
    ("[[9.99 1.23]\n [4.56 7.89]]", "[[10.00  1.23]\n [ 4.56  7.89]]", "columns that moved"),
    ("   x\n9.99", "    x\n10.00", "a heading that moved with its column"),
    ("a 9.99\n------", "a 10.00\n-------", "a rule that grew with its table"),
    ("a\n...\nz", "a\nb\nc\nz", "a gap"),
    ("...\nz", "a\nz", "a gap at the beginning"),
    ("a\n...", "a\nb", "a gap at the end"),
    ("a  \n", "a", "blanks at the end of a line"),
    ("tensor([-0.0000, 1.5000])", "tensor([0.0000, 1.5000])", "the sign of zero"),
    ("\\...", "...", "printed dots"),
    ("\\\\...", "\\...", "printed dots behind a backslash"),
    ("1.20\\±0.05", "1.20±0.05", "a printed spread"),
    ("\\:return: it", ":return: it", "a first line like an option"),
    ("100 %", "\r  0 %\r 50 %\r100 %", "the end of a progress bar"),
    ("red", "\x1b[31mred\x1b[0m", "colours"),
]
DIFFER = [
    ("loss 0.2248", "loss 0.2250", "a decimal two units away"),
    ("loss 0.2248", "loss 0.22", "fewer digits, far from those that are written"),
    ("loss 0.22", "loss 0.2248", "more digits than a short number has"),
    ("loss 0.22", "loss 0.23", "a decimal with two digits"),
    ("loss 0.0012", "loss 0.0013", "a small decimal with two digits"),
    ("loss 0.22", "loss -0.22", "a sign"),
    ("margin +0.043", "margin 0.043", "a plus"),
    ("accuracy 1.0", "accuracy 0.9", "a whole float as Python writes it"),
    ("[[0.0, 1.0, 0.0]]", "[[0.1, 0.9, 0.1]]", "zeros and ones"),
    ("gradient 0.0000e+00", "gradient 5.3204e-05", "an exact zero"),
    ("gradient 0.0000", "gradient 0.0001", "a zero with four places"),
    ("lr 0.001", "lr 0.002", "a learning rate"),
    ("betas: (0.9, 0.999)", "betas: (0.9, 0.998)", "a setting with three digits"),
    ("label_smoothing=0.125", "label_smoothing=0.126", "a setting in a signature"),
    ("Python 3.11", "Python 3.12", "a version of two numbers"),
    ("CUDA 12.8", "CUDA 12.9", "a version with three digits"),
    ("torch 2.15.0", "torch 2.14.0", "a version"),
    ("torch 2.15", "torch 2.17", "a version of two numbers"),
    ("0.54166666666666663", "0.541666666666662", "the 15th digit of a double"),
    ("2000.00", "2,000.00", "commas in thousands"),
    ("1.5+0.5j", "1.5-0.5j", "the sign of an imaginary part"),
    ("tensor([1., 2.])", "tensor([2., 3.])", "whole floats (doctest's NUMBER lets these pass)"),
    ("tensor([1., 2.])", "tensor([1, 2])", "a whole float is no integer"),
    ("(1, 16, 28, 28)", "(1, 16, 28, 27)", "a shape"),
    ("torch.float32", "torch.float64", "a dtype"),
    ("conv1 0.5", "conv2 0.5", "a word with a digit in it"),
    ("215,370", "215,371", "a count"),
    ("a\nb", "b\na", "swapped lines"),
    ("a", "a\nb", "an added line"),
    ("a\nb", "a", "a missing line"),
    ("a\n...\nz", "a\nb", "a gap does not swallow what follows it"),
    ("a\n...\nz", "b\nz", "a gap does not swallow what comes before it"),
    ("a\n...\nz", "a\n...\nb\nz", "a gap does not stand for printed dots"),
    ("a\n...\nm\n...\nz", "a\nm\nb\n...\nz", "nor does another"),
    ("a\n...", "a\n...", "nor does one at the end"),
    ("accuracy 98.9±0.4 %", "accuracy 98.4 %", "below a band"),
    ("accuracy 98.9±0.4 %", "accuracy nan %", "not a number"),
    ("accuracy 98.9±0 %", "accuracy 98.8 %", "a band of no width"),
    ("loss 0.25", "loss inf", "infinity"),
    ("[1, 2]", "[1,  2]", "blanks"),
    ("  0.10 a", "  0.10  a", "blanks beside a number"),
    ("[[9.98 1.23]\n [4.56 7.89]]", "[[9.99  1.23]\n [4.56 7.89]]", "blanks where nothing grew"),
    ("9.99 a\nb c", "10.00 a\nb    c", "blanks that moved more than the number grew"),
    ("98.9 ± 0.4", "98.9 ± 0.8", "a spread that is printed is no band"),
    ("1.20\\±0.05", "1.20±0.06", "a printed spread"),
    ("1.20±0.05", "1.20±0.05", "a spread that is printed where a band is recorded"),
    ("\\...", "epoch 99", "printed dots stand for themselves"),
    ("\\...", "\\...", "printed dots are not the mark that records them"),
    ("Result", "result", "a letter"),
]


@pytest.mark.parametrize(("recorded", "shown", "what"), AGREE)
def test_what_differs_within_its_stated_precision_agrees(
    recorded: str, shown: str, what: str
) -> None:
    assert agrees(recorded, shown), what


@pytest.mark.parametrize(("recorded", "shown", "what"), DIFFER)
def test_what_differs_beyond_its_stated_precision_does_not_agree(
    recorded: str, shown: str, what: str
) -> None:
    assert not agrees(recorded, shown), what


LONG: dict[str, Callable[[Random], list[str]]] = {
    "2,000 rows of decimals": lambda chance: [
        " ".join(f"{chance.random():.4f}" for _ in range(11)) for _ in range(2000)
    ],
    "4,000 short lines": lambda chance: [str(chance.randrange(10)) for _ in range(4000)],
    "3,000 lines of seven words": lambda chance: [chance.choice("abcdefg") for _ in range(3000)],
    "20,000 blanks in a line": lambda chance: ["x" + " " * 20_000 + f"y {chance.random()}"],
    "20,000 numbers side by side": lambda chance: ["".join(chance.choices(["1-", "1+"], k=20_000))],
    "20,000 backslashes": lambda chance: ["\\" * 20_000 + chance.choice(["±", "..."])] * 2,
}


@pytest.mark.parametrize("kind", LONG)
def test_the_work_grows_with_the_length_of_the_outputs_and_not_with_its_square(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: pairs of lines that are compared."""
    count = 0

    def counted(recorded: str, shown: str) -> Comparison:
        nonlocal count
        count += 1
        return compared(recorded, shown)

    monkeypatch.setattr("pagecheck.alignment.compared", counted)
    chance = Random(0)
    old, new = LONG[kind](chance), LONG[kind](chance)
    told = difference("\n".join(escaped(old)), "\n".join(new))
    assert [line[2:] for line in told.split("\n") if line[0] in " +"] == [s.rstrip() for s in new]
    assert count <= 100 * (len(old) + len(new))


def test_lines_are_paired_across_an_insertion_in_a_long_output() -> None:
    old = [f"row {number} word{number}" for number in range(2000)]
    new = [line if place % 3 else line.replace("word", "w") for place, line in enumerate(old)]
    new.insert(1000, "inserted")
    told = difference("\n".join(old), "\n".join(new)).split("\n")
    assert sum(line.startswith("  ") for line in told) == 2000 - 667
    assert "+ inserted" in told


TEXT = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="±\r\n\x0b\x0c\x1c\x1d\x1e\x85  "),
    max_size=30,
)


@given(st.lists(TEXT, max_size=6))
def test_every_output_agrees_with_itself(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert agrees(text, text)


@given(st.integers(100, 10**9), st.integers(2, 6), st.integers(-40, 40), st.booleans())
def test_a_measured_decimal_agrees_exactly_within_one_unit_of_its_last_digit(
    scaled: int, places: int, units: int, negative: bool
) -> None:
    sign = -1 if negative else 1
    recorded, shown = (_decimal(sign * value, places) for value in (scaled, scaled + units))
    assert (line_problem(f"x {recorded}", f"x {shown}") is None) == (abs(units) <= 1)


@given(st.integers(0, 99), st.integers(1, 6), st.integers(-40, 40))
def test_a_short_decimal_and_a_zero_are_exact(scaled: int, places: int, units: int) -> None:
    recorded, shown = _decimal(scaled, places), _decimal(scaled + units, places)
    assert (line_problem(f"x {recorded}", f"x {shown}") is None) == (units == 0)


def _decimal(scaled: int, places: int) -> str:
    digits = f"{abs(scaled):0{places + 1}d}"
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"


@given(st.lists(TEXT, max_size=6))
def test_what_is_escaped_agrees_with_what_was_printed(lines: list[str]) -> None:
    shown = "\n".join(lines)
    assert agrees("\n".join(escaped(normalised(shown))), shown)


@given(st.lists(TEXT, max_size=5), st.lists(TEXT, max_size=5))
def test_merging_gives_what_agrees_with_the_new_output(old: list[str], new: list[str]) -> None:
    recorded, shown = "\n".join(old), "\n".join(new)
    merged = merge(recorded, shown)
    assert agrees(merged, shown)
    assert merge(merged, shown) == merged


def test_merging_keeps_bands_and_gaps_in_10_000_random_outputs() -> None:
    """Of pieces that look like marks, where pieces of text alone would hardly ever meet one."""
    chance = Random(0)
    for _ in range(10_000):
        recorded = _random_output(chance)
        shown = _random_output(chance) if chance.random() < 0.5 else _as_shown(recorded, chance)
        merged = merge(recorded, shown)
        assert agrees(merged, shown), (recorded, shown, merged)
        assert merge(merged, shown) == merged


PIECES = [
    *("a", "98.9", "98.9±0.4", "98.", "±", "...", "\\...", "\\", "0.5", "1.20±0.05", "\\±", " "),
    *("  ", "10", "-0.0", "1e-5", "1.5e99", "9.99", "10.00", "[", "]", ",", ":x: y", "\\:x:", "`"),
    *("```", "±0.3", "1,234.5", "+", "-", "j", "1.0-0.0j", "----", "3±1", "1.5e9999"),
]


def _random_output(chance: Random) -> str:
    lines = []
    for _ in range(chance.randrange(8)):
        pieces = chance.choices(PIECES, k=chance.randrange(6))
        known = ["...", "loss 0.98±0.1 of 5", f"loss {chance.random():.2f} of 7"]
        joined = chance.choice(["", " "]).join(pieces)
        lines.append(chance.choice([joined, joined, *known]))
    return "\n".join(lines)


def _as_shown(recorded: str, chance: Random) -> str:
    plain = recorded.replace("±0.4", "").replace("±0.1", "")
    return plain.replace("...", "\r1\r2\n3") if chance.random() < 0.5 else plain


MERGED = {
    "several bands in a line whose words change": (
        "old 98.9±0.4 and 1.5±0.2 words",
        "new 98.7 and 2.5 other",
        "new 98.9±0.4 and 2.5±0.2 other",
    ),
    "no band for a number that has nothing to do with it": (
        "strips  scratches 0.97±0.03  other kinds 0.93±0.03",
        "strips  98.8     3",
        "strips  98.8     3",
    ),
    "a band in a line with more numbers": ("a 1.5±0.2", "a 1.6 0.33", "a 1.5±0.2 0.33"),
    "several gaps": (
        "a 1\n...\nm 5\n...\nz",
        "a 2\n0\n0\nm 6\n0\nz",
        "a 2\n...\nm 6\n...\nz",
    ),
    "a gap at either end": ("...\nm 5\n...", "0\nm 6\n0", "...\nm 6\n..."),
    "bands around gaps": (
        "a 1.5±0.2\n...\nz 3.5±0.2",
        "a 1.6\n0\nz 7.5",
        "a 1.5±0.2\n...\nz 7.5±0.2",
    ),
    "neighbours that share blanks": (
        "fold 1  98.9±0.4  " + "  ".join(["1.50"] * 20) + "  end",
        "fold 1  97.1  " + "  ".join(["1.50"] * 20) + "  changed",
        "fold 1  97.1±0.4  " + "  ".join(["1.50"] * 20) + "  changed",
    ),
    "a band that is printed": ("a 1.5±0.2", "b 1.5±0.2", "b 1.5\\±0.2"),
}


@pytest.mark.parametrize("what", MERGED)
def test_merging_keeps(what: str) -> None:
    recorded, shown, merged = MERGED[what]
    assert merge(recorded, shown).rstrip("\n") == merged


def test_the_difference_shows_both_sides_and_the_reason() -> None:
    assert difference("same\nloss 0.100", "same\nloss 0.200").splitlines() == [
        "  same",
        "- loss 0.100",
        "+ loss 0.200",
        "? 0.200 is not 0.100 (within 0.001)",
    ]


def test_a_gap_is_never_paired_with_printed_dots() -> None:
    told = difference("a\n...\nz", "b\n...\nz").splitlines()
    assert {"- ...", "+ ...", r"? dots that the cell prints are recorded as '\...'"} <= set(told)
