"""Exercises as data: what a page is told judges every answer as ``check`` does, in its words."""

import importlib
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnbook import exercises
from cnnbook.exercises._answers import difference, numbers, written
from cnnbook.exercises.by_hand import ByHand, Condition

DATA: dict[str, dict[str, Any]] = json.loads(json.dumps(exercises.in_pages()))
each_exercise = pytest.mark.parametrize("name", DATA)
MOST_NUMBERS = 4
"""A page has fields for so many; a kernel of 3×3 is written in code."""


def shaped(given: list[float], shape: list[int]) -> Any:
    """Numbers as a reader gives them to ``check``: whole ones without a point."""
    plain = [int(number) if float(number).is_integer() else number for number in given]
    if not shape:
        return plain[0]
    if len(shape) == 1:
        return plain
    return [plain[i : i + shape[1]] for i in range(0, len(plain), shape[1])]


def said(name: str, given: list[float]) -> tuple[bool, str]:
    """What ``check`` says, without the exercise's name."""
    verdict = exercises.check(name, shaped(given, DATA[name]["shape"]))
    head, _, words = verdict.message.partition("\n")
    assert head == f"{name}: {'right' if verdict.passed else 'not yet'}."
    return verdict.passed, words


def answers(name: str) -> list[list[float]]:
    """The right answer, each mistake, what lies around them, and others at random."""
    data, draw = DATA[name], random.Random(name)
    named = [data["right"], *(wrong for _, wrong in data["mistakes"])]
    around = [
        [
            number * (1 + draw.choice([-1, 1]) * share) + draw.choice([-1, 1]) * away
            for number in one
        ]
        for one in named
        for share, away in [(0, 4e-5), (0.004, 0), (0, 0.0015), (0, 0.0105), (0.02, 0.1), (0, 0.25)]
    ]
    ways: list[Callable[[], float]] = [
        lambda: draw.randint(-9, 9),
        lambda: draw.uniform(-2, 2),
        lambda: draw.gauss(0, 1) * 10 ** draw.randint(-7, 9),
        lambda: draw.randint(-9999, 9999) / 2 ** draw.randint(1, 6),  # halves: rounded to even
    ]
    drawn = [[draw.choice(ways)() for _ in data["right"]] for _ in range(40)]
    return named + around + drawn


def read(data: dict[str, Any], given: list[float]) -> tuple[bool, str]:
    """The rules, read once more: what the page's script does."""
    found = numbers(shaped(given, data["shape"]))
    values: list[float] = found.flatten().tolist()

    def near(due: list[float], within: list[float]) -> bool:
        pairs = zip(values, due, strict=True)
        return all(abs(x - y) <= within[0] + within[1] * abs(y) for x, y in pairs)

    def total(weights: list[float]) -> float:
        return sum(weight * x for weight, x in zip(weights, values, strict=True))

    def fill(words: str, condition: list[Any]) -> str:
        due = torch.tensor(data["right"], dtype=torch.float64).reshape(found.shape)
        if "{first}" in words:
            words = words.replace("{first}", difference(found, due))
        if "{value}" in words:
            value = torch.tensor(total(condition[0]), dtype=torch.float64)
            words = words.replace("{value}", written(value))
        return words.replace("{given}", written(found))

    first = (data["conditions"] or [[]])[0]
    if near(data["right"], data["within"]):
        return True, fill(data["praise"], first)
    for words, wrong in data["mistakes"]:
        if near(wrong, data["near"]):
            return False, fill(words, first)
    for condition in data["conditions"]:
        weights, sign, bound, words = condition
        value = total(weights)
        if not {">": value > bound, "<=": value <= bound, "==": value == bound}[sign]:
            return False, fill(words, condition)
    if not data["otherwise"]:
        return True, fill(data["praise"], first)
    return False, fill(data["otherwise"], first)


@each_exercise
def test_the_exported_data_say_what_the_check_says(name: str) -> None:
    for given in answers(name):
        assert read(DATA[name], given) == said(name, given), given


@each_exercise
def test_the_right_answer_passes_and_each_mistake_has_its_own_words(name: str) -> None:
    data = DATA[name]
    assert said(name, data["right"])[0]
    heard = []
    for words, wrong in data["mistakes"]:
        passed, message = said(name, wrong)
        assert not passed
        assert words.rpartition("}")[2] in message
        heard.append(message)
    assert len(set(heard)) == len(heard)


@each_exercise
def test_words_for_a_page_name_nothing_that_a_page_cannot_fill_in(name: str) -> None:
    data = DATA[name]
    words = [data["praise"], data["otherwise"], *(words for words, _ in data["mistakes"])]
    words += [condition[3] for condition in data["conditions"]]
    for text in words:
        for mark in ("{given}", "{first}", "{value}"):
            text = text.replace(mark, "")
        assert not set("{}") & set(text), text
    assert math.prod(data["shape"]) == len(data["right"]) <= MOST_NUMBERS
    assert len(data["labels"]) in (0, len(data["right"]))
    assert bool(data["labels"]) == (len(data["shape"]) == 1)


def test_every_answer_of_a_few_numbers_can_be_given_in_the_page() -> None:
    few = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        module = importlib.import_module(f"tests.exercises.{path.stem}")
        for name, solution in getattr(module, "SOLUTIONS", {}).items():
            if not callable(solution) and numbers(solution).numel() <= MOST_NUMBERS:
                few.add(name)
    assert few == set(DATA)


def test_another_shape_is_told_apart_and_never_raises() -> None:
    for name in DATA:
        for odd in ([], [1, 2, 3], [[1, 2, 3]] * 3, [[[1]] * 5]):
            assert not exercises.check(name, odd).passed


def test_signs_of_conditions() -> None:
    answer = torch.tensor([2.0, 3.0])
    for sign, bound, holds in [
        (">", 7.9, True),
        (">", 8.0, False),
        ("<=", 8.0, True),
        ("<=", 7.9, False),
        ("==", 8.0, True),
        ("==", 8.1, False),
    ]:
        assert Condition((1, 2), sign, bound, "").holds(answer) is holds


def test_an_exercise_by_hand_is_registered_by_making_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnbook.exercises._kit.CHECKS", {})
    made = ByHand("a.b", right=3, praise="Yes.", otherwise="is too much.")
    assert exercises.names() == ("a.b",)
    assert made(3) == "Yes."
    assert exercises.check("a.b", 4).message == "a.b: not yet.\n4 is too much."
