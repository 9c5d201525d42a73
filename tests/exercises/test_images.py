"""Answers to the exercises on images: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import functional as transforms

from tests.exercises.answers import *  # noqa: F403


def means_of(images: Tensor, labels: Tensor) -> Tensor:
    known = images.flatten(1).float()
    return torch.stack([known[labels == k].mean(0) for k in range(int(labels.max()) + 1)])


def nearest_mean(train_images: Tensor, train_labels: Tensor, images: Tensor) -> Tensor:
    return torch.cdist(images.flatten(1).float(), means_of(train_images, train_labels)).argmin(1)


def normalised(images: Tensor, dim: tuple[int, ...] = (0, 2, 3), correction: int = 0) -> Tensor:
    images = images.float()
    mean = images.mean(dim, keepdim=True)
    return (images - mean) / images.std(dim, keepdim=True, correction=correction)


def to_batch(photo: Tensor) -> Tensor:
    return photo.permute(2, 0, 1)[None] / 255


SOLUTIONS: dict[str, Any] = {
    "images.bytes": 796_262_400,
    "images.brighten": lambda image, amount: (image.int() + amount).clamp(0, 255).byte(),
    "images.to_batch": to_batch,
    "images.normalise": normalised,
    "images.nearest_mean": nearest_mean,
}


def bytes_subtracted(train_images: Tensor, train_labels: Tensor, images: Tensor) -> Tensor:
    means = means_of(train_images, train_labels).byte()
    return ((images.flatten(1)[:, None] - means) ** 2).sum(2).argmin(1)


def nearest_image(train_images: Tensor, train_labels: Tensor, images: Tensor) -> Tensor:
    known = train_images.flatten(1).float()
    return train_labels[torch.cdist(images.flatten(1).float(), known).argmin(1)]


def nearest_sum(train_images: Tensor, train_labels: Tensor, images: Tensor) -> Tensor:
    counts = train_labels.bincount()[:, None]
    sums = means_of(train_images, train_labels) * counts
    return torch.cdist(images.flatten(1).float(), sums).argmin(1)


def largest_product(train_images: Tensor, train_labels: Tensor, images: Tensor) -> Tensor:
    return (images.flatten(1).float() @ means_of(train_images, train_labels).T).argmax(1)


def away(train_images: Tensor, train_labels: Tensor, images: Tensor) -> Tensor:
    return torch.cdist(images.flatten(1).float(), means_of(train_images, train_labels))


def without_squares(train_images: Tensor, train_labels: Tensor, images: Tensor) -> Tensor:
    means = means_of(train_images, train_labels)
    return (images.flatten(1).float()[:, None] - means).sum(2).argmin(1)


WRONG: list[tuple[str, Any, str]] = [
    ("images.bytes", 199_065_600, "four bytes"),
    ("images.bytes", 24_883_200, "one image"),
    ("images.bytes", 265_420_800, "three channels"),
    ("images.bytes", 6_370_099_200, "eight of them make a byte"),
    ("images.bytes", 1_592_524_800, "float64"),
    ("images.bytes", 796.26, "millions of bytes"),
    ("images.bytes", 759.4, "mebibytes"),
    ("images.bytes", 5, "Multiply images"),
    ("images.bytes", [1, 2], "One number was asked for"),
    ("images.brighten", lambda image, amount: image + amount, "Above 255 the bytes ran over"),
    ("images.brighten", lambda image, amount: (image + amount).clamp(0, 255), "bytes ran over"),
    (
        "images.brighten",
        lambda image, amount: (image.int() + amount).clamp(max=255).byte(),
        "Below 0",
    ),
    (
        "images.brighten",
        lambda image, amount: (image.int() + amount).clamp(min=0).byte(),
        "Above 255",
    ),
    (
        "images.brighten",
        lambda image, amount: (image.int() - amount).clamp(0, 255).byte(),
        "darker",
    ),
    ("images.brighten", lambda image, amount: image, "as it was"),
    (
        "images.brighten",
        lambda image, amount: (image.float() + amount).clamp(0, 255),
        "uint8 was asked for",
    ),
    ("images.brighten", 3, "has to be a function"),
    ("images.to_batch", lambda p: p.reshape(1, 3, *p.shape[:2]) / 255, "deals the numbers out"),
    ("images.to_batch", lambda p: p.permute(2, 0, 1) / 255, "axis that counts the images"),
    ("images.to_batch", lambda p: p.permute(2, 0, 1)[None].float(), "still from 0 to 255"),
    ("images.to_batch", lambda p: p[None] / 255, "channels are still last"),
    ("images.to_batch", lambda p: p.permute(2, 1, 0)[None] / 255, "Rows and columns"),
    ("images.to_batch", lambda p: to_batch(p).flip(1), "channels are reversed"),
    ("images.to_batch", lambda p: p.permute(2, 0, 1)[None] // 255, "as whole numbers"),
    ("images.to_batch", lambda p: p.permute(2, 0, 1)[None] / 256, "divided by 256"),
    ("images.to_batch", lambda p: p.permute(2, 0, 1)[:, None] / 255, "images come first"),
    ("images.normalise", lambda x: normalised(x, (0, 1, 2, 3)), "One mean for all channels"),
    ("images.normalise", lambda x: normalised(x, (2, 3)), "Each image was normalised by itself"),
    ("images.normalise", lambda x: normalised(x, (1, 2, 3)), "all channels together"),
    ("images.normalise", lambda x: normalised(x, correction=1), "correction=0"),
    (
        "images.normalise",
        lambda x: normalised(x) / x.float().std((0, 2, 3), keepdim=True, correction=0),
        "divides by the variance",
    ),
    (
        "images.normalise",
        lambda x: x.float() - x.float().mean((0, 2, 3), keepdim=True),
        "deviation is not 1",
    ),
    ("images.normalise", lambda x: x.float(), "numbers differ"),
    ("images.nearest_mean", lambda t, k, x: away(t, k, x).argmax(1), "farthest"),
    ("images.nearest_mean", away, "Those are the distances"),
    ("images.nearest_mean", lambda t, k, x: away(t, k, x).amin(1), "its class was asked for"),
    ("images.nearest_mean", nearest_sum, "added, not averaged"),
    ("images.nearest_mean", largest_product, "largest product"),
    ("images.nearest_mean", without_squares, "cancel"),
    ("images.nearest_mean", bytes_subtracted, "bytes ran over"),
    ("images.nearest_mean", nearest_image, "nearest single image"),
]


def test_what_is_due_for_a_photo_is_what_torchvision_gives() -> None:
    photo = torch.randint(0, 256, (6, 4, 3), dtype=torch.uint8)
    assert torch.equal(to_batch(photo)[0], transforms.to_tensor(photo.numpy()))
