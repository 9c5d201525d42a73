"""Recorded steps, with a stand-in that does step by step what a GPU would record and replay."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnnbook import models
from cnnbook.datasets import load
from cnnbook.datasets.augment import RandomShift
from cnnbook.datasets.batches import Batches
from cnnbook.training import TrainConfig, TrainingError
from cnnbook.training.graphs import GraphedStep, why_not_recorded
from cnnbook.training.loop import TrainingLoop
from cnnbook.training.steps import classification_step

IMAGES = load("digits").subset(range(230))
CONFIG = TrainConfig(epochs=2, batch_size=50, lr=0.01, schedule="one-cycle", device="cpu")


class Counted:
    """A stand-in for recording: counts what is recorded and how often it is replayed."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def __call__(self, work: Callable[[], None]) -> Callable[[], None]:
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            work()

        return replay


def loop_of(
    config: TrainConfig, capture: Counted | None = None, model: nn.Module | None = None
) -> TrainingLoop:
    torch.manual_seed(0)
    model = models.build("whitened") if model is None else model
    augment = RandomShift(1)
    batches = Batches(IMAGES, config.batch_size, shuffle=True, channels_last=True, augment=augment)
    cpu = torch.device("cpu")
    step = classification_step(model, 10, config, cpu, "fp32")
    loop = TrainingLoop(step, config, batches, cpu)
    if capture is not None:
        for group in loop.training_step.optimizers[0].param_groups:  # as it is on a GPU
            group["lr"] = torch.tensor(config.lr)
        loop._graphed = GraphedStep(len(IMAGES), config.batch_size, loop.measures, capture)
    return loop


def trained(loop: TrainingLoop, after_step: Callable[[], None] = lambda: None) -> TrainingLoop:
    while not loop.finished:
        loop.run_epoch(after_step)
        loop.end_epoch()
    return loop


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in pairs)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("average", [None, 0.5])
def test_recorded_steps_do_what_steps_do(optimizer: Any, average: Any) -> None:
    config = replace(CONFIG, optimizer=optimizer, average=average)
    counted = Counted()
    plain, recorded = trained(loop_of(config)), trained(loop_of(config, counted))
    assert recorded.step_losses == pytest.approx(plain.step_losses, rel=1e-4)
    assert same_weights(recorded.model, plain.model)
    assert same_weights(recorded.judged, plain.judged)
    assert counted.recorded == 1
    assert counted.replayed == 2 * 4  # the fifth batch of an epoch is short


@pytest.mark.parametrize("position", range(6))
def test_a_training_that_goes_on_anywhere_is_replayed_from_its_next_full_batch(
    position: int,
) -> None:
    class Stop(BaseException):
        pass

    def stop() -> None:
        if first.step == position:
            raise Stop

    first = loop_of(CONFIG, Counted())
    if position:
        with pytest.raises(Stop):
            trained(first, stop)
    counted = Counted()
    second = loop_of(CONFIG, counted)
    second.model.load_state_dict(first.model.state_dict())
    groups = second.training_step.optimizers[0].state_dict()["param_groups"]
    state = first.training_step.optimizers[0].state_dict()["state"]
    second.training_step.optimizers[0].load_state_dict({"state": state, "param_groups": groups})
    second.epoch, second.position, second.step = first.epoch, first.position, first.step
    second.measures.copy_(first.measures)
    trained(second)
    assert same_weights(second.model, trained(loop_of(CONFIG)).model)
    full = [step for step in range(position, 10) if step % 5 != 4]
    assert counted.replayed == len(full)


def test_recording_ahead_changes_nothing() -> None:
    loop = loop_of(replace(CONFIG, average=0.9), Counted())
    before = {name: value.clone() for name, value in loop.model.state_dict().items()}
    random = torch.get_rng_state()
    loop.prepare()
    assert all(torch.equal(value, before[name]) for name, value in loop.model.state_dict().items())
    assert all(
        not value.any()
        for s in loop.training_step.optimizers[0].state.values()
        for value in s.values()
    )
    assert torch.equal(torch.get_rng_state(), random)
    assert not loop.measures.any()


class Asks(nn.Module):
    """A network in whose second trial something waits, as ``.item()`` does on a GPU."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.calls = models.build("mlp"), 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        if self.calls == 2:
            raise RuntimeError("called a synchronizing CUDA operation")
        logits: Tensor = self.inner(images)
        return logits


def test_what_cannot_be_recorded_is_trained_step_by_step_and_says_why() -> None:
    torch.manual_seed(0)
    counted = Counted()
    loop = trained(loop_of(CONFIG, counted, Asks()))
    torch.manual_seed(0)
    plain = trained(loop_of(CONFIG, None, models.build("mlp")))
    assert loop.unrecorded == ("the step cannot be recorded: called a synchronizing CUDA operation")
    assert counted.recorded == 0
    assert loop.step_losses == pytest.approx(plain.step_losses, rel=1e-5)


def test_a_recording_that_fails_after_its_trials_ends_the_training_with_the_remedy() -> None:
    def fails(work: Callable[[], None]) -> Callable[[], None]:
        raise RuntimeError("operation not permitted when stream is capturing")

    loop = loop_of(CONFIG, Counted())
    loop._graphed = GraphedStep(len(IMAGES), 50, loop.measures, fails)
    with pytest.raises(TrainingError, match="start Python anew and train with cuda_graphs='off'"):
        trained(loop)


def test_a_set_smaller_than_a_batch_records_nothing() -> None:
    counted = Counted()
    trained(loop_of(replace(CONFIG, batch_size=500), counted))
    assert (counted.recorded, counted.replayed) == (0, 0)


# Which models are recorded by themselves.


@pytest.mark.parametrize("name", models.names())
def test_the_books_models_are_recorded_by_themselves(name: str) -> None:
    assert why_not_recorded(models.build(name)) is None


def test_models_of_others_and_models_with_hooks_are_not() -> None:
    inside = nn.Sequential(nn.Linear(2, 2), Asks())
    assert str(why_not_recorded(inside)).startswith("Asks is neither PyTorch's nor cnnbook's")
    hooked = nn.Linear(2, 2)
    hooked.register_forward_hook(lambda *_: None)
    assert str(why_not_recorded(hooked)).startswith("Linear has hooks")


def test_on_a_processor_the_reason_is_said() -> None:
    assert loop_of(CONFIG).unrecorded == "only a GPU by NVIDIA or AMD has recorded steps"
