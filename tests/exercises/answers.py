"""What holds for the answers to every chapter's exercises.

A module of answers imports everything from here, and says in ``SOLUTIONS`` what is right and in
``WRONG`` what is not: the exercise, the answer, and words that explain the mistake.
"""

from collections import Counter
from typing import Any

import pytest

from cnnbook import exercises

__all__ = [
    "pytest_generate_tests",
    "test_a_wrong_answer_is_rejected_and_explained",
    "test_every_exercise_has_three_wrong_answers_or_more",
    "test_the_stub_fails_and_the_solution_passes",
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand out the answers of the module that imports this."""
    if "solved" in metafunc.fixturenames:
        metafunc.parametrize("solved", metafunc.module.SOLUTIONS)
    if "words" in metafunc.fixturenames:
        metafunc.parametrize(("name", "answer", "words"), metafunc.module.WRONG)


def test_the_stub_fails_and_the_solution_passes(
    solved: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    solution = request.module.SOLUTIONS[solved]
    assert not exercises.check(solved, None).passed
    if callable(solution):
        assert not exercises.check(solved, lambda *arguments: None).passed
    assert exercises.check(solved, solution).passed, capsys.readouterr().out


def test_a_wrong_answer_is_rejected_and_explained(name: str, answer: Any, words: str) -> None:
    verdict = exercises.check(name, answer)
    assert not verdict.passed
    assert words in verdict.message, verdict.message


def test_every_exercise_has_three_wrong_answers_or_more(request: pytest.FixtureRequest) -> None:
    module: Any = request.module
    counts = Counter(name for name, _, _ in module.WRONG)
    chapters = {name.partition(".")[0] for name in module.SOLUTIONS}
    mine = {name for name in exercises.names() if name.partition(".")[0] in chapters}
    assert mine == set(module.SOLUTIONS), "SOLUTIONS has each exercise of the chapter, no other"
    assert mine >= set(counts), "WRONG speaks of exercises that there are not"
    few = [name for name in mine if counts[name] < 3]
    assert not few, "give each three wrong answers or more in WRONG, with words of their own"
