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
    """A block with gradients, and with float32 where no type is said.

    A notebook may have switched both for its own ends (``torch.no_grad()``,
    ``torch.set_default_dtype``); they are as they were afterwards.
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(before)
