"""Boxes and labels as numbers on a grid that a convolutional network can give, and back.

The network gives a column of 15 numbers for each cell of :data:`STRIDE` by :data:`STRIDE` pixels:
one for "a digit's centre is near", ten for the classes, and four for the box. Cells answer alike
wherever they are, so that a box is told relative to its cell.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ...metrics.detection import CLASSES, Detections

STRIDE = 4
"""Side of a cell in pixels."""
UNIT = 16.0
"""The side of a box, in pixels, whose logarithm is told as 0."""
NEAR = 1.0
"""How far a cell's centre may be from a box's, along each axis and in cells, to answer for it."""


def cell_centres(height: int, width: int) -> Tensor:
    """The centres (x, y) of a grid's cells in pixels, ``(height, width, 2)``.

    >>> cell_centres(1, 3).tolist()
    [[[2.0, 2.0], [6.0, 2.0], [10.0, 2.0]]]
    """
    y = (torch.arange(height) + 0.5) * STRIDE
    x = (torch.arange(width) + 0.5) * STRIDE
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)], dim=-1)


def encode(boxes: Sequence[Tensor], labels: Sequence[Tensor], side: int) -> Tensor:
    """What each cell should answer.

    The cells whose centre is less than a cell away from a box's centre, along both axes, answer for
    the box; if there are two such boxes, for the nearer. All other cells answer that there is
    nothing.

    Args:
        boxes: for each image, ``(k, 4)``: left, top, right, bottom in pixels.
        labels: for each image, ``(k,)``.
        side: height and width of the images, a multiple of :data:`STRIDE`.

    Returns:
        ``(N, 6, side / 4, side / 4)``: 1 where a cell answers for a box, else 0; the label; the
        way from the cell's centre to the box's (x, y) in cells; the logarithms of width and height
        over :data:`UNIT`. All are 0 where there is nothing.

    Raises:
        ValueError: if the side is no multiple of the stride, or boxes and labels do not fit.

    >>> targets = encode([torch.tensor([[2.0, 2.0, 18.0, 18.0]])], [torch.tensor([7])], side=24)
    >>> targets[0, 0].nonzero().tolist()
    [[2, 2]]
    >>> targets[0, :, 2, 2].tolist()
    [1.0, 7.0, 0.0, 0.0, 0.0, 0.0]
    """
    if side % STRIDE or side < STRIDE:
        raise ValueError(f"the side has to be a multiple of {STRIDE}, which {side} is not")
    if [len(each) for each in boxes] != [len(each) for each in labels]:
        raise ValueError("each box needs a label, and each label a box")
    cells = side // STRIDE
    centres = cell_centres(cells, cells).reshape(-1, 2)
    targets = torch.zeros(len(boxes), 6, cells * cells)
    for target, own, classes in zip(targets, boxes, labels, strict=True):
        if not len(own):
            continue
        middles = (own[:, :2] + own[:, 2:]) / 2
        ways = (middles - centres[:, None]) / STRIDE  # (cells, k, 2)
        distance, nearest = ways.abs().amax(dim=2).min(dim=1)
        answers = (distance < NEAR).nonzero()[:, 0]
        box = nearest[answers]
        target[0, answers] = 1
        target[1, answers] = classes[box].float()
        target[2:4, answers] = ways[answers, box].T
        target[4:6, answers] = ((own[box, 2:] - own[box, :2]) / UNIT).log().T
    return targets.reshape(len(boxes), 6, cells, cells)


def decode(output: Tensor, threshold: float, overlap: float = 0.4) -> list[Detections]:
    """The boxes that a network's output tells, each digit once.

    A cell's score is the probability that it answers for a digit times that of its likeliest
    class. Of boxes that overlap, the one with the highest score is kept (non-maximum suppression).

    Args:
        output: ``(N, 15, h, w)``: for each cell a logit for "there is one", ten logits for the
            classes, the way to the box's centre and the logarithms of its sides as in
            :func:`encode`.
        threshold: boxes with a lower score are left out.
        overlap: intersection over union from which two boxes are the same digit.

    Raises:
        ValueError: if the output has another number of channels.
    """
    if output.ndim != 4 or output.shape[1] != 1 + CLASSES + 4:
        raise ValueError(f"a grid of {1 + CLASSES + 4} channels was due, not {tuple(output.shape)}")
    from torchvision.ops import nms  # takes a while to import

    there = output[:, 0].sigmoid().flatten(1)
    chances, labels = output[:, 1 : 1 + CLASSES].softmax(dim=1).max(dim=1)
    scores, labels = there * chances.flatten(1), labels.flatten(1)
    ways, sides = torch.split(output[:, -4:].permute(0, 2, 3, 1), 2, dim=-1)
    middles = cell_centres(*output.shape[2:]) + STRIDE * ways
    # No digit is larger than the picture; an untrained network's numbers can be anything.
    halves = UNIT * sides.clamp(max=6).exp() / 2
    boxes = torch.cat([middles - halves, middles + halves], dim=-1).flatten(1, 2)
    found = []
    for own, score, label in zip(boxes, scores, labels, strict=True):
        kept = score >= threshold
        own, score, label = own[kept], score[kept], label[kept]
        kept = nms(own, score, overlap)
        found.append(Detections(own[kept], score[kept], label[kept]))
    return found
