"""Laws of going on: a training that was broken off ends as if nothing had happened."""

import contextlib
import dataclasses
import io
import json
import os
import pickle
import random
import resource
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnbook.datasets import load
from cnnbook.training import (
    CheckpointError,
    History,
    TrainConfig,
    Trainer,
    TrainingError,
    TrainingInterrupted,
    read_checkpoint,
)
from tests.forking import ForkServer, wait_for_step

IMAGES = load("digits").subset(range(200))
TEST = load("digits", "test").subset(range(100))
# Everything that has a state: dropout, batch normalisation, augmentation, a schedule, an average,
# a batch that is not full, and early stopping.
FULL = TrainConfig(
    epochs=3, batch_size=48, lr=0.01, schedule="one-cycle", average=0.9, shift=1, rotate=5.0,
    patience=2, gradient_clip=1.0, normalize=True, device="cpu", checkpoint_seconds=0.0,
)  # fmt: skip
STEPS = 15


class Killed(BaseException):
    """Stands for the end of the process."""


class Net(nn.Module):
    """A small network that ends the process at a given step."""

    def __init__(self, last_step: int | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 5, stride=2), nn.BatchNorm2d(4), nn.ReLU(),
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(4 * 12 * 12, 10),
        )  # fmt: skip
        self.last_step, self.steps = last_step, 0

    def forward(self, images: Tensor) -> Tensor:
        if self.training:
            self.steps += 1
            if self.last_step is not None and self.steps > self.last_step:
                raise Killed
        logits: Tensor = self.layers(images)
        return logits


def train(folder: Path | None, net: Net, **arguments: Any) -> History:
    config = arguments.pop("config", FULL)
    return Trainer(config).fit(net, IMAGES, TEST, folder=folder, **arguments)


def same(first: Net, second: Net) -> bool:
    ours, theirs = first.state_dict(), second.state_dict()
    return all(torch.equal(ours[name], theirs[name]) for name in ours)


def first_weight(net: Net) -> Tensor:
    weight: Tensor = net.state_dict()["layers.0.weight"]
    return weight.clone()


def timeless(history: History) -> dict[str, Any]:
    """A history without its wall-clock times."""
    data = history.as_dict()
    for record in data["epochs"]:
        del record["train_seconds"]
    return data


@pytest.fixture(scope="module")
def undisturbed() -> tuple[Net, History]:
    net = Net()
    return net, train(None, net)


@pytest.mark.parametrize("last_step", range(1, STEPS))
def test_broken_off_after_any_step_and_resumed_all_bits_are_equal(
    undisturbed: tuple[Net, History], tmp_path: Path, last_step: int
) -> None:
    with pytest.raises(Killed):
        train(tmp_path, Net(last_step))
    torch.manual_seed(last_step)  # what the next process happens to have drawn
    net = Net()
    history = train(tmp_path, net, resume=True)
    assert net.steps < STEPS
    assert same(net, undisturbed[0])
    assert timeless(history) == timeless(undisturbed[1])


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.sampled_from(["sgd", "adamw"]))
def test_broken_off_again_and_again_all_bits_are_equal(runs: list[int], optimizer: Any) -> None:
    import tempfile

    config = dataclasses.replace(FULL, optimizer=optimizer, lr=0.003)
    alone = Net()
    expected = train(None, alone, config=config)
    with tempfile.TemporaryDirectory() as name:
        for count, steps in enumerate(runs):
            with contextlib.suppress(Killed):
                train(Path(name), Net(steps), resume=count > 0, config=config)
        net = Net()
        history = train(Path(name), net, resume=True, config=config)
    assert same(net, alone)
    assert timeless(history) == timeless(expected)


def test_checkpoints_change_nothing(undisturbed: tuple[Net, History], tmp_path: Path) -> None:
    net = Net()
    history = train(tmp_path, net)
    assert same(net, undisturbed[0])
    assert timeless(history) == timeless(undisturbed[1])


def test_a_finished_training_is_taken_as_it_is(
    undisturbed: tuple[Net, History], tmp_path: Path
) -> None:
    train(tmp_path, Net())
    net = Net()
    history = train(tmp_path, net, resume=True)
    assert net.steps == 0
    assert same(net, undisturbed[0])
    assert timeless(history) == timeless(undisturbed[1])
    assert timeless(History.from_dict(json.loads((tmp_path / "history.json").read_text()))) == (
        timeless(history)
    )


def test_a_constant_rate_can_be_gone_on_with_for_more_epochs(tmp_path: Path) -> None:
    short = TrainConfig(epochs=2, device="cpu")
    longer = dataclasses.replace(short, epochs=4)
    alone, net = Net(), Net()
    expected = Trainer(longer).fit(alone, IMAGES)
    Trainer(short).fit(net, IMAGES, folder=tmp_path)
    history = Trainer(longer).fit(net, IMAGES, folder=tmp_path, resume=True)
    assert same(net, alone)
    assert timeless(history) == timeless(expected)


def test_training_ends_after_the_most_steps(tmp_path: Path) -> None:
    config = dataclasses.replace(FULL, max_steps=7, patience=None)
    net = Net()
    history = train(tmp_path, net, config=config)
    assert net.steps == len(history.step_losses) == 7
    assert len(history.epochs) == 2
    losses = torch.tensor(history.step_losses[5:])
    assert history.epochs[1].train_loss == pytest.approx(float(losses.mean()))
    assert history.epochs[1].lr < config.lr


def test_an_average_of_weights_is_the_moving_average(tmp_path: Path) -> None:
    config = TrainConfig(epochs=1, batch_size=50, average=0.8, device="cpu", optimizer="sgd")
    weights: list[Tensor] = []

    class Watched(Net):
        def forward(self, images: Tensor) -> Tensor:
            if self.training:
                weights.append(first_weight(self))
            return super().forward(images)

    plain, averaged = Watched(), Watched()
    Trainer(dataclasses.replace(config, average=None)).fit(plain, IMAGES)
    after = [*weights[1:], first_weight(plain)]
    expected = after[0]
    for weight in after[1:]:
        expected = 0.8 * expected + 0.2 * weight
    Trainer(config).fit(averaged, IMAGES)
    torch.testing.assert_close(first_weight(averaged), expected)


# What a checkpoint is refused for.


@pytest.fixture
def broken_off(tmp_path: Path) -> Path:
    """The folder of a training that was broken off in the second epoch."""
    with pytest.raises(Killed):
        train(tmp_path, Net(7))
    return tmp_path


def test_a_folder_with_a_training_is_not_written_over(broken_off: Path) -> None:
    before = (broken_off / "checkpoint.pt").read_bytes()
    with pytest.raises(CheckpointError, match=r"holds a training; go on with it by --resume"):
        train(broken_off, Net())
    assert (broken_off / "checkpoint.pt").read_bytes() == before


def test_nothing_to_go_on_with_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*checkpoint\.pt"):
        train(tmp_path, Net(), resume=True)
    with pytest.raises(ValueError, match="resume needs the folder"):
        train(None, Net(), resume=True)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_checkpoint_is_named_and_left_alone(broken_off: Path, share: float) -> None:
    path = broken_off / "checkpoint.pt"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is damaged: it was cut off"):
        train(broken_off, Net(), resume=True)
    assert path.exists()


def test_one_changed_byte_in_a_checkpoint_is_found(broken_off: Path) -> None:
    path = broken_off / "checkpoint.pt"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is damaged"):
        train(broken_off, Net(), resume=True)


class Malicious:
    """Runs a command when it is loaded without care."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("as_zip", [False, True])
def test_nothing_in_a_checkpoint_is_executed(broken_off: Path, as_zip: bool) -> None:
    mark = broken_off / "executed"
    path = broken_off / "checkpoint.pt"
    if as_zip:
        torch.save({"format": 1, "weights": Malicious(mark)}, path)
    else:
        path.write_bytes(pickle.dumps(Malicious(mark)))
    with pytest.raises(CheckpointError, match=r"was not loaded|is damaged"):
        train(broken_off, Net(), resume=True)
    assert not mark.exists()
    assert pickle.loads(pickle.dumps(Malicious(mark))) == 0
    assert mark.exists(), "the planted code does run where it is loaded without care"


def test_a_file_that_is_no_checkpoint_is_refused(broken_off: Path) -> None:
    torch.save({"weights": {}}, broken_off / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="is no checkpoint of this version"):
        train(broken_off, Net(), resume=True)


def test_a_checkpoint_of_another_model_is_refused_by_the_layer_that_differs(
    broken_off: Path,
) -> None:
    wide = Net()
    wide.layers[0] = nn.Conv2d(1, 4, 3, stride=2)
    before = [parameter.clone() for parameter in wide.parameters()]
    message = r"of another model: its layers\.0\.weight is 4x1x5x5, here it is 4x1x3x3"
    with pytest.raises(CheckpointError, match=message):
        train(broken_off, wide, resume=True)
    assert all(map(torch.equal, before, wide.parameters())), "nothing was taken from it"


@pytest.mark.parametrize(
    ("field", "value"), [("lr", 0.02), ("seed", 1), ("epochs", 4), ("batch_size", 32)]
)
def test_a_checkpoint_of_another_configuration_is_refused_by_field(
    broken_off: Path, field: str, value: Any
) -> None:
    config = dataclasses.replace(FULL, **{field: value})
    message = f"was trained with {field}={getattr(FULL, field)}, not {value}"
    with pytest.raises(CheckpointError, match=message):
        train(broken_off, Net(), resume=True, config=config)


def test_a_checkpoint_of_other_images_is_refused(broken_off: Path) -> None:
    other = load("digits").subset(range(200, 400))
    with pytest.raises(CheckpointError, match="trained with other data images"):
        Trainer(FULL).fit(Net(), other, TEST, folder=broken_off, resume=True)
    with pytest.raises(CheckpointError, match="trained with other validation images"):
        Trainer(FULL).fit(Net(), IMAGES, other, folder=broken_off, resume=True)


def test_a_training_that_went_wrong_keeps_its_last_good_checkpoint(tmp_path: Path) -> None:
    class Breaks(Net):
        def forward(self, images: Tensor) -> Tensor:
            logits = super().forward(images)
            return logits * torch.nan if self.training and self.steps > 6 else logits

    with pytest.raises(TrainingError, match=r"the loss is nan at step 7 \(epoch 2\)"):
        train(tmp_path, Breaks())
    kept = read_checkpoint(tmp_path / "checkpoint.pt")
    assert kept["place"]["step"] == 6
    assert all(torch.isfinite(value).all() for value in kept["weights"].values())


# The folder.


def test_two_trainings_in_one_folder_are_refused(tmp_path: Path) -> None:
    from filelock import FileLock

    with (
        FileLock(tmp_path / ".lock"),
        pytest.raises(CheckpointError, match=r"another process is training in"),
    ):
        train(tmp_path, Net())
    train(tmp_path, Net())


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match=r"file/run cannot be written \(Not a directory\)"):
        train(tmp_path / "file" / "run", Net())


def test_a_full_disk_ends_in_one_message_and_loses_nothing(broken_off: Path) -> None:
    before = (broken_off / "checkpoint.pt").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))  # files may not grow any further
    try:
        with pytest.raises(CheckpointError, match=r"cannot be written \(File too large\)") as error:
            train(broken_off, Net(), resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert "what it held before is intact" in str(error.value)
    assert (broken_off / "checkpoint.pt").read_bytes() == before
    assert {path.name for path in broken_off.iterdir()} <= {
        "checkpoint.pt", "history.json", "run.json", ".lock"
    }  # fmt: skip


# Stopping.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_training_saves_itself_and_says_how_to_go_on(
    undisturbed: tuple[Net, History], tmp_path: Path, number: signal.Signals
) -> None:
    class Asks(Net):
        def forward(self, images: Tensor) -> Tensor:
            logits = super().forward(images)
            if self.training and self.steps == 8:
                signal.raise_signal(number)
            return logits

    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    config = dataclasses.replace(FULL, checkpoint_seconds=1e6)
    with pytest.raises(TrainingInterrupted, match=r"after step 8 of 15 \(epoch 2\).*--resume"):
        train(tmp_path, Asks(), config=config)
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers
    net = Net()
    train(tmp_path, net, resume=True)
    assert net.steps == STEPS - 8
    assert same(net, undisturbed[0])


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    class Impatient(Net):
        def forward(self, images: Tensor) -> Tensor:
            if self.training and self.steps == 8:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            return super().forward(images)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, Impatient())
    assert read_checkpoint(tmp_path / "checkpoint.pt")["place"]["step"] == 8


def test_without_a_folder_ctrl_c_is_left_to_the_caller() -> None:
    class Asks(Net):
        def forward(self, images: Tensor) -> Tensor:
            signal.raise_signal(signal.SIGINT)
            return super().forward(images)

    with pytest.raises(KeyboardInterrupt):
        train(None, Asks())


KILLED_PROGRAM = """
import torch
from torch import _dynamo  # the first optimiser imports it
from cnnbook import models
from cnnbook.datasets import load
from cnnbook.training import TrainConfig, Trainer

torch.set_num_threads(1)
data = load("digits").subset(range(400))

def job(folder, resume):
    torch.manual_seed(0)
    config = TrainConfig(epochs=3, batch_size=16, schedule="cosine", shift=1, device="cpu",
                         checkpoint_seconds=0.0, average=0.9)
    net = models.build("note-003")
    history = Trainer(config).fit(net, data, folder=folder, resume=resume)
    torch.save([net.state_dict(), list(history.step_losses)], folder + "/result")
"""


@pytest.mark.slow
def test_killed_at_random_moments_and_resumed_all_bits_are_equal(tmp_path: Path) -> None:
    """``CNNBOOK_KILLS`` says how many trainings are killed, each at a random moment."""
    kills = int(os.environ.get("CNNBOOK_KILLS", "5"))
    moments = random.Random(0)
    with ForkServer(KILLED_PROGRAM, tmp_path / "errors") as server:

        def finish(folder: Path, resume: bool) -> tuple[dict[str, Tensor], list[float]]:
            assert server.wait(server.start(str(folder), resume)) == 0, server.said()
            weights, losses = torch.load(folder / "result")
            return weights, losses

        expected, expected_losses = finish(tmp_path / "alone", False)
        within_an_epoch = 0
        for kill in range(kills):
            folder = tmp_path / str(kill)
            process = server.start(str(folder), False)
            # By steps, as seconds say little on a busy machine; within a step, at any moment.
            wait_for_step(folder / "checkpoint.pt", moments.randrange(len(expected_losses)))
            time.sleep(moments.uniform(0, 0.03))
            os.kill(process, signal.SIGKILL)
            server.wait(process)
            resume = (folder / "checkpoint.pt").exists()
            if resume:
                place = read_checkpoint(folder / "checkpoint.pt")["place"]
                within_an_epoch += place["position"] > 0
            weights, losses = finish(folder, resume)
            assert losses == expected_losses
            assert all(torch.equal(weights[name], value) for name, value in expected.items())
        assert within_an_epoch > 0


def test_a_checkpoint_is_plain_tensors_and_values(broken_off: Path) -> None:
    content = (broken_off / "checkpoint.pt").read_bytes()
    torch.load(io.BytesIO(content), weights_only=True)
