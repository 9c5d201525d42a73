"""Train a network on tensors by any loss: where targets are boxes, masks or images, not classes.

:class:`cnnbook.training.Trainer` is for classifiers. The loop is the same.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from .._surroundings import modes_kept, usual_torch
from ..device import choose_device, current, float32_products
from .config import Graphs, TrainConfig
from .course import described
from .loop import TrainingLoop
from .modes import takes_channels_last
from .placement import placed
from .precision import resolved
from .session import session, train
from .sources import Change, TensorBatches, as_input, digest
from .steps import Loss, SupervisedStep


@usual_torch()
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
    gradient_clip: float | None = None,
    average: float | None = None,
    seed: int = 0,
    device: str = "auto",
    deterministic: bool = False,
    cuda_graphs: Graphs = "off",
    change: Change | None = None,
    folder: str | Path | None = None,
    resume: bool = False,
    progress: bool | None = None,
) -> list[float]:
    """Train a network in place with AdamW; afterwards it is in evaluation mode.

    The learning rate rises to ``lr`` over the first fifth of the steps and falls to nothing along
    a half cosine. The network lies where it did before, in the layout that it had. With a folder,
    the training can be broken off and resumed to the bit, as with
    :meth:`cnnbook.training.Trainer.fit`.

    Args:
        model: takes images ``(N, C, H, W)``, float32; where they are bytes, scaled to 0..1.
        images: uint8 or float32, ``(N, C, H, W)``.
        targets: tensors of N rows each, handed to the loss batch by batch.
        loss: called with the network's output (float32) and the targets of the batch.
        epochs: how often each image is seen.
        batch_size: images a step; what does not fill a batch at an epoch's end is left out.
        lr: the highest learning rate.
        weight_decay: of AdamW, see :class:`torch.optim.AdamW`.
        gradient_clip: largest norm of the gradient, None for no limit.
        average: decay of a moving average of the weights, which the network has in the end; None
            takes the weights themselves.
        seed: of the order of images, of random changes, and of what is random in the network.
        device: see :func:`cnnbook.device.choose_device`.
        deterministic: only algorithms that give equal bits on the same machine.
        cuda_graphs: ``"on"`` records the step on a GPU: then neither network nor loss may do in
            Python what is to happen at each step, and nothing is changed at random.
        change: changes a batch before it is used, given images and targets and a generator on the
            CPU; what it draws goes to the device with ``non_blocking=True``, so that nothing waits.
        folder: where to keep checkpoints and the history; None keeps nothing.
        resume: whether to go on with the training that the folder holds.
        progress: whether to show a progress bar; None shows it on a terminal.

    Returns:
        The mean loss of each epoch.

    Raises:
        ValueError: if images and targets do not fit together, or are fewer than a batch.
        TrainingError: if the loss is no longer finite, a checkpoint cannot be written or taken, or
            the training was asked to stop.

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
    config = TrainConfig(
        epochs=epochs,
        batch_size=batch_size,
        optimizer="adamw",
        lr=lr,
        weight_decay=weight_decay,
        schedule="warmup-cosine",
        warmup=0.2,
        gradient_clip=gradient_clip,
        average=average,
        seed=seed,
        device=device,
        precision="auto",
        cuda_graphs=cuda_graphs,
        deterministic=deterministic,
    )
    where = choose_device(device)
    precision = resolved(config.precision, where)
    channels_last = takes_channels_last(model, images, where)
    batches = TensorBatches(
        (images, *targets), batch_size, where, seed, change, channels_last=channels_last
    )
    surrounded = session(
        model, config, where, precision, folder=folder, resume=resume, channels_last=channels_last,
        alone=True,
    )  # fmt: skip
    with surrounded as here:
        step = SupervisedStep(model, loss, config, where, precision)
        if change is not None:
            step.unrecorded = "what changes the images is drawn on the processor"
        loop = TrainingLoop(step, config, batches, where)

        def identity() -> dict[str, str | None]:
            return {
                "precision": precision,
                "augment": described(change),
                "loss": described(loss),
                "data": digest(images, *targets),
                "validation": None,
            }

        history = train(loop, here, identity, about={}, progress=progress)
    model.eval()
    return [record.train_loss for record in history.epochs]


@usual_torch()
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
