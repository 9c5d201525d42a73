"""Laws of several workers: together they do what one does, and lose nothing when one is lost."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnbook.training import History, TrainConfig, Trainer, read_checkpoint
from cnnbook.training.workers import Workers
from tests.forking import ForkServer, wait_for_step

# 200 images in batches of 33: the last batch has 2, so that a third worker has none of it.
PROGRAM = """
import dataclasses, os, time
import torch
from torch import _dynamo  # the first optimiser imports it
from torch import nn
from cnnbook.datasets import load
from cnnbook.training import TrainConfig, Trainer

torch.set_num_threads(1)
data, test = load("digits").subset(range(200)), load("digits", "test").subset(range(101))

class Judged(nn.Module):
    # It normalises over the batch, so that each worker has running statistics of its own.
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 5, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
            nn.Linear(576, 10),
        )

    def forward(self, images):
        return self.layers(images)

def normalised(out, average):
    # What the history says of the model that is kept, and what that model gives.
    config = TrainConfig(epochs=2, batch_size=33, lr=0.01, average=average, device="cpu")
    torch.manual_seed(0)
    net = Judged()
    history = Trainer(config).fit(net, data, test)
    rank = os.environ.get("RANK", "0")
    for name in ("RANK", "WORLD_SIZE"):
        os.environ.pop(name, None)
    loss = Trainer(config).evaluate(net, test).loss
    torch.save([history.epochs[-1].validation_loss, loss], out + rank)

def job(out, folder=None, resume=False, pause=0):
    config = TrainConfig(epochs=2, batch_size=33, lr=0.01, schedule="cosine", shift=1, zoom=0.1,
                         label_smoothing=0.1, average=0.5, device="cpu", checkpoint_seconds=0.0)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 5, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(576, 10))
    net.register_forward_hook(lambda *_: time.sleep(pause))
    history = Trainer(config).fit(net, data, test, folder=folder, resume=resume)
    if os.environ.get("RANK", "0") == "0":
        torch.save([net.state_dict(), history.as_dict()], out)
"""
STEPS = 14


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    with ForkServer(PROGRAM, tmp_path_factory.mktemp("workers") / "errors") as started:
        yield started


def start(server: ForkServer, count: int, *arguments: Any, job: str = "job") -> list[int]:
    """The workers, with what torchrun tells each."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = str(listener.getsockname()[1])
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(count)}
    if count == 1:
        return [server.start(*arguments, job=job)]
    return [
        server.start(*arguments, job=job, **where, RANK=str(rank), LOCAL_RANK=str(rank))
        for rank in range(count)
    ]


def run(server: ForkServer, count: int, out: Path, *arguments: Any) -> tuple[Any, History]:
    workers = start(server, count, str(out), *arguments)
    assert [server.wait(worker) for worker in workers] == [0] * count, server.said()
    weights, history = torch.load(out)
    return weights, History.from_dict(history)


@pytest.fixture(scope="module")
def alone(server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, History]:
    """What one worker learns."""
    return run(server, 1, tmp_path_factory.mktemp("alone") / "out")


@given(st.integers(1, 40), st.integers(1, 9))
def test_every_image_of_a_batch_has_one_worker(count: int, workers: int) -> None:
    rows = torch.arange(count)
    shares = [Workers(rank, workers).share(rows) for rank in range(workers)]
    assert sorted(torch.cat(shares).tolist()) == rows.tolist()
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("average", [None, 0.5])
def test_the_model_that_is_kept_is_the_one_that_was_judged(
    server: ForkServer, tmp_path: Path, average: float | None
) -> None:
    out = str(tmp_path / "worker-")
    workers = start(server, 2, out, average, job="normalised")
    assert [server.wait(worker) for worker in workers] == [0, 0], server.said()
    found = [torch.load(f"{out}{rank}") for rank in range(2)]
    (said, first), (_, second) = found
    assert first == pytest.approx(said, rel=1e-6)
    assert second == pytest.approx(said, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
def test_several_workers_equal_one_within_rounding(
    server: ForkServer, alone: tuple[Any, History], tmp_path: Path, count: int
) -> None:
    weights, history = alone
    together, shared = run(server, count, tmp_path / "together")
    for name, weight in weights.items():
        torch.testing.assert_close(together[name], weight, rtol=1e-3, atol=1e-4)
    assert shared.step_losses == pytest.approx(history.step_losses, rel=1e-3)
    for ours, theirs in zip(shared.epochs, history.epochs, strict=True):
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-3)
        assert ours.train_accuracy == pytest.approx(theirs.train_accuracy, abs=0.011)
        assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-3)
        assert ours.validation_accuracy == pytest.approx(theirs.validation_accuracy, abs=0.011)


@pytest.mark.slow
def test_a_lost_worker_ends_the_run_and_another_number_goes_on(
    server: ForkServer, alone: tuple[Any, History], tmp_path: Path
) -> None:
    """One of two workers is killed; the checkpoint is whole, and three go on from it."""
    folder = tmp_path / "run"
    workers = start(server, 2, str(tmp_path / "lost"), str(folder), False, 0.3)
    checkpoint = folder / "checkpoint.pt"
    wait_for_step(checkpoint, 1)
    os.kill(workers[1], signal.SIGKILL)
    assert [server.wait(worker) for worker in workers] == [1, -signal.SIGKILL]
    assert "worker 0 has lost the others" in server.said()
    assert "--resume goes on from it with any number of workers" in server.said()
    assert 0 < read_checkpoint(checkpoint)["place"]["step"] < STEPS
    weights, resumed = run(server, 3, tmp_path / "resumed", str(folder), True)
    for name, weight in alone[0].items():
        torch.testing.assert_close(weights[name], weight, rtol=1e-3, atol=1e-4)
    assert resumed.step_losses == pytest.approx(alone[1].step_losses, rel=1e-3)


@pytest.mark.slow
def test_torchrun_starts_the_workers(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"{PROGRAM}\nimport sys\njob(sys.argv[1])")
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        str(program), str(tmp_path / "out"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    _, history = torch.load(tmp_path / "out")
    assert len(History.from_dict(history).step_losses) == STEPS


def test_without_torchrun_there_is_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnbook.training import place_in_line

    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert place_in_line() == (0, 1, 0)
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert place_in_line() == (3, 4, 3)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert place_in_line() == (3, 4, 1)


def test_one_worker_changes_nothing() -> None:
    one, value, model = Workers(), torch.arange(3), torch.nn.Flatten()
    assert one.first
    assert one.all_reduce(value) is value
    assert one.all_gather(value)[0] is value
    assert one.wrapped(model, torch.device("cpu")) is model
    assert one.broadcast(True, torch.device("cpu"))
    assert Trainer(TrainConfig(device="cpu")).device.type == "cpu"
