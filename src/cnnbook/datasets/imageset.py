"""A set of labelled images in memory."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Labelled images as bytes.

    Args:
        name: the data set, such as ``"mnist"``.
        split: ``"train"`` or ``"test"``.
        images: uint8, ``(N, C, H, W)``.
        labels: int64, ``(N,)``, each below the number of classes.
        class_names: the classes in the order of their labels.

    Raises:
        ValueError: if types, shapes or labels do not fit together.

    >>> images = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
    >>> ImageSet("blank", "train", images, torch.tensor([0, 1]), ("a", "b"))
    ImageSet('blank', 'train': 2 images of 1x28x28, 2 classes)
    """

    name: str
    split: str
    images: torch.Tensor
    labels: torch.Tensor
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for name, given in (("images", self.images), ("labels", self.labels)):
            if not isinstance(given, torch.Tensor):
                raise ValueError(
                    f"{name} must be a tensor, not {type(given).__module__}.{type(given).__name__};"
                    " torch.as_tensor makes one of an array or a list"
                )
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise ValueError(
                f"images must be uint8 of shape (N, C, H, W), not {self.images.dtype} "
                f"of shape {tuple(self.images.shape)}"
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"labels must be int64, one for each of the {len(self.images)} images, not "
                f"{self.labels.dtype} of shape {tuple(self.labels.shape)}"
            )
        if len(self.labels) and not 0 <= int(self.labels.min()) <= int(self.labels.max()) < len(
            self.class_names
        ):
            raise ValueError(
                f"labels run from {int(self.labels.min())} to {int(self.labels.max())}, "
                f"but there are {len(self.class_names)} classes"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.images.shape[1:]))
        return (
            f"ImageSet({self.name!r}, {self.split!r}: {len(self)} images of {size}, "
            f"{len(self.class_names)} classes)"
        )

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    def subset(self, indices: torch.Tensor | Sequence[int]) -> "ImageSet":
        """The images at the given places in that order, or those where a bool tensor is true.

        Raises:
            IndexError: for a place that there is not.
        """
        chosen = torch.as_tensor(indices)
        if chosen.dtype != torch.bool:
            chosen = chosen.long()
            outside = chosen[(chosen < -len(self)) | (chosen >= len(self))]
            if len(outside):
                raise IndexError(
                    f"there is no image {int(outside[0])} in {self}; `first` takes as many as "
                    "there are"
                )
        return ImageSet(
            self.name, self.split, self.images[chosen], self.labels[chosen], self.class_names
        )

    def first(self, count: int) -> "ImageSet":
        """The first ``count`` images, or all of them where there are fewer.

        Raises:
            ValueError: if ``count`` is not positive.
        """
        if count < 1:
            raise ValueError(f"at least one image has to be taken, not {count}")
        return self.subset(range(min(count, len(self))))

    def split_off(self, count: int, seed: int = 0) -> tuple["ImageSet", "ImageSet"]:
        """Part the set at random: the rest, and ``count`` images held out.

        Raises:
            ValueError: if fewer than one image would stay or be held out.
        """
        if not 0 < count < len(self):
            raise ValueError(f"{count} of {len(self)} images cannot be held out")
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(self), generator=generator)
        return self.subset(order[count:].sort().values), self.subset(order[:count].sort().values)

    def mean_std(self) -> tuple[float, float]:
        """Mean and standard deviation of the pixels, scaled to 0..1.

        Counted exactly from the histogram of the 256 values.
        """
        counts = torch.bincount(self.images.flatten(), minlength=256).double()
        values = torch.arange(256, dtype=torch.float64) / 255
        mean = (counts * values).sum() / counts.sum()
        variance = (counts * (values - mean) ** 2).sum() / counts.sum()
        return float(mean), float(variance.sqrt())

    @cached_property
    def digest(self) -> str:
        """A short digest of images and labels, for cache keys."""
        content = hashlib.sha256(repr((tuple(self.images.shape), self.class_names)).encode())
        content.update(self.images.contiguous().numpy().data)
        content.update(self.labels.contiguous().numpy().data)
        return content.hexdigest()[:16]
