"""Laws of cnnbook.cache.trained: what decides a training decides its file, and files are whole."""

import dataclasses
import logging
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cnnbook import datasets, models
from cnnbook.cache import code_digest, trained
from cnnbook.cache.store import cache_folder
from cnnbook.cache.trained import NotCached, Run, train_once
from cnnbook.datasets import ImageSet
from cnnbook.training import History, TrainConfig, Trainer

CONFIG = TrainConfig(epochs=1, batch_size=128, device="cpu")
SMALL = {"hidden": (8,)}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)
    return tmp_path


def train(config: TrainConfig = CONFIG, **changes: Any) -> Run:
    return train_once("mlp", "digits", config, **SMALL | changes)


def equal(first: Run, second: Run) -> bool:
    """Whether two runs hold the same, to the bit and to the layout in memory."""
    states = [run.model.state_dict() for run in (first, second)]
    return (
        list(states[0]) == list(states[1])
        and all(torch.equal(states[0][name], states[1][name]) for name in states[0])
        and all(states[0][name].stride() == states[1][name].stride() for name in states[0])
        and torch.equal(first.test.logits, second.test.logits)
        and torch.equal(first.test.labels, second.test.labels)
        and (first.test.loss, first.test.accuracy) == (second.test.loss, second.test.accuracy)
        and first.history == second.history
        and first.config == second.config
        and (first.mean_std, first.train_seconds) == (second.mean_std, second.train_seconds)
    )


@pytest.mark.parametrize("name", ["mlp", "note-000"])
@pytest.mark.parametrize("normalize", [False, True])
def test_what_was_trained_once_is_taken_from_the_cache_unchanged(
    name: str, normalize: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = dataclasses.replace(CONFIG, normalize=normalize, validation=100)
    first = train_once(name, "digits", config)
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    second = train_once(name, "digits", config)
    assert (first.fresh, second.fresh) == (True, False)
    assert equal(first, second)
    assert not first.model.training
    assert not second.model.training


def test_a_run_is_what_building_training_and_testing_by_hand_gives() -> None:
    config = dataclasses.replace(CONFIG, seed=4, normalize=True)
    run = train(config)
    torch.manual_seed(4)
    model, trainer = models.build("mlp", **SMALL), Trainer(config)
    data = datasets.load("digits")
    history = trainer.fit(model, data)
    assert history.step_losses == run.history.step_losses
    assert run.mean_std == trainer.mean_std == data.mean_std()
    tested = trainer.evaluate(model, datasets.load("digits", "test"))
    assert torch.equal(run.test.logits, tested.logits)
    assert (run.test.accuracy, run.test.loss) == (tested.accuracy, tested.loss)
    assert run.train_seconds == sum(record.train_seconds for record in run.history.epochs)


def test_the_weights_of_a_run_give_its_logits() -> None:
    run = train_once("note-000", "digits", CONFIG)
    images = datasets.load("digits", "test").images / 255
    with torch.no_grad():
        torch.testing.assert_close(run.model(images), run.test.logits, rtol=1e-4, atol=1e-5)
    # The layout of training must not leak: view() would fail on it.
    assert all(weight.is_contiguous() for weight in run.model.parameters())


@pytest.mark.parametrize(
    "change",
    [
        lambda: train(dataclasses.replace(CONFIG, seed=1)),
        lambda: train(dataclasses.replace(CONFIG, lr=2e-3)),
        lambda: train(dataclasses.replace(CONFIG, channels_last=False)),
        lambda: train(hidden=(9,)),
        lambda: train_once("mlp", "digits", CONFIG),
        lambda: train_once("note-000", "digits", CONFIG),
    ],
    ids=["seed", "lr", "layout", "changes", "no changes", "model"],
)
def test_another_setting_is_another_run(cache: Path, change: Callable[[], Run]) -> None:
    train()
    assert change().fresh
    assert len(list(cache.glob("runs/*.pt"))) == 2


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(TrainConfig)])
def test_every_field_of_the_configuration_is_part_of_the_key(field: str) -> None:
    other: dict[str, Any] = {
        "epochs": 2, "batch_size": 8, "optimizer": "sgd", "lr": 0.5, "momentum": 0.5,
        "betas": (0.5, 0.5), "weight_decay": 0.5, "schedule": "cosine",
        "loss": "discriminative", "label_smoothing": 0.5,
        "gradient_clip": 0.5, "validation": 5, "patience": 5, "normalize": True, "seed": 5,
        "device": "meta", "precision": "bf16", "channels_last": False, "deterministic": True,
        "warmup": 0.5, "max_steps": 5, "average": 0.5, "shift": 1, "rotate": 5.0, "zoom": 0.1,
        "shear": 0.1, "compile": True, "cuda_graphs": "off",
        "sync_batchnorm": True,
        "checkpoint_seconds": 5.0,
    }  # fmt: skip
    data = datasets.load("digits")

    def key(config: TrainConfig) -> dict[str, Any]:
        return trained._settings("mlp", {}, config, data, torch.device(config.device))

    assert key(CONFIG) != key(dataclasses.replace(CONFIG, **{field: other[field]}))


def test_the_device_counts_by_what_it_is_and_not_by_how_it_was_asked_for() -> None:
    data, cpu = datasets.load("digits"), torch.device("cpu")
    asked = [
        trained._settings("mlp", {}, dataclasses.replace(CONFIG, device=device), data, cpu)
        for device in ("auto", "cpu")
    ]
    assert asked[0] == asked[1]
    assert trained._settings("mlp", {}, CONFIG, data, torch.device("cuda")) != asked[0]


def test_other_images_are_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    train()
    load = datasets.load

    def load_less(name: str, split: str = "train") -> ImageSet:
        data = load(name, split)
        return data.subset(torch.arange(500)) if split == "train" else data

    monkeypatch.setattr(datasets, "load", load_less)
    assert train().fresh


def test_other_code_or_another_torch_is_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    train()
    with monkeypatch.context() as patch:
        patch.setattr(torch, "__version__", "9.9.9")
        assert train().fresh
    with monkeypatch.context() as patch:
        patch.setattr(code_digest, "source_digest", lambda *modules: "other")
        assert train().fresh
    assert not train().fresh


def test_the_key_covers_all_code_that_training_imports() -> None:
    """All modules of ours that a run loads, but those that only carry data to it."""
    code = (
        "import sys; import cnnbook.cache.trained, cnnbook.models, cnnbook.training; "
        "print(*sorted(n[8:] for n in sys.modules if n.startswith('cnnbook.')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    covered = set(trained._code("note-003", {}))
    assert "models/small_cnn.py" in covered
    assert {"layers/lenet5.py", "models/lenet5_codes.py"} <= set(trained._code("lenet5", {}))
    uncovered = set(loaded.stdout.split()) - {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in covered
    }
    other = {
        name for name in uncovered if name.split(".")[0] not in {"datasets", "models", "layers"}
    }
    assert other == {"cache", "metrics", "cache.code_digest"}, (
        "these run in a training and are not in its key"
    )


def test_nothing_is_trained_where_that_is_not_allowed(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    with pytest.raises(NotCached, match=r"mlp.*hidden.*digits.*'epochs': 1"):
        train()
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "weights", "bytes"])
def test_a_damaged_file_is_discarded_with_a_warning_and_made_anew(
    cache: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = train()
    (path,) = cache.glob("runs/*.pt")
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "other":
        path.write_bytes(b"no archive at all" * 100)
    elif damage == "weights":
        saved = torch.load(path, weights_only=True)
        saved["weights"].popitem()
        torch.save(saved, path)
    else:
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes(64) + content[middle + 64 :])
    with caplog.at_level(logging.WARNING):
        second = train()
    assert second.fresh
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(path) in caplog.text
    assert torch.equal(first.test.logits, second.test.logits)
    assert not train().fresh


def test_a_file_that_would_execute_code_is_not_read(cache: Path, tmp_path: Path) -> None:
    train()
    (path,) = cache.glob("runs/*.pt")
    witness = tmp_path / "executed"

    class Malicious:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (witness,))

    torch.save({"weights": Malicious()}, path)
    assert train().fresh
    assert not witness.exists()


def test_a_run_that_cannot_be_written_leaves_nothing_behind(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(content: object, stream: Any) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space left"):
        train()
    assert [path.suffix for path in (cache / "runs").iterdir()] in ([], [".lock"])


def test_the_generators_of_the_caller_are_left_alone() -> None:
    def state() -> tuple[Any, ...]:
        return (torch.rand(1).item(), np.random.random(), random.random())

    results = []
    for _ in range(2):  # the first trains, the second reads
        torch.manual_seed(7)
        np.random.seed(7)
        random.seed(7)
        train()
        results.append(state())
    torch.manual_seed(7)
    np.random.seed(7)
    random.seed(7)
    assert results == [state()] * 2


def test_an_unknown_model_or_data_set_is_refused_and_leaves_nothing(cache: Path) -> None:
    with pytest.raises(ValueError, match="there is no model 'lenet'"):
        train_once("lenet", "digits", CONFIG)
    with pytest.raises(ValueError, match="there is no data set 'emnist'"):
        train_once("mlp", "emnist", CONFIG)
    assert not list(cache.glob("runs/*.pt"))


def test_two_at_once_train_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fit, both_ask = Trainer.fit, threading.Barrier(2)

    def slow_fit(*arguments: Any, **named: Any) -> History:
        time.sleep(0.2)  # the other one has to come to the lock meanwhile
        return fit(*arguments, **named)

    def ask() -> bool:
        both_ask.wait()
        return train().fresh

    monkeypatch.setattr(Trainer, "fit", slow_fit)
    with ThreadPoolExecutor(2) as pool:
        answers = [answer.result() for answer in (pool.submit(ask), pool.submit(ask))]
    assert sorted(answers) == [False, True]


@pytest.mark.slow
def test_two_processes_at_once_train_once(cache: Path) -> None:
    code = (
        "from cnnbook.cache.trained import train_once; from cnnbook.training import TrainConfig; "
        "print(train_once('mlp', 'digits', TrainConfig(epochs=20, device='cpu')).fresh)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert sorted(answers) == ["False", "True"]
    assert len(list(cache.glob("runs/*.pt"))) == 1


def test_runs_are_kept_in_the_users_cache_unless_a_folder_is_named(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == cache / "runs"
    monkeypatch.delenv("CNNBOOK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "xdg"))
    assert cache_folder().name == "runs"
    assert "cnnbook" in cache_folder().parts
