"""CUDA graphs: a step recorded once and replayed, one launch instead of a hundred.

A small network keeps a fast GPU waiting for the host, which sends every operation by itself. A
recorded step is sent as one. What it reads and writes has fixed places in memory: the order of the
epoch's images, the numbers that change them and the learning rates lie on the device, and a counter
beside them says which batch is next. So that nothing has to be sent for a step but the recording.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import torch
from torch import Tensor, nn

from ..device import host_waits
from .errors import TrainingError

_log = logging.getLogger(__name__)
_TRIALS = 3  # cuDNN and cuBLAS choose and allocate in the first ones

Step = Callable[[Tensor, Tensor | None, Tensor], Tensor]
Capture = Callable[[Callable[[], None]], Callable[[], None]]


def captured(work: Callable[[], None]) -> Callable[[], None]:
    """Record what some work sends to the GPU, without doing it; the function returned does it.

    Raises:
        RuntimeError: if something in it cannot be recorded. PyTorch's allocator then goes on as if
            it were still being recorded, so that whatever may fail has to be tried before.
    """
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=_side_stream(torch.cuda.current_device())):
        work()
    return graph.replay


def why_not_recorded(model: nn.Module) -> str | None:
    """Why a model's steps are not recorded unless that is asked for; None if they are.

    What Python does in ``forward`` (counting calls, drawing a number, asking for a value) would
    happen once, while the step is recorded, and never again. Of PyTorch's layers and cnnbook's we
    know that they do nothing of the kind.

    >>> why_not_recorded(nn.Sequential(nn.Linear(2, 2), nn.ReLU())) is None
    True
    >>> hooked = nn.Linear(2, 2)
    >>> _ = hooked.register_forward_hook(print)
    >>> why_not_recorded(hooked)
    "Linear has hooks; cuda_graphs='on' records them all the same"
    """
    for module in model.modules():
        kind = type(module)
        if kind.__module__.split(".")[0] not in ("cnnbook", "torch") or isinstance(
            module, torch.jit.ScriptModule
        ):
            return (
                f"{kind.__name__} is neither PyTorch's nor cnnbook's; "
                "cuda_graphs='on' records it all the same"
            )
        if module._forward_hooks or module._forward_pre_hooks:
            return f"{kind.__name__} has hooks; cuda_graphs='on' records them all the same"
    return None


class GraphedStep:
    """A training step on a GPU, recorded and replayed.

    :meth:`record` tries the step first and undoes what that did, so that every full batch of a
    training is a replay: broken off anywhere and resumed, it does the same operations.

    Args:
        count: images in an epoch.
        batch_size: images in a batch that is replayed; shorter ones are not.
        measures: where what is measured of each batch of the epoch is put, ``(batches, M)``, on the
            GPU.
        capture: what records. On a processor a test may give the identity: then all is done step by
            step that would be recorded.
    """

    def __init__(
        self, count: int, batch_size: int, measures: Tensor, capture: Capture = captured
    ) -> None:
        device = measures.device
        self.batch_size, self.measures, self.device = batch_size, measures, device
        self._position = torch.zeros((), dtype=torch.int64, device=device)
        self._order = torch.zeros(count, dtype=torch.int64, device=device)
        self._rates = torch.zeros(len(measures), device=device)
        self._places = torch.arange(batch_size, device=device)
        self._drawn: Tensor | None = None
        self._full_batches = count // batch_size
        self._capture = capture
        self._replay: Callable[[], None] | None = None

    @property
    def recorded(self) -> bool:
        """Whether there is a recording to replay."""
        return self._replay is not None

    def begin_epoch(
        self, order: Tensor, drawn: Tensor | None, rates: Sequence[float], position: int
    ) -> None:
        """Lay out what the epoch's steps read.

        Args:
            order: rows of the images, in the order of use, ``(count,)``.
            drawn: the numbers that change them, ``(count, ...)``.
            rates: the learning rate of each batch that is left, from ``position`` on.
            position: batches of the epoch that are done.
        """
        self._order.copy_(order)
        if drawn is not None:
            if self._drawn is None:
                self._drawn = torch.empty_like(drawn)
            self._drawn.copy_(drawn)
        left = torch.tensor(rates, dtype=torch.float32)
        self._rates[position : position + len(left)].copy_(left, non_blocking=True)
        self._position.fill_(position)

    def replay(self) -> None:
        """Do the next step."""
        assert self._replay is not None
        self._replay()

    def record(self, step: Step, state: Callable[[], list[Tensor]]) -> str | None:
        """Record a step without doing it.

        Args:
            step: takes the rows of a batch, the numbers that change its images, and the learning
                rate; trains and returns what it measured, ``(M,)``.
            state: all tensors that the step changes, apart from the gradients. It is asked before
                and after the first trial; what it has got by then is new, and is set to zero.

        Returns:
            None, or why the step cannot be recorded; then nothing has changed.

        Raises:
            TrainingError: if the recording itself fails, which PyTorch does not survive whole.
        """
        with torch.no_grad():
            tensors = [*state(), self._position, self.measures]
            before = [(tensor, tensor.clone()) for tensor in tensors]
            # The next batch may be the last, short one, and so may be the one after a trial.
            self._position.remainder_(self._full_batches)
        reason = None
        try:
            with _undisturbed_generators(self.device), _beside(self.device):
                for trial in range(_TRIALS):
                    # In the first one libraries are loaded and choose, and may wait.
                    with host_waits("error") if trial else contextlib.nullcontext():
                        self._one(step)
        except RuntimeError as error:
            if isinstance(error, torch.OutOfMemoryError):
                raise
            reason = str(error).splitlines()[0]
            _log.warning("steps are not recorded as a CUDA graph: %s", reason)
        with torch.no_grad():
            known = {id(tensor) for tensor, _ in before}
            for tensor, value in before:
                tensor.copy_(value)
            for tensor in state():
                if id(tensor) not in known:
                    tensor.zero_()
        if reason is None:
            try:
                self._replay = self._capture(lambda: self._one(step))
            except RuntimeError as error:
                raise TrainingError(
                    f"a step could be tried but not recorded ({str(error).splitlines()[0]}); "
                    "start Python anew and train with cuda_graphs='off'"
                ) from error
        return reason

    def _one(self, step: Step) -> None:
        """The next step; batch, rate and the place of the loss are those of the counter."""
        place = self._position.view(1)
        at = self._places + place * self.batch_size
        drawn = None if self._drawn is None else self._drawn.index_select(0, at)
        rate = self._rates.index_select(0, place)[0]
        measured = step(self._order.index_select(0, at), drawn, rate)
        self.measures.index_copy_(0, place, measured.view(1, -1))
        self._position.add_(1).remainder_(self._full_batches)


def _undisturbed_generators(device: torch.device) -> contextlib.AbstractContextManager[None]:
    return torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])


@cache
def _side_stream(device: int) -> torch.cuda.Stream:
    """The stream that steps are tried and recorded on.

    One for all trainings: PyTorch keeps a workspace of cuBLAS for each stream that has computed a
    product. With a stream of its own, each training left 68 MB behind on an H100.
    """
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _beside(device: torch.device) -> Iterator[None]:
    """A stream of its own for a block, as recording asks for."""
    if device.type != "cuda":
        yield
        return
    here = torch.cuda.current_stream(device)
    beside = _side_stream(torch.cuda.current_device())
    beside.wait_stream(here)
    try:
        with torch.cuda.stream(beside):
            yield
    finally:
        here.wait_stream(beside)
