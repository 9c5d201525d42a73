"""Train a network on tensors by any loss: where targets are boxes, masks or images, not classes.

:class:`cnnbook.training.Trainer` classifies, and can be interrupted, resumed and shared between
machines. This is the short loop for everything else: the data lie on the device, batches are index
selections, the learning rate rises and falls once.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from .._surroundings import modes_kept, usual_torch
from ..device import (
    autocast,
    choose_device,
    current,
    fixed_shapes,
    float32_products,
    freed_memory_kept,
)
from .modes import frozen_modules, train_mode
from .placement import placed

Loss = Callable[..., Tensor]
"""From the network's output and the targets of a batch to one number."""
Change = Callable[[tuple[Tensor, ...], torch.Generator], tuple[Tensor, ...]]
"""Changes a batch (images and targets together) at random."""


def fit(
    model: nn.Module,
    images: Tensor,
    targets: Sequence[Tensor],
    loss: Loss,
    *,
    epochs: int,
    batch_size: int = 64,
    lr: float = 0.003,
    weight_decay: float = 0.01,
    seed: int = 0,
    device: str = "auto",
    change: Change | None = None,
) -> list[float]:
    """Train a network in place with AdamW; afterwards it is in evaluation mode on the CPU.

    The learning rate rises to ``lr`` over the first fifth of the steps and falls to nothing along
    a half cosine.

    Args:
        model: takes images ``(N, C, H, W)``, float32; where they are bytes, scaled to 0..1.
        images: uint8 or float32, ``(N, C, H, W)``.
        targets: tensors of N rows each, handed to the loss batch by batch.
        loss: called with the network's output (float32) and the targets of the batch.
        epochs: how often each image is seen.
        batch_size: images a step; what does not fill a batch at an epoch's end is left out.
        lr: the highest learning rate.
        weight_decay: of AdamW, see :class:`torch.optim.AdamW`.
        seed: of the order of images, of random changes, and of what is random in the network.
        device: see :func:`cnnbook.device.choose_device`.
        change: changes a batch before it is used, given images and targets and a generator on the
            CPU; what it draws goes to the device with ``non_blocking=True``, so that nothing waits.

    Returns:
        The mean loss of each epoch.

    Raises:
        ValueError: if images and targets do not fit together, or are fewer than a batch.
        FloatingPointError: if the loss is no longer finite.

    >>> _ = torch.manual_seed(0)
    >>> images, model = torch.rand(64, 1, 4, 4), nn.Conv2d(1, 1, 1)
    >>> how = {"epochs": 60, "batch_size": 8, "lr": 0.2, "weight_decay": 0}
    >>> losses = fit(model, images, [3 * images], nn.functional.mse_loss, **how)
    >>> round(model.weight.item(), 1)
    3.0
    """
    if any(len(target) != len(images) for target in targets):
        sizes = ", ".join(str(len(target)) for target in targets)
        raise ValueError(f"there are {len(images)} images, but {sizes} targets")
    if not 0 < batch_size <= len(images):
        raise ValueError(f"a batch of {batch_size} cannot be made of {len(images)} images")
    where = choose_device(device)
    data = tuple(each.to(where) for each in (images, *targets))
    model.to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    frozen = frozen_modules(model)
    train_mode(model, frozen)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=lr, weight_decay=weight_decay, fused=where.type in ("cpu", "cuda")
    )
    steps = epochs * (len(images) // batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _share(step, steps))
    generator = torch.Generator().manual_seed(seed)
    history = []
    with (
        freed_memory_kept(),
        usual_torch(),
        current(where),
        float32_products(tf32=False),
        fixed_shapes(where),
        torch.random.fork_rng(devices=[where] if where.type == "cuda" else []),
    ):
        torch.manual_seed(seed)
        for epoch in range(epochs):
            order = torch.randperm(len(images), generator=generator)
            order = order.to(where, non_blocking=True)
            losses = []
            for rows in torch.split(order, batch_size):
                if len(rows) < batch_size:
                    continue
                batch = tuple(each[rows] for each in data)
                if change is not None:
                    batch = change(batch, generator)
                losses.append(_step(model, batch, loss, optimizer))
                schedule.step()
            history.append(float(torch.stack(losses).mean()))
            if not math.isfinite(history[-1]):
                raise FloatingPointError(
                    f"the loss is {history[-1]} in epoch {epoch + 1} with lr={lr:g}; "
                    "try a tenth of the learning rate"
                )
    # The layout of training must not leak: view() would fail on it.
    model.to("cpu", memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    model.eval()
    return history


def as_input(images: Tensor) -> Tensor:
    """Images as a network takes them: float32, bytes scaled to 0..1.

    >>> as_input(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([0., 1.])
    """
    return images / 255 if images.dtype == torch.uint8 else images


def predict(
    model: nn.Module, images: Tensor, batch_size: int = 250, *, device: str = "auto"
) -> Tensor:
    """A network's output for many images, without gradients, float32 on the CPU.

    Args:
        model: run in evaluation mode, and on the device; both are put back.
        images: uint8 or float32, ``(N, C, H, W)``.
        batch_size: images at a time.
        device: see :func:`cnnbook.device.choose_device`.

    >>> predict(nn.Flatten(), torch.full((3, 1, 1, 2), 255, dtype=torch.uint8)).shape
    torch.Size([3, 2])
    """
    where = choose_device(device)
    with (
        current(where),
        float32_products(tf32=False),
        modes_kept(model),
        placed(model, where, channels_last=False),
        torch.no_grad(),
    ):
        model.eval()
        parts = [
            model(as_input(part.to(where))).float().cpu()
            for part in torch.split(images, batch_size)
        ]
    return torch.cat(parts)


def _share(step: int, steps: int) -> float:
    """The learning rate as a share of the highest one."""
    rise = max(1.0, 0.2 * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise)))


def _step(
    model: nn.Module, batch: tuple[Tensor, ...], loss: Loss, optimizer: torch.optim.Optimizer
) -> Tensor:
    images = as_input(batch[0]).contiguous(memory_format=torch.channels_last)
    with autocast(images.device):
        output = model(images)
    value = loss(output.float(), *batch[1:])
    optimizer.zero_grad(set_to_none=True)
    value.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return value.detach()
