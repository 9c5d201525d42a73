"""Averaging over moves of an image: what is moved, what is averaged."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnbook.datasets import ImageSet, load
from cnnbook.metrics.tta import scores_over_shifts, shifted
from cnnbook.training import TrainConfig, Trainer

DIGITS = load("digits", "test").first(20)


@settings(max_examples=50, deadline=None)
@given(st.integers(-27, 27), st.integers(-27, 27))
def test_a_move_is_padding_on_one_side_and_cutting_on_the_other(down: int, right: int) -> None:
    padded = F.pad(DIGITS.images, (27, 27, 27, 27))
    rows, columns = 27 - down, 27 - right
    due = padded[:, :, rows : rows + 28, columns : columns + 28]
    before = DIGITS.images.clone()
    assert torch.equal(shifted(DIGITS, down, right).images, due)
    assert torch.equal(DIGITS.images, before)


def test_a_move_out_of_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be moved by 0 down and -28 right"):
        shifted(DIGITS, 0, -28)


def test_the_scores_are_the_mean_over_all_moves() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    trainer = Trainer(TrainConfig(device="cpu"))
    looks = [
        trainer.predict(model, shifted(DIGITS, down, right)).softmax(dim=1).log()
        for down in (-2, -1, 0, 1, 2)
        for right in (-2, -1, 0, 1, 2)
    ]
    due = sum(looks[1:], looks[0]) / 25
    assert torch.allclose(scores_over_shifts(trainer, model, DIGITS, 2), due, atol=1e-5)
    alone = scores_over_shifts(trainer, model, DIGITS, 0)
    assert torch.equal(alone.argmax(1), trainer.predict(model, DIGITS).argmax(1))


def test_a_model_that_does_not_see_moves_gains_nothing() -> None:
    class Ink(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            ink = images.sum(dim=(1, 2, 3))[:, None]
            return ink * torch.linspace(-0.01, 0.01, 10)

    inner = torch.zeros_like(DIGITS.images)
    inner[:, :, 8:20, 8:20] = DIGITS.images[:, :, 8:20, 8:20]
    data = ImageSet("inner", "test", inner, DIGITS.labels, DIGITS.class_names)
    trainer = Trainer(TrainConfig(device="cpu"))
    one, many = (scores_over_shifts(trainer, Ink(), data, pixels) for pixels in (0, 3))
    assert torch.allclose(one, many, atol=1e-5)


def test_a_negative_number_of_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="pixels must be at least 0, not -1"):
        scores_over_shifts(Trainer(), nn.Flatten(), DIGITS, -1)
