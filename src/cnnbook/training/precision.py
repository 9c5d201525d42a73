"""The number format of a training: what ``"auto"`` becomes, and what a GPU may do with it."""

import contextlib
import os
from collections.abc import Iterator

import torch

from ..device import bf16_is_faster, fixed_shapes, float32_products, supports_bf16, supports_tf32
from .errors import TrainingError


def resolved(precision: str, device: torch.device) -> str:
    """The format that a configured precision is on a device: ``fp32``, ``tf32`` or ``bf16``.

    A processor without bfloat16 emulates it: slow, but what was asked for.

    Raises:
        ValueError: if a GPU does not compute in what is asked for.

    >>> resolved("fp32", torch.device("cpu"))
    'fp32'
    """
    if precision == "auto":
        return "bf16" if bf16_is_faster(device) else "fp32"
    impossible = (precision == "bf16" and device.type != "cpu" and not supports_bf16(device)) or (
        precision == "tf32" and not supports_tf32(device)
    )
    if impossible:
        raise ValueError(f"{device} does not compute in {precision}; use precision 'fp32'")
    return precision


def forward_pass(precision: str, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """A block that computes forward in a format; gradients follow the format of what they are of.

    Args:
        precision: as :func:`resolved` gives it.
        device: where.
    """
    if precision != "bf16":
        return contextlib.nullcontext()
    # A recorded step must not refer to casts that were made outside of it.
    return torch.autocast(device.type, dtype=torch.bfloat16, cache_enabled=device.type != "cuda")


@contextlib.contextmanager
def kernels(precision: str, device: torch.device, *, deterministic: bool = False) -> Iterator[None]:
    """What a GPU's libraries may do in a block; afterwards they are set as they were.

    Args:
        precision: as :func:`resolved` gives it; where it is not ``fp32``, float32 products may be
            TF32.
        device: where.
        deterministic: whether only algorithms are used that give equal bits.

    Raises:
        TrainingError: if it is too late in this process for deterministic products on a GPU.
    """
    cudnn = torch.backends.cudnn
    before = (torch.are_deterministic_algorithms_enabled(), cudnn.deterministic)
    fast = contextlib.nullcontext() if deterministic else fixed_shapes(device)
    with float32_products(tf32=precision != "fp32"), fast:
        try:
            if deterministic:
                # cuBLAS reads it once, and PyTorch refuses to work without it.
                os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
                torch.use_deterministic_algorithms(True)
                cudnn.deterministic = True
                _check_products(device)
            yield
        finally:
            torch.use_deterministic_algorithms(before[0])
            cudnn.deterministic = before[1]


def _check_products(device: torch.device) -> None:
    if device.type != "cuda":
        return
    square = torch.ones(2, 2, device=device)
    try:
        square @ square
    except RuntimeError as error:
        raise TrainingError(
            "this process has used the GPU before, and cuBLAS cannot become deterministic any "
            "more; start Python anew with the environment variable CUBLAS_WORKSPACE_CONFIG=:4096:8 "
            "(or train with deterministic=True before anything else)"
        ) from error
