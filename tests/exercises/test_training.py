"""Answers to the exercises on training: right ones pass, wrong ones are explained."""

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnbook.datasets import load
from cnnbook.models import MLP
from cnnbook.training import TrainConfig, Trainer
from tests.exercises.answers import *  # noqa: F403


def momentum_step(
    weight: Tensor, gradient: Tensor, velocity: Tensor, lr: float, momentum: float
) -> tuple[Tensor, Tensor]:
    velocity = momentum * velocity + gradient
    return weight - lr * velocity, velocity


def stopping_epoch(losses: list[float], patience: int, least: float) -> int:
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best - least:
            best, best_epoch = loss, epoch
        if epoch - best_epoch == patience:
            return epoch
    return len(losses)


def best_epoch(losses: list[float], patience: int, least: float) -> int:
    best, best_epoch = math.inf, 0
    for epoch, loss in enumerate(losses[: stopping_epoch(losses, patience, least)], start=1):
        if loss < best - least:
            best, best_epoch = loss, epoch
    return best_epoch


def impatient(losses: list[float], patience: int, least: float) -> int:
    """Counts epochs in a row that are no better than the one before."""
    waited = 0
    for epoch, (before, after) in enumerate(pairwise(losses), start=2):
        waited = 0 if after < before - least else waited + 1
        if waited == patience:
            return epoch
    return len(losses)


def entropies(logits: Tensor, labels: Tensor) -> Tensor:
    return -logits.log_softmax(dim=1)[range(len(labels)), labels]


SOLUTIONS: dict[str, Any] = {
    "training.steps": lambda images, batch_size, epochs: math.ceil(images / batch_size) * epochs,
    "training.first_loss": math.log(26),
    "training.cross_entropy": lambda logits, labels: entropies(logits, labels).mean(),
    "training.momentum_step": momentum_step,
    "training.images_needed": lambda accuracy, error: accuracy * (1 - accuracy) / error**2,
    "training.stopping_epoch": stopping_epoch,
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
        lambda logits, labels: entropies(logits, labels).sum(),
        "the loss is the mean",
    ),
    (
        "training.cross_entropy",
        lambda logits, labels: entropies(logits, labels),
        "one loss for each image",
    ),
    ("training.cross_entropy", lambda logits, labels: -entropies(logits, labels).mean(), "sign"),
    ("training.cross_entropy", F.cross_entropy, "PyTorch's own loss"),
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
    ("training.images_needed", lambda p, e: p * (1 - p) / e, "has to be squared"),
    ("training.images_needed", lambda p, e: (p * (1 - p)) ** 0.5 / e, "root of the number"),
    ("training.images_needed", lambda p, e: p / e**2, "not p."),
    ("training.images_needed", lambda p, e: (1 - p) / e**2, "not 1 - p."),
    ("training.images_needed", lambda p, e: (p * (1 - p) / e) ** 0.5, "for an error was"),
    ("training.images_needed", 9900, "has to be a function"),
    ("training.stopping_epoch", best_epoch, "the best epoch"),
    ("training.stopping_epoch", lambda x, p, e: stopping_epoch(x, p + 1, e), "too long"),
    ("training.stopping_epoch", lambda x, p, e: stopping_epoch(x, max(p - 1, 1), e), "too early"),
    ("training.stopping_epoch", lambda x, p, e: stopping_epoch(x, p, 0.0), "leaves out least"),
    ("training.stopping_epoch", impatient, "the epoch before"),
    ("training.stopping_epoch", lambda x, p, e: stopping_epoch(x, p, e - 1e-6), "exactly least"),
    ("training.stopping_epoch", lambda x, p, e: stopping_epoch(x, p, e) - 1, "from 1"),
]


def test_what_is_due_for_stopping_is_what_the_trainer_does() -> None:
    data = load("digits")
    small, held_out = data.first(60), data.subset(range(1000, 1200))
    for patience in (1, 2):
        torch.manual_seed(0)
        config = TrainConfig(epochs=60, lr=0.01, patience=patience, device="cpu")
        history = Trainer(config).fit(MLP(), small, held_out)
        losses = [record.validation_loss or 0.0 for record in history.epochs]
        assert stopping_epoch(losses, patience, 0.0) == len(losses) < 60
        assert stopping_epoch([*losses, 0.0], patience, 0.0) == len(losses)
        assert best_epoch(losses, patience, 0.0) == history.best_epoch


def test_what_is_due_for_momentum_is_what_torch_does() -> None:
    weight = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.5, momentum=0.9)
    expected, velocity = torch.tensor([1.0]), torch.zeros(1)
    for gradient in (torch.tensor([0.2]), torch.tensor([-0.1])):
        weight.grad = gradient
        optimizer.step()
        expected, velocity = momentum_step(expected, gradient, velocity, 0.5, 0.9)
    assert torch.allclose(weight.detach(), expected)
