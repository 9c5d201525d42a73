"""Trained models, kept by everything that decides them: trained once, shared by all who ask.

The key is the digest of the code that trains, torch's version, the model's name and changes, the
configuration, the data and the kind of device. Bits differ between machines and thread counts;
what is kept is one honest run of exactly this code.
"""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from . import datasets, environment, models
from .device import choose_device
from .training import Evaluation, History, TrainConfig, Trainer

_log = logging.getLogger(__name__)

# Of datasets, what works on images already read: reading itself shows in the data's digest.
_CODE = (
    "arithmetic.py",
    "augmentation.py",
    "batches.py",
    "datasets/imageset.py",
    "device.py",
    "layers",
    "losses.py",
    "metrics.py",
    "models",
    "runs.py",
    "training",
)


class RunMissing(Exception):  # noqa: N818 - it names a state
    """A trained model was asked for that is not kept, and training is not allowed here."""


@dataclass(frozen=True)
class Run:
    """A trained model: in evaluation mode on the CPU, with its history and its test result.

    ``mean_std`` is what images have to be normalised with (None: scaled to 0..1), ``train_seconds``
    what the training took when it was done, ``fresh`` whether that was just now.
    """

    model: nn.Module
    config: TrainConfig
    history: History
    test: Evaluation
    mean_std: tuple[float, float] | None
    train_seconds: float
    fresh: bool


def runs_folder() -> Path:
    """Where trained models are kept: below ``CNNBOOK_CACHE``, else in the user's cache folder."""
    if named := os.environ.get("CNNBOOK_CACHE"):
        return Path(named).expanduser() / "runs"
    from platformdirs import user_cache_path

    return user_cache_path("cnnbook") / "runs"


def train_once(
    model_name: str, data_name: str, config: TrainConfig | None = None, **changes: Any
) -> Run:
    """A model trained and tested as described: the kept one, else a new one, which is kept.

    With ``CNNBOOK_RUNS=read-only`` nothing is trained.

    Args:
        model_name: see :func:`cnnbook.models.build`.
        data_name: see :func:`cnnbook.datasets.load`; trained on its training split and tested on
            its test split.
        config: how to train.
        changes: constructor arguments of the model that differ.

    Raises:
        RunMissing: if the run is not kept and training is not allowed.
        DataError: if the data cannot be had.
    """
    config = config or TrainConfig()
    train = datasets.load(data_name, "train")
    device = choose_device(config.device)
    key = _key(model_name, changes, config, train, device)
    path = runs_folder() / f"{model_name}-{train.name}-{key}.pt"
    if (kept := _read(path, model_name, changes, config)) is not None:
        return kept
    if os.environ.get("CNNBOOK_RUNS") == "read-only":
        raise RunMissing(
            f"{model_name} with changes {changes} on {train.name} by {config} "
            "has not been trained; unset CNNBOOK_RUNS to train it"
        )
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):  # another process may be training the same
        if (kept := _read(path, model_name, changes, config)) is not None:
            return kept
        return _train(path, model_name, changes, config, train)


def _key(
    model_name: str,
    changes: dict[str, Any],
    config: TrainConfig,
    train: datasets.ImageSet,
    device: torch.device,
) -> str:
    code = environment.source_digest(*_CODE)
    how = asdict(replace(config, device=device.type))
    parts = [code, torch.__version__, model_name, changes, how, train.digest]
    content = json.dumps(parts, sort_keys=True, default=repr)
    return hashlib.sha256(content.encode()).hexdigest()[:20]


def _train(
    path: Path,
    model_name: str,
    changes: dict[str, Any],
    config: TrainConfig,
    train: datasets.ImageSet,
) -> Run:
    test = datasets.load(train.name, "test")
    trainer = Trainer(config)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)
        model = models.build(model_name, **changes)
    history = trainer.fit(model, train)
    evaluation = trainer.evaluate(model, test)
    content = {
        "weights": model.cpu().state_dict(),
        "history": json.dumps(history.as_dict()),
        "logits": evaluation.logits,
        "labels": evaluation.labels,
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        "mean_std": list(trainer.mean_std) if trainer.mean_std else None,
    }
    _write(path, content)
    # Read back, so that a new run and a kept one are the same, the layout of the weights included.
    if (written := _read(path, model_name, changes, config)) is None:
        raise OSError(f"{path} cannot be read back; check the disk, or set CNNBOOK_CACHE")
    return replace(written, fresh=True)


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write a run whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            torch.save(content, stream)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path, model_name: str, changes: dict[str, Any], config: TrainConfig) -> Run | None:
    """A kept run; a damaged one is discarded."""
    if not path.exists():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if (damaged := archive.testzip()) is not None:  # torch.load does not look
                raise zipfile.BadZipFile(damaged)
        content = torch.load(path, map_location="cpu", weights_only=True)
        history = History.from_dict(json.loads(content["history"]))
        with torch.random.fork_rng(devices=[]):
            model = models.build(model_name, **changes)
        model.load_state_dict(content["weights"])
        evaluation = Evaluation(
            content["loss"], content["accuracy"], content["logits"], content["labels"]
        )
        mean_std = tuple(content["mean_std"]) if content["mean_std"] else None
    except Exception as error:  # whatever is wrong with the file, the remedy is to train again
        _log.warning("%s is damaged (%s) and is made anew", path, type(error).__name__)
        path.unlink(missing_ok=True)
        return None
    seconds = sum(record.train_seconds for record in history.epochs)
    return Run(model.eval(), config, history, evaluation, mean_std, seconds, fresh=False)
