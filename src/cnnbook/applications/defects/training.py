"""A network that marks what does not belong: taught by pasting, or by defects."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...cache import code_digest
from ...cache.store import cached
from ...device import kind_and_format
from ...training.fit import fit
from ...training.sources import Change, as_input
from .data import KINDS, make_cloth


class DefectUNet(nn.Module):
    """A small network from a piece to the logit, at each pixel, that it is defective.

    Two sizes: half of the piece's and a quarter of it. What the quarter's maps say is enlarged and
    added to the half's, so that each place is judged by itself and by what is around it.

    Shape: ``(N, 1, H, W) -> (N, 1, H, W)``, H and W multiples of 4.

    Args:
        width: channels at half of the size; at a quarter there are twice as many.

    Raises:
        ValueError: if the images have another shape.

    >>> tuple(DefectUNet()(torch.zeros(1, 1, 64, 64)).shape)
    (1, 1, 64, 64)
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.fine = nn.Sequential(_stage(1, width, 5, stride=2), _stage(width, width, 3))
        self.coarse = nn.Sequential(
            nn.MaxPool2d(2),
            _stage(width, 2 * width, 3),
            _stage(2 * width, 2 * width, 3),
            nn.Conv2d(2 * width, width, kernel_size=1),
        )
        self.output = nn.Sequential(_stage(width, width, 3), nn.Conv2d(width, 1, kernel_size=1))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of each pixel."""
        if images.ndim != 4 or images.shape[1] != 1 or any(n % 4 for n in images.shape[2:]):
            raise ValueError(
                "pieces are (N, 1, H, W) with H and W multiples of 4, "
                f"not {tuple(images.shape)}; crop them"
            )
        fine = self.fine(images)
        coarse = F.interpolate(self.coarse(fine), scale_factor=2.0, mode="nearest")
        logits = self.output(fine + coarse)
        return F.interpolate(logits, scale_factor=2.0, mode="bilinear", align_corners=False)


def _stage(in_channels: int, out_channels: int, kernel_size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding=kernel_size // 2,
            padding_mode="reflect",  # a border of zeros would look like a defect
            bias=False,
        ),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def paste(images: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Good pieces with a strip of another good piece pasted in: the damage, and where it is.

    The strip has any direction, 3 to 30 pixels in one and 2 to 16 in the other, and is 0.6 to 1.4
    times as bright as it was.

    Shape: ``(N, 1, H, W)`` -> images from 0 to 1, and where the strip is, both ``(N, 1, H, W)``.

    Args:
        images: uint8 or float32, two or more.
        generator: on the CPU.

    Raises:
        ValueError: if there is one image only.

    Source: Li and others, CutPaste: self-supervised learning for anomaly detection and localization
    (2021), where a network tells damaged images from whole ones; and Schlueter and others, Natural
    synthetic anomalies (2022), where it marks the places.

    >>> generator = torch.Generator().manual_seed(0)
    >>> images = torch.zeros(4, 1, 64, 64)
    >>> images[::2] = 1
    >>> damaged, where = paste(images, generator)
    >>> bool(((damaged != images) <= (where > 0)).all())
    True
    """
    count, _, height, width = images.shape
    if count < 2:
        raise ValueError("a strip is taken from another piece: two pieces or more are needed")

    def between(low: float, high: float) -> Tensor:
        numbers = low + (high - low) * torch.rand(count, 1, 1, generator=generator)
        return numbers.to(images.device, non_blocking=True)

    pixels = as_input(images)
    moved = int(torch.randint(height, (), generator=generator))
    other = pixels.roll(1, dims=0).roll((moved, moved // 2), dims=(2, 3))
    other = (other * between(0.6, 1.4)[:, None]).clamp(max=1)
    rows = torch.arange(height, device=images.device)[:, None] - between(6, height - 6)
    columns = torch.arange(width, device=images.device) - between(6, width - 6)
    turn = between(0, math.pi)
    along = (rows * turn.cos() + columns * turn.sin()).abs()
    aside = (columns * turn.cos() - rows * turn.sin()).abs()
    # Even over orders of magnitude: thin strips are as common as thick ones.
    strip = (along < 1.5 * 10 ** between(0, 1)) & (aside < 8 ** between(0, 1))
    where = strip[:, None]
    return torch.where(where, other, pixels), where.float()


def trained_inspector(seed: int = 0) -> DefectUNet:
    """A network that has seen 400 good pieces, and learned to mark what was pasted into them.

    Trained once, then kept. It has seen no defect.

    Args:
        seed: of the initial weights, the order and the strips; the pieces are the same for all.

    Raises:
        cnnbook.cache.store.NotCached: if it is not kept and nothing may be trained.
    """

    def pasted(batch: tuple[Tensor, ...], generator: torch.Generator) -> tuple[Tensor, ...]:
        return paste(batch[0], generator)

    def make() -> Mapping[str, Any]:
        good = make_cloth(400, seed=1)
        masks = good.masks[:, None].float()
        return _trained(seed, good.images, masks, epochs=8, change=pasted)

    return _kept("defects-pasted", make, {"seed": seed})


def trained_on_defects(kinds: Sequence[str], count: int = 30, seed: int = 0) -> DefectUNet:
    """A network that was shown defects of some kinds with their masks, and as many good pieces.

    Trained once, then kept.

    Args:
        kinds: of :data:`cnnbook.applications.defects.KINDS`.
        count: pieces of each kind.
        seed: of the initial weights and the order; the pieces are the same for all.

    Raises:
        ValueError: if a kind is unknown, or there is none.
        cnnbook.cache.store.NotCached: if it is not kept and nothing may be trained.
    """
    if not kinds or set(kinds) - set(KINDS):
        raise ValueError(f"kinds are some of {', '.join(KINDS)}, not {kinds}")

    def mirrored(batch: tuple[Tensor, ...], generator: torch.Generator) -> tuple[Tensor, ...]:
        down, right = (torch.rand(2, generator=generator) < 0.5).tolist()
        axes = [2] * down + [3] * right
        return tuple(each.flip(axes) for each in batch)

    def make() -> Mapping[str, Any]:
        pieces = [make_cloth(count, kind, seed=20 + KINDS.index(kind)) for kind in sorted(kinds)]
        pieces.append(make_cloth(count * len(kinds), seed=1))
        images = torch.cat([each.images for each in pieces])
        masks = torch.cat([each.masks for each in pieces])[:, None].float()
        return _trained(seed, images, masks, epochs=1600 // len(images), change=mirrored)

    settings = {"kinds": sorted(kinds), "count": count, "seed": seed}
    return _kept("defects-shown", make, settings)


def _trained(
    seed: int, images: Tensor, masks: Tensor, *, epochs: int, change: Change
) -> Mapping[str, Any]:
    torch.manual_seed(seed)
    model = DefectUNet()

    def loss(logits: Tensor, marked: Tensor) -> Tensor:
        # One pixel in fifty is marked: without a weight, thin scratches are hardly learned.
        weight = logits.new_full((), 10.0)
        return F.binary_cross_entropy_with_logits(logits, marked, pos_weight=weight)

    how: dict[str, Any] = {"batch_size": 16, "lr": 0.01, "seed": seed, "change": change}
    fit(model, images, [masks], loss, epochs=epochs, **how)
    return {"weights": model.state_dict()}


def _kept(name: str, make: Callable[[], Mapping[str, Any]], settings: dict[str, Any]) -> DefectUNet:
    model = DefectUNet()
    content, _ = cached(
        name,
        make,
        code=code_digest.imported_code("applications/defects/training.py"),
        settings=settings | {"device": kind_and_format()},
        check=lambda content: DefectUNet().load_state_dict(content["weights"]),
    )
    model.load_state_dict(content["weights"])
    return model.eval()
