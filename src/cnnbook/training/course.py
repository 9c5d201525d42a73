"""The course of a training: the epochs' records, the best one, and all of it as plain data."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from .config import TrainConfig
from .errors import CheckpointError
from .history import EpochRecord, Evaluation, History
from .loop import TrainingLoop

# What changes nothing in the result, and may differ when a training goes on. What a precision has
# become is compared instead of its name.
_FREE = {"device", "checkpoint_seconds", "cuda_graphs", "precision"}


class Course:
    """The records of a training, and when it ends.

    Args:
        loop: its steps.
        identity: what the training is besides its configuration, as plain data: the digests of its
            data, how they are changed. It is asked for when a checkpoint is made or taken.
    """

    def __init__(self, loop: TrainingLoop, identity: Callable[[], dict[str, str | None]]) -> None:
        self.loop, self._of = loop, identity
        self.records: list[EpochRecord] = []
        self._seconds = 0.0
        self._started: float | None = None
        self.finished = False
        self._best: tuple[float, int, dict[str, Tensor]] | None = None

    @property
    def seconds(self) -> float:
        """Seconds of training that the unfinished epoch has taken so far."""
        running = 0.0 if self._started is None else time.perf_counter() - self._started
        return self._seconds + running

    def start_clock(self) -> None:
        """Count the time from now on."""
        self._started = time.perf_counter()

    def stop_clock(self) -> None:
        """Count no more time. The device must have finished its work."""
        self._seconds, self._started = self.seconds, None

    def end_epoch(
        self, loss: float, accuracy: float | None, judged: Evaluation | None
    ) -> EpochRecord:
        """Record an epoch, and see whether the training ends with it."""
        loop, patience = self.loop, self.loop.config.patience
        record = EpochRecord(
            loop.epoch,
            loss,
            accuracy,
            judged.loss if judged else None,
            judged.accuracy if judged else None,
            loop.lr,
            self.seconds,
        )
        self.records.append(record)
        self._seconds = 0.0
        loop.end_epoch()
        self.finished = loop.finished
        if patience is not None and judged is not None:
            # A loss that is not a number is less than none.
            least, since = (math.inf, 0) if self._best is None else self._best[:2]
            if judged.loss < least:
                self._best = (judged.loss, record.epoch, _copied(loop.judged))
            elif record.epoch - since >= patience:
                self.finished = True
        if self.finished:
            loop.model.load_state_dict(self._best[2] if self._best else _copied(loop.judged))
        return record

    @property
    def history(self) -> History:
        """What happened so far."""
        best = self._best[1] if self._best else len(self.records)
        return History(tuple(self.records), tuple(self.loop.step_losses), best)

    def snapshot(self) -> dict[str, Any]:
        """Everything that the rest of the training depends on. All workers have to take part.

        Raises:
            TrainingError: if losses or weights are not finite: that is nothing to go on from.
        """
        return {
            "identity": json.dumps(self._identity()),
            **self.loop.state_dict(),
            "records": json.dumps([asdict(record) for record in self.records]),
            "seconds": self.seconds,
            "best": None if self._best is None else list(self._best),
            "finished": self.finished,
        }

    def restore(self, content: dict[str, Any], path: Path) -> None:
        """Take up a training where a snapshot left it.

        Raises:
            CheckpointError: if it is of another model, configuration or data.
        """
        loop = self.loop
        self._compare(json.loads(content["identity"]), path)
        loop.load_state_dict(content)
        self.records = [EpochRecord(**record) for record in json.loads(content["records"])]
        self._seconds = content["seconds"]
        self._best = None if content["best"] is None else tuple(content["best"])
        self.finished = content["finished"] and loop.finished

    def _identity(self) -> dict[str, Any]:
        return {
            "config": json.loads(json.dumps(asdict(self.loop.config))),
            "model": {name: list(t.shape) for name, t in self.loop.model.state_dict().items()},
            **self._of(),
        }

    def _compare(self, saved: dict[str, Any], path: Path) -> None:
        ours = self._identity()
        if (had := _shapes(saved["model"])) != (have := _shapes(ours["model"])):
            different = sorted(set(had.items()) ^ set(have.items()))
            name = different[0][0]
            raise CheckpointError(
                f"{path} is of another model: its {name} is {had.get(name, 'missing')}, here it is "
                f"{have.get(name, 'missing')}; build the model that was trained"
            )
        if saved["precision"] != ours["precision"]:
            raise CheckpointError(
                f"{path} was trained in {saved['precision']}, here it would be "
                f"{ours['precision']}; go on with precision={saved['precision']}"
            )
        for name in ("augment", "loss"):
            if (before := saved.get(name)) != (now := ours.get(name)):
                raise CheckpointError(
                    f"{path} was trained with {name}={before}, here it is {now}; go on with what "
                    "it was trained with, or choose another folder"
                )
        for field in fields(TrainConfig):
            before, now = saved["config"].get(field.name), ours["config"][field.name]
            if before != now and not self._may_change(field.name, before, now):
                raise CheckpointError(
                    f"{path} was trained with {field.name}={before}, not {now}; "
                    "go on with what it was trained with, or choose another folder"
                )
        for name in ("data", "validation"):
            if saved[name] != ours[name]:
                raise CheckpointError(
                    f"{path} was trained with other {name} images (digest {saved[name]}, here "
                    f"{ours[name]}); give the same images, or choose another folder"
                )

    def _may_change(self, name: str, before: Any, now: Any) -> bool:
        config = self.loop.config
        if name == "epochs":  # more of the same, where the steps so far would have been the same
            same = config.schedule == "constant" and config.max_steps is None
            return same and config.average is None and config.patience is None and now > before
        return name in _FREE


def described(change: Any) -> str | None:
    """A function or an object by its class and those of its settings that are plain, or its name.

    >>> described(None), described(math.sqrt)
    (None, 'sqrt()')
    """
    if change is None:
        return None
    named = getattr(change, "__qualname__", type(change).__qualname__)
    plain = {
        name: value
        for name, value in sorted(getattr(change, "__dict__", {}).items())
        if isinstance(value, (bool, int, float, str, tuple))
    }
    return f"{named}({', '.join(f'{name}={value!r}' for name, value in plain.items())})"


def _shapes(model: dict[str, list[int]]) -> dict[str, str]:
    return {name: "x".join(map(str, shape)) or "a number" for name, shape in model.items()}


def _copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}
