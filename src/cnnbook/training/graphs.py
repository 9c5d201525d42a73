"""CUDA graphs: a step recorded once and replayed, one launch instead of hundreds.

A small network keeps a fast GPU waiting for the host, which sends every operation by itself. A
recorded step is sent as one. What it reads and writes has fixed places in memory, so that the rows
of the next batch are copied into the place that the recording reads.
"""

import logging
from collections.abc import Callable

import torch
from torch import Tensor

_log = logging.getLogger(__name__)
_WARM_UP_STEPS = 3  # cuDNN and cuBLAS choose and allocate in the first ones

Step = Callable[[Tensor, Tensor | None], Tensor]


class RecordedStep:
    """A training step that is recorded after a few calls and replayed from then on.

    Every call is one real step, the first ones included. A batch of another size, such as the last
    of an epoch, is computed without the recording.

    Args:
        step: takes the rows of a batch and the numbers that change its images; returns the loss.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._impossible = False
        self._rows: Tensor
        self._drawn: Tensor | None = None
        self._loss: Tensor

    def __call__(self, rows: Tensor, drawn: Tensor | None) -> Tensor:
        """Do one step; its loss, which the next call may overwrite."""
        if self._impossible:
            return self._step(rows, drawn)
        if self._calls < _WARM_UP_STEPS:
            self._calls += 1
            if self._calls == 1:
                self._rows = torch.empty_like(rows)
                self._drawn = None if drawn is None else torch.empty_like(drawn)
            return self._beside(rows, drawn)
        if rows.shape != self._rows.shape:
            return self._step(rows, drawn)
        self._rows.copy_(rows)
        if self._drawn is not None and drawn is not None:
            self._drawn.copy_(drawn)
        if self._graph is None and not self._record():
            return self._step(rows, drawn)
        assert self._graph is not None
        self._graph.replay()
        return self._loss

    def _beside(self, rows: Tensor, drawn: Tensor | None) -> Tensor:
        """A step on a stream of its own, as recording asks for."""
        here = torch.cuda.current_stream()
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(here)
        with torch.cuda.stream(beside):
            loss = self._step(rows, drawn)
        here.wait_stream(beside)
        return loss

    def _record(self) -> bool:
        """Record a step without doing it; False where something in it cannot be recorded."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self._loss = self._step(self._rows, self._drawn)
        except RuntimeError as error:
            first = str(error).splitlines()[0]
            _log.warning("steps are not recorded as a CUDA graph: %s", first)
            self._impossible = True
            return False
        self._graph = graph
        return True
