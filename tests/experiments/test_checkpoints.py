"""One training, stopped at several steps."""

from dataclasses import replace

import pytest
import torch

from cnnbook import datasets, models
from cnnbook.experiments.checkpoints import CONFIG, MODEL, STEPS, stopped_after
from cnnbook.training import Trainer


def weights_of(model: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_a_later_stop_goes_on_where_an_earlier_one_ended() -> None:
    train = datasets.load("digits", "train")
    for steps in (0, 3, 9):
        found = stopped_after(steps, "digits")
        assert found.steps == steps
        assert not found.model.training
        torch.manual_seed(CONFIG.seed)
        model = models.build(MODEL)
        trainer = Trainer(replace(CONFIG, max_steps=9))
        if steps:
            losses = trainer.fit(model, train).step_losses
            shorter = Trainer(replace(CONFIG, max_steps=steps))
            torch.manual_seed(CONFIG.seed)
            model = models.build(MODEL)
            assert shorter.fit(model, train).step_losses == losses[:steps]
        assert torch.allclose(weights_of(found.model), weights_of(model), atol=1e-6)
        test = datasets.load("digits", "test")
        assert found.accuracy == pytest.approx(trainer.evaluate(model, test).accuracy, abs=0.005)


def test_data_with_few_images_end_with_their_epoch() -> None:
    few = -(-len(datasets.load("digits", "train")) // CONFIG.batch_size)
    assert stopped_after(STEPS[-1], "digits").steps == few


def test_the_callers_random_numbers_stay_theirs() -> None:
    torch.manual_seed(5)
    due = torch.rand(3)
    torch.manual_seed(5)
    stopped_after(0, "digits")
    assert torch.equal(torch.rand(3), due)


def test_fewer_steps_than_none_are_refused() -> None:
    with pytest.raises(ValueError, match="steps must be 0 or more, not -1"):
        stopped_after(-1)
