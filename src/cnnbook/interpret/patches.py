"""Which part of which image excites a unit most: the image as the unit sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .hooks import batches, caught, evaluated, feature_maps, taken


@dataclass(frozen=True, eq=False)
class Patch:
    """What one unit of a channel saw.

    Attributes:
        pixels: the part of the image that the unit sees, ``(C, h, w)``; what lies beyond the
            border of the image is filled.
        image: the place of the image among those given.
        unit: row and column of the unit in its map; ``(0, 0)`` in a layer without places.
        value: what the unit gave.
        rows: the rows that it sees; those below 0 or beyond the last lie outside the image.
        columns: the columns, likewise.
    """

    pixels: Tensor
    image: int
    unit: tuple[int, int]
    value: float
    rows: range
    columns: range


def exciting_patches(
    model: nn.Module,
    images: Tensor,
    layer: str,
    channel: int,
    count: int = 9,
    *,
    fill: float = 0.0,
    batch_size: int = 256,
) -> list[Patch]:
    """The patches that excite a channel most, the strongest first, at most one of an image.

    In every image the unit with the largest value stands for the channel. The units of the images
    with the largest of these values are taken, and what each of them can see is cut out.

    Args:
        model: any module that takes the images; it is run in evaluation mode.
        images: images ``(N, C, H, W)``, floating point.
        layer: one of :func:`layer_names`.
        channel: which of its channels (or features), counted from 0.
        count: how many patches; fewer if there are fewer images.
        fill: what stands for pixels beyond the border.
        batch_size: images that are run at once.

    Raises:
        ValueError: as :func:`feature_maps`, if there is no such channel, or the count is below 1.

    Source: after Zeiler and Fergus, Visualizing and understanding convolutional networks (2014),
    section 3.1, who show the strongest activations of a map and the patches they come from.

    >>> layer = nn.Conv2d(1, 1, (1, 2), bias=False)
    >>> layer.weight.data = torch.tensor([[[[-1.0, 1.0]]]])  # brighter to the right
    >>> patch, = exciting_patches(nn.Sequential(layer), torch.tensor([[[[5.0, 1, 4]]]]), "0", 0)
    >>> patch.pixels[0], patch.value, patch.columns
    (tensor([[1., 4.]]), 3.0, range(1, 3))
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")

    def strongest(maps: Tensor) -> Tensor:
        """The largest value of each image, and where it stands, ``(N, 2)``."""
        if not 0 <= channel < maps.shape[1]:
            raise ValueError(f"layer {layer!r} has {maps.shape[1]} channels, and none is {channel}")
        value, place = maps[:, channel].flatten(1).max(dim=1)
        return torch.stack([value.double(), place.double()], dim=1)

    found = feature_maps(
        model,
        images,
        layer,
        summary=lambda maps: strongest(_as_maps(maps, layer)),
        batch_size=batch_size,
    )
    order = found[:, 0].argsort(descending=True, stable=True)[:count].tolist()
    size = (int(images.shape[1]), int(images.shape[2]), int(images.shape[3]))
    rows, columns = unit_fields(model, size, layer, batch_size=batch_size, like=images)
    patches = []
    for index in order:
        value, place = found[index].tolist()
        unit = divmod(int(place), len(rows[0]))
        high, wide = rows[unit[0]][unit[1]], columns[unit[0]][unit[1]]
        pixels = _cut(images[index].cpu(), high, wide, fill)
        patches.append(Patch(pixels, index, unit, value, high, wide))
    return patches


def unit_fields(
    model: nn.Module,
    image_shape: tuple[int, int, int],
    layer: str,
    *,
    like: Tensor | None = None,
    batch_size: int = 256,
) -> tuple[list[list[range]], list[list[range]]]:
    """The rows and the columns of the image that each unit of a layer sees, as two tables.

    As in :func:`cnnbook.interpret.receptive_field.seen_pixels`, pixels are replaced by NaN, and the
    units that see them become NaN; here a whole row or column at once, which gives the fields of
    all units in H + W images. A field that is cut off at one border of the image is given in full,
    as far as the units in the middle show its size and its place.

    Args:
        model: any module; it is run in evaluation mode.
        image_shape: shape of one image, ``(C, H, W)``.
        layer: one of :func:`layer_names`.
        like: a tensor whose type and device the images have.
        batch_size: images that are run at once.

    >>> rows, columns = unit_fields(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1)), (1, 4, 5), "0")
    >>> rows[0][0], columns[0][4]
    (range(-1, 2), range(3, 6))
    """
    _, height, width = image_shape
    random = torch.Generator().manual_seed(0)
    images = torch.rand(height + width, *image_shape, generator=random, device="cpu")
    images = images if like is None else images.to(like)
    for row in range(height):
        images[row, :, row] = torch.nan
    for column in range(width):
        images[height + column, :, :, column] = torch.nan
    reached = []
    with (
        torch.no_grad(),
        evaluated(model),
        caught(model, [layer]) as outputs,
        # cuDNN's faster algorithms mix neighbouring windows, and NaN would spread.
        torch.backends.cudnn.flags(enabled=False),
    ):
        for batch in batches(model, images, batch_size):
            model(batch)
            maps = _as_maps(taken(outputs, layer), layer)
            reached.append(maps.isnan().any(dim=1).cpu())
    seen = torch.cat(reached)
    return _whole(seen[:height], 0), _whole(seen[height:], 1)


def _as_maps(output: Tensor, layer: str) -> Tensor:
    """What a layer gives as maps (N, C, h, w); features are maps of one place."""
    if output.ndim not in (2, 4):
        raise ValueError(
            f"layer {layer!r} gives {tuple(output.shape)}; units with a place in the image are in "
            "maps (N, channels, h, w), and features (N, features) see all of it"
        )
    return output if output.ndim == 4 else output[..., None, None]


def _whole(seen: Tensor, axis: int) -> list[list[range]]:
    """Ranges from first to last along one axis; ``seen`` is (pixels, h, w), booleans."""
    size = len(seen)
    pixels = torch.arange(size, device=seen.device)[:, None, None]
    first = torch.where(seen, pixels, size).amin(dim=0)
    last = torch.where(seen, pixels, -1).amax(dim=0)
    full = int((last - first).max()) + 1
    # Strides can leave the last pixels unread: the border is where units stop to see.
    low, high = int(first.min()), int(last.max())
    law = _law(first, last - first + 1 == full, axis)

    def field(start: int, end: int, place: int) -> range:
        if start > end:
            return range(0, 0)
        if law is not None:
            expected = law[0] + law[1] * place
            beyond = expected + full
            if (expected == start or expected < 0) and (beyond == end + 1 or beyond > size):
                return range(expected, beyond)
        if start == low and end < high:
            start = min(start, end - full + 1)
        elif end == high and start > low:
            end = max(end, start + full - 1)
        return range(start, end + 1)

    return [
        [
            field(int(first[row, column]), int(last[row, column]), (row, column)[axis])
            for column in range(first.shape[1])
        ]
        for row in range(first.shape[0])
    ]


def _law(first: Tensor, full: Tensor, axis: int) -> tuple[int, int] | None:
    """Where the first unit's field starts, and from unit to unit how much later; None for none.

    At a border a dilated layer leaves out pixels at either end of a field, so that the fields there
    are told by those in the middle.
    """
    places, starts = full.nonzero()[:, axis], first[full]
    near, far = int(places.argmin()), int(places.argmax())
    distance = int(places[far] - places[near])
    if distance == 0:
        return None
    step, rest = divmod(int(starts[far] - starts[near]), distance)
    begin = int(starts[near]) - step * int(places[near])
    if rest or not torch.equal(starts, begin + step * places):
        return None
    return begin, step


def _cut(image: Tensor, rows: Sequence[int], columns: Sequence[int], fill: float) -> Tensor:
    """The part of an image (C, H, W) in two ranges, which may reach beyond its borders."""
    if not rows or not columns:
        return image.new_zeros(len(image), 0, 0)
    top, bottom = max(-rows[0], 0), max(rows[-1] + 1 - image.shape[1], 0)
    left, right = max(-columns[0], 0), max(columns[-1] + 1 - image.shape[2], 0)
    padded = F.pad(image, (left, right, top, bottom), value=fill)
    return padded[
        :, rows[0] + top : rows[-1] + 1 + top, columns[0] + left : columns[-1] + 1 + left
    ].clone()
