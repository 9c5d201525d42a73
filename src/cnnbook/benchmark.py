"""Measure how fast things are, as ratios: contestants take turns and meet the same machine.

A machine gets faster and slower while one measures, by a third and more. Absolute times drift with
it; the ratio of two times taken right after each other hardly does.
"""

import copy
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .device import Stopwatch, float32_products


@dataclass(frozen=True)
class Timings:
    """Seconds of each contestant, round by round.

    >>> timings = Timings({"slow": (2.0, 4.4, 2.2), "fast": (1.0, 2.0, 1.0)})
    >>> timings.median("slow"), timings.ratio("slow", "fast")
    (2.2, 2.2)
    >>> timings.ratios("slow", "fast")
    (2.0, 2.2, 2.2)
    """

    seconds: Mapping[str, tuple[float, ...]]

    def median(self, name: str) -> float:
        """The median of a contestant's seconds."""
        return statistics.median(self._of(name))

    def ratios(self, name: str, to: str) -> tuple[float, ...]:
        """In each round, the seconds of one contestant over those of another."""
        return tuple(a / b for a, b in zip(self._of(name), self._of(to), strict=True))

    def ratio(self, name: str, to: str) -> float:
        """The median of :meth:`ratios`: how many times longer ``name`` takes than ``to``."""
        return statistics.median(self.ratios(name, to))

    def _of(self, name: str) -> tuple[float, ...]:
        if name not in self.seconds:
            raise ValueError(
                f"no contestant is named {name!r}; there are {', '.join(self.seconds)}"
            )
        return self.seconds[name]


def interleave(
    contestants: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    warm_up: int = 1,
    device: torch.device | None = None,
) -> Timings:
    """Time functions in turn, round after round; another one begins in each round.

    Args:
        contestants: what is timed, by name.
        rounds: how often each is timed.
        warm_up: rounds before these that do not count: caches fill, memory is fetched.
        device: where they compute; its work is waited for.

    Raises:
        ValueError: if there is nothing to time, or no round.

    >>> timings = interleave({"a": lambda: sum(range(100)), "b": lambda: None}, rounds=3)
    >>> len(timings.seconds["a"]), min(timings.seconds["b"]) > 0
    (3, True)
    """
    if not contestants:
        raise ValueError("there is nothing to time: contestants is empty")
    if rounds < 1 or warm_up < 0:
        raise ValueError(
            f"rounds must be at least 1 and warm_up at least 0, not {rounds}, {warm_up}"
        )
    names = list(contestants)
    watch = Stopwatch(device or torch.device("cpu"))
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm_up, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            with watch:
                contestants[name]()
            if number >= 0:
                taken[name].append(watch.seconds)
    return Timings({name: tuple(seconds) for name, seconds in taken.items()})


def matrix_product_rate(
    dtype: torch.dtype = torch.float32,
    *,
    size: int = 1024,
    device: torch.device | None = None,
    seconds: float = 0.5,
) -> float:
    """The most floating-point operations per second that a matrix product reaches here.

    A product of two ``size`` by ``size`` matrices takes ``2 * size**3`` of them. Large products are
    what libraries are tuned for; other kernels may be faster still, see :func:`kernel_rates`.

    Args:
        dtype: type of the numbers.
        size: rows and columns; 1,024 fill a processor, a GPU wants 8,192.
        device: where to measure.
        seconds: how long to try; the fastest product counts.

    Raises:
        ValueError: if the size or the time is not positive.

    >>> matrix_product_rate(size=64, seconds=0.01) > 1e6
    True
    """
    if size < 1 or seconds <= 0:
        raise ValueError(f"size and seconds must be positive, not {size}, {seconds}")
    device = device or torch.device("cpu")
    left = torch.rand(size, size, device=device).to(dtype)
    right = torch.rand(size, size, device=device).to(dtype)
    out = left @ right
    return _best_rate(lambda: torch.mm(left, right, out=out), 2 * size**3, device, seconds)


def kernel_rates(
    model: nn.Module,
    images: Tensor,
    *,
    precision: str = "fp32",
    sizes: Sequence[int] = (512, 1024, 2048),
    seconds: float = 0.2,
) -> dict[str, float]:
    """The most operations per second that each of several kernels reaches here.

    Tried are products of square matrices, and each convolution and linear layer of a model as it
    is used: on the inputs that it gets there, forward alone and forward with backward. The best
    rate of all is a lower bound of what the machine can do: a program may come near it, and may
    pass it where the fastest kernel is not among those that were tried.

    Args:
        model: its layers are tried, in training mode and with their kernels' channels innermost.
        images: a batch ``(N, C, H, W)`` of the size that is trained with, on the device to measure.
        precision: ``"fp32"``, ``"tf32"`` or ``"bf16"``.
        sizes: rows and columns of the products.
        seconds: how long to try each; the fastest time counts.

    Returns:
        Operations per second by the kernel's name; a multiply-add counts as two.

    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten())
    >>> rates = kernel_rates(model, torch.rand(8, 1, 16, 16), sizes=(64,), seconds=0.01)
    >>> list(rates)
    ['product of 64 rows', '0 forward', '0 forward and backward']
    """
    device = images.device
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    with float32_products(tf32=precision == "tf32"):
        found = {
            f"product of {size} rows": matrix_product_rate(
                dtype, size=size, device=device, seconds=seconds
            )
            for size in sizes
        }
        for name, layer, values in _used_layers(model, images):
            found |= _layer_rates(name, layer, values.to(dtype), seconds)
    return found


def _used_layers(model: nn.Module, images: Tensor) -> list[tuple[str, nn.Module, Tensor]]:
    """Copies of a model's convolutions and linear layers, with what each gets."""
    model = copy.deepcopy(model).to(images.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    caught: dict[str, Tensor] = {}
    layers = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    }
    for name, module in layers.items():
        module.register_forward_pre_hook(_catcher(caught, name))
    with torch.no_grad():
        model(images.contiguous(memory_format=torch.channels_last))
    alone = {name: copy.deepcopy(layers[name]) for name in caught}
    for module in alone.values():
        module._forward_pre_hooks.clear()
    return [(name, alone[name], values) for name, values in caught.items()]


def _catcher(caught: dict[str, Tensor], name: str) -> Callable[[nn.Module, tuple[Tensor]], None]:
    """A hook that notes what a layer gets when it is called first."""

    def catch(_: nn.Module, given: tuple[Tensor]) -> None:
        caught.setdefault(name, given[0].detach())

    return catch


def _operations(layer: nn.Module, output: Tensor) -> int:
    """Operations of a layer's forward pass: each output is a sum of as many products as weights."""
    weight = layer.get_parameter("weight")
    return 2 * output.numel() * (weight.numel() // len(weight))


def _layer_rates(name: str, layer: nn.Module, values: Tensor, seconds: float) -> dict[str, float]:
    layer = layer.to(values.dtype)
    needs = values.clone().requires_grad_()
    given = layer(needs).detach()
    forward = _operations(layer, given)

    def without_gradient() -> None:
        with torch.no_grad():
            layer(values)

    def with_gradient() -> None:
        layer.zero_grad(set_to_none=True)
        needs.grad = None
        layer(needs).backward(given)

    device = values.device
    return {
        f"{name} forward": _best_rate(without_gradient, forward, device, seconds),
        f"{name} forward and backward": _best_rate(with_gradient, 3 * forward, device, seconds),
    }


def _best_rate(
    work: Callable[[], object], operations: int, device: torch.device, seconds: float
) -> float:
    """Operations per second of the fastest of many times."""
    watch, best, started = Stopwatch(device), float("inf"), time.perf_counter()
    work()
    while time.perf_counter() - started < seconds or best == float("inf"):
        with watch:
            work()
        best = min(best, watch.seconds)
    return operations / best
