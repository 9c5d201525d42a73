"""Studies: variants of a training, several seeds each, all kept in one file of results.

A study takes minutes to hours. It can be stopped at any time and goes on where it stopped: each run
is written down when it ends, and a run that is there with exactly these settings is not repeated.
"""

import datetime
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .. import datasets, models
from ..device import describe_device, describe_processor
from ..training import TrainConfig, Trainer
from .results import Results, StudyRun

Answer = Callable[[Trainer, nn.Module, datasets.ImageSet], Tensor]
"""A way to answer: from a trained model and images to the scores ``(N, classes)``."""


@dataclass(frozen=True)
class Variant:
    """One of the things that a study compares.

    Attributes:
        model: see :func:`cnnbook.models.build`.
        config: how to train. If it holds out validation images, the model is judged on these and
            the test images are not looked at; else it is judged on the test images.
        changes: constructor arguments of the model that differ.
        data: see :func:`cnnbook.datasets.load`.
        answers: ways to answer besides the plain one, by name.
        first: how many of the training images are learned from, from the first on; None for all.
    """

    model: str
    config: TrainConfig
    changes: Mapping[str, Any] = field(default_factory=dict)
    data: str = "mnist"
    answers: Mapping[str, Answer] = field(default_factory=dict)
    first: int | None = None

    def settings(self) -> dict[str, Any]:
        """All that decides a run besides the seed, as plain values.

        How steps are sent to a GPU, and when a checkpoint is written, decides nothing; and a study
        trains in one process.
        """
        config = asdict(self.config)
        for name in ("seed", "device", "cuda_graphs", "checkpoint_seconds", "sync_batchnorm"):
            del config[name]
        content: dict[str, Any] = {
            "model": self.model,
            "changes": dict(self.changes),
            "data": self.data,
            "config": config,
            "answers": ["plain", *self.answers],
        }
        if self.first is not None:
            content["first"] = self.first
        plain: dict[str, Any] = json.loads(json.dumps(content))
        return plain


@dataclass(frozen=True)
class Study:
    """Variants and the seeds that each is run with.

    Attributes:
        name: what the study is called.
        question: what it is to answer.
        variants: by name.
        seeds: the seeds of every variant, or of each by name.
    """

    name: str
    question: str
    variants: Mapping[str, Variant]
    seeds: Sequence[int] | Mapping[str, Sequence[int]]

    def plan(self, only: Sequence[str] = ()) -> list[tuple[str, int]]:
        """The runs in the order in which they are made: all variants with one seed, then the next.

        So a study that is stopped early has compared like with like.

        Raises:
            ValueError: for a variant that the study does not have.
        """
        for name in only:
            if name not in self.variants:
                known = ", ".join(self.variants)
                raise ValueError(f"{self.name} has no variant {name!r}; it has {known}")
        names = [name for name in self.variants if not only or name in only]
        seeds = {
            name: list(self.seeds[name] if isinstance(self.seeds, Mapping) else self.seeds)
            for name in names
        }
        rounds = max((len(of_one) for of_one in seeds.values()), default=0)
        return [
            (name, seeds[name][number])
            for number in range(rounds)
            for name in names
            if number < len(seeds[name])
        ]


def run_study(
    study: Study,
    path: str | Path,
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    say: Callable[[str], None] = print,
) -> Results:
    """Make the runs of a study that are missing in a file of results.

    Args:
        study: what to run.
        path: the file, which is written after each run; it need not exist.
        only: the variants to run, all if empty.
        limit: the most runs to make now.
        say: is told what is done, a line a run.

    Raises:
        ValueError: if the file holds something else, or there is no such variant.
    """
    path = Path(path)
    results = Results.read(path) if path.exists() else Results(study.name)
    if results.study != study.name:
        raise ValueError(f"{path} holds the study {results.study!r}, not {study.name!r}")
    missing = [
        (name, seed)
        for name, seed in study.plan(only)
        if not results.has(name, seed, study.variants[name].settings())
    ]
    for number, (name, seed) in enumerate(missing[:limit], start=1):
        run = run_variant(name, study.variants[name], seed)
        results.add(run)
        results.write(path)
        scores = ", ".join(f"{way} {100 * score:.2f} %" for way, score in run.accuracy.items())
        say(
            f"{number}/{len(missing)}  {name}, seed {seed}: {scores} of {run.images:,} "
            f"{run.judged_on} images, {run.train_seconds:.0f} s"
        )
    return results


def run_variant(name: str, variant: Variant, seed: int) -> StudyRun:
    """One training, judged on what the variant says."""
    config = replace(variant.config, seed=seed)
    train = datasets.load(variant.data, "train")
    validation = None
    if config.validation:
        train, validation = train.split_off(config.validation, seed=seed)
    if variant.first is not None:
        train = train.first(variant.first)
    judge = datasets.load(variant.data, "test") if validation is None else validation
    if config.patience is None:  # looking at the held-out images after each epoch decides nothing
        config = replace(config, validation=0)
    trainer = Trainer(config)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = models.build(variant.model, **variant.changes)
    started = time.process_time()
    history = trainer.fit(model, train, validation if config.patience is not None else None)
    processor_seconds = time.process_time() - started
    accuracy = {"plain": trainer.evaluate(model, judge).accuracy}
    for way, answer in variant.answers.items():
        scores = answer(trainer, model, judge)
        accuracy[way] = (scores.argmax(dim=1).cpu() == judge.labels).double().mean().item()
    return StudyRun(
        variant=name,
        seed=seed,
        settings=variant.settings(),
        judged_on="test" if validation is None else "validation",
        images=len(judge),
        accuracy=accuracy,
        train_seconds=round(sum(record.train_seconds for record in history.epochs), 2),
        processor_seconds=round(processor_seconds, 2),
        parameters=sum(each.numel() for each in model.parameters() if each.requires_grad),
        machine=f"{describe_device(trainer.device)}, {describe_processor()}, "
        f"torch {torch.__version__}",
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        train_losses=[round(record.train_loss, 4) for record in history.epochs],
        precision=trainer.precision,
    )
