"""How to train: every setting, checked when it is made."""

import math
from dataclasses import dataclass, fields
from numbers import Real
from operator import index
from typing import Any, Literal, get_args

Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "one-cycle", "warmup-cosine", "trapezoidal"]
Loss = Literal["cross-entropy", "squared-distance", "discriminative"]
Precision = Literal["fp32", "tf32", "bf16", "auto"]
Graphs = Literal["auto", "on", "off"]

_LARGEST_SEED = 2**32 - 1
_REAL = (
    *("lr", "momentum", "weight_decay", "warmup", "label_smoothing", "gradient_clip", "average"),
    *("rotate", "zoom", "shear", "checkpoint_seconds"),
)

CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "loss": get_args(Loss),
    "precision": get_args(Precision),
    "cuda_graphs": get_args(Graphs),
}
"""The settings that are words, and the words they can be."""


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
            down to nearly 0 (Smith, 2018); ``"warmup-cosine"`` and ``"trapezoidal"``: see
            :func:`cnnbook.training.learning_rate`.
        warmup: share of the steps in which the last three rise.
        max_steps: training ends after so many steps, within an epoch too; None for no limit.
        loss: see :mod:`cnnbook.training.losses`.
        label_smoothing: share of the target that is spread over all classes.
        gradient_clip: largest norm of the gradient, None for no limit.
        average: decay of a moving average of the weights, updated at every step; it is what is
            validated and what the model has in the end. None takes the weights themselves.
        shift: farthest random move of a training image along each axis, in pixels.
        rotate: largest random turn, in degrees.
        zoom: largest random change of size, as a fraction.
        shear: largest random slant, as a fraction.
        validation: training images that are held out when no validation set is given.
        patience: epochs without a better validation loss after which training stops and the best
            weights are taken; None trains to the end and takes the last.
        normalize: whether images are normalised with the training set's mean and deviation, or a
            mean and a deviation to use; if not, they are in 0..1.
        seed: of the order of the images, the held-out split and dropout.
        device: see :func:`cnnbook.device.choose_device`.
        precision: ``"fp32"``; ``"tf32"``, which a GPU by NVIDIA computes products and convolutions
            with, several times faster and with 10 bits after the point instead of 23; ``"bf16"``
            (autocast); or ``"auto"``: bf16 where the device has it and a measured matrix product
            is faster in it. ``Trainer.precision`` and a run's ``run.json`` say what it became.
        channels_last: memory layout with the channels innermost, mostly faster.
        compile: whether the model goes through ``torch.compile``, which takes a while to pay.
        cuda_graphs: whether a GPU replays a recorded step instead of being sent its parts one by
            one. ``"auto"`` records models that are made of PyTorch's and cnnbook's layers alone:
            what a layer of one's own does in Python would happen once and never again. ``"on"``
            records any model, and sends the parts where the step makes the host wait.
        deterministic: only algorithms that give equal bits on the same machine. On a GPU, where
            convolutions are otherwise tried to see which algorithm is fastest, this costs time.
        sync_batchnorm: whether processes that share a batch normalise over all of it; if not,
            each normalises over its own share.
        checkpoint_seconds: time between checkpoints within an epoch, where a folder is kept; 0
            makes one after every step.

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
    warmup: float = 0.3
    max_steps: int | None = None
    loss: Loss = "cross-entropy"
    label_smoothing: float = 0.0
    gradient_clip: float | None = None
    average: float | None = None
    shift: int = 0
    rotate: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    validation: int = 0
    patience: int | None = None
    normalize: bool | tuple[float, float] = False
    seed: int = 0
    device: str = "auto"
    precision: Precision = "fp32"
    channels_last: bool = True
    compile: bool = False
    cuda_graphs: Graphs = "auto"
    deterministic: bool = False
    sync_batchnorm: bool = False
    checkpoint_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in (
            "epochs",
            "batch_size",
            "validation",
            "seed",
            "shift",
            "max_steps",
            "patience",
        ):
            self._make_whole(name, may_be_none=name in ("max_steps", "patience"))
        _require(0 <= self.seed <= _LARGEST_SEED, "seed", f"from 0 to {_LARGEST_SEED}", self.seed)
        for name in _REAL:
            self._make_real(name, may_be_none=name in ("gradient_clip", "average"))
        for name, least in (("epochs", 1), ("batch_size", 1), ("validation", 0), ("shift", 0)):
            _require(getattr(self, name) >= least, name, f"at least {least}", getattr(self, name))
        for name in ("max_steps", "patience"):
            value = getattr(self, name)
            whole = value is None or (isinstance(value, int) and value >= 1)
            _require(whole, name, "a whole number of at least 1 or None", value)
        _require(0 < self.lr < math.inf, "lr", "positive and finite", self.lr)
        clip, average = self.gradient_clip, self.average
        _require(clip is None or 0 < clip < math.inf, "gradient_clip", "positive or None", clip)
        for name in ("momentum", "label_smoothing", "zoom"):
            value = getattr(self, name)
            _require(0 <= value < 1, name, "at least 0 and below 1", value)
        within = average is None or 0 <= average < 1
        _require(within, "average", "at least 0 and below 1, or None", average)
        for name in ("weight_decay", "rotate", "shear", "checkpoint_seconds"):
            value = getattr(self, name)
            _require(0 <= value < math.inf, name, "at least 0 and finite", value)
        _require(0 < self.warmup < 1, "warmup", "between 0 and 1", self.warmup)
        pair = isinstance(self.betas, (tuple, list)) and len(self.betas) == 2
        below_one = pair and all(0 <= beta < 1 for beta in self.betas)
        _require(below_one, "betas", "two numbers of at least 0 and below 1", self.betas)
        given = self.normalize
        if not isinstance(given, bool):
            usable = len(given) == 2 and all(map(math.isfinite, given)) and given[1] > 0
            _require(usable, "normalize", "True, False, or a mean and a positive deviation", given)
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            _require(value in choices, name, f"one of {', '.join(choices)}", repr(value))
        smoothed = self.label_smoothing > 0 and self.loss != "cross-entropy"
        _require(not smoothed, "label_smoothing", f"0 with the loss {self.loss}", "above it")

    def _make_whole(self, name: str, *, may_be_none: bool) -> None:
        """Make Python's whole number of any, NumPy's too, which JSON does not know."""
        value = getattr(self, name)
        if value is None and may_be_none:
            return
        try:
            object.__setattr__(self, name, index(value))
        except TypeError:
            or_none = " of at least 1 or None" if may_be_none else ""
            _require(False, name, f"a whole number{or_none}", repr(value))

    def _make_real(self, name: str, *, may_be_none: bool) -> None:
        """Make Python's number of any real one, whole ones excepted."""
        value = getattr(self, name)
        if (value is None and may_be_none) or isinstance(value, (int, float)):
            return
        _require(isinstance(value, Real), name, "a number", repr(value))
        object.__setattr__(self, name, float(value))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrainConfig":
        """The configuration whose ``dataclasses.asdict``, through JSON or not, is given.

        Raises:
            ValueError: for a setting that there is not, or a value out of range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"there is no setting {unknown[0]!r}")
        pairs = {
            name: tuple(values[name])
            for name in ("betas", "normalize")
            if isinstance(values.get(name), list)
        }
        return cls(**values | pairs)


def _require(holds: bool, name: str, what: str, value: object) -> None:
    if not holds:
        raise ValueError(f"{name} must be {what}, not {value}")
