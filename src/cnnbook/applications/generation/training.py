"""The game: a generator and a discriminator, trained against each other."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...device import (
    autocast,
    choose_device,
    current,
    fixed_shapes,
    float32_products,
    freed_memory_kept,
)

_STEPS_BETWEEN_LOOKS = 100  # at the losses: to look at each would make a GPU's host wait for it


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


def discriminator_loss(real: Tensor, drawn: Tensor) -> Tensor:
    """What the discriminator wants small: real pictures scored high, drawn ones low.

    log(1 + exp(−real)) + log(1 + exp(drawn)), each as a mean: the cross-entropy of "real" with the
    answers yes and no.

    Args:
        real: scores of real pictures, ``(N,)``.
        drawn: scores of drawn pictures, ``(N,)``.

    Source: Goodfellow et al., "Generative adversarial nets" (2014), section 3.

    >>> round(float(discriminator_loss(torch.zeros(4), torch.zeros(4))), 4)  # 2 log 2
    1.3863
    """
    return F.softplus(-real).mean() + F.softplus(drawn).mean()


def generator_loss(drawn: Tensor) -> Tensor:
    """What the generator wants small: log(1 + exp(−drawn)), so that its pictures score high.

    >>> round(float(generator_loss(torch.zeros(4))), 4)
    0.6931
    """
    return F.softplus(-drawn).mean()


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
) -> tuple[nn.Module, Course]:
    """Train two players against each other.

    In each step the discriminator sees real and drawn pictures of the same classes and takes a step
    of Adam; then the generator takes one, with the discriminator held still. The generator that is
    returned is not the last one but the average of the weights of the latest steps.

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

    Returns:
        The averaged generator, in evaluation mode on the CPU, and the course of the game.

    Raises:
        ValueError: if images and labels do not fit together.
        FloatingPointError: if a loss is no longer finite.
    """
    if len(images) != len(labels) or not len(images):
        raise ValueError(f"there are {len(images)} images, but {len(labels)} labels")
    where = choose_device(device)
    with (
        freed_memory_kept(),
        current(where),
        fixed_shapes(where),
        float32_products(tf32=False),
    ):
        return _play(
            generator, discriminator, (images.to(where), labels.to(where)), config, watch, at
        )


def _play(
    generator: nn.Module,
    discriminator: nn.Module,
    data: tuple[Tensor, Tensor],
    config: GanConfig,
    watch: tuple[Tensor, Tensor] | None,
    at: Sequence[int],
) -> tuple[nn.Module, Course]:
    real, classes = data
    where = real.device
    latent = int(generator.latent)  # type: ignore[arg-type]
    for player in (generator, discriminator):
        player.to(where, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    averaged = copy.deepcopy(generator).eval()
    optimizers = [
        torch.optim.Adam(
            player.parameters(), config.lr, config.betas, fused=where.type in ("cpu", "cuda")
        )
        for player in (discriminator, generator)
    ]
    random = torch.Generator().manual_seed(config.seed)
    course = Course()
    notes: list[Tensor] = []
    for step in range(config.steps):
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = config.lr * _share(step, config.steps)
        rows = torch.randint(len(real), (config.batch_size,), generator=random)
        rows = rows.to(where, non_blocking=True)
        batch, asked = as_picture(real[rows]), classes[rows]
        drawn = _draw(generator, asked, latent, random)
        scores = _discriminator_step(discriminator, batch, drawn.detach(), asked, optimizers[0])
        discriminator.requires_grad_(False)  # spares the gradients that nobody needs
        for turn in range(config.generator_steps):
            if turn:
                drawn = _draw(generator, asked, latent, random)
            loss = generator_loss(_scored(discriminator, drawn, asked))
            _improve(optimizers[1], loss)
        discriminator.requires_grad_(True)
        _average(averaged, generator, min(config.averaging, (step + 1) / (step + 10)))
        notes.append(_noted(scores, loss.detach()))
        if len(notes) == _STEPS_BETWEEN_LOOKS or step + 1 == config.steps:
            _note(course, torch.stack(notes).tolist())
            notes.clear()
        if watch is not None and step + 1 in at:
            with torch.no_grad():
                course.snapshots[step + 1] = averaged(*(each.to(where) for each in watch)).cpu()
    averaged.to("cpu", memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return averaged, course


def as_picture(images: Tensor) -> Tensor:
    """Pictures as the players see them: bytes brought to −1..1, numbers as they are.

    >>> as_picture(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    return images / 127.5 - 1 if images.dtype == torch.uint8 else images


def _draw(generator: nn.Module, asked: Tensor, latent: int, random: torch.Generator) -> Tensor:
    numbers = torch.randn(len(asked), latent, generator=random)
    numbers = numbers.to(asked.device, non_blocking=True)
    with autocast(asked.device):
        drawn: Tensor = generator(numbers, asked)
    return drawn.float()


def _scored(discriminator: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    if images.ndim == 4:
        images = images.contiguous(memory_format=torch.channels_last)
    with autocast(images.device):
        scores: Tensor = discriminator(images, labels)
    return scores.float()


def _discriminator_step(
    discriminator: nn.Module,
    real: Tensor,
    drawn: Tensor,
    labels: Tensor,
    optimizer: torch.optim.Optimizer,
) -> tuple[Tensor, Tensor, Tensor]:
    """One step; the loss before it, and the scores of real and drawn pictures."""
    scores = _scored(discriminator, torch.cat([real, drawn]), torch.cat([labels, labels]))
    of_real, of_drawn = scores.chunk(2)
    loss = discriminator_loss(of_real, of_drawn)
    _improve(optimizer, loss)
    return loss.detach(), of_real.detach(), of_drawn.detach()


def _improve(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


@torch.no_grad()
def _average(averaged: nn.Module, latest: nn.Module, kept: float) -> None:
    pairs = zip(averaged.state_dict().values(), latest.state_dict().values(), strict=True)
    for mean, value in pairs:
        if mean.is_floating_point():
            mean.lerp_(value, 1 - kept)
        else:  # the number of batches that a normalisation has seen
            mean.copy_(value)


def _noted(scores: tuple[Tensor, Tensor, Tensor], loss: Tensor) -> Tensor:
    """What is written down of a step: both losses, and how often the discriminator was right."""
    of_discriminator, of_real, of_drawn = scores
    rights = (of_real > 0).float().mean(), (of_drawn < 0).float().mean()
    return torch.stack([of_discriminator, loss, *rights])


def _note(course: Course, notes: list[list[float]]) -> None:
    for of_discriminator, of_generator, real, drawn in notes:
        losses = (of_discriminator, of_generator)
        if not all(map(math.isfinite, losses)):
            step = len(course.generator) + 1
            raise FloatingPointError(
                f"the losses are {losses} in step {step}; try a tenth of the learning rate"
            )
        course.discriminator.append(of_discriminator)
        course.generator.append(of_generator)
        course.real.append(real)
        course.drawn.append(drawn)


def _share(step: int, steps: int) -> float:
    """The learning rate as a share of the highest one."""
    return min(1.0, (step + 1) / (0.1 * steps), 2 * (1 - step / steps))
