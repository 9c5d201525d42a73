"""Where a model lies while it is used, and that it lies where it did before afterwards."""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn


@contextlib.contextmanager
def placed(model: nn.Module, device: torch.device, *, channels_last: bool) -> Iterator[None]:
    """Bring a model to a device for a block, and put it back, whatever happens.

    Afterwards each of its tensors is again on the device and in the layout that its owner gave it,
    in the very same memory; what the block wrote to them has been copied there. The channels-last
    layout in particular must not stay: ``view`` fails on it.

    Args:
        model: any module; its parameters stay the objects that they are.
        device: where it is used.
        channels_last: whether the kernels of convolutions lie with their channels innermost.

    >>> model = nn.Conv2d(3, 8, 3)
    >>> with placed(model, torch.device("cpu"), channels_last=True):
    ...     print(model.weight.stride())
    (27, 1, 9, 3)
    >>> model.weight.stride()
    (27, 9, 3, 1)
    """
    kernels = {
        id(module.weight)
        for module in model.modules()
        if channels_last and isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    }
    homes = []
    for module, name, tensor in _owned(model):
        homes.append((module, name, tensor, tensor.data, tensor.grad))
        tensor.grad = None  # it would lie elsewhere than its weight
        layout = torch.channels_last if id(tensor) in kernels else torch.preserve_format
        tensor.data = tensor.data.to(device, memory_format=layout)
    try:
        yield
    finally:
        for module, name, tensor, home, gradient in homes:
            _put_back(module, name, tensor, home)
            tensor.grad = gradient


def _owned(model: nn.Module) -> list[tuple[nn.Module, str, Tensor]]:
    """Each parameter and buffer once, with a module that has it and its name there."""
    found: dict[int, tuple[nn.Module, str, Tensor]] = {}
    for module in model.modules():
        for name, tensor in [
            *module.named_parameters(recurse=False),
            *module.named_buffers(recurse=False),
        ]:
            found.setdefault(id(tensor), (module, name, tensor))
    return list(found.values())


def _put_back(module: nn.Module, name: str, tensor: Tensor, home: Tensor) -> None:
    now = getattr(module, name)
    if now is not tensor and isinstance(now, Tensor):  # the module has made itself a new buffer
        setattr(module, name, now.to(home.device))
    if tensor.data_ptr() != home.data_ptr() or tensor.device != home.device:
        with torch.no_grad():
            home.copy_(tensor.data)
        tensor.grad = None
        tensor.data = home
