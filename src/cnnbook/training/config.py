"""How to train: every setting, checked when it is made."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "one-cycle"]
Precision = Literal["fp32", "bf16", "auto"]


@dataclass(frozen=True)
class TrainConfig:
    """How to train. All of it, with the data and the model, decides the result.

    Args:
        epochs: passes over the training images.
        batch_size: images in a step.
        optimizer: ``"adam"``, ``"adamw"`` or ``"sgd"``.
        lr: learning rate; with a schedule, the highest one.
        momentum: of SGD.
        betas: of Adam and AdamW.
        weight_decay: L2 penalty (decoupled with AdamW).
        schedule: ``"constant"``; ``"cosine"`` from ``lr`` to 0; ``"one-cycle"`` up to ``lr`` and
            down to nearly 0 (Smith, 2018).
        label_smoothing: share of the target that is spread over all classes.
        gradient_clip: largest norm of the gradient, None for no limit.
        validation: training images that are held out when no validation set is given.
        patience: epochs without a better validation loss after which training stops and the best
            weights are taken; None trains to the end and takes the last.
        normalize: whether images are normalised with the training set's mean and deviation; else
            they are in 0..1.
        seed: of the order of the images, the held-out split and dropout.
        device: see :func:`cnnbook.device.choose_device`.
        precision: ``"fp32"``, ``"bf16"`` (autocast), or ``"auto"``: bf16 where CUDA has it.
        channels_last: memory layout with the channels innermost, mostly faster.
        deterministic: only algorithms that give equal bits on the same machine.

    Raises:
        ValueError: naming the field that is out of range.

    >>> TrainConfig(epochs=0)
    Traceback (most recent call last):
    ...
    ValueError: epochs must be at least 1, not 0
    """

    epochs: int = 3
    batch_size: int = 64
    optimizer: Optimizer = "adam"
    lr: float = 1e-3
    momentum: float = 0.9
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    schedule: Schedule = "constant"
    label_smoothing: float = 0.0
    gradient_clip: float | None = None
    validation: int = 0
    patience: int | None = None
    normalize: bool = False
    seed: int = 0
    device: str = "auto"
    precision: Precision = "fp32"
    channels_last: bool = True
    deterministic: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "validation", "seed"):
            value = getattr(self, name)
            _require(isinstance(value, int), name, "a whole number", value)
        for name, least in (("epochs", 1), ("batch_size", 1), ("validation", 0)):
            _require(getattr(self, name) >= least, name, f"at least {least}", getattr(self, name))
        _require(0 < self.lr < math.inf, "lr", "positive and finite", self.lr)
        for name in ("momentum", "label_smoothing"):
            value = getattr(self, name)
            _require(0 <= value < 1, name, "at least 0 and below 1", value)
        below_one = len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas)
        _require(below_one, "betas", "two numbers of at least 0 and below 1", self.betas)
        _require(self.weight_decay >= 0, "weight_decay", "at least 0", self.weight_decay)
        clip, patience = self.gradient_clip, self.patience
        _require(clip is None or clip > 0, "gradient_clip", "positive or None", clip)
        _require(patience is None or patience >= 1, "patience", "at least 1 or None", patience)
        for name, choices in (
            ("optimizer", get_args(Optimizer)),
            ("schedule", get_args(Schedule)),
            ("precision", get_args(Precision)),
        ):
            value = getattr(self, name)
            _require(value in choices, name, f"one of {', '.join(choices)}", repr(value))


def _require(holds: bool, name: str, what: str, value: object) -> None:
    if not holds:
        raise ValueError(f"{name} must be {what}, not {value}")
