"""Generators that are trained once and kept."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ... import datasets
from ...cache.code_digest import imported_code
from ...cache.store import cached
from ...device import kind_and_format
from .network import LATENT, ConvDiscriminator, ConvGenerator, DenseDiscriminator, DenseGenerator
from .training import Course, GanConfig, play

CONFIG = GanConfig()
"""How the generators of the book are trained."""

SNAPSHOTS = (50, 100, 200, 400, 1000)
"""The steps after which ten digits are drawn while it is trained."""

Players = Callable[[], tuple[nn.Module, nn.Module]]

KINDS: dict[str, Players] = {
    "convolutional": lambda: (ConvGenerator(), ConvDiscriminator()),
    "not told the class": lambda: (ConvGenerator(num_classes=0), ConvDiscriminator(num_classes=0)),
    "fully connected": lambda: (DenseGenerator(), DenseDiscriminator()),
}
"""The pairs of players that the book compares."""


@dataclass(frozen=True)
class Generator:
    """A trained generator of digits.

    Attributes:
        network: from random numbers and labels to pictures in −1..1, in evaluation mode.
        course: how its training went.
        fresh: whether that was just now.
    """

    network: nn.Module
    course: Course
    fresh: bool = False

    def draw(self, count: int, seed: int = 0, labels: Tensor | None = None) -> Tensor:
        """Pictures: uint8 ``(count, 1, 28, 28)``.

        Args:
            count: how many.
            seed: of the random numbers; the same seed draws the same pictures.
            labels: the digits that are asked for ``(count,)``; by default 0 to 9 in turn.

        Raises:
            ValueError: if count is below 1, or labels do not fit.
        """
        if count < 1:
            raise ValueError(f"count must be 1 or more, not {count}")
        latent = torch.randn(count, LATENT, generator=torch.Generator().manual_seed(seed))
        return self.draw_from(latent, torch.arange(count) % 10 if labels is None else labels)

    def draw_from(self, latent: Tensor, labels: Tensor) -> Tensor:
        """Pictures from given random numbers: ``(N, 16), (N,) -> (N, 1, 28, 28)``, uint8.

        Raises:
            ValueError: if shapes do not fit, or a label is none of 0 to 9.
        """
        if labels.shape != latent.shape[:1] or labels.dtype != torch.int64:
            raise ValueError(
                f"{len(latent)} labels (int64) were due, not {labels.dtype} of shape "
                f"{tuple(labels.shape)}"
            )
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) <= 9:
            raise ValueError(f"labels are digits from 0 to 9, not {sorted(set(labels.tolist()))}")
        with torch.no_grad():
            parts = zip(torch.split(latent, 500), torch.split(labels, 500), strict=True)
            return torch.cat([as_bytes(self.network(*part)) for part in parts])


def trained_generator(seed: int = 0, kind: str = "convolutional", data: str = "mnist") -> Generator:
    """A generator of digits: the kept one, else a new one, which is kept (20 s on one core).

    Args:
        seed: of the first weights, the order of pictures and the random numbers.
        kind: one of :data:`KINDS`.
        data: see :func:`cnnbook.datasets.load`; it learns from the training split.

    Raises:
        ValueError: for an unknown kind.
        NotCached: if it is not kept and training is not allowed.
        DataError: if the data cannot be had.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    train = datasets.load(data, "train")
    config = replace(CONFIG, seed=seed)
    content, fresh = cached(
        f"generator-{kind.replace(' ', '-')}-{train.name}",
        lambda: _trained(kind, config, train),
        code=(
            *imported_code(
                "applications/generation/training.py", "applications/generation/network.py"
            ),
            _OWN,
        ),
        settings={
            "kind": kind,
            "config": asdict(config),
            "data": train.name,
            "images": train.digest,
            "device": kind_and_format(),
        },
        check=lambda content: _generator(content, kind),
    )
    return replace(_generator(content, kind), fresh=fresh)


_OWN = "applications/generation/predict.py"


def as_bytes(pictures: Tensor) -> Tensor:
    """Pictures in −1..1 as bytes.

    >>> as_bytes(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([  0, 128, 255], dtype=torch.uint8)
    """
    return ((pictures + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def _trained(kind: str, config: GanConfig, train: datasets.ImageSet) -> dict[str, Any]:
    torch.default_generator.manual_seed(config.seed)
    generator, discriminator = KINDS[kind]()
    latent = torch.randn(10, LATENT, generator=torch.Generator().manual_seed(1))
    watch = (latent, torch.arange(10))
    averaged, course = play(
        generator, discriminator, train.images, train.labels, config, watch=watch, at=SNAPSHOTS
    )
    lines = {name: value for name, value in vars(course).items() if name != "snapshots"}
    return {
        "weights": averaged.state_dict(),
        "course": json.dumps(lines),
        "snapshots": {step: as_bytes(drawn) for step, drawn in course.snapshots.items()},
    }


def _generator(content: dict[str, Any], kind: str) -> Generator:
    with torch.random.fork_rng(devices=[]):
        network = KINDS[kind]()[0]
    network.load_state_dict(content["weights"])
    course = Course(**json.loads(content["course"]), snapshots=content["snapshots"])
    return Generator(network.eval(), course)
