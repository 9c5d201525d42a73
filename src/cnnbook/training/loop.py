"""The steps of a training: forward, loss, backward, update, and nothing that waits for a device."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..datasets.batches import Batches
from .average import WeightAverage, tensors_of
from .config import TrainConfig
from .errors import TrainingError, advice, check_logits
from .graphs import GraphedStep, why_not_recorded
from .losses import loss_function
from .modes import frozen_modules, train_mode
from .precision import forward_pass
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
        unrecorded: why steps are not recorded as a CUDA graph; None where they are.
    """

    def __init__(
        self,
        model: nn.Module,
        config: TrainConfig,
        batches: Batches,
        device: torch.device,
        precision: str,
        workers: Workers | None = None,
    ) -> None:
        self.model, self.config, self.batches = model, config, batches
        self.device, self.precision = device, precision
        self.workers = workers or Workers()
        self.optimizer = _optimizer(model, config, device)
        self._loss = loss_function(config.loss, config.label_smoothing)
        self.averaged = None if config.average is None else WeightAverage(model, config.average)
        self._frozen = frozen_modules(model)
        forward = self.workers.wrapped(model, device, config.sync_batchnorm).train()
        self._forward = _compiled(forward) if config.compile else forward
        self.steps = config.epochs * len(batches)
        if config.max_steps is not None:
            self.steps = min(self.steps, config.max_steps)
        self.epoch, self.position, self.step = 1, 0, 0
        self.losses = torch.zeros(len(batches), device=device)
        self.correct = torch.zeros((), dtype=torch.int64, device=device)
        self.unrecorded = self._why_unrecorded()
        self._graphed = None
        if self.unrecorded is None:
            count = len(batches.labels)
            self._graphed = GraphedStep(count, batches.batch_size, self.losses)
        self.step_losses: list[float] = []

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.step == self.steps

    @property
    def judged(self) -> nn.Module:
        """The model that is validated and kept: the averaged one where there is an average."""
        return self.model if self.averaged is None else self.averaged.module

    def _why_unrecorded(self) -> str | None:
        config = self.config
        if self.device.type != "cuda":
            return "only a GPU by NVIDIA or AMD has recorded steps"
        if config.cuda_graphs == "off":
            return "cuda_graphs is off"
        if config.compile:
            return "torch.compile sends its own kernels"
        if self.workers.count > 1:
            return "several processes exchange gradients in each step"
        return why_not_recorded(self.model) if config.cuda_graphs == "auto" else None

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
        train_mode(self.model, self._frozen)
        size, last = self.batches.batch_size, self._steps_of_epoch()
        with advice(self.device, size):
            order, drawn = self.batches.epoch_indices(self.epoch - 1)
            rates = [
                learning_rate(self.config, self.step + ahead, self.steps)
                for ahead in range(last - self.position)
            ]
            if self._graphed is not None:
                self._graphed.begin_epoch(order, drawn, rates, self.position)
                self._record()
            for rate in rates:
                batch = slice(self.position * size, (self.position + 1) * size)
                rows = order[batch]
                if self._graphed is not None and len(rows) == size:
                    self._graphed.replay()
                else:
                    loss = self._one(rows, None if drawn is None else drawn[batch], rate)
                    self.losses[self.position].copy_(loss)
                if self.step == 0 and self.averaged is not None:
                    self.averaged.start(self.model)
                self.position += 1
                self.step += 1
                after_step()
            # The host waits for the device here, and nowhere else.
            losses = self.losses_so_far()
        self.check_finite(losses)
        sizes = torch.full_like(losses, size)
        sizes[-1] = self.seen - size * (len(losses) - 1)
        return float((losses * sizes).sum() / self.seen), self.correct_so_far() / self.seen

    def share_statistics(self) -> None:
        """Give all workers the same running statistics: they judge and keep one model."""
        self.workers.same_statistics(self.model)
        if self.averaged is not None:
            self.workers.same_statistics(self.averaged.module)

    def end_epoch(self) -> None:
        """Go on to the next epoch."""
        self.step_losses += self.losses_so_far().tolist()
        self.epoch, self.position = self.epoch + 1, 0
        self.losses.zero_()
        self.correct.zero_()

    def losses_so_far(self) -> Tensor:
        """The loss of each step of the epoch, of all workers together, on the CPU."""
        losses = self.workers.all_reduce(self.losses[: self.position].clone())
        return losses.cpu().double()  # MPS has no float64

    def correct_so_far(self) -> int:
        """Images of the epoch that were classified rightly, by all workers together."""
        return int(self.workers.all_reduce(self.correct.clone()))

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

    def prepare(self) -> None:
        """Record the step, where that is possible, ahead of the first one."""
        if self._graphed is not None:
            train_mode(self.model, self._frozen)
            order, drawn = self.batches.epoch_indices(self.epoch - 1)
            self._graphed.begin_epoch(order, drawn, [], self.position)
            self._record()

    def _record(self) -> None:
        graphed = self._graphed
        if graphed is None or graphed.recorded or len(self.batches.labels) < graphed.batch_size:
            return
        reason = graphed.record(self._at_rate, self._state)
        if reason is not None:
            self.unrecorded, self._graphed = f"the step cannot be recorded: {reason}", None

    def _at_rate(self, rows: Tensor, drawn: Tensor | None, rate: Tensor) -> Tensor:
        """A step whose learning rate lies on the device."""
        for group in self.optimizer.param_groups:
            group["lr"].copy_(rate)
        return self._step(rows, drawn)

    def _state(self) -> list[Tensor]:
        """All tensors that a step changes, apart from gradients and the losses."""
        modules = [self.model, *([] if self.averaged is None else [self.averaged.module])]
        found = [tensor for module in modules for tensor in tensors_of(module)]
        for values in self.optimizer.state.values():
            found += [value for value in values.values() if isinstance(value, Tensor)]
        return [*found, self.correct]

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
            loss = self._step(rows, drawn)
        else:
            mine, of_all = self.workers.share(rows), len(rows)
            numbers = None if drawn is None else self.workers.share(drawn)
            # Without an image of its own, a worker still takes part in adding the gradients.
            idle = len(mine) == 0
            weight = 0.0 if idle else len(mine) / of_all
            if idle:
                mine, numbers = rows[:1], None if drawn is None else drawn[:1]
            loss = self._step(mine, numbers, weight)
        return loss

    def _step(self, rows: Tensor, drawn: Tensor | None, weight: float = 1.0) -> Tensor:
        """The five steps of training on a batch, or on a share that has ``weight`` in it."""
        images, labels = self.batches.batch(rows, drawn)
        with forward_pass(self.precision, self.device):
            logits = self._forward(images)
        # A class without a logit would be a device-side assertion on CUDA, and end the process.
        check_logits(logits, self.batches.num_classes)
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
        if self.averaged is not None:
            self.averaged.update(self.model)
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
