"""Checks for the chapter "Where does the time go?"."""

from typing import Any

import torch

from ._answers import described
from ._kit import call, compare, exercise
from .by_hand import ByHand
from .cases import with_lists

BEST_RATE = 200e9 / 17.5e6


@exercise("speed.training_flop")
def check_training_flop(answer: Any) -> str:
    """A function training_flop(multiply_adds): operations of a training step for an image."""
    networks = [[313600, 2508800, 200704, 1280], [100], [10, 20], [5, 0, 7, 9], [100, 100]]
    networks.append([30, 20, 30, 20, 20])
    for network in networks:
        inputs = {"multiply_adds": torch.tensor(network)}
        result = call(with_lists(answer), "training_flop(multiply_adds)", inputs)
        first, rest = network[0], sum(network[1:])
        compare(
            result,
            2 * (2 * first + 3 * rest),
            described(inputs),
            {
                "That is the forward pass alone; going back takes more.": 2 * (first + rest),
                "A multiply-add is two operations.": 2 * first + 3 * rest,
                "The first layer's input is the image: nobody needs its gradient.": (
                    6 * (first + rest)
                ),
                "Going back, each layer works out two gradients: of its weights, and of its "
                "input.": 4 * (first + rest),
            },
        )
    return (
        f"It counts the operations of {len(networks)} networks, one with a single layer included."
    )


# Images a second that the limit of a machine allows.
ByHand(
    "speed.best_rate",
    right=BEST_RATE,
    praise=f"200 billion operations a second over 17.5 million an image are {BEST_RATE:,.0f}.",
    mistakes={
        "is the time of an image in seconds; its inverse was asked for.": 1 / BEST_RATE,
        "takes operations for multiply-adds once more: 17.5 million counts both.": BEST_RATE / 2,
        "is twice too much: 17.5 million counts the multiplication and the addition.": (
            BEST_RATE * 2
        ),
        "has lost a factor of a thousand: giga is 10^9, mega 10^6.": BEST_RATE / 1000,
        "has gained a factor of a thousand: giga is 10^9, mega 10^6.": BEST_RATE * 1000,
    },
    otherwise="is not it. Divide the operations that the machine does in a second by those "
    "that an image takes.",
    within=(0, 0.01),
)


@exercise("speed.speedup")
def check_speedup(answer: Any) -> str:
    """A function speedup(share, factor): how much faster the whole gets."""
    settings = [(0.5, 2.0), (0.9, 10.0), (1.0, 3.0), (0.0, 100.0), (0.3, 1.0), (0.95, 20.0)]
    settings += [(0.6, 4.0), (0.5, 1.5), (0.5, 200.0), (0.5, 1e6)]
    for share, factor in settings:
        inputs = {"share": torch.tensor(share).double(), "factor": torch.tensor(factor).double()}
        result = call(answer, "speedup(share, factor)", inputs)
        compare(
            result,
            1 / ((1 - share) + share / factor),
            described(inputs),
            {
                "The rest still takes its time: only the share is divided by the factor.": factor,
                "That is the new time in units of the old one; the speed is its inverse.": (
                    (1 - share) + share / factor
                ),
                "That is a mean of speeds. Add up times, then compare.": (
                    (1 - share) + share * factor
                ),
                "You have divided the share that is left as it is.": (
                    1 / (share + (1 - share) / factor)
                ),
            },
        )
    return (
        f"It is right for {len(settings)} settings: a half that is twice as fast makes 1.33 times."
    )
