"""Answers to the exercises on the anatomy of a network: right ones pass, wrong ones are explained.

What is due is compared here with PyTorch's own layers and its own counter of operations.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnbook import exercises
from tests.exercises.answers import *  # noqa: F403


def cost(c_in: int, c_out: int, k: int, size: int, padding: int) -> tuple[int, int]:
    """Parameters and multiply-adds of a convolution, as PyTorch counts them."""
    layer = nn.Conv2d(c_in, c_out, k, padding=padding)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        layer(torch.zeros(1, c_in, size, size))
    return sum(p.numel() for p in layer.parameters()), counter.get_total_flops() // 2


def merge(w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> tuple[Tensor, Tensor]:
    layers = nn.Sequential(nn.Linear(w1.shape[1], len(w1)), nn.Linear(len(w1), len(w2)))
    for parameter, value in zip(layers.parameters(), (w1, b1, w2, b2), strict=True):
        parameter.data = value
    bias = layers(torch.zeros(w1.shape[1]))
    return layers(torch.eye(w1.shape[1])).T - bias[:, None], bias


def small_network(*tail: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 10), *tail),
    )


SOLUTIONS: dict[str, Any] = {
    "anatomy.flat_size": 2700,
    "anatomy.cost": cost,
    "anatomy.merge": merge,
    "anatomy.network": small_network(),
}


class Mixing(nn.Module):
    """Flattens so that numbers of different images come into one row."""

    def __init__(self, pooled: bool) -> None:
        super().__init__()
        self.pooled = pooled
        self.conv = nn.Conv2d(1, 1, 4, stride=4)
        self.fc = nn.Linear(49, 10)

    def forward(self, images: Tensor) -> Tensor:
        maps = torch.relu(self.conv(images))
        if self.pooled:
            maps = nn.functional.adaptive_avg_pool2d(maps, 7).permute(1, 2, 3, 0)
        rows: Tensor = self.fc(maps.reshape(-1, 49))
        return rows


class Returns(nn.Module):
    """Whatever it was told to return."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value
        self.conv = nn.Conv2d(1, 1, 1)

    def forward(self, images: Tensor) -> Any:
        return self.value


LINEAR_ONLY = nn.Sequential(
    nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)
)
FIXED_SIZE = nn.Sequential(
    nn.Conv2d(1, 4, 5, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10)
)
LARGE = nn.Sequential(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 26 * 26, 10))
NO_HEAD = nn.Sequential(nn.Conv2d(1, 10, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten())


def of(parameters: Any, multiply_adds: Any) -> Any:
    """An answer to "anatomy.cost", from what it does with the right two numbers and settings."""

    def answer(c_in: int, c_out: int, k: int, size: int, padding: int) -> tuple[Any, Any]:
        right = cost(c_in, c_out, k, size, padding)
        settings = {"i": c_in, "o": c_out, "k": k, "n": size, "p": padding}
        return parameters(right[0], settings), multiply_adds(right[1], settings)

    return answer


def same(number: int, _settings: dict[str, int]) -> int:
    return number


WRONG: list[tuple[str, Any, str]] = [
    ("anatomy.flat_size", 225, "All 12 feature maps"),
    ("anatomy.flat_size", 1800, "the 12 of the last"),
    ("anatomy.flat_size", 8100, "three colours again"),
    ("anatomy.flat_size", 12 * 14 * 14, "forgets the padding"),
    ("anatomy.flat_size", 12 * 16 * 16, "It has no padding: 32 becomes 30"),
    ("anatomy.flat_size", 12 * 30 * 30, "forgets the second pooling"),
    ("anatomy.flat_size", 12 * 31 * 31, "forgets the first pooling"),
    ("anatomy.flat_size", 12 * 62 * 62, "forgets both poolings"),
    ("anatomy.flat_size", 15, "15 rows and 15 columns"),
    ("anatomy.flat_size", 180, "a map has 15 rows as well"),
    ("anatomy.flat_size", 2701, "side after each layer"),
    ("anatomy.flat_size", [12, 15, 15], "One number was asked for, not 3"),
    ("anatomy.flat_size", float("nan"), "nan is not it"),
    ("anatomy.cost", of(lambda n, s: n - s["o"], same), "biases are missing"),
    ("anatomy.cost", of(lambda n, s: n - s["o"] + 1, same), "not one for the layer"),
    ("anatomy.cost", of(lambda n, s: (s["k"] ** 2 + 1) * s["i"] * s["o"], same), "every weight"),
    ("anatomy.cost", lambda i, o, k, n, p: cost(1, o, k, n, p), "in_channels is missing"),
    (
        "anatomy.cost",
        of(lambda n, s: (s["k"] * s["i"] + 1) * s["o"], lambda n, s: n // s["k"]),
        "kernel is a square",
    ),
    (
        "anatomy.cost",
        of(same, lambda n, s: n + s["o"] * (s["n"] + 2 * s["p"] - s["k"] + 1) ** 2),
        "Biases are only added",
    ),
    (
        "anatomy.cost",
        of(same, lambda n, s: s["i"] * s["o"] * s["k"] ** 2 * s["n"] ** 2),
        "as many places as the output",
    ),
    (
        "anatomy.cost",
        of(same, lambda n, s: n // (s["n"] + 2 * s["p"] - s["k"] + 1)),
        "rows and columns: square",
    ),
    (
        "anatomy.cost",
        lambda i, o, k, n, p: (cost(i, o, k, n, p)[0], cost(i, o, k, n, 0)[1]),
        "forgets the padding",
    ),
    (
        "anatomy.cost",
        of(
            same,
            lambda n, s: s["i"] * s["o"] * s["k"] ** 2 * (s["n"] + s["p"] - s["k"] + 1) ** 2,
        ),
        "on both sides",
    ),
    ("anatomy.cost", of(same, lambda n, s: 2 * n), "counts as one here"),
    ("anatomy.cost", lambda *s: cost(*s)[::-1], "wrong order"),
    ("anatomy.cost", lambda *s: cost(*s)[0], "return two numbers"),
    ("anatomy.cost", 156, "has to be a function"),
    ("anatomy.cost", lambda i, o, k: (0, 0), "raised TypeError"),
    ("anatomy.merge", lambda w1, b1, w2, b2: (w1 @ w2, w2 @ b1 + b2), "wrong order"),
    ("anatomy.merge", lambda w1, b1, w2, b2: (w2 @ w1, b1 + b2), "merely added"),
    ("anatomy.merge", lambda w1, b1, w2, b2: (w2 @ w1, b2), "bias of the first layer is lost"),
    ("anatomy.merge", lambda w1, b1, w2, b2: (w2 @ w1, w2 @ b1), "bias of the second layer"),
    ("anatomy.merge", lambda w1, b1, w2, b2: (w2 * w1, w2 @ b1 + b2), "one by one"),
    ("anatomy.merge", lambda w1, b1, w2, b2: (w2 + w1, b1 + b2), "weights were added"),
    ("anatomy.merge", lambda w1, b1, w2, b2: w2 @ w1, "return two tensors"),
    ("anatomy.merge", lambda w1, b1, w2, b2: (w2 @ w1, b2[None]), "shapes came out as"),
    ("anatomy.merge", lambda w1, b1, w2, b2: None, "returned None"),
    ("anatomy.merge", 3, "has to be a function"),
    ("anatomy.network", LINEAR_ONLY, "one linear map"),
    ("anatomy.network", FIXED_SIZE, "one fixed number of inputs"),
    ("anatomy.network", LARGE, "108,330 parameters, 10,000 are allowed"),
    ("anatomy.network", NO_HEAD, "(1, 40), (1, 10) was due"),
    ("anatomy.network", small_network(nn.Softmax(dim=1)), "these are probabilities"),
    ("anatomy.network", Mixing(pooled=False), "a row for each image"),
    ("anatomy.network", Mixing(pooled=True), "axes mixed up"),
    ("anatomy.network", nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), "no nn.Conv2d"),
    ("anatomy.network", nn.Sequential, "has to be a network"),
    ("anatomy.network", Returns([1, 2]), "no tensor, but list"),
]


def test_the_network_that_is_checked_is_left_as_it_was() -> None:
    network = small_network()
    network[0].eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.get_rng_state()
    assert exercises.check("anatomy.network", network).passed
    assert [module.training for module in network[:2]] == [False, True]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
