"""Intervals hold what they promise, agree with SciPy's, and are told in one form."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cnnbook.experiments.evidence import DOES_NOT_TELL, compare, difference

NUMBERS = st.floats(-1e3, 1e3, allow_nan=False)
SEVERAL = st.lists(NUMBERS, min_size=2, max_size=12)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=12), st.floats(0.5, 0.999))
def test_a_paired_interval_is_scipys(pairs: list[tuple[float, float]], confidence: float) -> None:
    first, second = zip(*pairs, strict=True)
    found = difference(first, second, confidence=confidence)
    each = [a - b for a, b in pairs]
    error = statistics.stdev(each) / math.sqrt(len(each))
    assert found.mean == pytest.approx(statistics.mean(each), abs=1e-9)
    if error > 1e-6:
        expected = stats.t.interval(confidence, len(each) - 1, found.mean, error)
        assert (found.low, found.high) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(SEVERAL, SEVERAL)
@pytest.mark.filterwarnings("ignore:Precision loss")
def test_an_unpaired_interval_is_welchs(first: list[float], second: list[float]) -> None:
    if statistics.stdev(first) + statistics.stdev(second) < 1e-6:
        return
    found = difference(first, second, paired=False)
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected), rel=1e-6, abs=1e-6)


@given(SEVERAL, SEVERAL, st.booleans())
def test_swapping_the_two_turns_the_interval_round(
    first: list[float], second: list[float], paired: bool
) -> None:
    if paired:
        first, second = zip(*zip(first, second, strict=False), strict=True)  # type: ignore[assignment]
    one, other = (difference(a, b, paired=paired) for a, b in ((first, second), (second, first)))
    assert (one.mean, one.low, one.high) == pytest.approx(
        (-other.mean, -other.high, -other.low), rel=1e-9, abs=1e-9
    )
    assert one.low - 1e-9 <= one.mean <= one.high + 1e-9


@pytest.mark.parametrize("paired", [True, False])
def test_95_of_100_intervals_hold_the_true_difference(paired: bool) -> None:
    draw = random.Random(0)
    held = 0
    for _ in range(2_000):
        shared = [draw.gauss(0, 3) if paired else 0.0 for _ in range(4)]
        first = [draw.gauss(1, 1) + common for common in shared]
        second = [draw.gauss(0, 2) + common for common in shared]
        found = difference(first, second, paired=paired)
        held += found.low <= 1 <= found.high
    assert 0.935 < held / 2_000 < 0.975


def test_runs_without_scatter_have_an_interval_without_width() -> None:
    for paired in (True, False):
        found = difference([2.0, 2.0], [1.0, 1.0], paired=paired)
        assert (found.mean, found.low, found.high, found.tells) == (1, 1, 1, True)


@pytest.mark.parametrize(
    ("first", "second", "options", "words"),
    [
        ([1.0], [2.0], {}, "two runs or more"),
        ([1.0, math.nan], [2.0, 3.0], {}, "finite"),
        ([1.0, 2.0, 3.0], [2.0, 3.0], {}, "in pairs"),
        ([1.0, 2.0], [2.0, 3.0], {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_what_has_no_interval_is_refused_in_words(
    first: list[float], second: list[float], options: dict[str, float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        difference(first, second, **options)  # type: ignore[arg-type]


def test_a_table_says_which_runs_do_not_tell_and_against_what() -> None:
    runs = {"a": [0.5, 0.6, 0.7], "b": [0.51, 0.59, 0.71], "much better": [0.8, 0.9, 1.0]}
    lines = compare(runs, against="a", digits=0).splitlines()
    assert [DOES_NOT_TELL in line for line in lines] == [False, False, True, False]
    assert lines[3].split()[-4:] == ["+30", "+30", "to", "+30"]
    assert DOES_NOT_TELL not in compare(runs, verdict=False)
    assert "less b" in compare(runs, against="b")
    with pytest.raises(ValueError, match="'c'; there are 'a', 'b', 'much better'"):
        compare(runs, against="c")
    with pytest.raises(ValueError, match="no runs"):
        compare({})
