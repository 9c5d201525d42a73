"""Rounding as on another machine: where bands are measured, trainings begin a millionth elsewhere.

A processor with other instructions, another version of PyTorch and another device add in another
order. Some trainings make much of such differences, others nothing. What they do to a number on a
page can be seen on one machine: before its first step each optimizer's parameters are multiplied by
1 + 10⁻⁶ times normal random numbers: eight times the distance of neighbouring numbers of float32
above 1.

``CNNBOOK_NUDGE=1`` in the environment does that, with another number for other random numbers.
What is trained then is to be kept apart (``CNNBOOK_CACHE``): it is not what the code says.
"""

import os
import weakref
from typing import Any

SIZE = 1e-6
VARIABLE = "CNNBOOK_NUDGE"


def nudge_from_environment() -> None:
    """Obey ``CNNBOOK_NUDGE``.

    Raises:
        ValueError: if it is no whole number.
    """
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return
    if not wanted.isdecimal():
        raise ValueError(
            f"{VARIABLE} is a whole number, the seed of random numbers, not {wanted!r}"
        )
    nudge_optimizers(int(wanted))


def nudge_optimizers(seed: int) -> Any:
    """Nudge the parameters of every optimizer before its first step.

    Args:
        seed: of the random numbers.

    Returns:
        What ends it: its ``remove()``.
    """
    import torch
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    generator = torch.Generator().manual_seed(seed)
    nudged: weakref.WeakSet[torch.optim.Optimizer] = weakref.WeakSet()

    def nudge(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        if optimizer in nudged:
            return
        nudged.add(optimizer)
        with torch.no_grad():
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    noise = torch.randn(parameter.shape, generator=generator)
                    parameter.mul_(1 + SIZE * noise.to(parameter.device))

    return register_optimizer_step_pre_hook(nudge)
