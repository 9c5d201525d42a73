"""Checks for the chapter "Where does the time go?"."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ._kit import Wrong, call, compare, described, exercise, numbers, written

LIMIT, FLOP = 200e9, 17.5e6


@exercise("speed.training_flop")
def check_training_flop(answer: Any) -> str:
    """A function training_flop(multiply_adds): operations of a training step for an image."""
    networks = [[313600, 2508800, 200704, 1280], [100], [10, 20], [5, 0, 7, 9]]
    for network in networks:
        inputs = {"multiply_adds": torch.tensor(network)}
        result = call(_with_lists(answer), "training_flop(multiply_adds)", inputs)
        first, rest = network[0], sum(network[1:])
        compare(
            result,
            _number(2 * (2 * first + 3 * rest)),
            described(inputs),
            {
                "That is the forward pass alone; going back takes more.": _number(
                    2 * (first + rest)
                ),
                "A multiply-add is two operations.": _number(2 * first + 3 * rest),
                "The first layer's input is the image: nobody needs its gradient.": _number(
                    6 * (first + rest)
                ),
                "Going back, each layer works out two gradients: of its weights, and of its "
                "input.": _number(4 * (first + rest)),
            },
        )
    return (
        f"It counts the operations of {len(networks)} networks, one with a single layer included."
    )


@exercise("speed.best_rate")
def check_best_rate(answer: Any) -> str:
    """One number: images per second that the limit of a machine allows."""
    value = numbers(answer).reshape(-1)
    if len(value) != 1:
        raise Wrong(f"One number was asked for, not {len(value)}.")
    due = LIMIT / FLOP
    found = float(value)
    if abs(found / due - 1) < 0.01:
        return f"200 billion operations a second over 17.5 million an image are {due:,.0f}."
    mistakes = {
        "is the time of an image in seconds; its inverse was asked for.": 1 / due,
        "takes operations for multiply-adds once more: 17.5 million counts both.": due / 2,
        "is twice too much: 17.5 million counts the multiplication and the addition.": due * 2,
        "has lost a factor of a thousand: giga is 10^9, mega 10^6.": due / 1000,
        "has gained a factor of a thousand: giga is 10^9, mega 10^6.": due * 1000,
    }
    for explanation, wrong in mistakes.items():
        if abs(found / wrong - 1) < 0.01:
            raise Wrong(f"{written(value[0])} {explanation}")
    raise Wrong(
        f"{written(value[0])} is not it. Divide the operations that the machine does in a second "
        "by those that an image takes."
    )


@exercise("speed.speedup")
def check_speedup(answer: Any) -> str:
    """A function speedup(share, factor): how much faster the whole gets."""
    settings = [(0.5, 2.0), (0.9, 10.0), (1.0, 3.0), (0.0, 100.0), (0.3, 1.0), (0.95, 20.0)]
    for share, factor in settings:
        inputs = {"share": torch.tensor(share).double(), "factor": torch.tensor(factor).double()}
        result = call(_with_numbers(answer), "speedup(share, factor)", inputs)
        compare(
            result,
            _number(1 / ((1 - share) + share / factor)),
            described(inputs),
            {
                "The rest still takes its time: only the share is divided by the factor.": _number(
                    factor
                ),
                "That is the new time in units of the old one; the speed is its inverse.": _number(
                    (1 - share) + share / factor
                ),
                "That is a mean of speeds. Add up times, then compare.": _number(
                    (1 - share) + share * factor
                ),
                "You have divided the share that is left as it is.": _number(
                    1 / (share + (1 - share) / factor)
                ),
            },
        )
    return (
        f"It is right for {len(settings)} settings: a half that is twice as fast makes 1.33 times."
    )


def _number(value: float) -> Tensor:
    return torch.tensor(float(value), dtype=torch.float64)


def _with_lists(function: Any) -> Any:
    """The function, given plain lists."""
    return _converting(function, lambda tensor: tensor.tolist())


def _with_numbers(function: Any) -> Any:
    """The function, given plain numbers."""
    return _converting(function, lambda tensor: tensor.item())


def _converting(function: Any, convert: Callable[[Tensor], Any]) -> Any:
    if not callable(function):
        return function  # call() says what is wrong

    def converted(*inputs: Tensor) -> Any:
        return function(*(convert(each) for each in inputs))

    return converted
