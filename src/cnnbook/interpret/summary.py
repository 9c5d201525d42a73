"""What each layer of a network does to the shape of its input, and what it costs."""

import contextlib
import copy
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.parameter import is_lazy
from torch.utils.flop_counter import FlopCounterMode

from ..arithmetic import conv_multiply_adds
from .hooks import evaluated

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED_CONVOLUTIONS = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
FORMULAS = {layer.forward for layer in (nn.Linear, *CONVOLUTIONS, *TRANSPOSED_CONVOLUTIONS)}
"""What layers do whose multiply-adds a formula gives."""


@dataclass(frozen=True)
class LayerRecord:
    """One use of one layer, or what was used of the model without calling a layer.

    Attributes:
        name: the layer's path in the model, such as ``"features.0"``.
        kind: its class, such as ``"Conv2d"``.
        input_shape: shape of its first tensor, the batch included; ``()`` for a layer that holds
            parameters and was not called.
        output_shape: shape of its (first) result, the batch included.
        parameters: trainable and frozen numbers that it holds and no earlier layer holds.
        multiply_adds: multiplications with an addition, for the whole batch, without biases.
            Convolutions and fully connected layers of PyTorch's own are counted by their formula,
            layers that have a method ``multiply_adds(output_shape)`` by that, and what else
            multiplies matrices or convolves (attention, :mod:`torch.nn.functional`, a class of
            one's own made of ``nn.Linear``) by :class:`torch.utils.flop_counter.FlopCounterMode`;
            the rest is 0.
    """

    name: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def trace(model: nn.Module, *inputs: Sequence[int] | Tensor) -> list[LayerRecord]:
    """Run a model and record every layer that is used, in the order of use.

    A layer here is a module without children, or one with parameters of its own. One that is used
    twice has two records; its parameters count once. All parameters of the model are counted:
    those of layers that were not called (heads that only training uses, weights that are read by
    other code, the insides of a scripted module) have records at the end, and so has what was
    multiplied outside of layers. The model is left as it was: it runs in evaluation mode and
    without gradients, and one with lazy layers is copied first.

    Args:
        model: any module.
        inputs: what it takes: shapes, the batch included, such as ``(1, 1, 28, 28)``, for zeros of
            the model's number format, or tensors.

    Raises:
        ValueError: if a size of a shape is not positive, or there is no input.

    >>> model = nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU())
    >>> for record in trace(model, (1, 1, 28, 28)):
    ...     print(record.kind, record.output_shape, record.parameters, record.multiply_adds)
    Conv2d (1, 6, 24, 24) 156 86400
    ReLU (1, 6, 24, 24) 0 0
    """
    if any(is_lazy(one) for one in itertools.chain(model.parameters(), model.buffers())):
        model = _copied(model)
    tensors = [_zeros(each, model) for each in inputs]
    if not tensors:
        raise ValueError("what does the model take? give a shape, such as (1, 1, 28, 28)")
    recorder = _Recorder()
    try:
        recorder.watch(model)
        with evaluated(model), torch.no_grad(), _nothing_fused(), recorder.products:
            model(*tensors)
    finally:
        recorder.release()
    return recorder.records + recorder.rest(model)


def format_trace(records: Iterable[LayerRecord]) -> str:
    """A table of a trace in plain text, with a line of totals.

    A layer that holds parameters and was not called says so in place of its shapes.

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
            " x ".join(map(str, record.input_shape)) or ("not called" if record.name else ""),
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


def _zeros(given: Sequence[int] | Tensor, model: nn.Module) -> Tensor:
    """An input of a model: zeros of a shape, or the tensor that is given."""
    if isinstance(given, Tensor):
        return given
    if not all(size > 0 for size in given):
        raise ValueError(
            f"input_shape {tuple(given)} has a size that is not positive; "
            "give the whole shape, batch included, such as (1, 1, 28, 28)"
        )
    like = next(
        (one for one in model.parameters() if one.is_floating_point()),
        torch.empty(0),
    )
    return torch.zeros(*given, device=like.device, dtype=like.dtype)


def _copied(model: nn.Module) -> nn.Module:
    """A copy of a model with lazy layers, whose buffers PyTorch cannot copy as they are."""
    memo: dict[int, Any] = {}
    for buffer in model.buffers():
        if is_lazy(buffer):
            kind: Any = type(buffer)
            memo[id(buffer)] = kind(device=buffer.device, dtype=buffer.dtype)
    return copy.deepcopy(model, memo)


@contextmanager
def _nothing_fused() -> Iterator[None]:
    """Attention in single steps, which can be counted."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


class _Recorder:
    """Hooks that record layers, and a counter that sees products within them and without."""

    def __init__(self) -> None:
        self.records: list[LayerRecord] = []
        self.products = FlopCounterMode(display=False)
        self._counted: set[int] = set()
        self._hooks: list[Any] = []
        self._running: list[int] = []  # what each running layer's inner layers have accounted for
        self._in_layers = 0

    def watch(self, model: nn.Module) -> None:
        """Set the hooks; a scripted module takes none, and is seen from outside only."""
        for name, module in model.named_modules():
            if any(module.children()) and not module._parameters:
                continue
            with contextlib.suppress(RuntimeError):
                self._hooks.append(module.register_forward_pre_hook(self._begin))
                end = self._end(name or "model")
                self._hooks.append(module.register_forward_hook(end, with_kwargs=True))

    def release(self) -> None:
        """Remove the hooks."""
        for hook in self._hooks:
            hook.remove()

    def rest(self, model: nn.Module) -> list[LayerRecord]:
        """What no called layer holds: the parameters of others, products outside of layers."""
        found = []
        for name, module in model.named_modules():
            if own := self._own(module):
                found.append(LayerRecord(name or "model", type(module).__name__, (), (), own, 0))
        if outside := self._seen() - self._in_layers:
            found.append(LayerRecord("", "outside of layers", (), (), 0, outside))
        return found

    def _seen(self) -> int:
        return int(self.products.get_total_flops()) // 2

    def _own(self, module: nn.Module) -> int:
        """The parameters of a module that were not counted before."""
        own = [one for one in module.parameters(recurse=False) if id(one) not in self._counted]
        self._counted.update(map(id, own))
        return sum(one.numel() for one in own)

    def _begin(self, module: nn.Module, args: Any) -> None:
        self._running.append(self._seen())

    def _end(self, name: str) -> Callable[..., None]:
        def record(
            module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
        ) -> None:
            here = self._seen() - self._running.pop()
            # A layer around this one counts only what is its own.
            self._running = [before + here for before in self._running]
            self._in_layers += here
            shapes = _first_shape((args, *kwargs.values())), _first_shape(output)
            adds = _multiply_adds(module, *shapes, here)
            kind = type(module).__name__
            own = self._own(module)
            self.records.append(LayerRecord(name, kind, *shapes, own, adds))

        return record


def _multiply_adds(
    module: nn.Module, inputs: tuple[int, ...], outputs: tuple[int, ...], seen: int
) -> int:
    """The multiply-adds of a layer: by its own method, by its formula, or those that were seen.

    A formula is that of PyTorch's own ``forward``; a class made of it may do more, or less.
    """
    counted = getattr(module, "multiply_adds", None)
    if callable(counted):
        with contextlib.suppress(Exception):  # a stranger's method of that name
            return int(counted(outputs))
    if type(module).forward not in FORMULAS:
        return seen
    # More is seen than the formula says where the layer is mapped over an axis that it does not
    # see (torch.vmap); less where a backend has operations of its own.
    return max(seen, _by_formula(module, inputs, outputs))


def _by_formula(module: nn.Module, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> int:
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
    raise AssertionError(f"{type(module).__name__} has no formula")


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
