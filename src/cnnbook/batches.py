"""An ImageSet on a device: shuffled, normalised batches without copies from the host.

The bytes move to the device once. A batch is a selection of rows by an index that was shuffled on
the device; scaling to 0..1 and normalising happen there too. A DataLoader that converts image by
image tops out at a fraction of what even a small network takes.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from .datasets import ImageSet

Augmentation = Callable[[Tensor, torch.Generator], Tensor]


class Batches:
    """The batches of one epoch after another.

    Iterating gives ``(images, labels)``: images float32 ``(B, C, H, W)`` scaled to 0..1, then
    ``(images - mean) / std``; labels int64 ``(B,)``. The order depends on seed and epoch alone.

    Args:
        data: images and labels.
        batch_size: images in a batch; the last one of an epoch may have fewer.
        device: where the batches are made.
        shuffle: whether each epoch has an order of its own.
        seed: seed of the order and of the augmentation.
        mean_std: mean and standard deviation to normalise with; None leaves 0..1.
        channels_last: whether images are laid out with the channels innermost.
        augment: changes a batch of images on the device, with a generator of its own.

    Raises:
        ValueError: if there are no images, or the batch size is below one.

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
        self.images = data.images.to(self.device)
        self.labels = data.labels.to(self.device)
        self.num_classes = len(data.class_names)
        self.shuffle = shuffle
        self.seed = seed
        self.epoch = 0
        self.mean_std = mean_std or (0.0, 1.0)
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.augment = augment

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of the next epoch."""
        generator = torch.Generator(self.device).manual_seed(self.seed * 1_000_003 + self.epoch)
        self.epoch += 1
        count = len(self.labels)
        if not self.shuffle:
            for start in range(0, count, self.batch_size):
                batch = slice(start, start + self.batch_size)
                yield self._prepared(self.images[batch], generator), self.labels[batch]
            return
        order = torch.randperm(count, generator=generator, device=self.device)
        for chosen in torch.split(order, self.batch_size):
            yield self._prepared(self.images[chosen], generator), self.labels[chosen]

    def _prepared(self, images: Tensor, generator: torch.Generator) -> Tensor:
        mean, std = self.mean_std
        scaled = images.to(torch.float32, memory_format=self.memory_format)
        scaled = scaled.mul_(1 / (255 * std)).sub_(mean / std)
        return scaled if self.augment is None else self.augment(scaled, generator)
