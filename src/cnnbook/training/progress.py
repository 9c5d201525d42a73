"""A progress bar with loss, accuracy and time left: on a terminal, and nowhere else."""

import sys
import time
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

from .loop import TrainingLoop

_SECONDS_BETWEEN = 0.2


class Progress:
    """Shows how a training fares, without making a GPU wait for it.

    Args:
        steps: steps of the whole training.
        done: steps that were done before.
        shown: whether to show anything; None shows it where the error stream is a terminal.
    """

    def __init__(self, steps: int, done: int = 0, shown: bool | None = None) -> None:
        self.steps, self.done = steps, done
        self.shown = sys.stderr.isatty() if shown is None else shown
        self._bar: Any = None
        self._due = 0.0
        self._on_the_way: tuple[Tensor, Any, int] | None = None

    def __enter__(self) -> Self:
        if self.shown:
            from tqdm import tqdm

            self._bar = tqdm(
                total=self.steps, initial=self.done, unit="step", dynamic_ncols=True, leave=False
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, loop: TrainingLoop) -> None:
        """Count a step; now and then show its loss, and of a classifier its accuracy so far."""
        self.done += 1
        if self._bar is None or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _SECONDS_BETWEEN
        if self._on_the_way is None:
            shown = loop.measures[loop.position - 1, :1]
            if loop.training_step.counts_right:
                right = loop.measures[: loop.position, 1:2].sum(dim=0)
                shown = torch.cat([shown, right / max(loop.seen_here, 1)])
            self._send(shown, loop.epoch)
        if (arrived := self._arrived()) is not None:
            values, epoch = arrived
            names = ("loss", "acc")[: len(values)]
            words = (f"{name} {value:.4f}" for name, value in zip(names, values, strict=True))
            self._bar.set_postfix_str(", ".join(words), refresh=False)
            self._bar.set_description(f"epoch {epoch}", refresh=False)
        self._bar.update(self.done - self._bar.n)

    def _send(self, values: Tensor, epoch: int) -> None:
        """Start to copy values to the host; the device does it when it gets there."""
        if values.device.type != "cuda":
            self._on_the_way = (values.cpu(), None, epoch)
            return
        there = torch.empty(values.shape, pin_memory=True)
        there.copy_(values, non_blocking=True)
        event = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record()
        self._on_the_way = (there, event, epoch)

    def _arrived(self) -> tuple[list[float], int] | None:
        if self._on_the_way is None:
            return None
        values, event, epoch = self._on_the_way
        if event is not None and not event.query():
            return None
        self._on_the_way = None
        return values.tolist(), epoch
