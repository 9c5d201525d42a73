"""Which part of an image speaks for a class: by covering it, and by gradients."""

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .hooks import batches, caught, evaluated, taken


def occlusion_map(
    model: nn.Module,
    image: Tensor,
    label: int,
    *,
    size: int = 5,
    stride: int = 1,
    fill: float = 0.0,
    score: Literal["logit", "probability"] = "logit",
    batch_size: int = 256,
) -> Tensor:
    """How much the score of a class drops when a square of the image is covered.

    A square of ``size`` pixels is laid on every ``stride``-th pixel, at the border as much of it as
    is inside, and filled with one number. The map holds the score of the whole image minus that of
    the covered one: positive where the covered part spoke for the class.

    Shape: ``(C, H, W)`` -> ``(ceil(H / stride), ceil(W / stride))``.

    Args:
        model: any module with logits ``(N, classes)``; it is run in evaluation mode.
        image: one image, floating point.
        label: the class whose score is watched.
        size: side of the square, in pixels.
        stride: pixels from one square to the next.
        fill: what the square is filled with; 0 is black where pixels run from 0 to 1.
        score: the class's logit, or its probability after softmax.
        batch_size: covered images that are run at once.

    Raises:
        ValueError: if the image has another shape, the model gives no logits, there is no such
            class, or a size is below 1.

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks (2014),
    section 4.2.

    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    >>> model[1].weight.data = torch.tensor([[1.0, 2, 3, 4], [0, 0, 0, 0]])
    >>> occlusion_map(model, torch.ones(1, 2, 2), 0, size=1)
    tensor([[1., 2.],
            [3., 4.]])
    """
    _check_image(image)
    if size < 1 or stride < 1:
        raise ValueError(f"size and stride are at least 1, not {size} and {stride}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    if score not in ("logit", "probability"):
        raise ValueError(f"score is 'logit' or 'probability', not {score!r}")
    _, height, width = image.shape
    places = [
        (row, column) for row in range(0, height, stride) for column in range(0, width, stride)
    ]
    before = size // 2
    scores = []
    with torch.no_grad(), evaluated(model):

        def scored(images: Tensor) -> Tensor:
            (batch,) = batches(model, images, len(images))
            logits = _checked_logits(model(batch), label)
            values = logits if score == "logit" else logits.softmax(dim=1)
            return values[:, label].cpu()

        whole = scored(image[None])
        for first in range(0, len(places), batch_size):
            some = places[first : first + batch_size]
            covered = image.repeat(len(some), 1, 1, 1)
            for each, (row, column) in zip(covered, some, strict=True):
                top, left = max(row - before, 0), max(column - before, 0)
                each[:, top : row - before + size, left : column - before + size] = fill
            scores.append(scored(covered))
    return (whole - torch.cat(scores)).reshape(-(-height // stride), -(-width // stride))


def class_activation_map(
    model: nn.Module,
    image: Tensor,
    label: int,
    layer: str,
    *,
    signed: bool = False,
    upsample: bool = True,
) -> Tensor:
    r"""Grad-CAM: where the maps of a layer speak for a class.

    Each map :math:`A^k` gets a weight, the mean over its places of the logit's gradient, and the
    weighted maps are added: :math:`\mathrm{ReLU}\bigl(\sum_k \alpha_k A^k\bigr)` with
    :math:`\alpha_k = \frac{1}{Z} \sum_{i,j} \partial z / \partial A^k_{ij}`. Where the network ends
    in a mean over places and one linear layer, this is, up to the factor Z (the number of places),
    the class activation map of Zhou and others, and exact. Elsewhere one weight has to do for all
    places of a map.

    Shape: ``(C, H, W)`` -> ``(H, W)``, or the layer's ``(h, w)`` with ``upsample=False``.

    Args:
        model: any module with logits ``(N, classes)``; it is run in evaluation mode, and no
            gradients are left in it.
        image: one image, floating point.
        label: the class.
        layer: a layer with maps ``(N, channels, h, w)``; usually the last one that has them.
        signed: leave out the ReLU, so that what speaks against the class is negative.
        upsample: enlarge to the image's size, with straight lines between the values.

    Raises:
        ValueError: if the image has another shape, the layer does not exist or has no maps, the
            logits do not depend on it, or there is no such class.

    Source: Selvaraju and others, Grad-CAM: Visual explanations from deep networks via
    gradient-based localization (2017), section 3.

    >>> model = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))
    >>> model[3].weight.data = torch.tensor([[4.0], [-4.0]])
    >>> image = torch.tensor([[[1.0, 0], [0, 2]]])
    >>> class_activation_map(model, image, 0, "0")
    tensor([[1., 0.],
            [0., 2.]])
    """
    _check_image(image)
    (pixels,) = batches(model, image[None], 1)
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        evaluated(model),
        caught(model, [layer]) as outputs,
    ):
        # With a gradient of its own, the image keeps the graph alive where all weights are frozen.
        logits = _checked_logits(model(pixels.detach().clone().requires_grad_()), label)
        maps = taken(outputs, layer)
        if maps.ndim != 4:
            raise ValueError(
                f"layer {layer!r} gives {tuple(maps.shape)}, not maps (N, channels, h, w); "
                "take one before the maps are flattened"
            )
        gradient = None
        if logits.requires_grad and maps.requires_grad:  # neither, where a part has no gradients
            (gradient,) = torch.autograd.grad(logits[0, label], maps, allow_unused=True)
    if gradient is None:
        raise ValueError(
            f"the logits do not depend on layer {layer!r}, or through a part without gradients only"
        )
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    answer = (weights * maps.detach()).sum(dim=1, keepdim=True)
    if not signed:
        answer = answer.relu()
    if upsample:
        size = (int(image.shape[1]), int(image.shape[2]))
        answer = F.interpolate(answer, size, mode="bilinear", align_corners=False)
    return answer[0, 0].cpu()


def _check_image(image: Tensor) -> None:
    if image.ndim != 3 or not image.is_floating_point():
        raise ValueError(
            "an image is floating-point numbers (C, H, W), scaled as in training, "
            f"not {image.dtype} of shape {tuple(image.shape)}"
        )


def _checked_logits(logits: Any, label: int) -> Tensor:
    if not isinstance(logits, Tensor):
        raise ValueError(
            f"the model gives a {type(logits).__name__}, not logits (N, classes); wrap it in a "
            "module that gives the tensor alone"
        )
    if logits.ndim != 2:
        raise ValueError(f"the model gives {tuple(logits.shape)}, not logits (N, classes)")
    if not 0 <= label < logits.shape[1]:
        raise ValueError(f"there is no class {label}; the model has {logits.shape[1]}, from 0")
    return logits
