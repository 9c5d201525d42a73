"""The paper's losses, against its formulas written out in plain Python."""

import math
from typing import Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from cnnbook import models
from cnnbook.datasets import load
from cnnbook.models.lenet5 import MEAN_STD
from cnnbook.training import TrainConfig, Trainer, losses

rows = st.lists(st.lists(st.floats(-90, 0), min_size=3, max_size=3), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(rows, st.integers(0, 2))
def test_both_losses_are_the_papers_formulas(scores: list[list[float]], label: int) -> None:
    labels = torch.full((len(scores),), label)
    given_scores = torch.tensor(scores, dtype=torch.float64)
    first = sum(-row[label] for row in scores) / len(scores)
    j = losses.COMPETITION
    second = sum(
        -row[label] + math.log(math.exp(-j) + sum(math.exp(score) for score in row))
        for row in scores
    ) / len(scores)
    assert float(losses.squared_distance(given_scores, labels)) == pytest.approx(first)
    assert float(losses.discriminative(given_scores, labels)) == pytest.approx(second)


def test_without_its_constant_the_second_loss_is_cross_entropy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores, labels = torch.randn(5, 10), torch.arange(5)
    monkeypatch.setattr(losses, "COMPETITION", math.inf)
    due = F.cross_entropy(scores, labels)
    assert torch.isclose(losses.discriminative(scores, labels), due)


def test_the_first_loss_ignores_wrong_classes_and_the_second_pushes_near_ones_away() -> None:
    def gradient(loss: str) -> Tensor:
        scores = torch.tensor([[-1.0, -1.5, -40.0]], requires_grad=True)
        losses.loss_function(loss)(scores, torch.tensor([0])).backward()  # type: ignore[no-untyped-call]
        assert scores.grad is not None
        return scores.grad[0]

    first, second = gradient("squared-distance"), gradient("discriminative")
    assert first.tolist() == [-1, 0, 0]
    assert second[1] > 0.1
    assert 0 <= second[2] < 1e-10


def test_unknown_losses_and_smoothing_where_it_means_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no loss 'hinge'; there are cross-entropy, squared"):
        losses.loss_function("hinge")
    with pytest.raises(ValueError, match="label_smoothing is for cross-entropy"):
        losses.loss_function("discriminative", 0.1)
    with pytest.raises(ValueError, match="label_smoothing must be 0 with the loss discriminative"):
        TrainConfig(loss="discriminative", label_smoothing=0.1)
    with pytest.raises(ValueError, match="loss must be one of cross-entropy, squared-distance"):
        TrainConfig(loss="hinge")  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", ["squared-distance", "discriminative"])
def test_the_trainer_lowers_each_loss_and_reports_it(
    loss: Literal["squared-distance", "discriminative"],
) -> None:
    data = load("digits")
    config = TrainConfig(
        epochs=2,
        lr=0.002,
        loss=loss,
        normalize=MEAN_STD,
        device="cpu",
    )
    torch.manual_seed(0)
    model, trainer = models.build("lenet5"), Trainer(config)
    before = trainer.evaluate(model, data)
    history = trainer.fit(model, data)
    after = trainer.evaluate(model, data)
    assert after.loss < history.epochs[0].train_loss < before.loss
    due = losses.loss_function(loss)(after.logits, after.labels)
    assert after.loss == pytest.approx(float(due))
