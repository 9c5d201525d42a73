"""Devices: which one is chosen, what is said when one is missing, seeds and the stopwatch."""

import platform
import random
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch

from cnnbook import device
from cnnbook.device import (
    DeviceError,
    Stopwatch,
    choose_device,
    describe_device,
    seed_everything,
    supports_bf16,
)

HERE = [torch.device(kind) for kind in device.available_devices()]
each_device = pytest.mark.parametrize("here", HERE, ids=str)


def pretend(monkeypatch: pytest.MonkeyPatch, cuda: int, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"),
    [(1, True, "cuda"), (2, False, "cuda"), (0, True, "mps"), (0, False, "cpu")],
)
def test_cuda_comes_before_mps_before_the_cpu(
    cuda: int, mps: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, cuda, mps)
    assert choose_device().type == choose_device("auto").type == chosen


@pytest.mark.parametrize("request_", ["cpu", "cuda", "cuda:0", "cuda:1", "mps"])
def test_the_device_that_is_asked_for_is_the_one_given(
    request_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, 2, True)
    assert choose_device(request_) == torch.device(request_)


@pytest.mark.parametrize(
    ("cuda", "mps", "request_", "there"),
    [
        (0, False, "cuda", "cpu"),
        (0, True, "cuda:0", "mps, cpu"),
        (0, False, "mps", "cpu"),
        (1, False, "cuda:1", "cuda, cpu"),
        (1, False, "mps", "cuda, cpu"),
        (1, True, "xpu", "cuda, mps, cpu"),
        (0, False, "meta", "cpu"),
        (0, False, "gpu", "cpu"),
        (0, False, "", "cpu"),
        (0, False, "CUDA please", "cpu"),
    ],
)
def test_a_device_that_is_not_there_is_answered_with_those_that_are(
    cuda: int, mps: bool, request_: str, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, cuda, mps)
    with pytest.raises(DeviceError) as error:
        choose_device(request_)
    message = str(error.value)
    assert repr(request_) in message
    assert message.endswith(there)
    assert "\n" not in message


@each_device
def test_the_chosen_device_computes(here: torch.device) -> None:
    assert torch.ones(2, device=choose_device(str(here))).sum().item() == 2


@pytest.mark.parametrize(("threads", "words"), [(1, "CPU, 1 thread"), (2, "CPU, 2 threads")])
def test_a_cpu_is_described_by_its_threads(
    threads: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert describe_device(torch.device("cpu")) == words


def test_a_gpu_is_described_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"NVIDIA of {device}")
    assert describe_device(torch.device("cuda", 1)) == "NVIDIA of cuda:1"
    assert "MPS" in describe_device(torch.device("mps"))


@each_device
def test_every_device_here_is_described_in_one_line(here: torch.device) -> None:
    assert re.fullmatch(r"\S[^\n]+", describe_device(here))


def draws(here: torch.device) -> tuple[Any, ...]:
    return (
        random.random(),
        np.random.rand(3).tolist(),
        torch.rand(3).tolist(),
        torch.rand(3, device=here).tolist(),
    )


@each_device
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**40])
def test_a_seed_repeats_every_generator(seed: int, here: torch.device) -> None:
    seed_everything(seed)
    first = draws(here)
    assert all(one != other for one, other in zip(first, draws(here), strict=True))
    seed_everything(seed)
    assert draws(here) == first
    seed_everything(seed + 1)
    assert all(one != other for one, other in zip(first, draws(here), strict=True))


@each_device
def test_the_stopwatch_counts_the_seconds_of_its_block_only(here: torch.device) -> None:
    watch = Stopwatch(here)
    assert watch.seconds == 0
    with watch:
        torch.ones(100, device=here).sum()
    first = watch.seconds
    assert first > 0
    torch.ones(100, device=here).sum()
    assert watch.seconds == first
    with watch:
        pass
    assert watch.seconds > 0


def test_the_stopwatch_stops_and_passes_the_error_on() -> None:
    watch = Stopwatch(torch.device("cpu"))
    with pytest.raises(ZeroDivisionError), watch:
        _ = 1 / 0
    assert watch.seconds > 0


@pytest.mark.parametrize(
    ("kind", "where"), [("cuda:1", "torch.cuda.synchronize"), ("mps", "torch.mps.synchronize")]
)
def test_the_clock_is_read_after_the_device_has_finished(
    kind: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(where, lambda *device: order.append("wait"))

    def clock() -> float:
        order.append("clock")
        return float(len(order))

    monkeypatch.setattr("cnnbook.device.time.perf_counter", clock)
    with Stopwatch(torch.device(kind)) as watch:
        order.append("work")
    assert order == ["wait", "clock", "work", "wait", "clock"]
    assert watch.seconds == 3


@each_device
def test_where_bf16_is_native_it_computes(here: torch.device) -> None:
    native = supports_bf16(here)
    assert isinstance(native, bool)
    if native:
        ones = torch.ones(4, 4, dtype=torch.bfloat16, device=here)
        assert (ones @ ones).float().sum().item() == 64


@pytest.mark.parametrize("native", [True, False])
def test_bf16_on_a_cpu_follows_its_instructions(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native, raising=False)
    assert supports_bf16(torch.device("cpu")) is native


def test_bf16_is_not_assumed_where_torch_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert supports_bf16(torch.device("cpu")) is False
    assert supports_bf16(torch.device("mps")) is False


@pytest.mark.parametrize("native", [True, False])
def test_bf16_on_a_gpu_does_not_count_emulation(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def supported(including_emulation: bool = True) -> bool:
        return native or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert supports_bf16(torch.device("cuda")) is native


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc alone is told")
def test_freed_memory_is_kept_for_a_while_and_then_given_back() -> None:
    """In a process of its own, whose memory nothing else has touched."""
    code = """
import os, sys
import torch
from cnnbook.device import freed_memory_kept
torch.set_num_threads(1)
def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
def used(size):
    blocks = [torch.ones(size * 2**18) for _ in range(256 // size)]
    del blocks
before = held()
with freed_memory_kept() as taken:
    with freed_memory_kept():
        used(8)
    inside = held()
print(taken, inside - before, held() - before)
"""
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    taken, (inside, after) = shown[0], map(float, shown[1:])
    assert taken == "True"
    assert inside > 200
    assert after < 64
