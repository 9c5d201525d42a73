"""The steps of a training: forward, loss, backward, update, and nothing that waits for a device."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..batches import Batches
from ..losses import loss_function
from .config import TrainConfig
from .errors import TrainingError
from .graphs import RecordedStep
from .schedules import learning_rate
from .workers import Workers


class TrainingLoop:
    """The steps of a training, and all that the next one depends on.

    Attributes:
        epoch: the epoch that the next step belongs to, counted from 1.
        position: steps of that epoch that are done.
        step: steps of the training that are done, of :attr:`steps`.
        losses: the loss of each step of the epoch, on the device.
        correct: images of the epoch that were classified rightly along the way, on the device.
        step_losses: the loss of every step of the epochs that are done.
    """

    def __init__(
        self,
        model: nn.Module,
        config: TrainConfig,
        batches: Batches,
        device: torch.device,
        autocast: Callable[[], contextlib.AbstractContextManager[object]],
        workers: Workers | None = None,
    ) -> None:
        self.model, self.config, self.batches = model, config, batches
        self.device, self.autocast = device, autocast
        self.workers = workers or Workers()
        self.optimizer = _optimizer(model, config, device)
        self._loss = loss_function(config.loss, config.label_smoothing)
        self.averaged = None
        if config.average is not None:
            average = get_ema_multi_avg_fn(config.average)  # type: ignore[no-untyped-call]
            self.averaged = AveragedModel(model, multi_avg_fn=average, use_buffers=True)
        forward = self.workers.wrapped(model, device)
        self._forward = _compiled(forward) if config.compile else forward
        recorded = config.cuda_graphs and device.type == "cuda" and not config.compile
        alone = self.workers.count == 1
        self._update = RecordedStep(self._step) if recorded and alone else self._step
        self.steps = config.epochs * len(batches)
        if config.max_steps is not None:
            self.steps = min(self.steps, config.max_steps)
        self.epoch, self.position, self.step = 1, 0, 0
        self.losses = torch.zeros(len(batches), device=device)
        self.correct = torch.zeros((), dtype=torch.int64, device=device)
        self.step_losses: list[float] = []

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.step == self.steps

    @property
    def judged(self) -> nn.Module:
        """The model that is validated and kept: the averaged one where there is an average."""
        return self.model if self.averaged is None else self.averaged.module

    @property
    def seen(self) -> int:
        """Images of the epoch that have been trained on."""
        return min(self.position * self.batches.batch_size, len(self.batches.labels))

    @property
    def seen_here(self) -> int:
        """Images of the epoch that this worker has trained on, about."""
        return self.seen // self.workers.count

    @property
    def lr(self) -> float:
        """The learning rate of the epoch's first step."""
        return learning_rate(self.config, self.step - self.position, self.steps)

    def run_epoch(self, after_step: Callable[[], None] = lambda: None) -> tuple[float, float]:
        """Do the steps that are left of the epoch; its mean loss and accuracy.

        Raises:
            TrainingError: if the loss is not finite, or the device has not enough memory.
        """
        self.model.train()
        size = self.batches.batch_size
        with _memory_advice(self.device, size):
            order, drawn = self.batches.plan(self.epoch - 1)
            for _ in range(self.position, self._steps_of_epoch()):
                batch = slice(self.position * size, (self.position + 1) * size)
                rate = learning_rate(self.config, self.step, self.steps)
                loss = self._one(order[batch], None if drawn is None else drawn[batch], rate)
                self.losses[self.position].copy_(loss)
                self.position += 1
                self.step += 1
                after_step()
            # The host waits for the device here, and nowhere else.
            losses = self.losses_so_far()
        self.check_finite(losses)
        sizes = torch.full_like(losses, size)
        sizes[-1] = self.seen - size * (len(losses) - 1)
        return float((losses * sizes).sum() / self.seen), self.correct_so_far() / self.seen

    def end_epoch(self) -> None:
        """Go on to the next epoch."""
        self.step_losses += self.losses_so_far().tolist()
        self.epoch, self.position = self.epoch + 1, 0
        self.losses.zero_()
        self.correct.zero_()

    def losses_so_far(self) -> Tensor:
        """The loss of each step of the epoch, of all workers together, on the CPU."""
        losses = self.workers.total(self.losses[: self.position].clone())
        return losses.cpu().double()  # MPS has no float64

    def correct_so_far(self) -> int:
        """Images of the epoch that were classified rightly, by all workers together."""
        return int(self.workers.total(self.correct.clone()))

    def check_finite(self, losses: Tensor) -> None:
        """Make sure that losses and weights are finite.

        Raises:
            TrainingError: naming the first step at which they are not.
        """
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
        step = self.step - self.position + first
        rate = learning_rate(self.config, step, self.steps)
        raise TrainingError(
            f"{what} step {step + 1} (epoch {self.epoch}) with "
            f"lr={rate:g}; try a tenth of the learning rate, or gradient_clip=1"
        )

    def _steps_of_epoch(self) -> int:
        return min(len(self.batches), self.position + self.steps - self.step)

    def _one(self, rows: Tensor, drawn: Tensor | None, rate: float) -> Tensor:
        """One update from this worker's share of a batch; the share's part of the batch's loss."""
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        if self.workers.count == 1:
            loss = self._update(rows, drawn)
        else:
            mine, of_all = self.workers.share(rows), len(rows)
            numbers = None if drawn is None else self.workers.share(drawn)
            # Without an image of its own, a worker still takes part in adding the gradients.
            idle = len(mine) == 0
            weight = 0.0 if idle else len(mine) / of_all
            if idle:
                mine, numbers = rows[:1], None if drawn is None else drawn[:1]
            loss = self._step(mine, numbers, weight)
        if self.averaged is not None:
            self.averaged.update_parameters(self.model)
        return loss

    def _step(self, rows: Tensor, drawn: Tensor | None, weight: float = 1.0) -> Tensor:
        """The five steps of training on a batch, or on a share that has ``weight`` in it."""
        images, labels = self.batches.select(rows, drawn)
        with self.autocast():
            logits = self._forward(images)
        # A class without a logit would be a device-side assertion on CUDA, and end the process.
        if logits.ndim != 2 or logits.shape[1] < self.batches.num_classes:
            raise ValueError(
                f"the model gives {tuple(logits.shape)}, not logits (N, classes) for "
                f"{self.batches.num_classes} classes"
            )
        loss = self._loss(logits.float(), labels)
        correct = (logits.detach().argmax(dim=1) == labels).sum()
        self.optimizer.zero_grad(set_to_none=True)
        if self.workers.count > 1:
            # DistributedDataParallel takes the mean over n workers: of n times each one's part.
            loss, correct = loss * weight, correct * (weight > 0)
            (loss * self.workers.count).backward()  # type: ignore[no-untyped-call]
        else:
            loss.backward()  # type: ignore[no-untyped-call]
        self.correct += correct
        if self.config.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.gradient_clip)
        self.optimizer.step()
        return loss.detach()


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


@contextlib.contextmanager
def _memory_advice(device: torch.device, batch_size: int) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        text = str(error)
        allocator = "can't allocate memory" in text or "not enough memory" in text
        if not (isinstance(error, torch.OutOfMemoryError) or allocator):
            raise
        raise TrainingError(
            f"out of memory on {device} with batch_size={batch_size}; "
            f"try batch_size={max(1, batch_size // 2)}"
        ) from error


def _optimizer(
    model: nn.Module, config: TrainConfig, device: torch.device
) -> torch.optim.Optimizer:
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
