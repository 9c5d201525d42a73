"""Checks for the page "Where are the digits?"."""

from typing import Any

import torch
from torch import Tensor

from ._answers import described
from ._kit import call, compare, exercise
from .by_hand import ByHand
from .cases import with_lists

STRIDE, UNIT = 4, 16


# The intersection over union of the boxes (0, 0, 8, 6) and (4, 2, 12, 8).
ByHand(
    "detection.overlap_by_hand",
    right=16 / 80,
    praise="They share 4 by 4 of 48 + 48 - 16 = 80 square pixels: a fifth.",
    mistakes={
        "counts the shared part twice: the union is the sum of both areas less what they share.": (
            16 / 96
        ),
        "is the shared area alone; divide it by the area of the union.": 16,
        "is the area of the union; it belongs below the shared area.": 80,
        "divides by the area of one box; the union of both was meant.": 16 / 48,
        "is the union over the intersection.": 5,
    },
    otherwise="is not it. Draw both boxes on squared paper and count.",
    within=(0.001, 0),
    share=True,
)


@exercise("detection.to_box")
def check_to_box(answer: Any) -> str:
    """A function to_box(row, column, numbers): the box that a cell's four numbers tell."""
    random = torch.Generator().manual_seed(0)
    settings = [(0, 0, torch.zeros(4)), (3, 1, torch.tensor([0.5, -0.25, 0.0, 0.7]))]
    settings += [
        (int(place[0]), int(place[1]), torch.randn(4, generator=random))
        for place in torch.randint(0, 16, (4, 2), generator=random)
    ]
    for row, column, told in settings:
        inputs = {
            "row": torch.tensor(row),
            "column": torch.tensor(column),
            "numbers": told,
        }
        signature = "to_box(row, column, numbers)"
        result = call(answer, signature, inputs)
        compare(
            result,
            box_of(row, column, told),
            described(inputs),
            {
                "The columns count along x: the first number of a box comes from the column.": (
                    box_of(column, row, told)
                ),
                "A cell's centre is half a cell behind its corner: (column + 0.5) times 4.": (
                    box_of(row - 0.5, column - 0.5, told)
                ),
                "The way to the centre is told in cells; a cell has 4 pixels.": (
                    box_of(row, column, told * torch.tensor([0.25, 0.25, 1, 1]))
                ),
                "The sides are told as logarithms: exp brings them back.": (
                    box_of(row, column, torch.cat([told[:2], told[2:].clamp(min=1e-6).log()]))
                ),
                "The box reaches from its centre half its sides in each direction.": (
                    box_of(row, column, told + torch.tensor([0, 0, 1, 1]) * torch.tensor(2.0).log())
                ),
                "Centre and sides came out; left, top, right and bottom were asked for.": (
                    _centre_and_sides(box_of(row, column, told))
                ),
            },
        )
    return f"It is right for {len(settings)} cells, with ways and sides of every kind."


@exercise("detection.nms")
def check_nms(answer: Any) -> str:
    """A function nms(boxes, scores, overlap): the places of the boxes that are kept."""
    random = torch.Generator().manual_seed(0)
    # The second gives way to the first; the third overlaps with the second alone, and stays.
    chain = torch.tensor([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    row = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10], [21, 0, 31, 10], [40, 0, 50, 10]])
    cases = [
        (chain, torch.tensor([0.9, 0.8, 0.7]), 0.4),
        (row, torch.tensor([0.85, 0.8, 0.9, 0.95]), 0.4),
        # Exactly the overlap that is allowed: the smaller box is half of the larger one.
        (torch.tensor([[0.0, 0, 8, 8], [0, 0, 8, 4]]), torch.tensor([0.9, 0.8]), 0.5),
        # Twice the same box.
        (torch.tensor([[0.0, 0, 8, 8], [0, 0, 8, 8]]), torch.tensor([0.9, 0.8]), 0.5),
    ]
    for count, overlap in ((1, 0.5), (6, 0.5), (12, 0.3), (20, 0.1), (40, 0.5)):
        low = 20 * torch.rand(count, 2, generator=random)
        boxes = torch.cat([low, low + 4 + 8 * torch.rand(count, 2, generator=random)], dim=1)
        cases.append((boxes, torch.rand(count, generator=random), overlap))
    for boxes, scores, overlap in cases:
        inputs = {"boxes": boxes, "scores": scores, "overlap": torch.tensor(float(overlap))}
        result = call(answer, "nms(boxes, scores, overlap)", inputs)
        due = torch.tensor(suppressed(boxes, scores, overlap))
        order = scores.argsort(descending=True)
        mistakes: dict[str, Tensor | None] = {
            "Those are the places in the order of the boxes; the surest was to come first.": (
                due.sort().values
            ),
            "A box that has given way suppresses no other.": torch.tensor(
                suppressed(boxes, scores, overlap, also_by_dropped=True)
            ),
            "The boxes were taken as they come; take the surest first.": torch.tensor(
                suppressed(boxes, -torch.arange(len(boxes)).float(), overlap)
            ),
            "A box gives way if it overlaps by more than the limit; exactly as much is allowed.": (
                torch.tensor(suppressed(boxes, scores, overlap - 1e-6))
            ),
            "The least sure came first.": torch.tensor(suppressed(boxes, -scores, overlap)),
            "All boxes were kept.": order,
            "Those are the scores of the boxes; their places were asked for.": scores[due],
            "Those are the boxes; their places were asked for.": boxes[due],
            "Those are the places in the sorted list; the places in the list that was given were "
            "asked for.": order.argsort()[due],
        }
        compare(result, due, described(inputs), mistakes)
    return f"It agrees with torchvision's nms in {len(cases)} cases, a chain of boxes included."


@exercise("detection.average_precision")
def check_average_precision(answer: Any) -> str:
    """A function average_precision(hits, total): the area under precision against recall."""
    cases: list[tuple[list[int], int]] = [
        ([1, 0, 1, 0, 0, 1], 4),
        ([1, 1, 1], 3),
        ([0, 0, 1], 1),
        ([0, 0], 2),
        ([1, 0, 0, 1, 1, 1], 5),
        ([1], 10),
        ([0, 1, 1, 0, 1, 1, 1, 0], 6),
        ([], 5),
    ]
    for hits, total in cases:
        inputs = {"hits": torch.tensor(hits), "total": torch.tensor(total)}
        signature = "average_precision(hits, total)"
        result = call(with_lists(answer), signature, inputs)
        found = max(1, sum(hits))
        compare(
            result,
            area(hits, total),
            described(inputs),
            {
                "What was never found counts as well: recall is hits over total.": area(
                    hits, found
                ),
                "Precision has to be made to fall first: at each recall the best that is reached "
                "there or later.": area(hits, total, falling=False),
                "That is the precision of the whole list, one point of the curve.": (
                    sum(hits) / len(hits) if hits else None
                ),
                "That takes the best that was reached there or earlier; precision has to fall, so "
                "it is the best there or later.": area(hits, total, earlier=True),
                "That is the recall of the whole list, one point of the curve.": sum(hits) / total,
                "A false detection adds nothing to the area: only where recall rises is there a "
                "step to add.": (
                    sum(sum(hits[: k + 1]) / (k + 1) for k in range(len(hits))) / len(hits)
                    if hits
                    else None
                ),
            },
        )
    return f"It is right for {len(cases)} lists, those with nothing found and much missed included."


def box_of(row: float, column: float, told: Tensor) -> Tensor:
    """Left, top, right and bottom that a cell's numbers tell."""
    x, y = STRIDE * (column + 0.5 + told[0]), STRIDE * (row + 0.5 + told[1])
    width, height = UNIT * told[2].exp(), UNIT * told[3].exp()
    return torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def suppressed(
    boxes: Tensor, scores: Tensor, overlap: float, also_by_dropped: bool = False
) -> list[int]:
    """The places that non-maximum suppression keeps, the surest first."""
    kept: list[int] = []
    seen: list[int] = []
    for place in scores.argsort(descending=True, stable=True).tolist():
        rivals = seen if also_by_dropped else kept
        if all(_overlap(boxes[place], boxes[rival]) <= overlap for rival in rivals):
            kept.append(place)
        seen.append(place)
    return kept


def area(hits: list[int], total: int, falling: bool = True, *, earlier: bool = False) -> float:
    """The area under precision against recall."""
    precisions = [sum(hits[: k + 1]) / (k + 1) for k in range(len(hits))]
    if earlier:
        precisions = [max(precisions[: k + 1]) for k in range(len(hits))]
    elif falling:
        precisions = [max(precisions[k:]) for k in range(len(hits))]
    return sum(p for p, hit in zip(precisions, hits, strict=True) if hit) / total


def _overlap(one: Tensor, other: Tensor) -> float:
    sides = torch.minimum(one[2:], other[2:]) - torch.maximum(one[:2], other[:2])
    shared = float(sides.clamp(min=0).prod())
    areas = sum(float((box[2:] - box[:2]).prod()) for box in (one, other))
    return shared / (areas - shared)


def _centre_and_sides(box: Tensor) -> Tensor:
    return torch.cat([(box[:2] + box[2:]) / 2, box[2:] - box[:2]])
