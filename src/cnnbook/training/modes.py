"""What of a model learns, and in which layout it can be computed."""

import copy
from collections.abc import Sequence

import torch
from torch import nn

from ..device import current
from .graphs import why_not_recorded
from .placement import placed


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
        images: bytes or numbers, ``(N, C, H, W)``.
        device: where it will be used.
    """
    if why_not_recorded(model) is None:
        return True
    few = images[:2].to(device, torch.float32) / 255
    few = few.contiguous(memory_format=torch.channels_last)
    try:
        tried = copy.deepcopy(model).eval()
        for module in tried.modules():  # what they do for the caller is not for a trial
            module._forward_hooks.clear()
            module._forward_pre_hooks.clear()
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
