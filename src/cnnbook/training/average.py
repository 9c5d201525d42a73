"""A moving average of a model's weights, taken on the device that they are on."""

import copy

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class WeightAverage:
    """The exponential moving average of a model's weights, and of its running statistics.

    It begins with the weights after the first step; after each one that follows,
    ``average = decay * average + (1 - decay) * weights``. With a warm-up, which forgets the first
    weights sooner, it begins with the initial weights, and step t, counted from 0, keeps
    ``min(decay, (1 + t) / (10 + t))`` of it. PyTorch's ``AveragedModel`` keeps its counter on the
    host and copies it to a GPU at each step, for which the host waits. Here the caller counts.

    Args:
        model: whose weights are averaged; a copy of it is made.
        decay: share of the average that each step keeps, at least 0 and below 1.
        warmup: whether the first steps keep less.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = WeightAverage(model, decay=0.75)
    >>> _ = nn.init.constant_(model.weight, 4.0)
    >>> average.start()
    >>> _ = nn.init.constant_(model.weight, 8.0)
    >>> average.update(1)
    >>> average.module.weight.item()
    5.0
    """

    def __init__(self, model: nn.Module, decay: float, *, warmup: bool = False) -> None:
        self.module = copy.deepcopy(model).requires_grad_(False)
        self._model, self._decay, self._warmup = model, decay, warmup

    @torch.no_grad()
    def start(self) -> None:
        """Begin with the model's weights after the first step, unless there is a warm-up."""
        if not self._warmup:
            for mean, value in self._pairs():
                mean.copy_(value)

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take the weights after a step, counted from 0, into the average."""
        decay = min(self._decay, (1 + step) / (10 + step)) if self._warmup else self._decay
        pairs = self._pairs()
        for dtype in dict.fromkeys(mean.dtype for mean, _ in pairs):
            means = [mean for mean, _ in pairs if mean.dtype == dtype]
            values = [value for _, value in pairs if value.dtype == dtype]
            if dtype.is_floating_point:
                get_ema_multi_avg_fn(decay)(means, values, None)  # type: ignore[no-untyped-call]
            else:  # what counts, such as the batches that a normalisation has seen
                for mean, value in zip(means, values, strict=True):
                    mean.copy_(value)

    def state_dict(self) -> dict[str, Tensor]:
        """The averages, by the names of the model's weights."""
        return self.module.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from averages that :meth:`state_dict` gave."""
        self.module.load_state_dict(state)

    def _pairs(self) -> list[tuple[Tensor, Tensor]]:
        return list(zip(tensors_of(self.module), tensors_of(self._model), strict=True))


def tensors_of(model: nn.Module) -> list[Tensor]:
    """The parameters and buffers of a model."""
    return [*model.parameters(), *model.buffers()]
