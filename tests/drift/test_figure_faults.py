"""Whatever is changed in a figure is told: faults of many kinds, planted with a seed.

All 500 faults are planted when ``CNNBOOK_FAULTS`` is ``all``, one of each kind otherwise.
"""

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle, islice

import numpy as np
import pytest

from pagecheck.compare import agrees
from pagecheck.figures import describe_figure
from tests.drift.figure_data import DRAWN
from tests.drift.figure_settings import SET
from tests.drift.figure_words import SAID
from tests.drift.figures_to_change import BOOK, SMALL

SEED = 20261127
TOLD = 0.99
ALL = os.environ.get("CNNBOOK_FAULTS") == "all"
DATA = 3
"""So many sets of random data each figure is drawn with."""
FIGURES = SMALL | BOOK
FAULTS = SAID | SET | DRAWN
COUNT = 500 if ALL else len(FAULTS)


@lru_cache
def unchanged(figure: str, seed: int) -> str:
    """The description of a figure before a fault is planted."""
    return describe_figure(FIGURES[figure](np.random.default_rng(seed)))


def planted(count: int) -> Iterator[tuple[str, str, str, str]]:
    """Figure, fault, and the description before and after it, for so many faults.

    Each fault comes in turn, each in a figure by chance that has something for it to change.
    """
    random = np.random.default_rng(SEED)
    for name in islice(cycle(FAULTS), count):
        for figure in random.permutation(list(FIGURES)):
            seed = int(random.integers(DATA))
            changed = FIGURES[figure](np.random.default_rng(seed))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of limits that a scale does not take, and others
                if FAULTS[name](changed, np.random.default_rng(seed + 1)):
                    yield figure, name, unchanged(figure, seed), describe_figure(changed)
                    break


def test_there_are_faults_of_forty_kinds_in_figures_of_all_kinds() -> None:
    assert len(FAULTS) >= 40
    assert len(FIGURES) >= 30


@pytest.mark.slow
def test_what_is_changed_in_a_figure_is_told() -> None:
    passed = [
        (figure, name, before)
        for figure, name, before, after in planted(COUNT)
        if agrees(before, after)
    ]
    kinds = Counter(f"{name} in {figure}" for figure, name, _ in passed)
    assert len(passed) <= (1 - TOLD) * COUNT, kinds


def test_the_same_figure_made_twice_has_one_description() -> None:
    for make in FIGURES.values():
        first, second = (describe_figure(make(np.random.default_rng(7))) for _ in range(2))
        assert first == second
