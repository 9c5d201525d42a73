"""What each layer of a network does to the shape of its input, and what it costs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from .arithmetic import conv_multiply_adds

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED_CONVOLUTIONS = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@dataclass(frozen=True)
class LayerRecord:
    """One use of one layer.

    Attributes:
        name: the layer's path in the model, such as ``"features.0"``.
        kind: its class, such as ``"Conv2d"``.
        input_shape: shape of its first tensor, the batch included.
        output_shape: shape of its (first) result, the batch included.
        parameters: trainable and frozen numbers that it holds and no earlier layer holds.
        multiply_adds: multiplications with an addition, for the whole batch. Convolutions and
            fully connected layers are counted, without their biases, and layers that have a method
            ``multiply_adds(output_shape)``; the rest is 0.
    """

    name: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def trace(model: nn.Module, input_shape: Sequence[int]) -> list[LayerRecord]:
    """Run a model on zeros and record every layer that is used, in the order of use.

    A layer here is a module without children, or one with parameters of its own. One that is used
    twice has two records; its parameters count once. The model is left as it was: it runs in
    evaluation mode and without gradients, and its modes are put back.

    Args:
        model: any module that takes one floating-point tensor.
        input_shape: shape of that tensor, the batch included, such as ``(1, 1, 28, 28)``.

    Raises:
        ValueError: if a size in ``input_shape`` is not positive.

    >>> model = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU())
    >>> for record in trace(model, (1, 1, 28, 28)):
    ...     print(record.kind, record.output_shape, record.parameters, record.multiply_adds)
    Conv2d (1, 6, 24, 24) 156 86400
    ReLU (1, 6, 24, 24) 0 0
    """
    if not all(size > 0 for size in input_shape):
        raise ValueError(
            f"input_shape {tuple(input_shape)} has a size that is not positive; "
            "give the whole shape, batch included, such as (1, 1, 28, 28)"
        )
    records: list[LayerRecord] = []
    counted: set[int] = set()
    modes = {module: module.training for module in model.modules()}
    hooks = [
        module.register_forward_hook(_recorder(name or "model", records, counted), with_kwargs=True)
        for name, module in model.named_modules()
        if not any(module.children()) or module._parameters
    ]
    like = next(model.parameters(), torch.empty(0))
    try:
        model.eval()
        with torch.no_grad():
            model(torch.zeros(*input_shape, device=like.device, dtype=like.dtype))
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes.items():
            module.training = mode
    return records


def format_trace(records: Iterable[LayerRecord]) -> str:
    """A table of a trace in plain text, with a line of totals.

    >>> print(format_trace(trace(nn.Linear(784, 10), (1, 784))))
    layer   kind     input     output   parameters   multiply-adds
    model   Linear   1 x 784   1 x 10        7,850           7,840
    total                                    7,850           7,840
    """
    records = list(records)
    rows = [("layer", "kind", "input", "output", "parameters", "multiply-adds")]
    rows += [
        (
            record.name,
            record.kind,
            " x ".join(map(str, record.input_shape)),
            " x ".join(map(str, record.output_shape)),
            f"{record.parameters:,}",
            f"{record.multiply_adds:,}",
        )
        for record in records
    ]
    parameters = sum(record.parameters for record in records)
    multiply_adds = sum(record.multiply_adds for record in records)
    rows.append(("total", "", "", "", f"{parameters:,}", f"{multiply_adds:,}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = len(fields(LayerRecord)) - 2
    return "\n".join(
        "   ".join(
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def _recorder(
    name: str, records: list[LayerRecord], counted: set[int]
) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any], Any], None]:
    """A forward hook that appends a record of its layer."""

    def record(
        module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        own = [one for one in module.parameters(recurse=False) if id(one) not in counted]
        counted.update(map(id, own))
        input_shape = _first_shape((args, *kwargs.values()))
        output_shape = _first_shape(output)
        records.append(
            LayerRecord(
                name,
                type(module).__name__,
                input_shape,
                output_shape,
                sum(one.numel() for one in own),
                _multiply_adds(module, input_shape, output_shape),
            )
        )

    return record


def _multiply_adds(module: nn.Module, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> int:
    if isinstance(module, nn.Linear):
        return prod(outputs) * module.in_features
    if isinstance(module, CONVOLUTIONS + TRANSPOSED_CONVOLUTIONS):
        axes = len(module.kernel_size)
        # A transposed convolution uses every weight once for each position of its input.
        positions = inputs if isinstance(module, TRANSPOSED_CONVOLUTIONS) else outputs
        batch = prod(positions[: -axes - 1])
        return batch * conv_multiply_adds(
            module.in_channels,
            module.out_channels,
            module.kernel_size,
            positions[-axes:],
            module.groups,
        )
    counted = getattr(module, "multiply_adds", None)
    return int(counted(outputs)) if callable(counted) else 0


def _first_shape(value: Any) -> tuple[int, ...]:
    """The shape of the first tensor in a value, an empty shape where there is none."""
    return next((tuple(tensor.shape) for tensor in _tensors(value)), ())


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _tensors(part)
