"""A named model trained on a named data set, in a folder of its own: what ``cnnbook train`` makes.

The folder holds ``run.json`` (what is trained, and how), ``checkpoint.pt`` and ``history.json``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .. import datasets, models
from . import CheckpointError, EpochRecord, History, TrainConfig, Trainer, read_checkpoint


@dataclass(frozen=True)
class TrainedFolder:
    """What a folder holds.

    Attributes:
        model: in evaluation mode, with the weights of the last checkpoint.
        trainer: judges and predicts as the training did, on the best device there is.
        model_name: see :func:`cnnbook.models.build`.
        data_name: what it was trained on, see :func:`cnnbook.datasets.load`.
        class_names: the classes in the order of the logits.
        shape: of an image, ``(C, H, W)``.
        step: steps that are done.
        finished: whether the training has ended.
    """

    model: nn.Module
    trainer: Trainer
    model_name: str
    data_name: str
    class_names: tuple[str, ...]
    shape: tuple[int, ...]
    step: int
    finished: bool


def train_in_folder(
    folder: str | Path,
    model_name: str,
    data_name: str,
    config: TrainConfig | None = None,
    *,
    resume: bool = False,
    on_epoch: Callable[[EpochRecord], None] | None = None,
) -> History:
    """Train a named model on a named data set, and keep everything in a folder.

    Args:
        folder: made if it is not there.
        model_name: see :func:`cnnbook.models.build`.
        data_name: see :func:`cnnbook.datasets.load`.
        config: how to train.
        resume: whether to go on with the training that the folder holds.
        on_epoch: called with each epoch's record.

    Raises:
        TrainingError: as :meth:`cnnbook.training.Trainer.fit`.
        DataError: if the data cannot be had.
        ValueError: for an unknown model or data set, or a model that does not take the data.
    """
    config = config or TrainConfig()
    trainer = Trainer(config)
    train = datasets.load(data_name, "train")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)
        model = _built(model_name, len(train.class_names))
    shape = list(train.images.shape[1:])
    about = {
        "model": model_name, "data": train.name, "classes": train.class_names, "shape": shape,
    }  # fmt: skip
    return trainer.fit(model, train, folder=folder, resume=resume, about=about, on_epoch=on_epoch)


def _built(name: str, classes: int) -> nn.Module:
    """A named model with an output for each class."""
    if classes == 10:  # what all of them are made for
        return models.build(name)
    try:
        return models.build(name, num_classes=classes)
    except TypeError:
        raise ValueError(f"{name} is made for ten classes, and there are {classes}") from None


def description(folder: str | Path) -> dict[str, Any]:
    """What a folder says of its training: model, data, classes, config, and what it ran on.

    Raises:
        CheckpointError: if it holds none, or one that was not made by :func:`train_in_folder`.
    """
    path = Path(folder) / "run.json"
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder} holds no training: there is no {path.name} in it; name a folder that "
            "`cnnbook train --out` has made"
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error})") from error
    for name, (said, fits) in _FITS.items():
        if not isinstance(about, dict) or name not in about or not fits(about[name]):
            raise CheckpointError(
                f"{path} does not say {said}; only what `cnnbook train` has "
                "trained can be opened by name"
            )
    return about


_FITS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "model": ("which model was trained", lambda value: isinstance(value, str)),
    "data": ("which data it was trained on", lambda value: isinstance(value, str)),
    "classes": (
        "which classes there are",
        lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    ),
    "shape": ("how large its images are", lambda value: _is_shape(value)),
    "config": ("which config it was trained with", lambda value: isinstance(value, dict)),
    "mean_std": (
        "how images were normalised",
        lambda value: value is None or _is_mean_std(value),
    ),
}
"""What a description has to say, and what is such an answer."""


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(side, int) and 0 < side <= _LARGEST for side in value)
    )


_LARGEST = 4096  # a description that was damaged must not fill the memory


def _is_mean_std(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(number, int | float) for number in value)
        and value[1] > 0
    )


def open_folder(folder: str | Path, device: str = "auto") -> TrainedFolder:
    """The model of a folder, ready to judge and to predict.

    Args:
        folder: what :func:`train_in_folder` or ``cnnbook train`` has made.
        device: where to compute; see :func:`cnnbook.device.choose_device`.

    Raises:
        CheckpointError: if the folder holds no training, or what it holds cannot be trusted.
    """
    about = description(folder)
    config = replace(TrainConfig.from_dict(about["config"]), device=device)
    path = Path(folder) / "checkpoint.pt"
    content = read_checkpoint(path)
    try:
        with torch.random.fork_rng(devices=[]):
            model = _built(about["model"], len(about["classes"]))
        model.load_state_dict(content["weights"])
        with torch.no_grad():
            logits = model.eval()(torch.zeros(1, *about["shape"])).shape[1]
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0].rstrip(":")
        what = f"{about['model']} with {len(about['classes'])} classes"
        raise CheckpointError(f"{path} does not fit {what}: {reason}") from error
    if logits != len(about["classes"]):
        raise CheckpointError(
            f"{folder}/run.json names {len(about['classes'])} classes, and the model tells {logits}"
        )
    trainer = Trainer(config)
    trainer.mean_std = None if about["mean_std"] is None else tuple(about["mean_std"])
    return TrainedFolder(
        model.eval(),
        trainer,
        about["model"],
        about["data"],
        tuple(about["classes"]),
        tuple(about["shape"]),
        content["place"]["step"],
        content["finished"],
    )
