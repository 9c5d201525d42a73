"""One training, stopped at several steps: how a network comes to be, for pages and figures.

A training with a constant learning rate is the beginning of every longer one with the same seed, so
that runs that end after 10, 40 and 150 steps are looks at one and the same training.
"""

from dataclasses import dataclass

import torch
from torch import nn

from .. import datasets, models
from ..cache.trained import train_once
from ..training import TrainConfig, Trainer

MODEL = "note-000"
CONFIG = TrainConfig(epochs=1, batch_size=64, lr=0.001)
STEPS = (0, 10, 40, 150, 400, 938)
"""The steps at which it is stopped; the last is the end of MNIST's first epoch."""


@dataclass(frozen=True)
class Checkpoint:
    """A network on its way.

    Attributes:
        steps: how many steps it has learned for.
        model: in evaluation mode on the CPU.
        accuracy: on the test images, from 0 to 1.
    """

    steps: int
    model: nn.Module
    accuracy: float


def stopped_after(steps: int, data: str = "mnist") -> Checkpoint:
    """The network of note 000 after some steps of its first epoch: the kept one, else a new one.

    Args:
        steps: 0 for the random weights that it begins with.
        data: see :func:`cnnbook.datasets.load`; where it has fewer steps an epoch, those are all.

    Raises:
        ValueError: if there are less than 0 steps.
        NotCached: if it is not kept and training is not allowed.
        DataError: if the data cannot be had.
    """
    if steps < 0:
        raise ValueError(f"steps must be 0 or more, not {steps}")
    if steps == 0:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(CONFIG.seed)
            model = models.build(MODEL)
        found = Trainer(CONFIG).evaluate(model, datasets.load(data, "test"))
        return Checkpoint(0, model.eval(), found.accuracy)
    changed = {**vars(CONFIG), "max_steps": steps}
    run = train_once(MODEL, data, TrainConfig(**changed))
    return Checkpoint(len(run.history.step_losses), run.model, run.test.accuracy)
