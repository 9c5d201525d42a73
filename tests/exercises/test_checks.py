"""Checks of answers: the stub fails, the solution passes, planted wrong answers are explained.

The wrong answers are those to the chapter on convolution; every chapter's printed solution is here.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnbook import exercises
from cnnbook.exercises.convolution import combined, corr2d
from pagecheck.page import read_page

BOOK = Path(__file__).parents[2] / "book"
Pair = Callable[[Tensor, Tensor], Any]

SOLUTIONS: dict[str, Any] = {
    "convolution.one_window": -1,
    "convolution.shift_right": [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
    "convolution.corr2d": corr2d,
    "convolution.combine": combined,
}


def same_size(image: Tensor, kernel: Tensor) -> Tensor:
    rows, columns = (size - 1 for size in kernel.shape)
    ring = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return corr2d(F.pad(image, ring), kernel)


def one_window_short(image: Tensor, kernel: Tensor) -> Tensor:
    output = torch.zeros(image.shape[0] - kernel.shape[0], image.shape[1] - kernel.shape[1])
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = (image[i : i + len(kernel), j : j + kernel.shape[1]] * kernel).sum()
    return output


def square_only(image: Tensor, kernel: Tensor) -> Tensor:
    size = len(kernel)
    output = torch.zeros(len(image) - size + 1, image.shape[1] - size + 1)
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = (image[i : i + size, j : j + size] * kernel).sum()
    return output


def along(axis: int) -> Pair:
    def wrong(image: Tensor, kernel: Tensor) -> Tensor:
        windows = image.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
        return (windows * kernel).sum(axis)

    return wrong


def windows_reduced(reduce: Callable[[Tensor], Tensor], weighted: bool = True) -> Pair:
    def wrong(image: Tensor, kernel: Tensor) -> Tensor:
        windows = image.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1)
        return reduce(windows * kernel if weighted else windows)

    return wrong


def changes_its_input(image: Tensor, kernel: Tensor) -> Tensor:
    output = corr2d(image, kernel)
    image *= 2
    return output


def not_written(image: Tensor, kernel: Tensor) -> Tensor:
    raise NotImplementedError


WRONG: list[tuple[str, Any, str]] = [
    # One number.
    ("convolution.one_window", 7, "upside down and mirrored"),
    ("convolution.one_window", 0, "row and column are swapped"),
    ("convolution.one_window", 2, "counted from 0"),
    ("convolution.one_window", torch.tensor(6), "is the sum of the window"),
    ("convolution.one_window", 5.0, "one weight is negative"),
    ("convolution.one_window", 100, r"100 is not it. The window is \[\[0, 2\], \[1, 3\]\]"),
    ("convolution.one_window", [1, 2], "One number was asked for, not 2"),
    ("convolution.one_window", "minus one", "has to be a number .* not a str"),
    ("convolution.one_window", float("nan"), "nan is not it"),
    # A kernel.
    ("convolution.shift_right", [[0, 0, 0], [0, 0, 1], [0, 0, 0]], "move left.*look to its left"),
    ("convolution.shift_right", [[0, 1, 0], [0, 0, 0], [0, 0, 0]], "move down"),
    ("convolution.shift_right", [[0, 0, 0], [0, 0, 0], [0, 1, 0]], "move up"),
    ("convolution.shift_right", [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "the same image"),
    ("convolution.shift_right", [[0, 0, 0], [2, 0, 0], [0, 0, 0]], "changed their values"),
    ("convolution.shift_right", torch.ones(3, 3), "one weight is 1 and all others are 0"),
    ("convolution.shift_right", [[1, 0]], r"shape \(1, 2\), \(3, 3\) was asked for"),
    ("convolution.shift_right", corr2d, "not a function"),
    # corr2d
    ("convolution.corr2d", lambda i, k: corr2d(i, k.flip(0, 1)), "kernel was flipped"),
    ("convolution.corr2d", same_size, "size of the image: did you pad"),
    ("convolution.corr2d", one_window_short, r"\(1, 1\), \(2, 2\) was due.*last window"),
    ("convolution.corr2d", square_only, "raised|shape came out"),
    ("convolution.corr2d", lambda i, k: corr2d(i, k).T, "columns of the output are swapped"),
    ("convolution.corr2d", lambda i, k: corr2d(i, k.T), "columns of the kernel are swapped"),
    ("convolution.corr2d", along(-1), "along the rows of the window only"),
    ("convolution.corr2d", along(-2), "along the columns of the window only"),
    ("convolution.corr2d", windows_reduced(lambda w: w.mean((-1, -2))), "were averaged"),
    ("convolution.corr2d", windows_reduced(lambda w: w.amax((-1, -2))), "largest product"),
    ("convolution.corr2d", windows_reduced(lambda w: w.sum((-1, -2)), False), "without their"),
    ("convolution.corr2d", windows_reduced(lambda w: w.sum()), "One number came out"),
    ("convolution.corr2d", lambda i, k: corr2d(i, k)[None], "has two axes"),
    ("convolution.corr2d", lambda i, k: 1.01 * corr2d(i, k), "numbers differ"),
    ("convolution.corr2d", lambda i, k: i @ k, "raised RuntimeError in its line 1"),
    ("convolution.corr2d", changes_its_input, "changed its argument image"),
    ("convolution.corr2d", not_written, "not written yet"),
    ("convolution.corr2d", lambda i, k: None, "returned None. .*return statement"),
    ("convolution.corr2d", lambda i, k: "nothing", "number or a tensor of numbers, not a str"),
    ("convolution.corr2d", lambda i: i, "raised TypeError"),
    ("convolution.corr2d", torch.ones(2, 2), "without brackets"),
    # combine
    (
        "convolution.combine",
        lambda a, b: a @ b if a.shape[1] == len(b) else a,
        "first kernel|matrix",
    ),
    ("convolution.combine", lambda a, b: combined(a, b.flip(0, 1)), "was not flipped"),
    ("convolution.combine", lambda a, b: a * b, "multiplied weight by weight"),
    ("convolution.combine", lambda a, b: a + b, "were added"),
    ("convolution.combine", corr2d, "shape has to be that of both"),
    ("convolution.combine", lambda a, b: a, "only the first kernel"),
    ("convolution.combine", lambda a, b: b, "only the second kernel"),
]


CONVOLUTION = [name for name in exercises.names() if name.startswith("convolution.")]


@pytest.mark.parametrize("name", CONVOLUTION)
def test_the_stub_fails_and_the_solution_passes(name: str, capsys: Any) -> None:
    stub = exercises.check(name, None)
    assert (stub.passed, "There is no answer yet" in stub.message) == (False, True)
    verdict = exercises.check(name, SOLUTIONS[name])
    assert verdict.passed
    assert capsys.readouterr().out == f"{stub.message}\n{verdict.message}\n"


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_a_wrong_answer_is_rejected_and_explained(name: str, answer: Any, words: str) -> None:
    verdict = exercises.check(name, answer)
    assert not verdict.passed
    assert re.search(words, verdict.message, re.DOTALL), verdict.message


def test_every_exercise_has_three_wrong_answers_or_more() -> None:
    for name in CONVOLUTION:
        assert sum(exercise == name for exercise, _, _ in WRONG) >= 3


@pytest.mark.parametrize(
    "path", sorted(Path(exercises.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_checks_are_imported_and_have_answers(path: Path) -> None:
    registered = rf'^(?:@exercise|ByHand)\(\s*"({path.stem}\.\w+)"'
    names = re.findall(registered, path.read_text(encoding="utf-8"), re.MULTILINE)
    missing = set(names) - set(exercises.names())
    assert not missing, f"import {path.stem} in src/cnnbook/exercises/__init__.py"
    if names and path.stem != "convolution":
        answers = Path(__file__).with_name(f"test_{path.stem}.py")
        assert answers.is_file(), f"make {answers}, a file like those beside it"


@pytest.mark.parametrize("name", exercises.names())
def test_the_solution_printed_in_the_book_is_recorded_as_right(name: str) -> None:
    file = f"{name.partition('.')[0].replace('_', '-')}.md"
    paths = [path for path in BOOK.rglob(file) if "appendix" not in path.parts]
    assert len(paths) == 1, f"the part of {name!r} before the point names its page, {file}"
    page = read_page(paths[0])
    cells = [cell for cell in page.cells if f'check("{name}"' in cell.source]
    assert cells, f"{page.path.name} has no solution to {name}"
    for cell in cells:
        assert cell.output is not None
        assert f"{name}: right." in cell.output.text


def test_a_verdict_shows_nothing_more_in_a_notebook() -> None:
    from IPython.core.formatters import DisplayFormatter

    verdict = exercises.check("convolution.one_window", -1)
    assert DisplayFormatter().format(verdict) == ({}, {})


def test_the_readers_random_numbers_are_not_disturbed() -> None:
    torch.manual_seed(3)
    state = torch.get_rng_state()
    for name, solution in SOLUTIONS.items():
        exercises.check(name, solution)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("corr2d", "did you mean 'convolution.corr2d'?"),
        ("convolution.cor2d", "did you mean 'convolution.corr2d'?"),
        ("pooling.zzzzz", "this chapter has pooling."),
        ("zzzzz", "a name begins with its chapter: "),
        (7, "a name begins with its chapter: "),
    ],
)
def test_an_unknown_exercise_is_answered_with_what_was_meant(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"there is no exercise {name!r}; {said}")):
        exercises.check(name, None)
