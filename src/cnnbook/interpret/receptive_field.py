"""Which pixels of the input a unit of a network can see, and how much each of them counts.

Three ways to the same answer: a recursion over the layers (:func:`sequential_fields`), a test of
every pixel on the network as it is (:func:`seen_pixels`), and gradients (:func:`influence`). The
recursion needs layers in a row; the other two take any module on images, branches included.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..arithmetic import ReceptiveField
from .hooks import evaluated

WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.LPPool2d)
"""Layers whose units see a window of the layer before."""

POINTWISE = (
    *(nn.Identity, nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh),
    *(nn.SELU, nn.CELU, nn.Mish, nn.LogSigmoid, nn.Softsign, nn.Tanhshrink, nn.Softshrink),
    *(nn.Hardshrink, nn.Hardsigmoid, nn.Hardtanh, nn.Hardswish, nn.Threshold, nn.RReLU),
    *(nn.Sigmoid, nn.Softplus, nn.Dropout, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout),
    *(nn.BatchNorm2d, nn.ChannelShuffle, nn.Softmax2d),
)
"""Layers whose units see one place of the layer before (normalisation in evaluation mode)."""


@dataclass(frozen=True)
class LayerField:
    """What the units of one layer see.

    Attributes:
        name: the layer's path in the model, such as ``"features.conv1"``.
        kind: its class, such as ``"Conv2d"``.
        rows: the receptive field along the height.
        columns: the receptive field along the width.
    """

    name: str
    kind: str
    rows: ReceptiveField
    columns: ReceptiveField


def sequential_fields(model: nn.Module) -> list[LayerField]:
    """The receptive field after each layer, by recursion over layers that lie in a row.

    See :meth:`cnnbook.arithmetic.ReceptiveField.through` for the formula.

    Args:
        model: one layer, or an ``nn.Sequential`` of layers on images (which may hold others):
            convolutions, poolings, and layers that treat each place by itself.

    Raises:
        ValueError: at a layer of another kind, or of which the recursion does not hold (a class
            with a ``forward`` of its own, circular padding, normalisation over the whole image);
            the message names it and the remedy.

    Source: Araujo, Norris and Sim, Computing receptive fields of convolutional neural networks,
    Distill (2019).

    >>> layers = nn.Sequential(nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5))
    >>> for layer in sequential_fields(layers):
    ...     print(layer.name, layer.kind, layer.rows.size, layer.rows.jump)
    0 Conv2d 5 1
    1 MaxPool2d 6 2
    2 Conv2d 14 2
    """
    rows = columns = ReceptiveField()
    found = []
    for name, layer in _in_a_row(model, ""):
        wide = _is_one_of(layer, WINDOWS)
        if wide:
            rows, columns = _through(rows, layer, 0), _through(columns, layer, 1)
        if _sees_far(layer) or not (wide or _is_one_of(layer, POINTWISE)):
            raise ValueError(
                f"layer {name or 'model'!r} ({type(layer).__name__}) has no place in the recursion;"
                " give the convolutions and poolings before it, or ask seen_pixels, which tries"
                " every pixel of any module"
            )
        found.append(LayerField(name or "model", type(layer).__name__, rows, columns))
    return found


def seen_pixels(
    model: nn.Module,
    input_shape: Sequence[int],
    unit: tuple[int, ...] | None = None,
    *,
    layer: str | None = None,
    chunk: int = 64,
) -> Tensor:
    """The pixels that a unit depends on, booleans (H, W), for any module that takes images.

    Every pixel in turn is replaced by a number that is none (NaN), in all channels, and the unit
    sees the pixel if it becomes NaN, too. So the answer is one about the structure: it is the same
    for weights that are zero and for units that ReLU has switched off. What the network computes
    with whole numbers or comparisons only (such as the place of a maximum) does not carry it; where
    the gradient shows that a pixel counts all the same, that is an error.

    Args:
        model: any module; it is run in evaluation mode and left as it was.
        input_shape: shape of one image, (C, H, W).
        unit: place in the output's axes after batch and channels, such as ``(row, column)``; by
            default the middle. All channels there count as one unit.
        layer: name of an inner layer whose output is meant instead of the model's.
        chunk: images that are run at once.

    Raises:
        ValueError: if the shape is no image's, the unit is not in the output, the layer does not
            exist, the output is NaN by itself, or the model keeps NaN from the unit.

    >>> seen_pixels(nn.Conv2d(1, 1, 3, padding=1), (1, 3, 4), (0, 0)).int()
    tensor([[1, 1, 0, 0],
            [1, 1, 0, 0],
            [0, 0, 0, 0]], dtype=torch.int32)
    """
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1, not {chunk}")
    if len(input_shape) != 3 or min(input_shape) < 1:
        raise ValueError(f"input_shape is that of one image, (C, H, W), not {tuple(input_shape)}")
    _, height, width = input_shape
    like = next(model.parameters(), torch.empty(0, device="cpu"))
    random = torch.Generator().manual_seed(0)
    image = torch.rand(tuple(input_shape), generator=random, device="cpu").to(like)
    with torch.no_grad(), _watched(model, layer) as run:
        clean = run(image[None])
        place = _place(unit, clean)
        if clean[(0, slice(None), *place)].isnan().any():
            raise ValueError("the unit is NaN for an image of ordinary numbers; check the weights")
        seen = torch.zeros(height * width, dtype=torch.bool, device="cpu")
        for first in range(0, height * width, chunk):
            pixels = torch.arange(first, min(first + chunk, height * width), device="cpu")
            images = image.repeat(len(pixels), 1, 1, 1)
            images[range(len(pixels)), :, pixels // width, pixels % width] = torch.nan
            values = run(images)[(slice(None), slice(None), *place)]
            seen[pixels] = values.isnan().any(dim=1).cpu()
        counts = _with_a_gradient(run, image, place)
    seen = seen.reshape(height, width)
    if missed := int((counts & ~seen).sum()):
        raise ValueError(
            f"{missed} pixels count for the unit, but what is no number does not come through from "
            "them: the model replaces it somewhere (torch.where, nan_to_num); ask influence"
        )
    return seen


def _with_a_gradient(run: Any, image: Tensor, place: tuple[int, ...]) -> Tensor:
    """The pixels that the unit has a gradient for; none where the model has no gradients."""
    gradient: Tensor | None = None
    with torch.inference_mode(False), torch.enable_grad(), suppress(RuntimeError):
        pixels = image[None].clone().requires_grad_()
        values = run(pixels)[(0, slice(None), *place)]
        (gradient,) = torch.autograd.grad(values.sum(), pixels, allow_unused=True)
    if gradient is None:
        return torch.zeros(image.shape[1:], dtype=torch.bool, device="cpu")
    return (gradient[0].nan_to_num() != 0).any(dim=0).cpu()


def influence(
    model: nn.Module,
    images: Tensor,
    unit: tuple[int, ...] | None = None,
    *,
    layer: str | None = None,
) -> Tensor:
    """How much each pixel counts for a unit: the mean square of the unit's gradient, (H, W).

    The mean runs over images and over the unit's channels, the sum over the channels of the
    image. For weights drawn independently with mean zero and no activation it is, on average, in
    proportion to the number of paths from the pixel to the unit.

    Args:
        model: any module; it is run in evaluation mode and left as it was.
        images: images (N, C, H, W), floating point.
        unit: as for :func:`seen_pixels`.
        layer: as for :func:`seen_pixels`.

    Raises:
        ValueError: if the images have another shape, the unit is not in the output, or the layer
            does not exist.

    Source: after Luo, Li, Urtasun and Zemel, Understanding the effective receptive field in deep
    convolutional neural networks (2016), section 2.

    >>> layer = nn.Conv2d(1, 1, (1, 2), bias=False)
    >>> layer.weight.data = torch.tensor([[[[1.0, 3.0]]]])
    >>> influence(layer, torch.zeros(1, 1, 1, 3), (0, 0))
    tensor([[1., 9., 0.]])
    """
    if images.ndim != 4 or not images.is_floating_point():
        raise ValueError(
            f"images are floating-point numbers (N, C, H, W), not {images.dtype} of shape "
            f"{tuple(images.shape)}"
        )
    with torch.inference_mode(False), torch.enable_grad(), _watched(model, layer) as run:
        total = torch.zeros(images.shape[2:], dtype=torch.float64, device="cpu")
        like = next(model.parameters(), images)
        pixels = images.detach().clone().to(like.device, like.dtype).requires_grad_()
        output = run(pixels)
        values = output[(slice(None), slice(None), *_place(unit, output))].sum(dim=0)
        for channel, value in enumerate(values):
            last = channel == len(values) - 1
            (gradient,) = torch.autograd.grad(value, pixels, retain_graph=not last)
            total += gradient.square().double().sum(dim=(0, 1)).cpu()
    return (total / (len(images) * len(values))).to(torch.float32)


def _is_one_of(layer: nn.Module, kinds: tuple[type[nn.Module], ...]) -> bool:
    """Whether a layer is of a kind and does what that does: its class has no other ``forward``."""
    return any(isinstance(layer, kind) and type(layer).forward is kind.forward for kind in kinds)


def _sees_far(layer: nn.Module) -> bool:
    """Whether a layer of a known kind is set so that a unit sees more than its window."""
    without_statistics = isinstance(layer, nn.BatchNorm2d) and layer.running_mean is None
    return without_statistics or getattr(layer, "padding_mode", "") == "circular"


def _in_a_row(model: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
    if _is_one_of(model, (nn.Sequential,)):
        for child_name, child in model.named_children():
            yield from _in_a_row(child, f"{name}.{child_name}" if name else child_name)
    else:
        yield name, model


def _through(field: ReceptiveField, layer: nn.Module, axis: int) -> ReceptiveField:
    def along(name: str, default: Any) -> int:
        value = getattr(layer, name, default)
        if name == "stride" and value is None:
            return along("kernel_size", 1)
        if isinstance(value, str):  # "same" or "valid"
            total = along("dilation", 1) * (along("kernel_size", 1) - 1)
            return total // 2 if value == "same" else 0
        return int(value[axis] if isinstance(value, (tuple, list)) else value)

    return field.through(
        along("kernel_size", 1), along("stride", 1), along("padding", 0), along("dilation", 1)
    )


@contextmanager
def _watched(model: nn.Module, layer: str | None) -> Iterator[Any]:
    """A function that runs the model and returns the output of a layer, or its own."""
    modules = dict(model.named_modules())
    if layer is not None and layer not in modules:
        raise ValueError(
            f"there is no layer {layer!r}; there are {', '.join(filter(None, modules))}"
        )
    caught: list[Tensor] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> Any:
        if not isinstance(output, Tensor):
            raise ValueError(
                f"layer {layer or 'model'!r} gives a {type(output).__name__}, not a tensor; name a "
                "layer that gives one"
            )
        caught.append(output)
        # A layer after it may work in place (ReLU(inplace=True), `out += identity`).
        return output.clone() if layer else output

    hook = modules[layer or ""].register_forward_hook(keep)

    def run(images: Tensor) -> Tensor:
        caught.clear()
        model(images)
        if not caught:
            raise ValueError(f"the model was run, but its layer {layer!r} was not used")
        return caught[-1]

    try:
        # cuDNN's faster algorithms mix neighbouring windows, and NaN would spread.
        with evaluated(model), torch.backends.cudnn.flags(enabled=False):
            yield run
    finally:
        hook.remove()


def _place(unit: tuple[int, ...] | None, output: Tensor) -> tuple[int, ...]:
    sizes = tuple(output.shape[2:])
    place = tuple(size // 2 for size in sizes) if unit is None else tuple(unit)
    if len(place) != len(sizes) or not all(
        0 <= index < size for index, size in zip(place, sizes, strict=False)
    ):
        raise ValueError(f"unit {place} is not in the output, which has {sizes} places")
    return place
