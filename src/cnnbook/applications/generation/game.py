"""The steps of the game: what both players do with a batch, and where the batches come from."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...training.average import WeightAverage
from ...training.config import TrainConfig
from ...training.steps import optimizer_of

STEPS_BETWEEN_LOOKS = 100
"""Steps of what is called an epoch of a game."""


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


def as_picture(images: Tensor) -> Tensor:
    """Pictures as the players see them: bytes brought to −1..1, numbers as they are.

    >>> as_picture(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    return images / 127.5 - 1 if images.dtype == torch.uint8 else images


class DrawnPictures:
    """Real pictures, drawn anew for each step.

    What is called an epoch here are the steps after which the losses are looked at: to look at each
    would make a GPU's host wait for it.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        batch_size: int,
        device: torch.device,
        random: torch.Generator,
    ) -> None:
        self.batch_size = batch_size
        self._images, self._labels = images.to(device), labels.to(device)
        self._random = random

    @property
    def count(self) -> int:
        return len(self) * self.batch_size

    def __len__(self) -> int:
        return STEPS_BETWEEN_LOOKS

    def epoch_indices(self, epoch: int) -> tuple[Tensor, Tensor | None]:
        """The places of an epoch; which pictures stand there is drawn when they are asked for."""
        return torch.arange(self.count), None

    def batch(self, rows: Tensor, drawn: Tensor | None = None) -> tuple[Tensor, ...]:
        chosen = torch.randint(len(self._images), (len(rows),), generator=self._random)
        chosen = chosen.to(self._images.device, non_blocking=True)
        return as_picture(self._images[chosen]), self._labels[chosen]

    def state_dict(self) -> dict[str, Any]:
        return {"random": self._random.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._random.set_state(state["random"])


class GameStep:
    """One step of both players; of each, both losses and how often the discriminator was right."""

    measured = 4
    counts_right = False
    unrecorded: str | None = "the random numbers are drawn on the processor"

    def __init__(
        self,
        players: nn.ModuleDict,
        settings: TrainConfig,
        averaging: float,
        generator_steps: int,
        device: torch.device,
        forward: Callable[[], AbstractContextManager[object]],
        random: torch.Generator,
        watch: tuple[Tensor, Tensor] | None,
        at: Sequence[int],
    ) -> None:
        self.model: nn.Module = players
        self._generator, self._discriminator = players["generator"], players["discriminator"]
        self._latent = int(self._generator.latent)  # type: ignore[arg-type]
        self._turns, self._forward, self._random = generator_steps, forward, random
        self.optimizers = [
            optimizer_of(player, settings, device)
            for player in (self._discriminator, self._generator)
        ]
        self.average: WeightAverage | None = WeightAverage(self._generator, averaging, warmup=True)
        self.averaged = self.average.module.eval()
        self._watch = None if watch is None else tuple(each.to(device) for each in watch)
        self._at = frozenset(at)
        self.snapshots: dict[int, Tensor] = {}

    @property
    def judged(self) -> nn.Module:
        """The players as they are; only what is drawn with is averaged."""
        return self.model

    def begin_epoch(self) -> None:
        self.model.train()

    def __call__(self, batch: tuple[Tensor, ...], weight: float = 1.0) -> Tensor:
        real, asked = batch
        drawn = self._draw(asked)
        scores = self._scored(torch.cat([real, drawn.detach()]), torch.cat([asked, asked]))
        of_real, of_drawn = scores.chunk(2)
        loss = discriminator_loss(of_real, of_drawn)
        _improve(self.optimizers[0], loss)
        with _held_still(self._discriminator):
            for turn in range(self._turns):
                if turn:
                    drawn = self._draw(asked)
                wished = generator_loss(self._scored(drawn, asked))
                _improve(self.optimizers[1], wished)
        rights = (of_real > 0).float().mean(), (of_drawn < 0).float().mean()
        return torch.stack([loss.detach(), wished.detach(), *rights])

    def after(self, step: int) -> None:
        """Draw what is watched, after the steps at which it is."""
        if self._watch is not None and step in self._at:
            with torch.no_grad():
                self.snapshots[step] = self.averaged(*self._watch).cpu()

    def state_dict(self) -> dict[str, Any]:
        return {"snapshots": self.snapshots}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.snapshots = state["snapshots"]

    def _draw(self, asked: Tensor) -> Tensor:
        numbers = torch.randn(len(asked), self._latent, generator=self._random)
        numbers = numbers.to(asked.device, non_blocking=True)
        with self._forward():
            drawn: Tensor = self._generator(numbers, asked)
        return drawn.float()

    def _scored(self, images: Tensor, labels: Tensor) -> Tensor:
        if images.ndim == 4:
            images = images.contiguous(memory_format=torch.channels_last)
        with self._forward():
            scores: Tensor = self._discriminator(images, labels)
        return scores.float()


def _improve(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


@contextmanager
def _held_still(player: nn.Module) -> Iterator[None]:
    """A block in which a player's weights get no gradients: nobody needs them."""
    weights = [weight for weight in player.parameters() if weight.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
