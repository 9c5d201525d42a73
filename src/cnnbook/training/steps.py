"""What one step of a training does with a batch; the loop does all that is around it."""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from .average import WeightAverage
from .config import TrainConfig
from .errors import TrainingError, check_logits
from .losses import loss_function
from .modes import frozen_modules, train_mode
from .precision import forward_pass
from .workers import Workers

Loss = Callable[..., Tensor]
"""From a network's output and the targets of a batch to one number."""


class TrainingStep(Protocol):
    """From a batch to better weights.

    Attributes:
        model: all that is trained; what is saved and restored.
        optimizers: what changes the weights, each at the learning rate that the loop sets.
        average: the moving average of the weights, where there is one.
        measured: how many numbers a step gives: its loss, then whatever else is counted.
        counts_right: whether the second of them is how many images were classified rightly.
        unrecorded: why the step is never recorded as a CUDA graph; None if it may be.
    """

    model: nn.Module
    optimizers: list[torch.optim.Optimizer]
    average: WeightAverage | None
    measured: int
    counts_right: bool
    unrecorded: str | None

    @property
    def judged(self) -> nn.Module:
        """What is validated, and what the model's weights are in the end."""

    def begin_epoch(self) -> None:
        """Set the modes that training asks for."""

    def __call__(self, batch: tuple[Tensor, ...], weight: float = 1.0) -> Tensor:
        """Train on a batch, or on a share that has ``weight`` in it.

        Returns:
            What was measured, ``(measured,)``, on the device; of a share, its part of it.
        """

    def after(self, step: int) -> None:
        """What is to be done when so many steps are done, the average included."""

    def state_dict(self) -> dict[str, Any]:
        """What the step remembers besides weights, optimizers and average."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remember it again."""


class SupervisedStep:
    """Forward, loss, backward, update: the step of a network that learns from targets.

    Args:
        model: takes the first tensor of a batch.
        loss: called with the network's output in float32 and the other tensors of the batch.
        config: the optimizer, clipping, averaging and compiling that it asks for.
        device: where the model lies.
        precision: see :func:`cnnbook.training.precision.resolved`.
        workers: the processes that share each batch.
        classes: of a classifier, whose right answers are counted; None for other networks.

    Raises:
        ValueError: if the model has nothing to train.
    """

    unrecorded: str | None = None

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        config: TrainConfig,
        device: torch.device,
        precision: str,
        workers: Workers | None = None,
        classes: int | None = None,
    ) -> None:
        self.model, self._loss, self._classes = model, loss, classes
        self._device, self._precision = device, precision
        self._workers = workers or Workers()
        self._clip = config.gradient_clip
        self.counts_right = classes is not None
        self.measured = 1 + self.counts_right
        self.optimizers = [optimizer_of(model, config, device)]
        self.average = None if config.average is None else WeightAverage(model, config.average)
        self._frozen = frozen_modules(model)
        forward = self._workers.wrapped(model, device, config.sync_batchnorm).train()
        self._forward = _compiled(forward) if config.compile else forward

    @property
    def judged(self) -> nn.Module:
        """The averaged model where there is an average, else the model."""
        return self.model if self.average is None else self.average.module

    def begin_epoch(self) -> None:
        """Training mode, but for what is frozen."""
        train_mode(self.model, self._frozen)

    def __call__(self, batch: tuple[Tensor, ...], weight: float = 1.0) -> Tensor:
        """The loss, and of a classifier how many images it had right; the weights are updated."""
        images, *targets = batch
        with forward_pass(self._precision, self._device):
            output = self._forward(images)
        if self._classes is not None:
            # A class without a logit would be a device-side assertion on CUDA, and end the process.
            check_logits(output, self._classes)
        loss = self._loss(output.float(), *targets)
        measured = [loss]
        if self._classes is not None:
            measured.append((output.detach().argmax(dim=1) == targets[0]).sum())
        optimizer, count = self.optimizers[0], self._workers.count
        optimizer.zero_grad(set_to_none=True)
        if count > 1:
            # DistributedDataParallel takes the mean over n workers: of n times each one's part.
            measured = [loss * weight, *(each * (weight > 0) for each in measured[1:])]
            (measured[0] * count).backward()  # type: ignore[no-untyped-call]
        else:
            loss.backward()  # type: ignore[no-untyped-call]
        if self._clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self._clip)
        optimizer.step()
        return torch.stack([each.detach().float() for each in measured])

    def after(self, step: int) -> None:
        """Nothing."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing."""


def classification_step(
    model: nn.Module,
    classes: int,
    config: TrainConfig,
    device: torch.device,
    precision: str,
    workers: Workers | None = None,
) -> SupervisedStep:
    """The step of a classifier, with the loss that a configuration names."""
    loss = loss_function(config.loss, config.label_smoothing)
    return SupervisedStep(model, loss, config, device, precision, workers, classes)


def optimizer_of(
    model: nn.Module, config: TrainConfig, device: torch.device
) -> torch.optim.Optimizer:
    """The optimizer that a configuration names, over the weights of a model that may learn.

    Raises:
        ValueError: if there are none.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise ValueError("the model has no parameters to train")
    on_cuda = device.type == "cuda"
    common: dict[str, Any] = {
        # A recorded step reads the rate from the device's memory.
        "lr": torch.tensor(config.lr, device=device) if on_cuda else config.lr,
        "weight_decay": config.weight_decay,
        "fused": device.type in ("cpu", "cuda"),
    }
    if config.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=config.momentum, **common)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, betas=config.betas, capturable=on_cuda, **common)


def _compiled(model: nn.Module) -> Callable[[Tensor], Tensor]:
    from torch._dynamo.exc import BackendCompilerFailed

    compiled = torch.compile(model)

    def forward(images: Tensor) -> Tensor:
        try:
            logits: Tensor = compiled(images)
            return logits
        except BackendCompilerFailed as error:
            reason = str(error).splitlines()[-1] if str(error) else type(error).__name__
            raise TrainingError(
                f"torch.compile cannot compile this model here ({reason}); install a C++ compiler, "
                "or train with compile=False"
            ) from error

    return forward
