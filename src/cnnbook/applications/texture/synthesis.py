"""A picture made by gradient descent on its pixels, until its statistics are those of a texture.

Optimising takes seconds, so what was made is kept (see :mod:`cnnbook.cache.store`). It runs on the
CPU: at these sizes a step is over before a GPU has begun.
"""

import hashlib
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ...cache import code_digest
from ...cache.store import cached
from .network import RandomFeatures, gram_matrix, relative_distance
from .pictures import checked, read_picture

SEEN = (1, 5, 15)  # evaluations of the loss after which the picture is looked at
CONTENT_SCALE = 1  # content is compared on the picture of half the size


@dataclass(frozen=True)
class Painting:
    """A picture that was made, and its course.

    Attributes:
        image: ``(C, H, W)``, values 0..1.
        style_losses: :func:`~cnnbook.applications.texture.network.relative_distance` of its Gram
            matrices from the texture's, for each evaluation.
        content_losses: mean squared difference of its feature maps from the content's, by the mean
            square of these; zeros where there is no content.
        stages: the picture after 1, 5 and 15 evaluations (the first is where it began).
    """

    image: Tensor
    style_losses: list[float]
    content_losses: list[float]
    stages: list[Tensor]


def synthesised(
    texture: Tensor, seed: int = 0, *, steps: int = 50, size: int | None = None
) -> Painting:
    """A new picture of a texture: noise, changed until its Gram matrices are the texture's.

    The filters and the noise are drawn from the seed. The picture fits its own opposite border, so
    it can be laid side by side like tiles.

    Args:
        texture: ``(C, H, W)`` float, values 0..1, at least 28 pixels along each axis.
        seed: of the filters' weights and of the noise.
        steps: iterations of L-BFGS, with two evaluations or fewer each on average.
        size: height and width of the result, a multiple of 4; by default the texture's, which then
            have to be such multiples.

    Raises:
        ValueError: for a picture of another kind, or sizes or steps that do not fit.
        FloatingPointError: if the loss is no longer finite.
        cnnbook.cache.store.NotCached: if it is not kept and nothing may be made.

    Source: see :func:`~cnnbook.applications.texture.network.gram_matrix` and
    :class:`~cnnbook.applications.texture.network.RandomFeatures`.

    >>> from cnnbook.applications.texture import example
    >>> painting = synthesised(example("bricks"), steps=3)
    >>> painting.image.shape, painting.style_losses[-1] < painting.style_losses[0]
    (torch.Size([1, 64, 64]), True)
    """
    texture = checked(texture, "the texture")
    height, width = (size, size) if size is not None else texture.shape[1:]
    if height % 4 or width % 4 or min(height, width) < 28:
        raise ValueError(
            f"a picture of {height}×{width} pixels cannot be tiled at three sizes; "
            "height and width have to be multiples of 4, and 28 or more"
        )
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(texture.shape[0], height, width, generator=generator)
    return _kept("texture", start, texture, None, seed=seed, steps=steps, weight=0.0)


def stylised(
    content: Tensor | str | Path,
    style: Tensor | str | Path,
    *,
    weight: float = 0.3,
    seed: int = 0,
    steps: int = 50,
    side: int = 96,
) -> Painting:
    """A picture with the content of one and the texture of another.

    It begins as the content and minimises ``style loss + weight * content loss``, see
    :class:`Painting`. The content is what the filters answer on the picture of half the size, place
    by place; the style is what their answers have in common, places forgotten.

    Args:
        content: a picture ``(C, H, W)``, values 0..1, or an image file.
        style: likewise, with the same number of channels. A file is read in grey if the other
            picture has one channel, else in colour.
        weight: of the content; the larger, the more of it is left.
        seed: of the filters' weights.
        steps: iterations of L-BFGS.
        side: a file's picture is shrunk until its longer side has that many pixels.

    Raises:
        PhotographError: if a file cannot be read.
        ValueError: for pictures of another kind or too small, a negative weight, or no steps.
        FloatingPointError: if the loss is no longer finite.
        cnnbook.cache.store.NotCached: if it is not kept and nothing may be made.

    Source: L. A. Gatys, A. S. Ecker, M. Bethge, Image style transfer using convolutional neural
    networks, CVPR 2016, section 2 (there with a trained network).

    >>> from cnnbook.applications.texture import example
    >>> pictures = example("leaves"), example("bricks")
    >>> stylised(*pictures, steps=3).image.shape
    torch.Size([1, 64, 64])
    """
    grey = any(isinstance(each, Tensor) and each.shape[0] == 1 for each in (content, style))
    pictures = []
    for name, each in {"the content": content, "the style": style}.items():
        picture = each if isinstance(each, Tensor) else read_picture(each, side, colour=not grey)
        pictures.append(checked(picture, name if isinstance(each, Tensor) else str(each)))
    if pictures[0].shape[0] != pictures[1].shape[0]:
        raise ValueError(
            f"the content has {pictures[0].shape[0]} channels, the style {pictures[1].shape[0]}; "
            "make both grey or both coloured"
        )
    if not (math.isfinite(weight) and weight >= 0):
        raise ValueError(f"the weight of the content is {weight}; it has to be 0 or more")
    target = _standardised(pictures[0], pictures[0])
    return _kept("style", target, pictures[1], target, seed=seed, steps=steps, weight=weight)


def _kept(name: str, start: Tensor, texture: Tensor, target: Tensor | None, **how: Any) -> Painting:
    if how["steps"] < 1:
        raise ValueError(f"steps is {how['steps']}; it has to be 1 or more")
    digest = hashlib.sha256()
    for part in (start, texture):
        digest.update(repr(tuple(part.shape)).encode() + part.numpy().tobytes())
    content, _ = cached(
        name,
        lambda: asdict(_optimised(start, texture, target, **how)),
        code=code_digest.imported_code("applications/texture/synthesis.py"),
        settings={**how, "pictures": digest.hexdigest()},
        check=lambda content: Painting(**content),
    )
    return Painting(**content)


def _optimised(
    start: Tensor, texture: Tensor, content: Tensor | None, seed: int, steps: int, weight: float
) -> Painting:
    """L-BFGS on the pixels, in units of the texture's standard deviation."""
    network = RandomFeatures(seed, in_channels=texture.shape[0])
    style = _standardised(texture, texture)[None]
    with torch.no_grad():
        targets = [gram_matrix(maps) for maps in network(style)]
        places = None if content is None else network(content[None], "reflect")[CONTENT_SCALE]
    least, most = style.min(), style.max()
    # A tile goes on at its other side; a photograph does not.
    padding = "circular" if places is None else "reflect"
    pixels = start[None].clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [pixels],
        max_iter=steps,
        max_eval=2 * steps,
        history_size=20,
        line_search_fn="strong_wolfe",
        tolerance_grad=0,
        tolerance_change=0,
    )
    losses: list[tuple[float, float]] = []
    stages: list[Tensor] = []

    def picture() -> Tensor:
        image = pixels.detach()[0].clamp(least, most) * texture.std() + _mean(texture)
        return image.clamp(0, 1)

    def loss() -> Tensor:
        optimizer.zero_grad()
        maps = network(pixels, padding)
        style_loss = relative_distance([gram_matrix(each) for each in maps], targets)
        content_loss = torch.zeros(())
        if places is not None:
            away = (maps[CONTENT_SCALE] - places).square().mean()
            content_loss = away / places.square().mean()
        outside = F.relu(pixels - most) + F.relu(least - pixels)  # greys that the texture has not
        total = style_loss + weight * content_loss + outside.square().mean()
        total.backward()  # type: ignore[no-untyped-call]
        losses.append((float(style_loss.detach()), float(content_loss.detach())))
        if len(losses) in SEEN:
            stages.append(picture())
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    if not all(math.isfinite(value) for value in losses[-1]):
        raise FloatingPointError("the loss is no longer finite; try another seed")
    # The last evaluation may have been a trial of the line search: the loss of what is returned.
    loss()
    style_losses, content_losses = (list(each) for each in zip(*losses, strict=True))
    return Painting(picture(), style_losses, content_losses, stages)


def _standardised(picture: Tensor, by: Tensor) -> Tensor:
    return (picture - _mean(by)) / by.std()


def _mean(picture: Tensor) -> Tensor:
    return picture.mean(dim=(1, 2), keepdim=True)
