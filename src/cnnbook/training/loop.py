"""The steps of a training: forward, loss, backward, update, and nothing that waits for a device."""

import contextlib
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..batches import Batches
from .config import TrainConfig


class TrainingError(Exception):
    """Training cannot go on; the message says where it stood and what to try."""


class TrainingLoop:
    """The steps of a training, with what they need."""

    def __init__(
        self,
        model: nn.Module,
        config: TrainConfig,
        batches: Batches,
        device: torch.device,
        autocast: Callable[[], contextlib.AbstractContextManager[object]],
    ) -> None:
        self.model, self.config, self.batches = model, config, batches
        self.device, self.autocast = device, autocast
        self.optimizer = _optimizer(model, config, device)
        self.schedule = _schedule(self.optimizer, config, config.epochs * len(batches))
        self.step_losses: list[float] = []
        self.lr = config.lr

    def epoch(self, number: int) -> tuple[float, float]:
        """Train one epoch; its mean loss and accuracy. The host waits for the device only here."""
        self.model.train()
        self.lr = self.optimizer.param_groups[0]["lr"]
        losses: list[Tensor] = []
        correct = torch.zeros((), dtype=torch.int64, device=self.device)
        try:
            for images, labels in self.batches:
                loss, logits = self._step(images, labels)
                losses.append(loss)
                correct += (logits.argmax(dim=1) == labels).sum()
            values = torch.stack(losses).cpu().double()  # MPS has no float64
        except torch.OutOfMemoryError as error:
            smaller = max(1, self.config.batch_size // 2)
            raise TrainingError(
                f"out of memory on {self.device} with batch_size={self.config.batch_size}; "
                f"try batch_size={smaller}"
            ) from error
        self._check_finite(values, number)
        self.step_losses += values.tolist()
        count = len(self.batches.labels)
        sizes = torch.full_like(values, self.config.batch_size)
        sizes[-1] = count - self.config.batch_size * (len(values) - 1)
        return float((values * sizes).sum() / count), int(correct) / count

    def _step(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The five steps of training on one batch."""
        with self.autocast():
            logits = self.model(images)
        # A class without a logit would be a device-side assertion on CUDA, and end the process.
        if logits.ndim != 2 or logits.shape[1] < self.batches.num_classes:
            raise ValueError(
                f"the model gives {tuple(logits.shape)}, not logits (N, classes) for "
                f"{self.batches.num_classes} classes"
            )
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=self.config.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.config.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.gradient_clip)
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()
        return loss.detach(), logits.detach()

    def _check_finite(self, losses: Tensor, epoch: int) -> None:
        bad = (~losses.isfinite()).nonzero()
        weights = torch.stack([weight.isfinite().all() for weight in self.model.parameters()])
        if len(bad):
            first = int(bad[0])
            what = f"the loss is {float(losses[first])} at"
        elif not bool(weights.all()):  # no loss has been taken since the last update
            first = len(losses) - 1
            what = "the weights are no longer finite after"
        else:
            return
        raise TrainingError(
            f"{what} step {len(self.step_losses) + first + 1} (epoch {epoch}) with "
            f"lr={self.config.lr:g}; try a tenth of the learning rate, or gradient_clip=1"
        )


def _optimizer(
    model: nn.Module, config: TrainConfig, device: torch.device
) -> torch.optim.Optimizer:
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError("the model has no parameters to train")
    common: dict[str, Any] = {
        "lr": config.lr,
        "weight_decay": config.weight_decay,
        "fused": device.type in ("cpu", "cuda"),
    }
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=config.momentum, **common)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, betas=config.betas, **common)


def _schedule(
    optimizer: torch.optim.Optimizer, config: TrainConfig, steps: int
) -> torch.optim.lr_scheduler.LRScheduler | None:
    if config.schedule == "constant":
        return None
    if config.schedule == "cosine":
        return torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: (1 + math.cos(math.pi * min(step / steps, 1))) / 2
        )
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=config.lr, total_steps=max(steps, 2), cycle_momentum=False
    )
