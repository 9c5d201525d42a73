"""How an answer is checked: tried, compared, and spoken about in words that teach.

A check is a function that takes the answer, raises :class:`Wrong` with a message for the reader, or
returns what it tried. Chapters register theirs with :func:`exercise`. A check names a reader's
likely mistake by computing what the mistake would give. One setting can be answered alike by
several mistakes, and by chance: so a mistake is named only if the answer is equal to it in every
setting that was tried.
"""

import difflib
import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._surroundings import usual_torch
from ._answers import Wrong, described, difference, kind_of, numbers, same
from ._time_limit import TooLong, time_limit

Check = Callable[[Any], str]

CHECKS: dict[str, Check] = {}
_SECONDS = 30.0
_TOO_LONG = (
    f"The answer has not come to its end within {_SECONDS:g} seconds. Is there a loop that never "
    "ends?"
)
_PLAIN = "Give plain numbers, lists, arrays or tensors on the processor."


@dataclass(frozen=True)
class Verdict:
    """The result of a check. In a notebook it shows nothing, since its message has been printed.

    Attributes:
        exercise: name of the exercise.
        passed: whether the answer is right.
        message: what was printed.
    """

    exercise: str
    passed: bool
    message: str

    def _ipython_display_(self) -> None:
        """Show nothing more."""


@dataclass(frozen=True)
class _Trial:
    """What an answer gave in one setting, what was due, and what each likely mistake gives."""

    answer: Tensor
    due: Tensor
    given: str
    mistakes: Mapping[str, Tensor | float | None]

    def __str__(self) -> str:
        """Where the answer differs from what was due."""
        return f"{difference(self.answer, self.due)}\nIt was given {self.given}."

    def fits(self, explanation: str) -> bool:
        """Whether a mistake gives here what the answer gave, or is none here."""
        result = self.mistakes.get(explanation)
        return result is None or same(self.answer, torch.as_tensor(result, dtype=torch.float64))


_TRIALS: ContextVar[list[_Trial]] = ContextVar("trials")
"""What the check that is going on has compared so far."""


def exercise(name: str) -> Callable[[Check], Check]:
    """Register a check under a name, ``"chapter.exercise"``."""

    def register(function: Check) -> Check:
        CHECKS[name] = function
        return function

    return register


def names() -> tuple[str, ...]:
    """The names that :func:`check` knows."""
    return tuple(CHECKS)


def _instead_of(name: str) -> str:
    """What to type instead of a name that there is not."""
    chapter, _, short = name.rpartition(".")
    alike = [known for known in CHECKS if known.rpartition(".")[2] == short]
    if alike or (alike := difflib.get_close_matches(name, CHECKS, n=1)):
        return f"did you mean {' or '.join(map(repr, alike))}?"
    if of_chapter := [known for known in CHECKS if known.startswith(f"{chapter}.")]:
        return f"this chapter has {', '.join(of_chapter)}"
    chapters = dict.fromkeys(known.partition(".")[0] for known in CHECKS)
    return f"a name begins with its chapter: {', '.join(chapters)}"


def check(name: str, answer: Any) -> Verdict:
    """Check an answer, print the verdict and return it.

    The answer is tried on fixed and random inputs and compared with PyTorch. The random numbers
    are always the same, and those of your own code are not disturbed.

    Args:
        name: the exercise, such as ``"convolution.corr2d"``.
        answer: a function (itself, not its result), a number, or a tensor.

    Returns:
        The verdict, with ``passed`` and ``message``.

    Raises:
        ValueError: for an unknown name; the message says which was meant, or which there are.
    """
    if name not in CHECKS:
        raise ValueError(f"there is no exercise {name!r}; {_instead_of(str(name))}")
    try:
        if answer is None:
            raise Wrong("There is no answer yet: it is None.")
        with usual_torch(), torch.random.fork_rng(devices=[]), time_limit(_SECONDS):
            verdict = Verdict(name, True, f"{name}: right.\n{_praise(CHECKS[name], answer)}")
    except Wrong as wrong:
        verdict = Verdict(name, False, f"{name}: not yet.\n{wrong}")
    except TooLong:
        verdict = Verdict(name, False, f"{name}: not yet.\n{_TOO_LONG}")
    except SystemExit:
        verdict = Verdict(
            name, False, f"{name}: not yet.\nThe answer wanted to end Python: exit()."
        )
    except (Exception, GeneratorExit) as error:
        told = f"The answer cannot be judged ({type(error).__name__}: {error})."
        verdict = Verdict(name, False, f"{name}: not yet.\n{told}\n{_PLAIN}")
    print(verdict.message)
    return verdict


def _praise(tries: Check, answer: Any) -> str:
    """What is said to a right answer.

    Raises:
        Wrong: for the first setting in which the answer was not what was due, even if it came to
            no end in a later one.
    """
    trials: list[_Trial] = []
    token = _TRIALS.set(trials)
    try:
        praise = tries(answer)
    except BaseException as error:
        if not isinstance(error, KeyboardInterrupt) and (words := _first_difference(trials)):
            raise Wrong(words) from error
        raise
    finally:
        _TRIALS.reset(token)
    if words := _first_difference(trials):
        raise Wrong(words)
    return praise


def _first_difference(trials: list[_Trial]) -> str:
    """In words, where an answer was not what was due, and the mistake that explains all it gave."""
    differing = [trial for trial in trials if not same(trial.answer, trial.due)]
    for trial in differing:
        for explanation, result in trial.mistakes.items():
            if result is not None and all(each.fits(explanation) for each in trials):
                return f"{trial}\n{explanation}"
    return str(differing[0]) if differing else ""


def call(
    function: Any, signature: str, inputs: Mapping[str, Tensor], given: str | None = None
) -> Tensor:
    """Call a reader's function on copies of the inputs; a single number comes as a plain one.

    Args:
        function: the answer.
        signature: what was asked for, for those who gave no function.
        inputs: what the function is given, in this order.
        given: the same in words, where the tensors do not say it.

    Raises:
        Wrong: if it is no function, raises, returns nothing or no numbers, or changes its inputs.
    """
    if not callable(function):
        raise Wrong(
            f"The answer has to be a function {signature}, not {kind_of(function)}. "
            "Pass the function itself, without brackets after its name."
        )
    copies = {name: value.clone() for name, value in inputs.items()}
    try:
        result = function(*(_plain(value) for value in copies.values()))
    except Wrong:
        raise
    except Exception as error:
        # PyTorch raises it, too: for the mean of whole numbers, say.
        if isinstance(error, NotImplementedError) and not str(error):
            raise Wrong(
                "The function is not written yet: it raises NotImplementedError."
            ) from error
        raise Wrong(
            f"The function raised {type(error).__name__}{_line_of(error, function)}: {error}\n"
            f"It was given {described(inputs) if given is None else given}."
        ) from error
    for name, value in inputs.items():
        if not torch.equal(copies[name], value):
            raise Wrong(
                f"The function changed its argument {name}. Work on a copy ({name}.clone()), "
                "or put results into a new tensor."
            )
    if result is None:
        raise Wrong("The function returned None. Does it end with a return statement?")
    return numbers(result)


def around(answer: Any, made: Callable[..., Any]) -> Any:
    """A function made around the reader's, whose lines errors still name; what is none, as it is.

    What is no function is left to :func:`call`, which says so.
    """
    return functools.update_wrapper(made, answer, updated=()) if callable(answer) else answer


def made_of(answer: Any, dtype: torch.dtype, how: str) -> Any:
    """The function, its result refused unless it is a tensor or array, or a list, of a type."""
    name = str(dtype).removeprefix("torch.")

    def checked(*inputs: Any) -> Any:
        result = answer(*inputs)
        kind: Any = getattr(result, "dtype", type(result).__name__)
        if isinstance(result, list):
            kind = torch.tensor(result).dtype
        if result is not None and kind not in (dtype, np.dtype(name)):
            raise Wrong(f"The result is of {kind}; {name} was asked for: {how}.")
        return result

    return around(answer, checked)


def _plain(value: Tensor) -> Any:
    """A single number as Python's; 0.6 in single precision is 0.6."""
    if value.ndim:
        return value
    return float(f"{value:.7g}") if value.dtype == torch.float32 else value.item()


def compare(
    answer: Tensor,
    due: Tensor | float,
    given: str,
    mistakes: Mapping[str, Tensor | float | None] | None = None,
) -> None:
    """Compare an answer with what was due; ``check`` says it once all settings have been tried.

    Args:
        answer: what the reader's function gave.
        due: what it should have given.
        given: what it was given, in words.
        mistakes: what each likely mistake gives, None where it gives nothing, by its explanation.
    """
    due = torch.as_tensor(due, dtype=torch.float64)
    _TRIALS.get().append(_Trial(answer, due, given, mistakes or {}))


def _line_of(error: Exception, function: Any) -> str:
    """Where in the reader's function an exception passed, as text."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    traceback, line = error.__traceback__, None
    while traceback is not None:
        if traceback.tb_frame.f_code is code:
            line = traceback.tb_lineno - code.co_firstlineno + 1
        traceback = traceback.tb_next
    return "" if line is None else f" in its line {line}"
