"""Answers to the exercises on sizes: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnbook.exercises.padding_and_stride import conv2d as by_torch
from cnnbook.exercises.padding_and_stride import three_layers_mistakes
from tests.exercises.answers import *  # noqa: F403


def output_size(n: int, k: int, s: int, p: int, d: int) -> int:
    room = n + 2 * p - d * (k - 1) - 1
    if room < 0:
        raise ValueError(f"{k} weights do not fit into {n} pixels")
    return room // s + 1


def unread(n: int, k: int, s: int) -> int:
    read = {first + i for first in range(0, n - k + 1, s) for i in range(k)}
    return n - len(read)


def by_loops(image: Tensor, kernel: Tensor, s: int, p: int, d: int) -> Tensor:
    image = F.pad(image, (p, p, p, p))
    h, w = kernel.shape
    rows = (image.shape[0] - d * (h - 1) - 1) // s + 1
    columns = (image.shape[1] - d * (w - 1) - 1) // s + 1
    output = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = image[i * s : i * s + d * (h - 1) + 1 : d, j * s : j * s + d * (w - 1) + 1 : d]
            output[i, j] = (window * kernel).sum()
    return output


NAME = "padding_and_stride."
SOLUTIONS: dict[str, Any] = {
    f"{NAME}three_layers": 9,
    f"{NAME}output_size": output_size,
    f"{NAME}unread": unread,
    f"{NAME}output_padding": lambda n, k, s, p: (n + 2 * p - k) % s,
    f"{NAME}conv2d": by_loops,
}


def without_refusal(n: int, k: int, s: int, p: int, d: int) -> int:
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def refusing_wrongly(n: int, k: int, s: int, p: int, d: int) -> int:
    if without_refusal(n, k, s, p, d) < 1:
        raise KeyError(k)
    return without_refusal(n, k, s, p, d)


WRONG: list[tuple[str, Any, str]] = [
    ("three_layers", 10, "rounding up"),
    ("three_layers", 6, "leaves the padding out"),
    ("three_layers", 8, "one side only"),
    ("three_layers", 7, "forgets to add 1"),
    ("three_layers", 9.375, "no whole number"),
    ("three_layers", 17, "before the last layer"),
    ("three_layers", 50, "layer by layer"),
    ("three_layers", (9, 9), "One number"),
    ("output_size", lambda n, k, s, p, d: output_size(n, k, s, p, 1), "dilation does not show"),
    (
        "output_size",
        lambda n, k, s, p, d: output_size(n, k, 1, p, d) / s + 1 - 1 / s,
        "a whole number: round down",
    ),
    (
        "output_size",
        lambda n, k, s, p, d: 1 - ((1 - output_size(n, k, 1, p, d)) // s),
        "rounded up",
    ),
    ("output_size", lambda n, k, s, p, d: output_size(n, k, s, p, d) - 1, "add 1"),
    ("output_size", lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1, "both sides"),
    ("output_size", lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1, "k - 1 gaps"),
    ("output_size", without_refusal, "raise ValueError"),
    ("output_size", refusing_wrongly, "raised KeyError"),
    ("output_size", 3, "has to be a function"),
    ("output_size", lambda n, k: n, "raised TypeError"),
    ("unread", lambda n, k, s: (n - k) % s, "behind the last window only"),
    (
        "unread",
        lambda n, k, s: ((n - k) // s) * max(s - k, 0),
        "between windows only",
    ),
    ("unread", lambda n, k, s: n - unread(n, k, s), "pixels that are read"),
    ("unread", lambda n, k, s: n - ((n - k) // s + 1) * k, "overlap"),
    (
        "unread",
        lambda n, k, s: (n - k) % s + ((n - k) // s + 1) * max(s - k, 0),
        "one gap fewer",
    ),
    ("unread", lambda n, k, s: n % s, "remainder of size by stride"),
    ("output_padding", lambda n, k, s, p: (n - k) % s, "without the padding"),
    ("output_padding", lambda n, k, s, p: (n + p - k) % s, "one side"),
    ("output_padding", lambda n, k, s, p: n % s, "remainder of the size"),
    ("output_padding", lambda n, k, s, p: s - 1, "the largest it can be"),
    ("output_padding", lambda n, k, s, p: -((n + 2 * p - k) % s), "wrong sign"),
    ("output_padding", lambda n, k, s, p: n, "size of the output"),
    ("conv2d", lambda i, k, s, p, d: by_torch(i, k, 1, p, d), "stride does not show"),
    ("conv2d", lambda i, k, s, p, d: by_torch(i, k, s, 0, d), "padding does not show"),
    ("conv2d", lambda i, k, s, p, d: by_torch(i, k, s, p, 1), "dilation does not show"),
    (
        "conv2d",
        lambda i, k, s, p, d: by_torch(i[::s, ::s], k, 1, p, d),
        "thinned out the image",
    ),
    (
        "conv2d",
        lambda i, k, s, p, d: by_torch(F.pad(i, (p, 0, p, 0)), k, s, 0, d),
        "left and above only",
    ),
    (
        "conv2d",
        lambda i, k, s, p, d: by_torch(
            F.pad(i[None, None], (p, p, p, p), mode="replicate")[0, 0], k, s, 0, d
        ),
        "not copies of the last pixel",
    ),
    ("conv2d", lambda i, k, s, p, d: by_torch(i, k, d, p, s), "swapped"),
    ("conv2d", lambda i, k, s, p, d: by_torch(i, k.flip(0, 1), s, p, d), "turned"),
]
WRONG = [(NAME + name, answer, words) for name, answer, words in WRONG]


def test_likely_mistakes_with_the_three_layers_can_be_told_apart() -> None:
    values = list(three_layers_mistakes().values())
    assert len({9.0, *values}) == len(values) + 1
