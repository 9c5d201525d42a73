"""How often the host waits for the GPU."""

import warnings
from collections.abc import Callable

from cnnbook.device import host_waits


def waits(work: Callable[[], object]) -> int:
    """How often the host waits for the GPU in some work, by PyTorch's own count."""
    with host_waits("warn"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        work()
    return sum("synchronizing" in str(warning.message) for warning in caught)
