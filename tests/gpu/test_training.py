"""Laws of training that only a GPU can hold or break; without CUDA they are left out."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnnbook import models
from cnnbook.datasets import ImageSet, load
from cnnbook.datasets.batches import Batches
from cnnbook.device import host_waits
from cnnbook.training import History, TrainConfig, Trainer, TrainingError
from cnnbook.training.loop import TrainingLoop
from cnnbook.training.steps import classification_step
from tests.gpu.waiting import waits

pytestmark = pytest.mark.gpu
CONFIG = TrainConfig(
    epochs=3, batch_size=64, lr=0.003, schedule="one-cycle", shift=1, average=0.9, device="cuda"
)


def images(count: int = 700) -> ImageSet:
    return load("digits").subset(range(count))


def train(
    config: TrainConfig, name: str = "note-003", **changes: Any
) -> tuple[nn.Module, History, Trainer]:
    torch.manual_seed(0)
    model = models.build(name, **changes)
    trainer = Trainer(config)
    return model, trainer.fit(model, images()), trainer


def loop_of(config: TrainConfig, name: str = "note-003") -> TrainingLoop:
    torch.manual_seed(0)
    model = models.build(name).cuda()
    batches = Batches(images(), config.batch_size, "cuda", shuffle=True, channels_last=True)
    trainer = Trainer(config)
    step = classification_step(model, 10, config, trainer.device, trainer.precision)
    return TrainingLoop(step, config, batches, trainer.device)


# What is recorded.


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16"])
def test_recorded_steps_do_what_steps_do(optimizer: Any, precision: Any) -> None:
    config = replace(CONFIG, optimizer=optimizer, precision=precision, gradient_clip=1.0)
    _, history, trainer = train(config, dropout=0.0)
    assert trainer.unrecorded is None
    _, expected, other = train(replace(config, cuda_graphs="off"), dropout=0.0)
    assert other.unrecorded == "cuda_graphs is off"
    assert history.step_losses[:5] == pytest.approx(expected.step_losses[:5], rel=0.02)
    assert history.step_losses == pytest.approx(expected.step_losses, rel=0.05, abs=0.02)


def test_the_first_float32_steps_are_equal_to_the_last_digits() -> None:
    config = replace(CONFIG, epochs=1, deterministic=True, average=None)
    _, history, _ = train(config, dropout=0.0)
    _, expected, _ = train(replace(config, cuda_graphs="off"), dropout=0.0)
    assert history.step_losses == pytest.approx(expected.step_losses, rel=1e-4)


def test_an_average_in_a_recorded_step_is_the_moving_average() -> None:
    loop = loop_of(replace(CONFIG, average=0.5, schedule="constant"))
    weights: list[Tensor] = []
    loop.run_epoch(lambda: weights.append(loop.model.get_parameter("classifier.fc2.bias").clone()))
    assert loop.average is not None
    expected = weights[0]
    for weight in weights[1:]:
        expected = 0.5 * expected + 0.5 * weight
    found = loop.average.module.get_parameter("classifier.fc2.bias")
    torch.testing.assert_close(found, expected)


def test_recording_ahead_changes_nothing() -> None:
    loop = loop_of(CONFIG)
    before = {name: value.clone() for name, value in loop.model.state_dict().items()}
    random = torch.cuda.get_rng_state()
    loop.prepare()
    assert loop.unrecorded is None
    for name, value in loop.model.state_dict().items():
        assert torch.equal(value, before[name]), name
    for state in loop.training_step.optimizers[0].state.values():
        assert all(not value.any() for value in state.values())
    assert torch.equal(torch.cuda.get_rng_state(), random)
    assert not loop.measures.any()


class Own(nn.Module):
    """A stranger's network: counts its calls in Python, and drops units by chance."""

    def __init__(self, *, asks: bool = False) -> None:
        super().__init__()
        self.inner = models.build("note-003", dropout=0.3)
        self.asks, self.calls = asks, 0

    def forward(self, pictures: Tensor) -> Tensor:
        self.calls += 1
        logits: Tensor = self.inner(pictures)
        if self.asks and logits.mean().item() > 1e9:
            raise AssertionError
        return logits


def test_a_strangers_network_is_not_recorded_by_itself() -> None:
    model, trainer = Own(), Trainer(replace(CONFIG, epochs=2))
    trainer.fit(model, images())
    assert model.calls == 2 * 11
    assert "Own is neither PyTorch's nor cnnbook's" in str(trainer.unrecorded)


def test_a_network_that_asks_the_gpu_trains_all_the_same_and_says_why_it_is_not_recorded() -> None:
    torch.manual_seed(0)
    model, trainer = Own(asks=True), Trainer(replace(CONFIG, cuda_graphs="on"))
    history = trainer.fit(model, images())
    assert "synchroniz" in str(trainer.unrecorded)
    torch.manual_seed(0)
    other = Own(asks=True)
    expected = Trainer(replace(CONFIG, cuda_graphs="off")).fit(other, images())
    assert history.step_losses == pytest.approx(expected.step_losses, rel=0.02, abs=0.01)
    # Allocator and generators are whole: the next one is recorded.
    _, _, after = train(CONFIG)
    assert after.unrecorded is None


def test_a_network_with_hooks_is_not_recorded_by_itself() -> None:
    model = models.build("note-003")
    seen: list[int] = []
    hook = model.register_forward_hook(lambda *called: seen.append(len(called[2])))
    trainer = Trainer(replace(CONFIG, epochs=1))
    trainer.fit(model, images())
    hook.remove()
    assert sum(seen) == 700
    assert "hooks" in str(trainer.unrecorded)


# Waiting.


@pytest.mark.parametrize("cuda_graphs", ["off", "auto"])
@pytest.mark.parametrize("average", [None, 0.9])
def test_the_host_waits_for_nothing_within_an_epoch(cuda_graphs: Any, average: Any) -> None:
    config = replace(CONFIG, epochs=2, cuda_graphs=cuda_graphs, average=average, gradient_clip=1.0)
    loop = loop_of(config)
    steps = len(loop.batches)

    watching = contextlib.ExitStack()

    def after_step() -> None:
        # Recording waits, once; from the second epoch on nothing may, until its last step.
        if loop.epoch == 2 and loop.position == 1:
            watching.enter_context(host_waits("error"))
        elif loop.position == steps:
            watching.close()

    with watching:
        for _ in range(2):
            loop.run_epoch(after_step)
            loop.end_epoch()


def test_a_longer_epoch_has_no_more_waits() -> None:
    def work(count: int) -> Callable[[], object]:
        return lambda: Trainer(replace(CONFIG, epochs=1, batch_size=50)).fit(
            models.build("note-003"), images(count)
        )

    work(100)()
    assert waits(work(1000)) == waits(work(200))


# Equal bits.


class Stop(BaseException):
    """Ends a training between two steps."""


@pytest.mark.parametrize("steps", [1, 5, 10, 11, 16])
def test_a_resumed_training_is_equal_to_the_bit(
    tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(CONFIG, deterministic=True, epochs=2, checkpoint_seconds=0.0)
    expected, _, _ = train(config)
    from cnnbook.training.keeper import Keeper

    after_step, done = Keeper.after_step, 0

    def broken_off(keeper: Keeper) -> None:
        nonlocal done
        after_step(keeper)
        done += 1
        if done == steps:
            raise Stop

    torch.manual_seed(0)
    model = models.build("note-003")
    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "after_step", broken_off)
        with pytest.raises(Stop):
            Trainer(config).fit(model, images(), folder=tmp_path)
    torch.manual_seed(0)
    resumed, trainer = models.build("note-003"), Trainer(config)
    trainer.fit(resumed, images(), folder=tmp_path, resume=True)
    assert trainer.unrecorded is None
    for name, weight in expected.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], weight), name


@pytest.mark.parametrize("name", models.names())
def test_every_named_model_can_be_trained_with_equal_bits(name: str) -> None:
    settings = models.settings_for(name)
    config = TrainConfig(epochs=1, max_steps=4, deterministic=True, device="cuda", **settings)
    first, _, _ = train(config, name)
    second, _, _ = train(config, name)
    for key, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[key]), key


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CUBLAS_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=clean | environment,
    )


LATE = """
import torch
torch.ones(8, 8, device="cuda") @ torch.ones(8, 8, device="cuda")
from cnnbook import models
from cnnbook.datasets import load
from cnnbook.training import TrainConfig, Trainer, TrainingError

def weights():
    torch.manual_seed(0)
    model = models.build("mlp")
    Trainer(TrainConfig(epochs=1, deterministic=True)).fit(model, load("digits"))
    return torch.cat([parameter.flatten() for parameter in model.parameters()])

try:
    first = weights()
except TrainingError as error:
    print(error)
else:
    print("equal" if torch.equal(first, weights()) else "not equal")
"""


def test_after_other_work_bits_are_equal_or_there_is_one_clear_error() -> None:
    # PyTorch 2.11 reads the variable when it is asked; older ones have read it once by then.
    result = python(LATE)
    assert result.returncode == 0, result.stderr
    remedy = "start Python anew with the environment variable CUBLAS_WORKSPACE_CONFIG"
    assert result.stdout == "equal\n" or remedy in result.stdout


def test_in_an_environment_that_is_ready_equal_bits_come_at_any_time() -> None:
    assert python(LATE, CUBLAS_WORKSPACE_CONFIG=":4096:8").stdout == "equal\n"


def test_without_other_work_before_nothing_has_to_be_set() -> None:
    lines = LATE.splitlines()
    assert python("\n".join([*lines[:2], *lines[3:]])).stdout == "equal\n"


# Numbers and places.


def test_float32_is_float32_and_tf32_is_asked_for() -> None:
    from cnnbook.training.precision import kernels

    device = torch.device("cuda")
    torch.manual_seed(0)
    pictures, weight = torch.randn(8, 32, 28, 28), torch.randn(32, 32, 5, 5)
    due = nn.functional.conv2d(pictures.double(), weight.double())
    errors = {}
    for precision in ("fp32", "tf32"):
        with kernels(precision, device):
            found = nn.functional.conv2d(pictures.to(device), weight.to(device)).cpu()
            product = (pictures.flatten(0, 2).to(device) @ pictures[0, 0].T.to(device)).cpu()
        exact = pictures.flatten(0, 2).double() @ pictures[0, 0].T.double()
        errors[precision] = [
            float((found - due).norm() / due.norm()),
            float((product - exact).norm() / exact.norm()),
        ]
    assert max(errors["fp32"]) < 3e-6
    assert min(errors["tf32"]) > 3e-5


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_gpu_and_a_cpu_learn_nearly_the_same(precision: Any) -> None:
    found = []
    for device in ("cpu", "cuda"):
        config = TrainConfig(epochs=1, device=device, batch_size=350, precision="fp32")
        if device == "cuda":
            config = replace(config, precision=precision)
        _, history, _ = train(config, dropout=0.0)
        found.append(history.step_losses)
    assert found[0] == pytest.approx(found[1], rel=1e-3 if precision == "fp32" else 2e-2)


@pytest.mark.parametrize("shift", [0, 2])
def test_the_order_and_the_changes_are_those_of_a_cpu(shift: int) -> None:
    from cnnbook.datasets.augment import RandomAffine

    augment = RandomAffine(shift) if shift else None
    plans = [
        Batches(images(), 64, device, shuffle=True, seed=3, augment=augment).epoch_indices(2)
        for device in ("cpu", "cuda")
    ]
    for here, there in zip(*plans, strict=True):
        assert (here is None) == (there is None)
        assert here is None or there is None or torch.equal(here, there.cpu())


def test_a_model_is_put_back_where_it_was() -> None:
    model, trainer = models.build("modern"), Trainer(replace(CONFIG, epochs=1))
    kept = {name: (value, value.stride(), value.data_ptr()) for name, value in tensors(model)}
    trainer.fit(model, images())
    trainer.evaluate(model, images(100))
    trainer.predict(model, images(100))
    for name, value in tensors(model):
        assert value is kept[name][0], name
        assert value.device.type == "cpu"
        assert (value.stride(), value.data_ptr()) == kept[name][1:], name


def tensors(model: nn.Module) -> list[tuple[str, Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()]


def test_out_of_memory_names_the_batch_size_to_try() -> None:
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    allowed = torch.cuda.memory_reserved() + 256 * 2**20
    torch.cuda.set_per_process_memory_fraction(allowed / total)
    try:
        with pytest.raises(TrainingError, match="try batch_size=20000"):
            Trainer(TrainConfig(epochs=1, batch_size=40_000, device="cuda")).fit(
                models.build("note-004"), load("digits").subset([0] * 40_000)
            )
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()


def test_a_training_that_is_over_leaves_no_memory_behind() -> None:
    train(CONFIG)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    for _ in range(3):
        train(CONFIG)
    assert torch.cuda.memory_allocated() <= before


@pytest.mark.skipif("torch.cuda.device_count() < 2", reason="needs two GPUs")
@pytest.mark.parametrize("cuda_graphs", ["off", "auto"])
def test_the_second_gpu_learns_what_the_first_learns(cuda_graphs: Any) -> None:
    found = []
    for device in ("cuda:0", "cuda:1"):
        config = replace(CONFIG, device=device, cuda_graphs=cuda_graphs)
        _, history, trainer = train(config, dropout=0.0)
        assert (trainer.unrecorded is None) == (cuda_graphs == "auto")
        found.append(history.step_losses)
    assert torch.cuda.current_device() == 0
    assert found[0] == pytest.approx(found[1], rel=0.02, abs=0.01)
