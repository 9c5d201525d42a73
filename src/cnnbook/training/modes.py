"""Training and evaluation mode of a model's modules, and how they come back as they were."""

import contextlib
import copy
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from ..device import current
from .graphs import why_not_recorded
from .placement import placed


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
def learning() -> Iterator[None]:
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


def frozen_modules(model: nn.Module) -> tuple[nn.Module, ...]:
    """The modules that somebody has set to evaluation mode within a model that is to learn.

    That is how a pretrained network's batch normalisation is kept from learning. Of a model that
    is in evaluation mode as a whole, nothing is frozen.
    """
    if not model.training:
        return ()
    return tuple(module for module in model.modules() if not module.training)


def train_mode(model: nn.Module, frozen: Sequence[nn.Module]) -> None:
    """Set a model to training mode, but for what is frozen in it."""
    model.train()
    for module in frozen:
        module.training = False


def takes_channels_last(model: nn.Module, images: torch.Tensor, device: torch.device) -> bool:
    """Whether a model works on images and kernels whose channels lie innermost.

    Of PyTorch's layers and cnnbook's that is known. A stranger's ``view`` may fail on them: a copy
    of the model, which may count its calls, is tried on two images, in evaluation mode and without
    gradients. Other errors are left to happen where the model is used.

    Args:
        model: any module.
        images: uint8, ``(N, C, H, W)``.
        device: where it will be used.
    """
    if why_not_recorded(model) is None:
        return True
    few = (images[:2].to(device) / 255).contiguous(memory_format=torch.channels_last)
    try:
        tried = copy.deepcopy(model).eval()
        with (
            current(device),
            placed(tried, device, channels_last=True),
            torch.no_grad(),
            torch.random.fork_rng(devices=[]),
        ):
            tried(few)
    except Exception as error:
        return "view size is not compatible" not in str(error)
    return True
