"""Scenes to find digits in: digits of several sizes on one canvas, on a ground that is not empty.

MNIST's images hold one digit, centred, on black. Here several of them stand anywhere on a canvas,
on a ground with a slope of light, noise and strokes that are no digits, so that a threshold does
not find them. Each scene says what is where twice: by boxes, and pixel by pixel.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..datasets import ImageSet

INK = 1 / 3
"""From which share of full ink on a pixel counts as part of its digit."""
ROOM = 1.0
"""Pixels that are left free between a digit and the border of the canvas."""
LITTLE, MOST = 0.02, 0.15
"""Overlap of boxes (over the smaller one) that a place is taken with, and that it may have at all.
"""
TRIES = 24
"""Places that are tried for each digit."""


@dataclass(frozen=True, eq=False)
class DigitScenes:
    """Scenes with what is in them.

    Args:
        images: uint8, ``(N, 1, side, side)``.
        boxes: for each scene, float ``(k, 4)``: left, top, right, bottom of the ink in pixels. A
            pixel in column 3 lies between 3 and 4.
        labels: for each scene, int64 ``(k,)``.
        masks: int64, ``(N, side, side)``: 0 is the ground, 1 + digit where a digit's ink is.
    """

    images: Tensor
    boxes: list[Tensor]
    labels: list[Tensor]
    masks: Tensor

    def __len__(self) -> int:
        return len(self.images)


def digit_scenes(
    data: ImageSet,
    count: int,
    seed: int,
    *,
    side: int = 64,
    digits: tuple[int, int] = (1, 4),
    scale: tuple[float, float] = (0.7, 1.3),
    noise: float = 0.06,
    clutter: int = 4,
) -> DigitScenes:
    """Scenes of digits that are drawn from a data set.

    A digit's size and brightness are drawn evenly, its place among those where it overlaps little
    with the others. Where there is no room left, a scene has fewer digits than were drawn for it.
    Where the ink of two digits meets, a pixel belongs to the brighter.

    Args:
        data: where the digits come from: training images for training, test images for testing.
        count: scenes.
        seed: the same seed gives the same scenes.
        side: height and width of the canvas in pixels.
        digits: the least and the largest number of digits in a scene.
        scale: the least and the largest size, as a factor of the size that they have in the data.
        noise: standard deviation of each pixel's noise, with white at 1.
        clutter: the largest number of strokes: short ones, and lines through the whole scene.

    Raises:
        ValueError: if a number makes no sense, or the largest digits do not fit on the canvas.

    >>> from cnnbook.datasets import load
    >>> scenes = digit_scenes(load("digits", "test"), 3, seed=1)
    >>> scenes.images.shape, [label.tolist() for label in scenes.labels]
    (torch.Size([3, 1, 64, 64]), [[1], [0, 7, 2, 4], [4, 0]])
    """
    _check(data, count, side, digits, scale, noise, clutter)
    generator = torch.Generator().manual_seed(seed)
    parts = [
        _some_scenes(data, min(250, count - start), side, digits, scale, noise, clutter, generator)
        for start in range(0, count, 250)  # in parts, for the sake of memory
    ]
    return DigitScenes(
        torch.cat([part.images for part in parts]),
        [boxes for part in parts for boxes in part.boxes],
        [labels for part in parts for labels in part.labels],
        torch.cat([part.masks for part in parts]),
    )


def _check(
    data: ImageSet,
    count: int,
    side: int,
    digits: tuple[int, int],
    scale: tuple[float, float],
    noise: float,
    clutter: int,
) -> None:
    if data.images.shape[1] != 1 or len(data) == 0:
        raise ValueError(f"scenes are made from grey images, and {data} has none")
    if count < 1:
        raise ValueError(f"at least one scene has to be made, not {count}")
    if not 1 <= digits[0] <= digits[1]:
        raise ValueError(f"digits are the least and the largest number in a scene, not {digits}")
    if not 0 < scale[0] <= scale[1]:
        raise ValueError(f"scale is the least and the largest size, not {scale}")
    if noise < 0 or clutter < 0:
        raise ValueError(f"noise and clutter cannot be negative: {noise}, {clutter}")
    needed = max(data.images.shape[2:]) * scale[1] + 2 * ROOM
    if side < needed:
        raise ValueError(
            f"digits of up to {needed:.0f} pixels do not fit on a canvas of {side}; take a larger "
            "side, or smaller digits"
        )


def _some_scenes(
    data: ImageSet,
    count: int,
    side: int,
    digits: tuple[int, int],
    scale: tuple[float, float],
    noise: float,
    clutter: int,
    generator: torch.Generator,
) -> DigitScenes:
    most = digits[1]
    chosen = torch.randint(len(data), (count, most), generator=generator)
    wanted = torch.randint(digits[0], most + 1, (count,), generator=generator)
    sizes = _between(scale, (count, most), generator)
    inks = _ink_boxes(data.images[chosen.flatten(), 0] / 255).reshape(count, most, 4)
    corners, placed = _places(inks * sizes[..., None], side, wanted, generator)
    brightness = _between((0.65, 1.0), (count, most), generator)

    layers = torch.zeros(count, most, side, side)
    for number in range(most):
        small = data.images[chosen[:, number]] / 255
        drawn = _drawn(small, sizes[:, number], corners[:, number], side)
        layers[:, number] = drawn * placed[:, number, None, None]
    shown, owner = (layers * brightness[..., None, None]).max(dim=1)
    inked = layers.gather(1, owner[:, None])[:, 0] >= INK
    instances = torch.where(inked, owner, -1)

    ground = torch.maximum(
        _slope(count, side, generator), _strokes(count, side, clutter, generator)
    )
    images = torch.maximum(ground, shown)
    images += noise * torch.randn(images.shape, generator=generator)
    pixels = (images.clamp(0, 1) * 255).round().to(torch.uint8)[:, None]

    classes = data.labels[chosen]
    masks = torch.where(inked, 1 + classes.gather(1, owner.flatten(1)).reshape(owner.shape), 0)
    own = torch.stack([(instances == number) for number in range(most)], dim=1)
    boxes = _ink_boxes(own.flatten(0, 1).float()).reshape(count, most, 4)
    return DigitScenes(
        pixels,
        [each[there] for each, there in zip(boxes, placed, strict=True)],
        [each[there] for each, there in zip(classes, placed, strict=True)],
        masks,
    )


def _between(
    limits: tuple[float, float], shape: tuple[int, ...], generator: torch.Generator
) -> Tensor:
    return limits[0] + (limits[1] - limits[0]) * torch.rand(shape, generator=generator)


def _ink_boxes(images: Tensor) -> Tensor:
    """Left, top, right and bottom of the ink in images (N, H, W); zeros where there is none."""
    sides = []
    for axis in (1, 2):  # over the rows for left and right, over the columns for top and bottom
        along = (images.amax(dim=axis) >= INK).float()
        first = along.argmax(dim=1)
        last = along.shape[1] - along.flip(1).argmax(dim=1)
        sides.append((first, last))
    (left, right), (top, bottom) = sides
    boxes = torch.stack([left, top, right, bottom], dim=1).float()
    return boxes * along.amax(dim=1, keepdim=True)


def _places(
    inks: Tensor, side: int, wanted: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Corners of the images (N, k, 2), so that their ink overlaps little, and which are placed.

    One digit after the other, for all scenes at once: of some random places, the first with little
    overlap, else the one with the least.
    """
    count, most, _ = inks.shape
    lengths = inks[..., 2:] - inks[..., :2]
    shares = torch.rand(count, most, TRIES, 2, generator=generator)
    free = side - 2 * ROOM - lengths
    starts = ROOM + shares * free[:, :, None]  # of the ink
    tried = torch.cat([starts, starts + lengths[:, :, None]], dim=-1)
    taken, placed = torch.zeros(count, most, 4), torch.zeros(count, most, dtype=torch.bool)
    rows = torch.arange(count)
    for number in range(most):
        overlap = _overlap(tried[:, number], taken[:, :number]).where(
            placed[:, None, :number], torch.zeros(())
        )
        worst = overlap.amax(dim=2) if number else torch.zeros(count, TRIES)
        ranks = worst.where(worst > LITTLE, torch.zeros(()))  # the first of those that will do
        best = ranks.argmin(dim=1)
        taken[:, number] = tried[rows, number, best]
        there = lengths[:, number].amin(dim=1) > 0  # an empty image has no place
        placed[:, number] = there & (worst[rows, best] <= MOST) & (number < wanted)
    return taken[..., :2] - inks[..., :2], placed


def _overlap(left: Tensor, right: Tensor) -> Tensor:
    """Shared area over that of the smaller box: (N, a, 4) and (N, b, 4) give (N, a, b)."""
    low = torch.maximum(left[:, :, None, :2], right[:, None, :, :2])
    high = torch.minimum(left[:, :, None, 2:], right[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(dim=-1)
    areas = [(boxes[..., 2:] - boxes[..., :2]).prod(dim=-1) for boxes in (left, right)]
    return shared / torch.minimum(areas[0][:, :, None], areas[1][:, None]).clamp(min=1e-6)


def _drawn(images: Tensor, sizes: Tensor, corners: Tensor, side: int) -> Tensor:
    """Images (N, 1, h, w) on a canvas (N, side, side), resized, with their corners (x, y) there."""
    height, width = images.shape[2:]
    centres = torch.arange(side) + 0.5
    # Places in the image of the canvas's pixels, from -1 at one border to 1 at the other.
    x = 2 * (centres - corners[:, :1]) / (sizes[:, None] * width) - 1
    y = 2 * (centres - corners[:, 1:]) / (sizes[:, None] * height) - 1
    places = torch.empty(len(images), side, side, 2)
    places[..., 0], places[..., 1] = x[:, None, :], y[:, :, None]
    return F.grid_sample(images, places, align_corners=False)[:, 0]


def _slope(count: int, side: int, generator: torch.Generator) -> Tensor:
    """A ground (N, side, side) whose brightness rises evenly in some direction."""
    level = _between((0.05, 0.3), (count, 1, 1), generator)
    rise = _between((-0.2, 0.2), (count, 2), generator)
    line = torch.linspace(-0.5, 0.5, side)
    return (level + rise[:, :1, None] * line[:, None] + rise[:, 1:, None] * line).clamp(min=0)


def _strokes(count: int, side: int, clutter: int, generator: torch.Generator) -> Tensor:
    """Straight strokes (N, side, side): as long as a speck or through all, never as a digit."""
    strokes = torch.zeros(count, side, side)
    columns = torch.arange(side) + 0.5
    wanted = torch.randint(0, clutter + 1, (count,), generator=generator)
    for number in range(clutter):
        middle = _between((0, side), (count, 2), generator)
        angle = _between((0, torch.pi), (count,), generator)
        short = torch.rand(count, generator=generator) < 0.5
        reach = torch.where(short, _between((1.0, 3.5), (count,), generator), 2.0 * side)
        thickness = _between((0.5, 1.1), (count,), generator)[:, None, None]
        brightness = _between((0.4, 0.9), (count,), generator) * (number < wanted)
        x = columns[None, None, :] - middle[:, 0, None, None]
        y = columns[None, :, None] - middle[:, 1, None, None]
        sine, cosine = angle.sin()[:, None, None], angle.cos()[:, None, None]
        beyond = ((x * cosine + y * sine).abs() - reach[:, None, None]).clamp(min=0)
        distance = torch.hypot(beyond, x * sine - y * cosine)
        soft = (thickness + 0.5 - distance).clamp(0, 1)
        strokes = torch.maximum(strokes, soft * brightness[:, None, None])
    return strokes
