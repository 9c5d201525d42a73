"""Which machine this is: device, versions, processor, and what its kernels reach."""

import os
import platform
import shutil
import subprocess

import numpy as np
import torch
import torchvision

from cnnbook import models
from cnnbook.benchmark import kernel_rates
from cnnbook.device import Stopwatch, choose_device, describe_device, describe_processor
from tests.gpu.kit.found import begin


def main() -> None:
    """Write it down."""
    findings, small = begin()
    device = choose_device()
    about = {
        "device": describe_device(device),
        "processor": f"{describe_processor()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "numpy": np.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
    }
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=driver_version,memory.total,clocks.sm", "--format=csv"]
        about["nvidia-smi"] = subprocess.run(
            query, capture_output=True, text=True, check=False
        ).stdout.strip()
    findings.add(*(f"- {name}: {value}" for name, value in about.items()), about=about)
    block = torch.empty(2**20 if small else 2**30, dtype=torch.uint8, device=device)
    other, seconds = torch.empty_like(block), []
    for _ in range(5):
        with Stopwatch(device) as watch:
            other.copy_(block)
        seconds.append(watch.seconds)
    del other
    bytes_per_second = 2 * len(block) / min(seconds)
    findings.add(
        f"- memory: {bytes_per_second / 1e9:,.0f} GB/s, read and written by a copy",
        bytes_per_second=bytes_per_second,
    )
    rates = {}
    images = torch.rand(64 if small else 1024, 1, 28, 28, device=device)
    for precision in ("fp32", "tf32", "bf16"):
        if precision == "tf32" and device.type != "cuda":
            continue
        rates[precision] = kernel_rates(
            models.build("note-003"),
            images,
            precision=precision,
            sizes=(256,) if small else (4096, 8192),
            seconds=0.01 if small else 0.1,
        )
        best = max(rates[precision], key=lambda name: rates[precision][name])
        findings.add(f"- {precision}: {rates[precision][best] / 1e12:.1f} TFLOP/s ({best})")
    findings.add(kernels=rates)


if __name__ == "__main__":
    main()
