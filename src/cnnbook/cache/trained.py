"""Trained models, kept by everything that decides them: trained once, shared by all who ask.

The key is the digest of the code that trains, torch's version, the model's name and changes, the
configuration, the data and the kind of device. Bits differ between machines and thread counts;
what is kept is one honest run of exactly this code.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn

from .. import datasets, models
from ..device import choose_device
from ..training import Evaluation, History, TrainConfig, Trainer
from ..training.precision import resolved
from .code_digest import REGISTRIES, imported_code
from .store import NotCached, cached

__all__ = ["NotCached", "Run", "train_once"]


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
        NotCached: if the run is not kept and training is not allowed.
        DataError: if the data cannot be had.
    """
    config = config or TrainConfig()
    train = datasets.load(data_name, "train")
    device = choose_device(config.device)
    content, fresh = cached(
        f"{model_name}-{train.name}",
        lambda: _trained(model_name, changes, config, train),
        code=_code(model_name, changes),
        settings=_settings(model_name, changes, config, train, device),
        check=lambda content: _run(content, model_name, changes, config),
    )
    return replace(_run(content, model_name, changes, config), fresh=fresh)


def _code(model_name: str, changes: dict[str, Any]) -> tuple[str, ...]:
    """The code that a training runs through: of the models, only this one's."""
    with torch.random.fork_rng(devices=[]):
        module = type(models.build(model_name, **changes)).__module__
    own = "/".join(module.split(".")[1:]) + ".py"
    return imported_code("cache/trained.py", "datasets/imageset.py", own, but=REGISTRIES)


def _settings(
    model_name: str,
    changes: dict[str, Any],
    config: TrainConfig,
    train: datasets.ImageSet,
    device: torch.device,
) -> dict[str, Any]:
    """What decides a training besides its code; a named model's structure belongs to it."""
    with torch.random.fork_rng(devices=[]):
        structure = repr(models.build(model_name, **changes))
    return {
        "model": model_name,
        "changes": changes,
        "structure": hashlib.sha256(structure.encode()).hexdigest()[:20],
        "data": train.name,
        "images": train.digest,
        "config": asdict(replace(config, device=device.type)),
        "precision": resolved(config.precision, device),
    }


def _trained(
    model_name: str, changes: dict[str, Any], config: TrainConfig, train: datasets.ImageSet
) -> dict[str, Any]:
    test = datasets.load(train.name, "test")
    trainer = Trainer(config)
    torch.default_generator.manual_seed(config.seed)
    model = models.build(model_name, **changes)
    history = trainer.fit(model, train)
    evaluation = trainer.evaluate(model, test)
    return {
        "weights": model.state_dict(),
        "history": json.dumps(history.as_dict()),
        "logits": evaluation.logits,
        "labels": evaluation.labels,
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        "mean_std": list(trainer.mean_std) if trainer.mean_std else None,
    }


def _run(
    content: dict[str, Any], model_name: str, changes: dict[str, Any], config: TrainConfig
) -> Run:
    """The run that a kept content describes."""
    history = History.from_dict(json.loads(content["history"]))
    with torch.random.fork_rng(devices=[]):
        model = models.build(model_name, **changes)
    model.load_state_dict(content["weights"])
    evaluation = Evaluation(
        content["loss"], content["accuracy"], content["logits"], content["labels"]
    )
    mean_std = tuple(content["mean_std"]) if content["mean_std"] else None
    seconds = sum(record.train_seconds for record in history.epochs)
    return Run(model.eval(), config, history, evaluation, mean_std, seconds, fresh=False)
