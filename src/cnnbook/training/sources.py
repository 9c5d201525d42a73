"""Where batches come from: what the loop asks for, and tensors in a random order."""

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

Change = Callable[[tuple[Tensor, ...], torch.Generator], tuple[Tensor, ...]]
"""Changes a batch (images and targets together) at random."""


class BatchSource(Protocol):
    """Where a training's batches come from.

    Attributes:
        batch_size: examples in a batch; the last one of an epoch may have fewer.
        count: examples in an epoch.
    """

    batch_size: int

    @property
    def count(self) -> int:
        """Examples in an epoch."""

    def __len__(self) -> int:
        """Batches in an epoch."""

    def epoch_indices(self, epoch: int) -> tuple[Tensor, Tensor | None]:
        """The order of an epoch, counted from 0, and the numbers that change its examples."""

    def batch(self, rows: Tensor, drawn: Tensor | None = None) -> tuple[Tensor, ...]:
        """What is at these places of the order, on the device."""

    def state_dict(self) -> dict[str, Any]:
        """What the batches that follow depend on, besides the epoch."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""


class TensorBatches:
    """Batches of tensors that belong together, row by row, in a random order.

    Order and changes come from one generator, so that what follows depends on what was drawn.

    Args:
        data: images, bytes or float32, and targets, of as many rows each.
        batch_size: rows in a batch; what does not fill one at an epoch's end is left out.
        device: where batches are made; the data are brought there.
        seed: of the generator.
        change: changes a batch at random.
        channels_last: whether images are laid out with the channels innermost.
    """

    def __init__(
        self,
        data: tuple[Tensor, ...],
        batch_size: int,
        device: torch.device,
        seed: int,
        change: Change | None = None,
        *,
        channels_last: bool = True,
    ) -> None:
        self.batch_size = batch_size
        self._layout = torch.channels_last if channels_last else torch.contiguous_format
        self._change = change
        self._data = tuple(each.to(device) for each in data)
        self._generator = torch.Generator().manual_seed(seed)
        self._epoch = -1
        self._begun = self._generator.get_state()
        self._order = torch.empty(0)

    @property
    def count(self) -> int:
        """Rows in an epoch."""
        return len(self) * self.batch_size

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._data[0]) // self.batch_size

    def epoch_indices(self, epoch: int) -> tuple[Tensor, Tensor | None]:
        """The order of an epoch: drawn when it is asked for first."""
        if epoch != self._epoch:
            self._epoch, self._begun = epoch, self._generator.get_state()
            self._draw()
        return self._order, None

    def _draw(self) -> None:
        order = torch.randperm(len(self._data[0]), generator=self._generator)[: self.count]
        self._order = order.to(self._data[0].device, non_blocking=True)

    def batch(self, rows: Tensor, drawn: Tensor | None = None) -> tuple[Tensor, ...]:
        """These rows, changed at random; images in float32."""
        batch = tuple(each[rows] for each in self._data)
        if self._change is not None:
            batch = self._change(batch, self._generator)
        return as_input(batch[0]).contiguous(memory_format=self._layout), *batch[1:]

    def state_dict(self) -> dict[str, Any]:
        """The generator now, and as it was before the epoch's order was drawn."""
        return {"epoch": self._epoch, "begun": self._begun, "now": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Draw the epoch's order again, and go on drawing from there."""
        self._epoch, self._begun = state["epoch"], state["begun"]
        if self._epoch >= 0:
            self._generator.set_state(self._begun)
            self._draw()
        self._generator.set_state(state["now"])


def as_input(images: Tensor) -> Tensor:
    """Images as a network takes them: float32, bytes scaled to 0..1.

    >>> as_input(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([0., 1.])
    """
    return images / 255 if images.dtype == torch.uint8 else images


def digest(*tensors: Tensor) -> str:
    """A short digest of tensors, by which a checkpoint knows its data.

    >>> digest(torch.zeros(3)) == digest(torch.zeros(3)) != digest(torch.zeros(4))
    True
    """
    content = hashlib.sha256()
    for each in tensors:
        content.update(repr((tuple(each.shape), each.dtype)).encode())
        content.update(each.contiguous().cpu().view(torch.uint8).numpy().data)
    return content.hexdigest()[:16]
