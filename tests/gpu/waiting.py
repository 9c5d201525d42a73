"""How often the host waits for the GPU."""

import warnings
from collections.abc import Callable

import torch


def waits(work: Callable[[], object]) -> int:
    """How often the host waits for the GPU in some work, by PyTorch's own count."""
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            work()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return sum("synchronizing" in str(warning.message) for warning in caught)
