"""What belongs to the caller comes back as it was: modes of modules, gradients, number format."""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn


@contextlib.contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """Give each module of a model its own mode back after a block, whatever happens.

    >>> model = nn.Sequential(nn.Dropout(), nn.Dropout().eval())
    >>> with modes_kept(model):
    ...     _ = model.eval()
    >>> [layer.training for layer in model]
    [True, False]
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextlib.contextmanager
def usual_torch() -> Iterator[None]:
    """A block with gradients, and with float32 on the CPU where no type and no place is said.

    A notebook may have switched them for its own ends (``torch.no_grad()``,
    ``torch.inference_mode()``, ``torch.set_default_dtype``, ``torch.set_default_device``); they are
    as they were afterwards.
    """
    before = torch.get_default_dtype()
    elsewhere = torch.get_default_device().type != "cpu"  # the block costs time at each operation
    here = torch.device("cpu") if elsewhere else contextlib.nullcontext()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.inference_mode(False), torch.enable_grad(), here:
            yield
    finally:
        torch.set_default_dtype(before)
