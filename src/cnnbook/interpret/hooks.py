"""Running a network while looking at what its layers give, or while silencing a channel."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import index
from typing import Any, SupportsIndex, cast, overload

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from .._surroundings import modes_kept

Summary = Callable[[Tensor], Tensor]


def layer_names(model: nn.Module) -> tuple[str, ...]:
    """The names of a model's layers, in the order in which they were defined.

    Each is the path of a module in the model, containers included.

    >>> layer_names(nn.Sequential(nn.Conv2d(1, 6, 5), nn.Sequential(nn.ReLU())))
    ('0', '1', '1.0')
    """
    return tuple(name for name, _ in model.named_modules() if name)


@overload
def feature_maps(
    model: nn.Module,
    images: Tensor,
    layer: str,
    *,
    summary: Summary | None = None,
    batch_size: int = 256,
) -> Tensor: ...


@overload
def feature_maps(
    model: nn.Module,
    images: Tensor,
    layer: list[str] | tuple[str, ...],
    *,
    summary: Summary | None = None,
    batch_size: int = 256,
) -> dict[str, Tensor]: ...


def feature_maps(
    model: nn.Module,
    images: Tensor,
    layer: str | list[str] | tuple[str, ...],
    *,
    summary: Summary | None = None,
    batch_size: int = 256,
) -> Tensor | dict[str, Tensor]:
    """What a layer gives for images, without gradients and on the CPU.

    Shape: ``(N, C, H, W)`` -> ``(N, channels, h, w)`` for a layer on maps, ``(N, features)`` for a
    fully connected one. A layer that is used several times gives what it gave last.

    Args:
        model: any module that takes the images; it is run in evaluation mode.
        images: images ``(N, C, H, W)``, floating point; they are moved to the model's device batch
            by batch.
        layer: one of :func:`layer_names`; for several, a dict by name is returned.
        summary: applied to what each batch gives, so that large maps need not be kept, such as
            ``lambda maps: maps.amax(dim=(2, 3))``; it has to keep the first axis.
        batch_size: images that are run at once.

    Raises:
        ValueError: if the images have another shape or type, there are none, the layer does not
            exist or is not used, or gives no tensor.

    >>> model = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.Flatten(), nn.Linear(3456, 10))
    >>> feature_maps(model, torch.zeros(2, 1, 28, 28), "1").shape
    torch.Size([2, 6, 24, 24])
    """
    names = [layer] if isinstance(layer, str) else list(dict.fromkeys(layer))
    kept: dict[str, list[Tensor]] = {name: [] for name in names}
    with torch.no_grad(), evaluated(model), caught(model, names) as outputs:
        for batch in batches(model, images, batch_size):
            model(batch)
            for name in names:
                maps = taken(outputs, name)
                kept[name].append((maps if summary is None else summary(maps)).cpu())
            outputs.clear()
    found = {name: torch.cat(parts) for name, parts in kept.items()}
    return found[layer] if isinstance(layer, str) else found


@contextmanager
def without_channel(
    model: nn.Module, layer: str, channel: int | Sequence[int]
) -> Iterator[nn.Module]:
    """A block in which one or several channels of a layer give zero, and everything else is as is.

    Args:
        model: any module; nothing about it changes but what the layer gives.
        layer: one of :func:`layer_names`, whose output has channels as its second axis.
        channel: which, counted from 0; a whole number of any type, or several.

    Raises:
        ValueError: if the layer does not exist; and, when the model is run, if it has no such
            channel.

    >>> model = nn.Sequential(nn.Conv2d(1, 2, 1))
    >>> with without_channel(model, "0", 1):
    ...     print(model(torch.ones(1, 1, 2, 2))[0, 1])
    tensor([[0., 0.],
            [0., 0.]], grad_fn=<SelectBackward0>)
    """
    several = getattr(channel, "ndim", 0) or not isinstance(channel, SupportsIndex)
    channels = [index(each) for each in cast("Any", channel if several else [channel])]

    def silence(module: nn.Module, inputs: Any, output: Any) -> Tensor:
        maps = as_tensor(output, layer)
        for number in channels:
            if maps.ndim < 2 or not 0 <= number < maps.shape[1]:
                there = maps.shape[1] if maps.ndim > 1 else 0
                raise ValueError(f"layer {layer!r} has {there} channels, and none is {number}")
        silenced = maps.clone()
        silenced[:, channels] = 0
        return silenced

    hook = find(model, layer).register_forward_hook(silence)
    try:
        yield model
    finally:
        hook.remove()


def find(model: nn.Module, layer: str) -> nn.Module:
    """The layer of a name.

    Raises:
        ValueError: if there is none; the message lists those there are.
    """
    modules: dict[str, nn.Module] = dict(model.named_modules())
    if not layer or layer not in modules:
        there = ", ".join(filter(None, modules)) or "none, the model is a single layer"
        raise ValueError(f"there is no layer {layer!r}; there are {there}")
    return modules[layer]


@contextmanager
def evaluated(model: nn.Module) -> Iterator[None]:
    """A block with a model in evaluation mode, which is then as it was.

    Each module gets its own mode back, and its buffers: some change in evaluation mode, too, such
    as those of an observer that measures for quantisation, which is to see the caller's images and
    none of ours.
    """
    buffers = [
        (module, name, buffer, buffer.clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None and not is_lazy(buffer) and not buffer.is_meta
    ]
    try:
        with modes_kept(model):
            model.eval()
            yield
    finally:
        with torch.no_grad():
            for module, name, buffer, before in buffers:
                if module._buffers[name] is not buffer:
                    module._buffers[name] = buffer
                if buffer.shape != before.shape or not torch.equal(buffer, before):
                    buffer.detach_().resize_(before.shape).copy_(before)


@contextmanager
def caught(model: nn.Module, layers: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """A block in which a dict holds what layers gave last.

    The layers after one of them get a copy: some of them work in place (``nn.ReLU(inplace=True)``),
    and would change what is kept.
    """
    outputs: dict[str, Tensor] = {}
    hooks = []

    def keep(name: str) -> Callable[[nn.Module, Any, Any], Tensor]:
        def hook(module: nn.Module, inputs: Any, output: Any) -> Tensor:
            outputs[name] = as_tensor(output, name)
            return outputs[name].clone()

        return hook

    try:
        for name in layers:
            hooks.append(find(model, name).register_forward_hook(keep(name)))  # noqa: PERF401
        yield outputs
    finally:
        for each in hooks:
            each.remove()


def taken(outputs: dict[str, Tensor], layer: str) -> Tensor:
    """What a layer gave.

    Raises:
        ValueError: if the model was run without it.
    """
    if layer not in outputs:
        raise ValueError(f"the model was run, but its layer {layer!r} was not used")
    return outputs[layer]


def batches(model: nn.Module, images: Tensor, batch_size: int) -> Iterator[Tensor]:
    """Images in batches, of the model's type and on its device.

    Raises:
        ValueError: if they are not what a network takes.
    """
    if images.ndim != 4 or not images.is_floating_point() or len(images) == 0:
        raise ValueError(
            "images are floating-point numbers (N, C, H, W), at least one, scaled as in training, "
            f"not {images.dtype} of shape {tuple(images.shape)}"
        )
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    like = next(model.parameters(), images)
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        yield batch.to(like.device, like.dtype if like.is_floating_point() else batch.dtype)


def as_tensor(output: Any, layer: str) -> Tensor:
    """What a layer gave, if that is one tensor."""
    if not isinstance(output, Tensor):
        raise ValueError(
            f"layer {layer!r} gives a {type(output).__name__}, not a tensor; take one inside it"
        )
    return output
