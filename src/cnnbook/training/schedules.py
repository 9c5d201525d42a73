"""The learning rate of each step, from the configuration and the number of steps alone.

PyTorch's schedulers keep a state of their own. A formula keeps none: a training that was
interrupted goes on with the right rate because it knows its step.
"""

import math

from .config import TrainConfig


def learning_rate(config: TrainConfig, step: int, steps: int) -> float:
    """The learning rate of a step, counted from 0, of a training of ``steps`` steps.

    ``"constant"`` is ``lr``; ``"cosine"`` is :math:`lr (1 + cos(π step / steps)) / 2`. The others
    rise to ``lr`` in the first ``warmup`` of the steps. ``"one-cycle"`` does so along a half cosine
    from ``lr / 25`` and falls along another to ``lr / 250,000``, as PyTorch's ``OneCycleLR`` does
    (Smith and Topin, 2018). ``"warmup-cosine"`` rises along a line and falls along a half cosine to
    0; ``"trapezoidal"`` rises along a line, stays, and falls along a line to 0 in the second half.

    Raises:
        ValueError: if the step is not one of the training.

    >>> settings = TrainConfig(lr=0.01, schedule="cosine")
    >>> [round(learning_rate(settings, step, 4), 4) for step in range(4)]
    [0.01, 0.0085, 0.005, 0.0015]
    """
    if not 0 <= step < steps:
        raise ValueError(f"there is no step {step} in a training of {steps} steps")
    if config.schedule == "constant":
        return config.lr
    if config.schedule == "cosine":
        return config.lr * (1 + math.cos(math.pi * step / steps)) / 2
    if config.schedule == "warmup-cosine":
        return config.lr * _warmup_cosine(step, steps, config.warmup)
    if config.schedule == "trapezoidal":
        return config.lr * min(1.0, (step + 1) / (config.warmup * steps), 2 * (1 - step / steps))
    start, end = config.lr / 25, config.lr / 250_000
    total = max(steps, 2)
    top = config.warmup * total - 1  # PyTorch's own cut, which need not be a whole step
    if step <= top:
        return _half_cosine(start, config.lr, step / top if top else 0.0)
    return _half_cosine(config.lr, end, (step - top) / (total - 1 - top))


def _warmup_cosine(step: int, steps: int, warmup: float) -> float:
    rise = max(1.0, warmup * steps)
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise)))


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
