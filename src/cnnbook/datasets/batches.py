"""An ImageSet on a device: shuffled, normalised batches without copies from the host.

The bytes move to the device once. A batch is a selection of rows by an index that is shuffled
once an epoch; scaling to 0..1, random changes and normalising happen there too. A DataLoader that
converts image by image tops out at a fraction of what even a small network takes.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..device import DeviceError
from . import ImageSet
from .augment import Augmentation


class Batches:
    """The batches of one epoch after another.

    Iterating gives ``(images, labels)``: images float32 ``(B, C, H, W)`` scaled to 0..1, then
    ``(images - mean) / std``; labels int64 ``(B,)``. The order, and how images are changed at
    random, depend on seed and epoch alone, so that any batch of any epoch can be had again.

    Args:
        data: images and labels.
        batch_size: images in a batch; the last one of an epoch may have fewer.
        device: where the batches are made.
        shuffle: whether each epoch has an order of its own.
        seed: seed of the order and of the augmentation.
        mean_std: mean and standard deviation to normalise with; None leaves 0..1.
        channels_last: whether images are laid out with the channels innermost.
        augment: changes images in 0..1 at random, before they are normalised.

    Raises:
        ValueError: if there are no images, or the batch size is below one.
        DeviceError: if the device has no room for the images.

    >>> from cnnbook.datasets import load
    >>> batches = Batches(load("digits"), batch_size=64)
    >>> images, labels = next(iter(batches))
    >>> len(batches), images.shape, images.dtype
    (23, torch.Size([64, 1, 28, 28]), torch.float32)
    """

    def __init__(
        self,
        data: ImageSet,
        batch_size: int,
        device: torch.device | str = "cpu",
        *,
        shuffle: bool = False,
        seed: int = 0,
        mean_std: tuple[float, float] | None = None,
        channels_last: bool = False,
        augment: Augmentation | None = None,
    ) -> None:
        if len(data) == 0:
            raise ValueError(f"{data!r} has no images to make batches of")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        if mean_std is not None and not mean_std[1] > 0:  # nan too
            raise ValueError(f"images cannot be divided by a standard deviation of {mean_std[1]}")
        self.batch_size = batch_size
        self.device = torch.device(device)
        try:
            self.images = data.images.to(self.device)
            self.labels = data.labels.to(self.device)
        except torch.OutOfMemoryError as error:
            raise DeviceError(
                f"{self.device} has no room for the images of {data!r}, "
                f"{data.images.nbytes / 1e6:,.0f} MB; take fewer of them (subset), or compute on "
                "the processor (device='cpu')"
            ) from error
        self.num_classes = len(data.class_names)
        self.shuffle = shuffle
        self.seed = seed
        self.mean_std = mean_std or (0.0, 1.0)
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.augment = augment
        self._next_epoch = 0

    @property
    def count(self) -> int:
        """Images in an epoch."""
        return len(self.labels)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of the next epoch."""
        epoch = self._next_epoch
        self._next_epoch += 1
        order, drawn = self.epoch_indices(epoch)
        for start in range(0, len(self.labels), self.batch_size):
            # A slice of an ordered set is a view: no image is copied before it is scaled.
            rows = slice(start, start + self.batch_size)
            yield self.batch(
                order[rows] if self.shuffle else rows, None if drawn is None else drawn[rows]
            )

    def epoch_indices(self, epoch: int) -> tuple[Tensor, Tensor | None]:
        """What is random in an epoch, counted from 0.

        Returns:
            The order of the images, int64 ``(N,)``, and for each place in that order the numbers
            that change its image, None without augmentation. Both are on the device.
        """
        # Drawn on the processor: each kind of device has a generator of its own, and a training
        # that goes on elsewhere within an epoch would meet some images twice and others never.
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        count = len(self.labels)
        order = torch.randperm(count, generator=generator) if self.shuffle else torch.arange(count)
        drawn = None if self.augment is None else self.augment.draw(count, generator)
        return self._sent(order), None if drawn is None else self._sent(drawn)

    def _sent(self, values: Tensor) -> Tensor:
        """Values on the device, without waiting for what it is doing."""
        return values.to(self.device, non_blocking=True)

    def batch(self, rows: Tensor | slice, drawn: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Images and labels of the given rows, scaled, changed as ``drawn`` says, normalised."""
        mean, std = self.mean_std
        scaled = self.images[rows].to(torch.float32, memory_format=self.memory_format)
        if self.augment is None or drawn is None:
            return scaled.mul_(1 / (255 * std)).sub_(mean / std), self.labels[rows]
        changed = self.augment(scaled.mul_(1 / 255), drawn).sub_(mean).mul_(1 / std)
        return changed.contiguous(memory_format=self.memory_format), self.labels[rows]

    def state_dict(self) -> dict[str, Any]:
        """Nothing: all that is random depends on seed and epoch alone."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing, as above."""
