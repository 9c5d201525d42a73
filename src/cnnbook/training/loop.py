"""The loop of a training: it counts, sets the rate, measures, and never waits for a device.

What a step does with a batch is a :class:`TrainingStep`; where batches come from is a
:class:`BatchSource`. Around the loop, :mod:`cnnbook.training.session` keeps checkpoints.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from .average import WeightAverage, tensors_of
from .config import TrainConfig
from .errors import TrainingError, advice
from .graphs import GraphedStep, why_not_recorded
from .random_states import random_state, set_random_state
from .schedules import learning_rate
from .sources import BatchSource
from .steps import TrainingStep
from .workers import Workers


class TrainingLoop:
    """The steps of a training, and all that the next one depends on.

    Args:
        training_step: what is done with a batch.
        config: how many steps there are, their rates, and whether they are recorded.
        batches: where batches come from.
        device: where the model lies.
        workers: the processes that share each batch.

    Attributes:
        epoch: the epoch that the next step belongs to, counted from 1.
        position: steps of that epoch that are done.
        step: steps of the training that are done, of :attr:`steps`.
        measures: what was measured of each step of the epoch, ``(batches, M)``, on the device.
        unrecorded: why steps are not recorded as a CUDA graph; None where they are.
    """

    def __init__(
        self,
        training_step: TrainingStep,
        config: TrainConfig,
        batches: BatchSource,
        device: torch.device,
        workers: Workers | None = None,
    ) -> None:
        self.training_step, self.config, self.batches = training_step, config, batches
        self.device, self.workers = device, workers or Workers()
        self.steps = config.epochs * len(batches)
        if config.max_steps is not None:
            self.steps = min(self.steps, config.max_steps)
        self.epoch, self.position, self.step = 1, 0, 0
        self.measures = torch.zeros(len(batches), training_step.measured, device=device)
        self._before = torch.zeros(0, training_step.measured, dtype=torch.float64)
        self.unrecorded = self._why_unrecorded()
        self._graphed = None
        if self.unrecorded is None:
            self._graphed = GraphedStep(batches.count, batches.batch_size, self.measures)

    @property
    def model(self) -> nn.Module:
        """All that is trained."""
        return self.training_step.model

    @property
    def average(self) -> WeightAverage | None:
        """The moving average of the weights, where there is one."""
        return self.training_step.average

    @property
    def judged(self) -> nn.Module:
        """The model that is validated and kept: the averaged one where there is an average."""
        return self.training_step.judged

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.step == self.steps

    @property
    def step_measures(self) -> Tensor:
        """What was measured of every step of the epochs that are done, ``(steps, M)``."""
        return self._before

    @property
    def step_losses(self) -> list[float]:
        """The loss of every step of the epochs that are done."""
        losses: list[float] = self._before[:, 0].tolist()
        return losses

    def _why_unrecorded(self) -> str | None:
        config = self.config
        if self.device.type != "cuda":
            return "only a GPU by NVIDIA or AMD has recorded steps"
        if config.cuda_graphs == "off":
            return "cuda_graphs is off"
        if self.training_step.unrecorded is not None:
            return self.training_step.unrecorded
        if config.compile:
            return "torch.compile sends its own kernels"
        if self.workers.count > 1:
            return "several processes exchange gradients in each step"
        return why_not_recorded(self.model) if config.cuda_graphs == "auto" else None

    @property
    def seen(self) -> int:
        """Examples of the epoch that have been trained on."""
        return min(self.position * self.batches.batch_size, self.batches.count)

    @property
    def seen_here(self) -> int:
        """Examples of the epoch that this worker has trained on, about."""
        return self.seen // self.workers.count

    @property
    def lr(self) -> float:
        """The learning rate of the epoch's first step."""
        return learning_rate(self.config, self.step - self.position, self.steps)

    def run_epoch(
        self, after_step: Callable[[], None] = lambda: None
    ) -> tuple[float, float | None]:
        """Do the steps that are left of the epoch.

        Returns:
            The mean loss of its examples, and of a classifier the share that it had right.

        Raises:
            TrainingError: if the loss is not finite, or the device has not enough memory.
        """
        self.training_step.begin_epoch()
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
                    measured = self._one(rows, None if drawn is None else drawn[batch], rate)
                    self.measures[self.position].copy_(measured)
                if self.step == 0 and self.average is not None:
                    self.average.start()
                self.position += 1
                self.step += 1
                self.training_step.after(self.step)
                after_step()
            # The host waits for the device here, and nowhere else.
            measures = self.measures_so_far()
        self.check_finite(measures)
        sizes = torch.full((len(measures),), size, dtype=torch.float64)
        sizes[-1] = self.seen - size * (len(measures) - 1)
        right = float(measures[:, 1].sum()) / self.seen if self.training_step.counts_right else None
        return float((measures[:, 0] * sizes).sum() / self.seen), right

    def share_statistics(self) -> None:
        """Give all workers the same running statistics: they judge and keep one model."""
        self.workers.same_statistics(self.model)
        if self.average is not None:
            self.workers.same_statistics(self.average.module)

    def end_epoch(self) -> None:
        """Go on to the next epoch."""
        self._before = torch.cat([self._before, self.measures_so_far()])
        self.epoch, self.position = self.epoch + 1, 0
        self.measures.zero_()

    def measures_so_far(self) -> Tensor:
        """What was measured of each step of the epoch, of all workers together, on the CPU."""
        measures = self.workers.all_reduce(self.measures[: self.position].clone())
        return measures.cpu().double()  # MPS has no float64

    def check_finite(self, measures: Tensor) -> None:
        """Make sure that what was measured and the weights are finite.

        Raises:
            TrainingError: naming the first step at which they are not.
        """
        bad = (~measures.isfinite()).any(dim=1).nonzero()
        weights = torch.stack([weight.isfinite().all() for weight in self.model.parameters()])
        if len(bad):
            first = int(bad[0])
            value = next(float(v) for v in measures[first] if not v.isfinite())
            what = f"the loss is {value} at"
        elif not bool(weights.all()):  # no loss has been taken since the last update
            first = len(measures) - 1
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
            self.training_step.begin_epoch()
            order, drawn = self.batches.epoch_indices(self.epoch - 1)
            self._graphed.begin_epoch(order, drawn, [], self.position)
            self._record()

    def state_dict(self) -> dict[str, Any]:
        """Everything that the steps to come depend on. All workers have to take part.

        Raises:
            TrainingError: if losses or weights are not finite: that is nothing to go on from.
        """
        measures = self.measures_so_far()
        if not self.finished:
            self.check_finite(measures)
        return {
            "weights": self.model.state_dict(),
            "optimizers": [each.state_dict()["state"] for each in self.training_step.optimizers],
            "average": None if self.average is None else self.average.state_dict(),
            "place": {"epoch": self.epoch, "position": self.position, "step": self.step},
            "measures": measures,
            "step_measures": self._before,
            "batches": self.batches.state_dict(),
            "training_step": self.training_step.state_dict(),
            "random": [state.cpu() for state in self.workers.all_gather(random_state(self.device))],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` gave."""
        self.model.load_state_dict(state["weights"])
        for optimizer, values in zip(
            self.training_step.optimizers, state["optimizers"], strict=True
        ):
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": values, "param_groups": groups})
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        place = state["place"]
        self.epoch, self.position, self.step = place["epoch"], place["position"], place["step"]
        if self.workers.first:  # the sum over workers is what was saved
            self.measures[: self.position].copy_(state["measures"])
        self._before = state["step_measures"]
        self.batches.load_state_dict(state["batches"])
        self.training_step.load_state_dict(state["training_step"])
        seed = self.config.seed * 1_000_003 + self.step * self.workers.count + self.workers.rank
        set_random_state(state["random"], self.workers, self.device, otherwise=seed)

    def _record(self) -> None:
        graphed = self._graphed
        if graphed is None or graphed.recorded or self.batches.count < graphed.batch_size:
            return
        reason = graphed.record(self._at_rate, self._state)
        if reason is not None:
            self.unrecorded, self._graphed = f"the step cannot be recorded: {reason}", None

    def _at_rate(self, rows: Tensor, drawn: Tensor | None, rate: Tensor) -> Tensor:
        """A step whose learning rate lies on the device."""
        for group in self._groups():
            group["lr"].copy_(rate)
        return self._step(rows, drawn)

    def _state(self) -> list[Tensor]:
        """All tensors that a step changes, apart from gradients and what it measures."""
        modules = [self.model, *([] if self.average is None else [self.average.module])]
        found = [tensor for module in modules for tensor in tensors_of(module)]
        for optimizer in self.training_step.optimizers:
            for values in optimizer.state.values():
                found += [value for value in values.values() if isinstance(value, Tensor)]
        return found

    def _steps_of_epoch(self) -> int:
        return min(len(self.batches), self.position + self.steps - self.step)

    def _groups(self) -> list[dict[str, Any]]:
        return [group for each in self.training_step.optimizers for group in each.param_groups]

    def _one(self, rows: Tensor, drawn: Tensor | None, rate: float) -> Tensor:
        """One update from this worker's share of a batch; the share's part of what is measured."""
        for group in self._groups():
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        if self.workers.count == 1:
            return self._step(rows, drawn)
        mine, of_all = self.workers.share(rows), len(rows)
        numbers = None if drawn is None else self.workers.share(drawn)
        # Without an image of its own, a worker still takes part in adding the gradients.
        idle = len(mine) == 0
        weight = 0.0 if idle else len(mine) / of_all
        if idle:
            mine, numbers = rows[:1], None if drawn is None else drawn[:1]
        return self._step(mine, numbers, weight)

    def _step(self, rows: Tensor, drawn: Tensor | None, weight: float = 1.0) -> Tensor:
        """The step on a batch, or on a share that has ``weight`` in it."""
        measured = self.training_step(self.batches.batch(rows, drawn), weight)
        if self.average is not None:
            self.average.update(self.step)
        return measured
