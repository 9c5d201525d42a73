"""A training from first step to last: what surrounds the loop, for every kind of training."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .._surroundings import modes_kept
from ..device import current, describe_device, freed_memory_kept
from .config import TrainConfig
from .course import Course
from .history import EpochRecord, Evaluation, History
from .interruption import Interruption
from .keeper import Keeper
from .loop import TrainingLoop
from .placement import placed
from .precision import kernels
from .progress import Progress
from .random_states import seeded
from .run_dir import RunFolder
from .workers import Workers, joined, place_in_line


@dataclass(frozen=True)
class Session:
    """Where a training takes place.

    Attributes:
        workers: the processes that take part.
        precision: the number format that they have agreed on.
        run: the folder of the training; None where nothing is kept.
        resume: whether to go on with what the folder holds.
    """

    workers: Workers
    precision: str
    run: RunFolder | None
    resume: bool


@contextlib.contextmanager
def session(
    model: nn.Module,
    config: TrainConfig,
    device: torch.device,
    precision: str,
    *,
    folder: str | Path | None,
    resume: bool,
    channels_last: bool,
    alone: bool = False,
) -> Iterator[Session]:
    """A block to train in; afterwards everything of the caller's is as it was, but for weights.

    Args:
        model: brought to the device for the block, and put back.
        config: its seed, its folder's times, whether it is deterministic.
        device: where.
        precision: see :func:`cnnbook.training.precision.resolved`.
        folder: where to keep checkpoints; None keeps nothing.
        resume: whether to go on with the training that the folder holds.
        channels_last: whether the model's kernels lie with their channels innermost.
        alone: whether this process trains by itself, under torchrun, too.

    Raises:
        ValueError: if it is to be resumed from nowhere.
        TrainingError: if the folder cannot be used, or the device not as asked for.
    """
    if resume and folder is None:
        raise ValueError("resume needs the folder of the training to go on with")
    with contextlib.ExitStack() as block:
        enter = block.enter_context
        enter(freed_memory_kept())
        enter(current(device))
        run = None if folder is None else RunFolder(Path(folder), config.checkpoint_seconds)
        if run is not None and (alone or place_in_line()[0] == 0):
            enter(run.reserved(resume))
        workers = Workers() if alone else enter(joined(device))
        enter(seeded(config.seed + workers.rank, device))
        if workers.count > 1 and config.precision == "auto":  # each has measured for itself
            precision = "bf16" if workers.broadcast(precision == "bf16", device) else "fp32"
        enter(kernels(precision, device, deterministic=config.deterministic))
        enter(modes_kept(model))
        enter(placed(model, device, channels_last=channels_last))
        yield Session(workers, precision, run, resume)


def train(
    loop: TrainingLoop,
    here: Session,
    identity: Callable[[], dict[str, str | None]],
    *,
    about: Mapping[str, Any],
    judge: Callable[[], Evaluation | None] = lambda: None,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    progress: bool | None = None,
) -> History:
    """Do all steps of a loop, from where its folder says; the model then has what it learned.

    Args:
        loop: the steps.
        here: where, as :func:`session` gives it.
        identity: what the training is besides its configuration, see :class:`Course`.
        about: plain values that the folder's ``run.json`` is to say.
        judge: validates after each epoch.
        on_epoch: called with each epoch's record.
        progress: whether to show a progress bar; None shows it on a terminal.
    """
    course = Course(loop, identity)
    if here.run is not None and here.resume:
        course.restore(here.run.read(), here.run.checkpoint)
    first = here.workers.first
    # Several workers cannot agree in time on where to stop; their checkpoint is periodic.
    listens = here.run is not None and here.workers.count == 1
    with (
        Interruption(listens) as stop,
        Progress(loop.steps, loop.step, progress if first else False) as bar,
    ):
        keeper = Keeper(course, here.run, stop, bar)
        keeper.begin(_description(loop, here, about))
        while not course.finished:
            course.start_clock()
            loss, right = loop.run_epoch(keeper.after_step)
            course.stop_clock()
            loop.share_statistics()
            record = course.end_epoch(loss, right, judge())
            keeper.after_epoch()
            if on_epoch is not None and first:
                on_epoch(record)
    return course.history


def _description(loop: TrainingLoop, here: Session, about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **about,
        "config": asdict(loop.config),
        "precision": here.precision,
        "torch": torch.__version__,
        "device": describe_device(loop.device),
    }
