"""Bands are measured: what several runs showed becomes a record that they all agree with."""

from random import Random

import pytest

from pagecheck.bands import MARGIN, propose
from pagecheck.compare import agrees


def test_a_number_that_never_differs_is_exact_and_loses_its_band() -> None:
    assert propose("size 28±3, lr 0.1±0.1", ["size 28, lr 0.1"] * 5).text == "size 28, lr 0.1\n"


def test_the_band_reaches_further_than_the_runs_by_the_margin() -> None:
    found = propose(None, ["acc 98.4", "acc 98.5", "acc 98.7"])
    assert found.text == "acc 98.5±0.6\n"
    assert pytest.approx(0.6) == MARGIN * 0.2
    assert found.bands == ((0, "98.5±0.6", "98.4", "98.7"),)


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        (["a 3", "a 4", "a 3"], "a 3±3\n"),
        (["a 1.2e-05", "a 1.4e-05", "a 1.3e-05"], "a 1.3e-05±3e-6\n"),
        (["a 0.05", "a -0.05", "a 0.00"], "a 0.00±0.15\n"),
        (["0.97 0.96", "0.97 0.99", "0.98 0.96"], "0.97±0.09 0.96±0.09\n"),
        (["0.97 9.96", "0.97 9.99", "0.98 9.96"], "0.97±0.03 9.96±0.09\n"),
        (["seed 0: 0.97\nseed 1: 0.95", "seed 0: 0.96\nseed 1: 0.90", "seed 0: 0.97\nseed 1: 0.95"],
         "seed 0: 0.97±0.15\nseed 1: 0.95±0.15\n"),
        (["...\n:x: 5", "...\n:x: 5"], "\\...\n:x: 5\n"),
        ([":x: 5", ":x: 6", ":x: 5"], "\\:x: 5±3\n"),
    ],
)  # fmt: skip
def test_the_record_says_what_the_runs_have_in_common(runs: list[str], text: str) -> None:
    assert propose(None, runs).text == text


@pytest.mark.parametrize(
    ("recorded", "stays"),
    [
        ("acc 98.4±0.5 of 10", True),
        ("acc 98.6±1.1 of 10", True),
        ("acc 98.6±1.3 of 10", False),
        ("acc 98.4±0.25 of 10", False),
        ("acc 98.5±0.29 of 10", False),
        ("acc 98.5±0.6 of 10±1", False),
        ("acc 98.5±0.6 of 11", False),
        ("acc 98.5 of 10", False),
    ],
)
def test_a_band_that_still_says_the_same_stays_as_it_is(recorded: str, stays: bool) -> None:
    runs = ["acc 98.4 of 10", "acc 98.5 of 10", "acc 98.7 of 10"]
    expected = recorded if stays else "acc 98.5±0.6 of 10"
    assert propose(recorded, runs).text == f"{expected}\n"


def test_gaps_are_kept_and_what_is_in_them_may_differ() -> None:
    runs = ["a\n1\nz 5", "a\n1\n2\nz 6", "a\nb\nz 5"]
    assert propose("a\n...\nz 5", runs).text == "a\n...\nz 5±3\n"


@pytest.mark.parametrize(
    ("first", "second", "cause"),
    [
        ("<Net at 0x7f12aa>", "<Net at 0x7f34bb>", "address"),
        ("139876543210987", "139876543210988", "address"),
        ("{'a', 'b'}", "{'b', 'a'}", "order"),
        ("{'aa': 1, 'bb': 2}", "{'bb': 2, 'aa': 1}", "order"),
        ("at 12:30:01", "at 12:30:02", "a time"),
        ("2026-11-27", "2026-11-28", "a time"),
        ("took 1.25 s", "took 1.31 s", "how long"),
        ("1.2 ms per step", "1.3 ms per step", "how long"),
        ("412 it/s", "418 it/s", "how long"),
        ("cat", "dog", "words or lines"),
        ("a\nb", "a", "words or lines"),
        ("loss 0.5", "loss nan", "words or lines"),
    ],
)
def test_what_is_no_measurement_is_refused_with_its_cause(
    first: str, second: str, cause: str
) -> None:
    found = propose(None, [first, second])
    assert found.text is None
    assert cause in (found.refusal or "")


def test_every_run_agrees_with_what_is_proposed_and_measuring_twice_changes_nothing() -> None:
    chance = Random(0)
    for _ in range(300):
        form = chance.choice(["{:.2f}", "{:8.3f}", "{:.3e}", "{:.0f}", "x {:.1f} of {:.2f}"])
        lines = chance.randrange(1, 4)
        runs = [
            "\n".join(
                form.format(*(chance.gauss(line, 0.3) * 100 for _ in range(2)))
                for line in range(lines)
            )
            for _ in range(5)
        ]
        found = propose(None, runs)
        assert found.text is not None
        assert all(agrees(found.text, run) for run in runs)
        assert propose(found.text, runs).text == found.text


def test_bands_of_five_runs_hold_for_runs_that_nobody_has_seen() -> None:
    chance = Random(0)

    def run() -> str:
        return "\n".join(f"seed {seed}: {chance.gauss(97, 0.5):.2f}" for seed in range(3))

    outside = 0
    for _ in range(300):
        text = propose(None, [run() for _ in range(5)]).text
        assert text is not None
        outside += not agrees(text, run())
    assert outside <= 3


def test_a_band_that_is_only_to_be_widened_stays_where_it_holds() -> None:
    recorded = "acc 98±3\nloss 0.20±0.01\nsteps 90\n"
    runs = ["acc 98\nloss 0.20\nsteps 90", "acc 97\nloss 0.23\nsteps 90"]
    assert propose(recorded, runs, widen=True).text == "acc 98±3\nloss 0.20±0.09\nsteps 90\n"
    assert propose("acc 98±40", ["acc 98", "acc 97"], widen=True).text == "acc 98±40\n"
    assert propose("acc 98±40", ["acc 98", "acc 97"]).text == "acc 98±3\n"
    runs = ["acc 98 loss 0.20 of 9", "acc 97 loss 0.23 of 9"]
    assert propose("acc 98±40 loss 0.20±0.01 of 9", runs, widen=True).text == (
        "acc 98±40 loss 0.20±0.09 of 9\n"
    ), "what holds in a line stays"
    assert propose("acc 98", ["acc 98", "acc 97"], widen=True).text == "acc 98±3\n"
    assert propose("acc 90±5 of 8", ["acc 98 of 9", "acc 97 of 9"], widen=True).text == (
        "acc 97±30 of 9\n"
    ), "what was recorded with a band was seen once; what is exact may be of other code"


def test_a_training_that_reaches_the_end_of_the_colours_changes_no_words() -> None:
    inside = (
        '  "map": in [0.0823, 1], mean 0.668, centre 7.4 4.4, colours [0, 1], digest 5.0559 5.3873'
    )
    at_the_end = '  "map": in [0, 1], mean 0.641, centre 7.3 4.4, digest 5.1034 5.3801'
    found = propose(None, [inside, at_the_end, inside])
    assert found.refusal is None
    assert found.text is not None
    assert "colours [0, 1], digest" in found.text
    for recorded in (inside, at_the_end):
        widened = propose(recorded, [inside, at_the_end], widen=True).text
        assert widened is not None
        assert agrees(widened, inside)
        assert agrees(widened, at_the_end)
        assert propose(widened, [inside, at_the_end], widen=True).text == widened


def test_a_band_that_no_run_needs_now_stays_a_band() -> None:
    recorded = "seed 0  accuracy 95.5±0.1 %, 1.00\nseed 1  accuracy 95.6±0.1 %, 1.00\n"
    runs = [recorded.replace("±0.1", "")] * 2 + [recorded.replace("±0.1", "").replace("6 %", "9 %")]
    found = propose(recorded, runs, widen=True)
    assert found.refusal is None
    assert found.text is not None
    assert "seed 0  accuracy 95.5±0.1 %" in found.text
    assert all(agrees(found.text, run) for run in runs)


def test_a_colour_is_no_number() -> None:
    assert not agrees("bar #44aa99", "bar #45aa99")
    assert not agrees("bar #44±18aa99", "bar #44aa99")
    assert not agrees("bar #0.1", "bar #0.2")
