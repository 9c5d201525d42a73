"""What a training leaves: a record for each epoch, and how the model does on a set."""

from dataclasses import asdict, dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class EpochRecord:
    """One epoch: losses are means over images, accuracies are fractions.

    The training loss and accuracy are taken along the way, while the weights change and dropout is
    on; the validation values after the epoch.
    """

    epoch: int
    train_loss: float
    train_accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    lr: float
    train_seconds: float


@dataclass(frozen=True)
class History:
    """What happened: a record for each epoch, and the loss of every step.

    ``best_epoch`` is the epoch whose weights the model has in the end.
    """

    epochs: tuple[EpochRecord, ...]
    step_losses: tuple[float, ...] = field(repr=False)
    best_epoch: int

    def __str__(self) -> str:
        lines = ["epoch  train loss  train acc"]
        validated = self.epochs[0].validation_loss is not None
        if validated:
            lines[0] += "  val loss  val acc"
        for record in self.epochs:
            line = f"{record.epoch:5d}  {record.train_loss:10.4f}  {record.train_accuracy:9.4f}"
            if record.validation_loss is not None and record.validation_accuracy is not None:
                line += f"  {record.validation_loss:8.4f}  {record.validation_accuracy:7.4f}"
            lines.append(line)
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "History":
        """The history that :meth:`as_dict` made the data of."""
        records = tuple(EpochRecord(**record) for record in data["epochs"])
        return cls(records, tuple(data["step_losses"]), data["best_epoch"])


@dataclass(frozen=True)
class Evaluation:
    """How a model does on a set: ``logits (N, classes)`` and ``labels (N,)`` on the CPU."""

    loss: float
    accuracy: float
    logits: Tensor = field(repr=False)
    labels: Tensor = field(repr=False)
