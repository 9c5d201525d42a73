"""The commands that train and use a model. Flags of ``train`` are the settings of TrainConfig."""

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from .. import datasets, models
from ..training import CHOICES, EpochRecord, TrainConfig, place_in_line
from ..training.trained_folder import description, open_folder, train_in_folder


def add_settings(parser: argparse.ArgumentParser, named_folder: Callable[[str], Path]) -> None:
    """Give a parser the flags of training; a setting that is not given does not appear.

    Args:
        parser: of the command ``train``.
        named_folder: makes a path of a folder's name on the command line.
    """
    parser.usage = "cnnbook train --model NAME --data NAME --out DIR [settings]\n"
    parser.usage += "       cnnbook train --out DIR --resume"
    parser.argument_default = argparse.SUPPRESS
    parser.add_argument("--model", choices=models.names(), help="the network")
    parser.add_argument("--data", choices=datasets.names(), help="the data set")
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=named_folder,
        required=True,
        help="folder that keeps everything",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the training that the folder holds"
    )
    settings = parser.add_argument_group("settings")
    explained, types = _explained(), get_type_hints(TrainConfig)
    for field in fields(TrainConfig):
        flag = "--" + field.name.replace("_", "-")
        default = "" if field.default is MISSING else f" (default: {_shown(field.default)})"
        about: dict[str, Any] = {"help": explained[field.name].replace("%", "%%") + default}
        kinds = set(get_args(types[field.name]) or (types[field.name],))
        if field.name in CHOICES:
            about["choices"] = CHOICES[field.name]
        elif field.name == "betas":
            about |= {"nargs": 2, "type": float, "metavar": ("B1", "B2")}
        elif bool in kinds:  # a mean and a deviation can be given in Python only
            about["action"] = argparse.BooleanOptionalAction
        else:
            kind = next(kind for kind in (int, float, str) if kind in kinds)
            about |= {"type": _Value(kind, type(None) in kinds), "metavar": kind.__name__.upper()}
        settings.add_argument(flag, **about)
    parser.set_defaults(run=lambda options: train(options, parser))


def train(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """``cnnbook train``."""
    given = vars(options)
    names = [field.name for field in fields(TrainConfig)]
    settings = {name: given[name] for name in names if name in given}
    if "betas" in settings:
        settings["betas"] = tuple(settings["betas"])
    resume = given.get("resume", False)
    try:
        if resume:
            about = description(options.out)
            for name in ("model", "data"):
                if given.get(name, about[name]) != about[name]:
                    parser.error(f"{options.out} holds a training of {about[name]}")
            config = replace(TrainConfig.from_dict(about["config"]), **settings)
        else:
            about = given
            if missing := [name for name in ("model", "data") if name not in given]:
                parser.error(f"--{missing[0]} is needed")
            config = TrainConfig(**models.settings_for(given["model"]) | settings)
    except ValueError as error:
        parser.error(str(error))
    history = train_in_folder(
        options.out,
        about["model"],
        about["data"],
        config,
        resume=resume,
        on_epoch=lambda record: _say(_line(record, config)),
    )
    if place_in_line()[0] == 0:
        ended = f"trained for {len(history.epochs)} epochs"
        if history.best_epoch != len(history.epochs):
            ended += f", the weights are those of epoch {history.best_epoch}"
        _say(f"{ended}; everything is in {options.out}")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """``cnnbook evaluate``."""
    trained = open_folder(options.folder, options.device)
    data = datasets.load(options.data or trained.data_name, options.split)
    found = trained.trainer.evaluate(trained.model, data)
    if data.name != trained.data_name:
        taught = "" if data.class_names == trained.class_names else ", whose classes are others"
        print(f"the model was trained on {trained.data_name}{taught}")
    if not trained.finished:
        print(f"the training has not ended: these are the weights after step {trained.step}")
    print(
        f"{trained.model_name} on {data.name}, {data.split}: accuracy {found.accuracy:.4f}, "
        f"error {100 * (1 - found.accuracy):.2f} %, loss {found.loss:.4f} ({len(data)} images)"
    )
    return 0


def predict(options: argparse.Namespace) -> int:
    """``cnnbook predict``: a line for each picture; those that cannot be read are named."""
    import torch

    from ..photos import PhotographError, digit_image, prepared_photograph, whole_image

    trained = open_folder(options.folder, options.device)
    prepare = digit_image if trained.class_names == datasets.DIGITS else whole_image
    status = 0
    for path in options.images:
        try:
            image = prepared_photograph(path, prepare, trained.shape[-1])
        except PhotographError as error:
            print(f"cnnbook: {error}", file=sys.stderr)
            status = 1
            continue
        label = torch.zeros(1, dtype=torch.int64)
        one = datasets.ImageSet(str(path), "test", image[None, None], label, trained.class_names)
        probabilities = trained.trainer.predict(trained.model, one).softmax(dim=1)[0]
        shares, classes = probabilities.topk(2)
        first, second = (
            f"{trained.class_names[int(which)]} ({100 * float(share):.1f} %)"
            for share, which in zip(shares, classes, strict=True)
        )
        print(f"{path}: {first}, next {second}")
    return status


class _Value:
    """Turns a flag's text into a value; ``none`` where that is one."""

    def __init__(self, kind: type, optional: bool) -> None:
        self.kind, self.optional = kind, optional
        self.__name__ = kind.__name__  # argparse names it in its complaints

    def __call__(self, text: str) -> Any:
        return None if self.optional and text.lower() == "none" else self.kind(text)


def _explained() -> dict[str, str]:
    """What each setting means, from the class's docstring."""
    described = (TrainConfig.__doc__ or "").partition("Args:")[2].partition("Raises:")[0]
    found = re.findall(r"^ {8}(\w+): (.+?)(?=^ {8}\w|\Z)", described, re.MULTILINE | re.DOTALL)
    plain = {name: " ".join(text.split()) for name, text in found}
    return {
        name: re.sub(r":\w+:`([^`]+)`", r"\1", text).replace("``", "")
        for name, text in plain.items()
    }


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "none" if value is None else str(value)


def _line(record: EpochRecord, config: TrainConfig) -> str:
    line = (
        f"epoch {record.epoch}/{config.epochs}: loss {record.train_loss:.4f}, "
        f"accuracy {record.train_accuracy:.4f}"
    )
    if record.validation_loss is not None:
        line += (
            f", validation loss {record.validation_loss:.4f}, "
            f"accuracy {record.validation_accuracy:.4f}"
        )
    return f"{line}, {record.train_seconds:.1f} s"


def _say(line: str) -> None:
    """A line on the output stream that does not run into a progress bar."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stdout)
    sys.stdout.flush()
