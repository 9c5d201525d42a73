"""Trainings that have a name: a model with the settings that were found for it.

Settings were chosen by the accuracy on 5,000 training images that were held out, never on the test
images. The search is not on record; the chapter on speed says what they reach.
"""

from dataclasses import dataclass

from ..training import TrainConfig


@dataclass(frozen=True)
class Recipe:
    """A model and how to train it.

    Attributes:
        model: see :func:`cnnbook.models.build`.
        config: how to train it.
    """

    model: str
    config: TrainConfig


RECIPES = {
    "same network, tuned": Recipe(
        "note-003",
        TrainConfig(
            epochs=1,
            max_steps=290,
            batch_size=128,
            lr=0.01,
            betas=(0.7, 0.9),
            schedule="one-cycle",
            label_smoothing=0.1,
            normalize=True,
            precision="auto",
        ),
    ),
    "whitened network": Recipe(
        "whitened",
        TrainConfig(
            epochs=1,
            max_steps=145,
            batch_size=256,
            optimizer="adamw",
            lr=0.03,
            betas=(0.7, 0.9),
            schedule="one-cycle",
            label_smoothing=0.1,
            precision="auto",
        ),
    ),
}
"""The shortest roads to 99 % of MNIST's test images that the book knows.

>>> RECIPES["whitened network"].config.schedule
'one-cycle'
"""
