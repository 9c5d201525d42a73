"""What agrees and what does not: the rules of matching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagecheck.compare import agrees, difference, line_problem
from pagecheck.rewrite import merge

AGREE = [
    ("loss 0.2248", "loss 0.2249", "a decimal within one unit of its last digit"),
    ("loss 0.2248", "loss 0.2247", "a decimal within one unit of its last digit"),
    ("1.234e-05", "1.235e-05", "a decimal with an exponent"),
    ("9.999e-06", "1.000e-05", "across a power of ten"),
    ("accuracy 98.9±0.4 %", "accuracy 98.94 %", "a band, with more digits than the centre"),
    ("accuracy 98.9±0.4 %", "accuracy 98.5 %", "the edge of a band"),
    ("974±6 of 980", "980 of 980", "a band of whole numbers"),
    ("  9.99 a", " 10.00 a", "a number that grew into its column"),
    ("a\n...\nz", "a\nb\nc\nz", "a gap"),
    ("...\nz", "a\nz", "a gap at the beginning"),
    ("a\n...", "a\nb", "a gap at the end"),
    ("a  \n", "a", "blanks at the end of a line"),
    ("tensor([-0.0000, 1.5000])", "tensor([0.0000, 1.5000])", "the sign of zero"),
]
DIFFER = [
    ("loss 0.2248", "loss 0.2250", "a decimal two units away"),
    ("loss 0.2248", "loss 0.225", "fewer digits than written"),
    ("loss 0.22", "loss 0.2248", "more digits than written"),
    ("loss 0.22", "loss -0.22", "a sign"),
    ("tensor([1., 2.])", "tensor([2., 3.])", "whole floats (doctest's NUMBER lets these pass)"),
    ("tensor([1., 2.])", "tensor([1, 2])", "a whole float is no integer"),
    ("(1, 16, 28, 28)", "(1, 16, 28, 27)", "a shape"),
    ("torch.float32", "torch.float64", "a dtype"),
    ("torch 2.15.0", "torch 2.14.0", "a version"),
    ("torch 2.15", "torch 2.17", "a version of two numbers"),
    ("conv1 0.5", "conv2 0.5", "a word with a digit in it"),
    ("215,370", "215,371", "a count"),
    ("a\nb", "b\na", "swapped lines"),
    ("a", "a\nb", "an added line"),
    ("a\nb", "a", "a missing line"),
    ("a\n...\nz", "a\nb", "a gap does not swallow what follows it"),
    ("a\n...\nz", "b\nz", "a gap does not swallow what comes before it"),
    ("accuracy 98.9±0.4 %", "accuracy 98.4 %", "below a band"),
    ("accuracy 98.9±0.4 %", "accuracy nan %", "not a number"),
    ("loss 0.25", "loss inf", "infinity"),
    ("[1, 2]", "[1,  2]", "blanks"),
    ("  0.10 a", "  0.10  a", "blanks beside a number"),
    ("98.9 ± 0.4", "98.9 ± 0.8", "a spread that is printed is no band"),
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


def test_a_line_of_many_numbers_side_by_side_is_compared_at_once() -> None:
    """Trying each way to share the blanks between neighbours would never end."""
    numbers = [f"{value / 10:.1f}" for value in range(100, 300)]
    assert line_problem(" ".join(numbers), " ".join(numbers) + " ") == "the blanks differ"
    for place in (0, 100, 199):
        changed = [*numbers[:place], "99.9", *numbers[place + 1 :]]
        assert "is not" in (line_problem(" ".join(numbers), " ".join(changed)) or "")
        words = [*numbers[:place], "word", *numbers[place + 1 :]]
        assert line_problem(" ".join(numbers), " ".join(words)) == "the text differs"


TEXT = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="±\r\n\x0b\x0c\x1c\x1d\x1e\x85  "),
    max_size=30,
)


@given(st.lists(TEXT, max_size=6))
def test_every_output_agrees_with_itself(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert agrees(text, text)


@given(st.floats(-1e6, 1e6), st.integers(1, 6), st.integers(-40, 40))
def test_a_decimal_agrees_exactly_within_one_unit_of_its_last_digit(
    value: float, digits: int, units: int
) -> None:
    recorded = f"{value:.{digits}f}"
    scaled = int(recorded.replace(".", ""))
    moved = scaled + units
    sign, size = ("-", -moved) if moved < 0 else ("", moved)
    padded = f"{size:0{digits + 1}d}"
    shown = f"{sign}{padded[:-digits]}.{padded[-digits:]}"
    assert (line_problem(f"x {recorded}", f"x {shown}") is None) == (abs(units) <= 1)


@given(st.lists(TEXT, max_size=5), st.lists(TEXT, max_size=5))
def test_merging_gives_what_agrees_with_the_new_output(old: list[str], new: list[str]) -> None:
    recorded, shown = "\n".join(old), "\n".join(new)
    merged = merge(recorded, shown)
    assert agrees(merged, shown)
    assert merge(merged, shown) == merged


def test_the_difference_shows_both_sides_and_the_reason() -> None:
    assert difference("same\nloss 0.10", "same\nloss 0.20").splitlines() == [
        "  same",
        "- loss 0.10",
        "+ loss 0.20",
        "? 0.20 is not 0.10 (within 0.01)",
    ]
