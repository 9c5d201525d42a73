"""Choose a device, seed everything, and measure time on it."""

import contextlib
import os
import platform
import random
import time
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import torch

from ._memory import freed_memory_kept as freed_memory_kept


class DeviceError(Exception):
    """A device was asked for that is not there; the message says what is."""


def available_devices() -> list[str]:
    """The kinds of device that this machine has, the fastest first.

    >>> "cpu" in available_devices()
    True
    """
    devices = []
    if torch.cuda.is_available():
        devices.append("cuda")
    if torch.backends.mps.is_available():
        devices.append("mps")
    return [*devices, "cpu"]


def choose_device(request: str = "auto") -> torch.device:
    """The device to compute on: the one asked for, or CUDA, then MPS, then the CPU.

    Args:
        request: ``"auto"``, or a device in PyTorch's spelling such as ``"cpu"`` or ``"cuda:1"``.

    Raises:
        DeviceError: if the device is not there, or the request is no device.

    >>> choose_device("cpu")
    device(type='cpu')
    """
    devices = available_devices()
    if request == "auto":
        return torch.device(devices[0])
    try:
        device = torch.device(request)
    except RuntimeError as error:
        raise DeviceError(
            f"{request!r} is no device; ask for auto, {', '.join(devices)}"
        ) from error
    there = device.type in devices
    if device.type == "cuda" and there:
        there = device.index is None or device.index < torch.cuda.device_count()
    if not there:
        raise DeviceError(
            f"the device {request!r} is not there; this machine has {', '.join(devices)}"
        )
    return device


def describe_device(device: torch.device) -> str:
    """The device in words, for reports and for the pages.

    >>> describe_device(torch.device("cpu")).startswith("CPU, ")
    True
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


def describe_processor() -> str:
    """The processor's name.

    >>> len(describe_processor()) > 0
    True
    """
    path = Path("/proc/cpuinfo")  # Linux has the name there, and nowhere that Python looks
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown processor"


@contextlib.contextmanager
def current(device: torch.device) -> Iterator[None]:
    """Make a GPU the current one for a block, and give the former one back.

    Streams, events, memory and recordings belong to the current GPU, not to that of the tensors: a
    training on ``cuda:1`` has to say so. Other devices need nothing.

    >>> with current(torch.device("cpu")):
    ...     pass
    """
    if device.type != "cuda":
        yield
        return
    with torch.cuda.device(device):
        yield


@contextlib.contextmanager
def float32_products(tf32: bool) -> Iterator[None]:
    """Say for a block whether a GPU may shorten float32 to TF32 in products and convolutions.

    TF32 keeps 10 of the 23 bits after the point and is several times faster on an NVIDIA GPU that
    has it. PyTorch by itself uses it in convolutions and not in matrix products. On other devices
    nothing changes.

    Args:
        tf32: whether it may.

    >>> with float32_products(tf32=False):
    ...     torch.backends.cudnn.allow_tf32
    False
    """
    before = (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


@contextlib.contextmanager
def host_waits(mode: str) -> Iterator[None]:
    """What PyTorch does for a block where the host waits for an NVIDIA GPU.

    Args:
        mode: ``"error"``, ``"warn"``, or ``"default"`` for nothing; elsewhere nothing changes.

    >>> with host_waits("error"):
    ...     print(torch.ones(2).sum().item())
    2.0
    """
    if not torch.cuda.is_available():
        yield
        return
    before = torch.cuda.get_sync_debug_mode()
    _set_host_waits(mode)
    try:
        yield
    finally:
        _set_host_waits(before)


def _set_host_waits(mode: str | int) -> None:
    with warnings.catch_warnings():  # once a process it says that it is a prototype
        warnings.filterwarnings("ignore", "Synchronization debug mode is a prototype")
        torch.cuda.set_sync_debug_mode(mode)


@contextlib.contextmanager
def fixed_shapes(device: torch.device) -> Iterator[None]:
    """Let cuDNN try its algorithms once for each shape in a block, and keep the fastest.

    That pays where the same shapes come again and again. On other devices nothing changes.

    >>> with fixed_shapes(torch.device("cpu")):
    ...     torch.backends.cudnn.benchmark
    False
    """
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = before or device.type == "cuda"
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


def autocast(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """A block that computes in bfloat16 where :func:`bf16_is_faster`, and in float32 elsewhere."""
    if not bf16_is_faster(device):
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def supports_tf32(device: torch.device) -> bool:
    """Whether the device has TF32: NVIDIA GPUs since 2020 (compute capability 8)."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device)[0] >= 8


def supports_bf16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 natively; emulation is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    capabilities = getattr(torch.backends.cpu, "get_cpu_capability", lambda: "")()
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(native()) and "AVX512" in capabilities


@cache
def bf16_is_faster(device: torch.device) -> bool:
    """Whether a matrix product in bfloat16 is much faster than in float32, by measuring both.

    To have the instructions is not enough: on some processors they are no faster than those of
    float32, and the conversions come on top. A GPU that has them is always faster with them.

    ``CNNBOOK_FORMAT`` (``fp32`` or ``bf16``) decides it where the device has both: the book sets
    it, so that all its pages compute in the format that stands in their key.
    """
    if not supports_bf16(device):
        return False
    if decided := os.environ.get("CNNBOOK_FORMAT"):
        return decided == "bf16"
    if device.type != "cpu":
        return True
    wide = torch.rand(768, 768)
    seconds = {}
    for values in (wide, wide.bfloat16()):
        taken = []
        for _ in range(6):
            started = time.perf_counter()
            values @ values
            taken.append(time.perf_counter() - started)
        seconds[values.dtype] = min(taken)
    return seconds[torch.bfloat16] * 1.3 < seconds[torch.float32]


def kind_and_format(request: str = "auto") -> str:
    """The kind of a device and the number format that ``"auto"`` is there: what decides results.

    Args:
        request: as for :func:`choose_device`.

    >>> kind_and_format("cpu").split()[0]
    'cpu'
    """
    device = choose_device(request)
    return f"{device.type} {'bf16' if bf16_is_faster(device) else 'fp32'}"


def seed_everything(seed: int) -> None:
    """Seed the random number generators of Python, NumPy and torch, on every device.

    >>> seed_everything(0); first = torch.rand(2)
    >>> seed_everything(0); bool((torch.rand(2) == first).all())
    True
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


class Stopwatch:
    """Measures the seconds that a block takes, waiting for the device to finish its work.

    Args:
        device: where the block computes; CUDA and MPS work on after a call has returned.

    >>> with Stopwatch(torch.device("cpu")) as watch:
    ...     _ = torch.ones(3).sum()
    >>> watch.seconds >= 0
    True
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.seconds = 0.0

    def __enter__(self) -> Self:
        self._wait()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._wait()
        self.seconds = time.perf_counter() - self._started

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()
