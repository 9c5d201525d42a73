"""The generators that dropout and the like draw from: seeded for a training, kept with it."""

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .workers import Workers


@contextlib.contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed dropout and the like for a block, and leave the caller's generators as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def random_state(device: torch.device) -> Tensor:
    """The states of PyTorch's generators for a device, as bytes on that device."""
    state = torch.get_rng_state()
    if device.type == "cuda":
        state = torch.cat([state, torch.cuda.get_rng_state(device)])
    return state.to(device)


def set_random_state(
    states: Sequence[Tensor], workers: Workers, device: torch.device, *, otherwise: int
) -> None:
    """Go on from the states that :func:`random_state` gave each worker.

    Args:
        states: one for each worker.
        workers: which of them this process is.
        device: where it computes.
        otherwise: a seed, for another number of workers or another kind of device: there is no
            state to go on with then, but a fixed one.
    """
    if len(states) != workers.count or len(states[0]) != len(random_state(device)):
        torch.manual_seed(otherwise)
        return
    cpu = len(torch.get_rng_state())
    mine = states[workers.rank]
    torch.set_rng_state(mine[:cpu])
    if device.type == "cuda":
        torch.cuda.set_rng_state(mine[cpu:], device)
