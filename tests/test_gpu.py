"""Laws of training on a GPU; without CUDA they are left out, and pytest's header says so."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from cnnbook import models
from cnnbook.batches import Batches
from cnnbook.datasets import ImageSet, load
from cnnbook.training import History, TrainConfig, Trainer
from cnnbook.training.graphs import RecordedStep
from cnnbook.training.loop import TrainingLoop

pytestmark = pytest.mark.gpu
CONFIG = TrainConfig(
    epochs=3, batch_size=64, lr=0.003, schedule="one-cycle", shift=1, average=0.9, device="cuda"
)


def images() -> ImageSet:
    return load("digits").subset(range(700))


def train(config: TrainConfig) -> tuple[torch.nn.Module, History]:
    torch.manual_seed(0)
    model = models.build("note-003", dropout=0.0)
    return model, Trainer(config).fit(model, images())


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_recorded_steps_do_what_steps_do(optimizer: Any, precision: Any) -> None:
    config = replace(CONFIG, optimizer=optimizer, precision=precision)
    _, history = train(config)
    _, expected = train(replace(config, cuda_graphs=False))
    assert history.step_losses == pytest.approx(expected.step_losses, rel=0.05, abs=0.02)
    assert history.epochs[-1].train_accuracy == pytest.approx(
        expected.epochs[-1].train_accuracy, abs=0.03
    )


def test_recorded_steps_are_recorded() -> None:
    config = replace(CONFIG, epochs=1)
    model = models.build("note-003").cuda()
    batches = Batches(images(), 64, "cuda", shuffle=True, channels_last=True)
    trainer = Trainer(config)
    loop = TrainingLoop(model, config, batches, trainer.device, trainer._autocast)
    loop.run_epoch()
    assert isinstance(loop._update, RecordedStep)
    assert loop._update._graph is not None


@pytest.mark.parametrize("cuda_graphs", [False, True])
def test_the_host_waits_for_nothing_within_an_epoch(cuda_graphs: bool) -> None:
    config = replace(CONFIG, epochs=2, cuda_graphs=cuda_graphs)
    model = models.build("note-003").cuda()
    batches = Batches(images(), 64, "cuda", shuffle=True, channels_last=True)
    trainer = Trainer(config)
    loop = TrainingLoop(model, config, batches, trainer.device, trainer._autocast)
    steps = len(batches)

    def after_step() -> None:
        # Recording waits, once; from the second epoch on nothing may, until its last step.
        watched = loop.epoch == 2 and loop.position < steps
        torch.cuda.set_sync_debug_mode("error" if watched else "default")

    try:
        for _ in range(2):
            loop.run_epoch(after_step)
            loop.end_epoch()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_resumed_training_on_a_gpu_is_equal_to_the_bit(tmp_path: object) -> None:
    config = replace(CONFIG, deterministic=True, epochs=2)
    expected, _ = train(config)
    torch.manual_seed(0)
    model = models.build("note-003", dropout=0.0)

    class Stop(BaseException):
        pass

    def stop(record: object) -> None:
        raise Stop

    folder = str(tmp_path)
    with pytest.raises(Stop):
        Trainer(config).fit(model, images(), folder=folder, on_epoch=stop)
    Trainer(config).fit(model, images(), folder=folder, resume=True)
    for name, weight in expected.state_dict().items():
        assert torch.equal(model.state_dict()[name].cpu(), weight.cpu()), name
