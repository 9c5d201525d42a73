"""Answers to the exercises on training: right ones pass, wrong ones are explained."""

import math
from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnbook import exercises


def momentum_step(
    weight: Tensor, gradient: Tensor, velocity: Tensor, lr: float, momentum: float
) -> tuple[Tensor, Tensor]:
    velocity = momentum * velocity + gradient
    return weight - lr * velocity, velocity


SOLUTIONS: dict[str, Any] = {
    "training.steps": lambda images, batch_size, epochs: math.ceil(images / batch_size) * epochs,
    "training.first_loss": math.log(26),
    "training.cross_entropy": F.cross_entropy,
    "training.momentum_step": momentum_step,
}


def naive_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    probabilities = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return -probabilities[range(len(labels)), labels].log().mean()


WRONG: list[tuple[str, Any, str]] = [
    ("training.steps", lambda i, b, e: i // b * e, "is a step too"),
    ("training.steps", lambda i, b, e: math.ceil(i / b), "one epoch"),
    ("training.steps", lambda i, b, e: i * e / b, "round up"),
    ("training.steps", lambda i, b, e: math.ceil(i * e / b), "its own last batch"),
    ("training.steps", 2814, "has to be a function"),
    ("training.first_loss", math.log(10), "ten digits"),
    ("training.first_loss", math.log2(26), "base 2"),
    ("training.first_loss", math.log10(26), "base 10"),
    ("training.first_loss", 1 / 26, "the probability itself"),
    ("training.first_loss", -math.log(26), "wrong sign"),
    ("training.first_loss", 7.0, "Which probability"),
    ("training.cross_entropy", naive_entropy, "Subtract the largest logit"),
    (
        "training.cross_entropy",
        lambda logits, labels: F.cross_entropy(logits, labels, reduction="sum"),
        "the loss is the mean",
    ),
    (
        "training.cross_entropy",
        lambda logits, labels: F.cross_entropy(logits, labels, reduction="none"),
        "one loss for each image",
    ),
    ("training.cross_entropy", lambda logits, labels: -F.cross_entropy(logits, labels), "sign"),
    (
        "training.cross_entropy",
        lambda logits, labels: -logits[range(len(labels)), labels].mean(),
        "leaves out softmax",
    ),
    (
        "training.cross_entropy",
        lambda logits, labels: -logits.softmax(1)[range(len(labels)), labels].mean(),
        "leaves out the logarithm",
    ),
    ("training.momentum_step", lambda w, g, v, lr, m: (w - lr * g, m * v + g), "gradient alone"),
    ("training.momentum_step", lambda w, g, v, lr, m: (w - lr * v, m * v + g), "old velocity"),
    (
        "training.momentum_step",
        lambda w, g, v, lr, m: (w + lr * (m * v + g), m * v + g),
        "against the gradient",
    ),
    (
        "training.momentum_step",
        lambda w, g, v, lr, m: (
            w - lr * (m * v + (1 - m) * g),
            m * v + (1 - m) * g,
        ),
        "averages",
    ),
    (
        "training.momentum_step",
        lambda w, g, v, lr, m: (w - (m * v + lr * g), m * v + lr * g),
        "puts lr into the velocity",
    ),
    ("training.momentum_step", lambda w, g, v, lr, m: w - lr * g, "return two tensors"),
]


@pytest.mark.parametrize("name", SOLUTIONS)
def test_the_stub_fails_and_the_solution_passes(name: str, capsys: Any) -> None:
    assert not exercises.check(name, None).passed
    if callable(SOLUTIONS[name]):
        assert not exercises.check(name, lambda *arguments: None).passed
    assert exercises.check(name, SOLUTIONS[name]).passed, capsys.readouterr().out


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_a_wrong_answer_is_rejected_and_explained(name: str, answer: Any, words: str) -> None:
    verdict = exercises.check(name, answer)
    assert not verdict.passed
    assert words in verdict.message


def test_every_exercise_has_three_wrong_answers_or_more() -> None:
    counts = Counter(name for name, _, _ in WRONG)
    mine = {name for name in exercises.names() if name.startswith("training.")}
    assert mine == set(SOLUTIONS) == set(counts)
    assert min(counts.values()) >= 3


def test_what_is_due_for_momentum_is_what_torch_does() -> None:
    weight = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.5, momentum=0.9)
    expected, velocity = torch.tensor([1.0]), torch.zeros(1)
    for gradient in (torch.tensor([0.2]), torch.tensor([-0.1])):
        weight.grad = gradient
        optimizer.step()
        expected, velocity = momentum_step(expected, gradient, velocity, 0.5, 0.9)
    assert torch.allclose(weight.detach(), expected)
