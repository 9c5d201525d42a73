"""Answers to the exercises on detection: right ones pass, wrong ones are explained."""

from typing import Any

import torch
from torch import Tensor
from torchvision.ops import box_iou
from torchvision.ops import nms as torchvision_nms

from tests.exercises.answers import *  # noqa: F403


def to_box(row: float, column: float, numbers: Tensor) -> Tensor:
    x, y = 4 * (column + 0.5 + numbers[0]), 4 * (row + 0.5 + numbers[1])
    width, height = 16 * numbers[2].exp(), 16 * numbers[3].exp()
    return torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2])


def centre_and_sides(row: int, column: int, numbers: Tensor) -> Tensor:
    box = to_box(row, column, numbers)
    return torch.cat([(box[:2] + box[2:]) / 2, box[2:] - box[:2]])


def nms(boxes: Tensor, scores: Tensor, overlap: float) -> list[int]:
    kept: list[int] = []
    overlaps = box_iou(boxes, boxes)
    for place in scores.argsort(descending=True).tolist():
        if all(overlaps[place, other] <= overlap for other in kept):
            kept.append(place)
    return kept


def by_dropped(boxes: Tensor, scores: Tensor, overlap: float) -> list[int]:
    order = scores.argsort(descending=True).tolist()
    overlaps = box_iou(boxes, boxes)
    return [
        place
        for rank, place in enumerate(order)
        if all(overlaps[place, other] <= overlap for other in order[:rank])
    ]


def in_sorted_places(boxes: Tensor, scores: Tensor, overlap: float) -> Tensor:
    order = scores.argsort(descending=True)
    return torch.tensor(nms(boxes[order], scores[order], overlap))


def average_precision(hits: list[int], total: int) -> float:
    precisions = [sum(hits[: k + 1]) / (k + 1) for k in range(len(hits))]
    falling = [max(precisions[k:]) for k in range(len(hits))]
    return sum(p for p, hit in zip(falling, hits, strict=True) if hit) / total


def not_falling(hits: list[int], total: int) -> float:
    precisions = [sum(hits[: k + 1]) / (k + 1) for k in range(len(hits))]
    return sum(p for p, hit in zip(precisions, hits, strict=True) if hit) / total


def mean_of_all(hits: list[int], total: int) -> float:
    return sum(sum(hits[: k + 1]) / (k + 1) for k in range(len(hits))) / len(hits)


SOLUTIONS: dict[str, Any] = {
    "detection.overlap_by_hand": 0.2,
    "detection.to_box": to_box,
    "detection.nms": nms,
    "detection.average_precision": average_precision,
}
WRONG: list[tuple[str, Any, str]] = [
    ("detection.overlap_by_hand", 16 / 96, "counts the shared part twice"),
    ("detection.overlap_by_hand", 16, "shared area alone"),
    ("detection.overlap_by_hand", 80, "area of the union"),
    ("detection.overlap_by_hand", 1 / 3, "area of one box"),
    ("detection.overlap_by_hand", 5, "union over the intersection"),
    ("detection.overlap_by_hand", 0.9, "squared paper"),
    ("detection.overlap_by_hand", [1, 2], "One number"),
    ("detection.to_box", lambda r, c, n: to_box(c, r, n), "columns count along x"),
    ("detection.to_box", lambda r, c, n: to_box(r - 0.5, c - 0.5, n), "half a cell"),
    (
        "detection.to_box",
        lambda r, c, n: to_box(r, c, n * torch.tensor([0.25, 0.25, 1, 1])),
        "told in cells",
    ),
    (
        "detection.to_box",
        lambda r, c, n: to_box(r, c, n + torch.tensor([0, 0, 0.693147, 0.693147])),
        "half its sides",
    ),
    ("detection.to_box", centre_and_sides, "left, top, right and bottom"),
    ("detection.to_box", lambda r, c, n: to_box(r, c, n)[:3], "shape"),
    ("detection.nms", lambda b, s, o: sorted(nms(b, s, o)), "surest was to come first"),
    ("detection.nms", by_dropped, "has given way"),
    ("detection.nms", lambda b, s, o: nms(b, -s, o), "least sure came first"),
    ("detection.nms", lambda b, s, o: nms(b, -torch.arange(len(b)), o), "as they come"),
    ("detection.nms", lambda b, s, o: s.argsort(descending=True), "All boxes were kept"),
    ("detection.nms", lambda b, s, o: s[nms(b, s, o)], "the scores of the boxes"),
    ("detection.nms", lambda b, s, o: b[nms(b, s, o)], "Those are the boxes"),
    ("detection.nms", in_sorted_places, "places in the sorted list"),
    ("detection.average_precision", lambda h, t: average_precision(h, max(1, sum(h))), "never"),
    ("detection.average_precision", not_falling, "made to fall"),
    ("detection.average_precision", lambda h, t: sum(h) / len(h), "precision of the whole list"),
    ("detection.average_precision", lambda h, t: sum(h) / t, "recall of the whole list"),
    ("detection.average_precision", mean_of_all, "adds nothing"),
    ("detection.average_precision", 0.5, "has to be a function"),
]


def test_the_solution_of_nms_is_that_of_torchvision() -> None:
    random = torch.Generator().manual_seed(1)
    for _ in range(50):
        low = 20 * torch.rand(15, 2, generator=random)
        boxes = torch.cat([low, low + 2 + 9 * torch.rand(15, 2, generator=random)], dim=1)
        scores = torch.rand(15, generator=random)
        assert nms(boxes, scores, 0.3) == torchvision_nms(boxes, scores, 0.3).tolist()
