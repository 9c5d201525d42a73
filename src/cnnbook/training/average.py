"""A moving average of a model's weights, taken on the device that they are on."""

import copy

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class WeightAverage:
    """The exponential moving average of a model's weights, and of its running statistics.

    It begins with the weights after the first step; after each one that follows,
    ``average = decay * average + (1 - decay) * weights``. PyTorch's ``AveragedModel`` does the
    same, but keeps its counter on the host and copies it to a GPU at each step, for which the host
    waits. Here the caller knows which step is the first.

    Args:
        model: whose weights are averaged; a copy of it is made.
        decay: share of the average that each step keeps, at least 0 and below 1.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = WeightAverage(model, decay=0.75)
    >>> _ = nn.init.constant_(model.weight, 4.0)
    >>> average.start(model)
    >>> _ = nn.init.constant_(model.weight, 8.0)
    >>> average.update(model)
    >>> average.module.weight.item()
    5.0
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.module = copy.deepcopy(model).requires_grad_(False)
        self._mean = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def start(self, model: nn.Module) -> None:
        """Begin with a model's weights."""
        for mean, value in self._pairs(model):
            mean.copy_(value)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take a model's weights into the average."""
        pairs = self._pairs(model)
        for dtype in dict.fromkeys(mean.dtype for mean, _ in pairs):
            means = [mean for mean, _ in pairs if mean.dtype == dtype]
            values = [value for _, value in pairs if value.dtype == dtype]
            if dtype.is_floating_point:
                self._mean(means, values, None)
            else:  # what counts, such as the batches that a normalisation has seen
                for mean, value in zip(means, values, strict=True):
                    mean.copy_(value)

    def state_dict(self) -> dict[str, Tensor]:
        """The averages, by the names of the model's weights."""
        return self.module.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from averages that :meth:`state_dict` gave."""
        self.module.load_state_dict(state)

    def _pairs(self, model: nn.Module) -> list[tuple[Tensor, Tensor]]:
        return list(zip(tensors_of(self.module), tensors_of(model), strict=True))


def tensors_of(model: nn.Module) -> list[Tensor]:
    """The parameters and buffers of a model."""
    return [*model.parameters(), *model.buffers()]
