"""The game: a generator and a discriminator, trained against each other."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from ..._surroundings import usual_torch
from ...device import choose_device
from ...training.config import TrainConfig
from ...training.loop import TrainingLoop
from ...training.precision import forward_pass, resolved
from ...training.session import session, train
from ...training.sources import digest
from .game import STEPS_BETWEEN_LOOKS, DrawnPictures, GameStep


@dataclass(frozen=True)
class GanConfig:
    """How two players are trained.

    Attributes:
        steps: steps of the discriminator.
        batch_size: real pictures, and drawn ones, a step.
        lr: learning rate of both; it rises over the first tenth of the steps and falls to nothing
            over the second half.
        betas: of Adam.
        generator_steps: steps of the generator for each of the discriminator.
        averaging: share of the averaged generator that each step keeps.
        seed: of the order of pictures and of the random numbers.

    Raises:
        ValueError: for numbers that make no training.
    """

    steps: int = 1000
    batch_size: int = 64
    lr: float = 0.004
    betas: tuple[float, float] = (0.5, 0.99)
    generator_steps: int = 1
    averaging: float = 0.995
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "lr", "generator_steps"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        if not 0 <= self.averaging < 1:
            raise ValueError(f"averaging must be from 0 to below 1, not {self.averaging}")


@dataclass
class Course:
    """How a game went.

    Attributes:
        discriminator: the discriminator's loss after each step.
        generator: the generator's.
        real: share of real pictures with a score above 0, which is right.
        drawn: share of drawn pictures with a score below 0, which is right.
        snapshots: what the averaged generator made of the same random numbers, by step.
    """

    discriminator: list[float] = field(default_factory=list)
    generator: list[float] = field(default_factory=list)
    real: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    snapshots: dict[int, Tensor] = field(default_factory=dict)


@usual_torch()
def play(
    generator: nn.Module,
    discriminator: nn.Module,
    images: Tensor,
    labels: Tensor,
    config: GanConfig,
    *,
    watch: tuple[Tensor, Tensor] | None = None,
    at: Sequence[int] = (),
    device: str = "auto",
    folder: str | Path | None = None,
    resume: bool = False,
    progress: bool | None = None,
) -> tuple[nn.Module, Course]:
    """Train two players against each other.

    In each step the discriminator sees real and drawn pictures of the same classes and takes a step
    of Adam; then the generator takes one, with the discriminator held still. The generator that is
    returned is not the last one but the average of the weights of the latest steps. With a folder,
    the game can be broken off and resumed to the bit, as with
    :meth:`cnnbook.training.Trainer.fit`.

    Args:
        generator: called with random numbers ``(N, latent)`` and labels; has ``latent``.
        discriminator: called with pictures and labels, gives scores ``(N,)``.
        images: real ones, in the range of the generator's, float32 or bytes, which are brought to
            −1..1.
        labels: their classes ``(N,)``.
        config: how.
        watch: random numbers and labels to draw from while it goes on.
        at: the steps after which that is done.
        device: see :func:`cnnbook.device.choose_device`.
        folder: where to keep checkpoints; None keeps nothing.
        resume: whether to go on with the game that the folder holds.
        progress: whether to show a progress bar; None shows it on a terminal.

    Returns:
        The averaged generator, in evaluation mode on the CPU, and the course of the game.

    Raises:
        ValueError: if images and labels do not fit together.
        TrainingError: if a loss is no longer finite, a checkpoint cannot be written or taken, or
            the game was asked to stop.
    """
    if len(images) != len(labels) or not len(images):
        raise ValueError(f"there are {len(images)} images, but {len(labels)} labels")
    settings = TrainConfig(
        epochs=-(-config.steps // STEPS_BETWEEN_LOOKS),
        max_steps=config.steps,
        batch_size=config.batch_size,
        lr=config.lr,
        betas=config.betas,
        schedule="trapezoidal",
        warmup=0.1,
        seed=config.seed,
        device=device,
        precision="auto",
        cuda_graphs="off",
    )
    where = choose_device(device)
    precision = resolved(settings.precision, where)
    players = nn.ModuleDict({"generator": generator, "discriminator": discriminator})
    random = torch.Generator().manual_seed(config.seed)
    surrounded = session(
        players, settings, where, precision, folder=folder, resume=resume,
        channels_last=True, alone=True,
    )  # fmt: skip
    with surrounded as here:
        batches = DrawnPictures(images, labels, config.batch_size, where, random)
        forward = partial(forward_pass, precision, where)
        step = GameStep(
            players, settings, config.averaging, config.generator_steps, where, forward, random,
            watch, at,
        )  # fmt: skip
        loop = TrainingLoop(step, settings, batches, where)

        def identity() -> dict[str, str | None]:
            return {
                "precision": precision,
                "augment": None,
                "loss": repr((config, tuple(at))),
                "data": digest(images, labels, *(watch or ())),
                "validation": None,
            }

        train(loop, here, identity, about={"game": asdict(config)}, progress=progress)
    averaged = step.averaged
    averaged.to("cpu", memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    losses, of_generator, real, drawn = loop.step_measures.T.tolist()
    return averaged, Course(losses, of_generator, real, drawn, step.snapshots)
