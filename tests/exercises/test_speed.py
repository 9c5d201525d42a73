"""Answers to the exercises on speed: right ones pass, wrong ones are explained."""

from typing import Any

from tests.exercises.answers import *  # noqa: F403


def training_flop(multiply_adds: list[int]) -> int:
    first, *rest = multiply_adds
    return 2 * (2 * first + 3 * sum(rest))


SOLUTIONS: dict[str, Any] = {
    "speed.training_flop": training_flop,
    "speed.best_rate": 200e9 / 17.5e6,
    "speed.speedup": lambda share, factor: 1 / (1 - share + share / factor),
}
WRONG: list[tuple[str, Any, str]] = [
    ("speed.training_flop", lambda m: 2 * sum(m), "forward pass alone"),
    ("speed.training_flop", lambda m: training_flop(m) / 2, "two operations"),
    ("speed.training_flop", lambda m: 6 * sum(m), "nobody needs its gradient"),
    ("speed.training_flop", lambda m: 4 * sum(m), "two gradients"),
    ("speed.training_flop", 17.5e6, "has to be a function"),
    ("speed.best_rate", 17.5e6 / 200e9, "its inverse"),
    ("speed.best_rate", 100e9 / 17.5e6, "once more"),
    ("speed.best_rate", 400e9 / 17.5e6, "twice too much"),
    ("speed.best_rate", 200e6 / 17.5e6, "lost a factor of a thousand"),
    ("speed.best_rate", 200e12 / 17.5e6, "gained a factor of a thousand"),
    ("speed.best_rate", 5.0, "Divide the operations"),
    ("speed.best_rate", [1.0, 2.0], "One number"),
    ("speed.speedup", lambda share, factor: factor, "still takes its time"),
    ("speed.speedup", lambda s, f: 1 - s + s / f, "the speed is its inverse"),
    ("speed.speedup", lambda s, f: 1 - s + s * f, "mean of speeds"),
    ("speed.speedup", lambda s, f: 1 / (s + (1 - s) / f), "left as it is"),
]
