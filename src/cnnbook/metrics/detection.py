"""How good detections are: average precision by pycocotools, and the kinds of mistakes."""

import contextlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

CLASSES = 10
"""Of the scenes of this book: the digits."""
OVERLAP = 0.5
"""Intersection over union from which a box counts as found."""


class Detections(NamedTuple):
    """What was found in one picture, the surest first.

    Attributes:
        boxes: float ``(k, 4)``: left, top, right, bottom in pixels.
        scores: float ``(k,)``, from 0 to 1.
        labels: int64 ``(k,)``.
    """

    boxes: Tensor
    scores: Tensor
    labels: Tensor


@dataclass(frozen=True)
class AveragePrecision:
    """Average precision at one intersection over union.

    Attributes:
        by_class: float ``(classes,)``; not a number for a class that is not there.
        curves: precision of each class at the recalls 0, 0.01, ... 1, float ``(classes, 101)``.
    """

    by_class: Tensor
    curves: Tensor

    @property
    def mean(self) -> float:
        """The mean over the classes that are there."""
        return float(self.by_class.nanmean())


def average_precision(
    found: Sequence[Detections],
    boxes: Sequence[Tensor],
    labels: Sequence[Tensor],
    overlap: float = OVERLAP,
    *,
    classes: int = CLASSES,
) -> AveragePrecision:
    """Average precision, as the COCO benchmark computes it, by pycocotools.

    For each class the detections of all images are sorted by their score. Each is right if it
    overlaps enough with a box of its class in its image that no surer one has taken.
    Precision is then a function of recall; it is made to fall, and its mean over the recalls 0,
    0.01, ... 1 is taken. What is not found has precision 0 at all the recalls that are missed.

    Args:
        found: detections of each image.
        boxes: for each image the true boxes ``(k, 4)``.
        labels: for each image their classes ``(k,)``, below ``classes``.
        overlap: intersection over union from which a box counts as found.
        classes: how many there are.

    Raises:
        ValueError: if the numbers of images differ, there is not a single box, or the overlap is
            none.

    Source: T.-Y. Lin and others, Microsoft COCO: common objects in context, ECCV 2014.

    >>> box = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
    >>> one = Detections(box, torch.tensor([0.9]), torch.tensor([3]))
    >>> round(average_precision([one], [box], [torch.tensor([3])]).mean, 3)
    1.0
    """
    if not len(found) == len(boxes) == len(labels):
        raise ValueError(
            f"there are detections of {len(found)} images, boxes of {len(boxes)} and labels of "
            f"{len(labels)}"
        )
    if not sum(map(len, boxes)):
        raise ValueError("there is nothing to find; average precision needs a box at least")
    if not 0 < overlap <= 1:
        raise ValueError(f"an overlap lies above 0 and is at most 1, not {overlap}")
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    names = [{"id": number, "name": str(number)} for number in range(classes)]
    truth = _annotations(boxes, labels, None)
    told = _annotations(
        [each.boxes for each in found], [each.labels for each in found], [e.scores for e in found]
    )
    images = [{"id": number} for number in range(len(boxes))]
    with contextlib.redirect_stdout(io.StringIO()):  # it reports its progress
        sets = []
        for annotations in (truth, told):
            each = COCO()
            each.dataset = {"images": images, "annotations": annotations, "categories": names}
            each.createIndex()
            sets.append(each)
        judge = COCOeval(*sets, iouType="bbox")
        judge.params.iouThrs = [overlap]
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.params.maxDets = [1000]
        judge.evaluate()
        judge.accumulate()
    curves = torch.from_numpy(judge.eval["precision"][0, :, :, 0, 0]).T
    curves = torch.where(curves < 0, torch.nan, curves)  # -1 stands for a class without boxes
    return AveragePrecision(curves.mean(dim=1), curves)


def _annotations(
    boxes: Sequence[Tensor], labels: Sequence[Tensor], scores: Sequence[Tensor] | None
) -> list[dict[str, float | list[float]]]:
    """Boxes as COCO writes them: left, top, width and height."""
    made: list[dict[str, float | list[float]]] = []
    for image, (own, classes) in enumerate(zip(boxes, labels, strict=True)):
        for place, (box, label) in enumerate(zip(own.tolist(), classes.tolist(), strict=True)):
            left, top, right, bottom = box
            width, height = right - left, bottom - top
            made.append(
                {
                    "id": len(made) + 1,
                    "image_id": image,
                    "category_id": label,
                    "bbox": [left, top, width, height],
                    "area": width * height,
                    "iscrowd": 0,
                    "score": 1.0 if scores is None else float(scores[image][place]),
                }
            )
    return made


def mistakes(
    found: Sequence[Detections],
    boxes: Sequence[Tensor],
    labels: Sequence[Tensor],
    threshold: float = 0.5,
) -> Counter[str]:
    """What is right and wrong among the detections with a score of ``threshold`` or more.

    Each detection, the surest first, takes the free true box that it overlaps most, if by half or
    more.

    Args:
        found: detections of each image.
        boxes: for each image the true boxes ``(k, 4)``.
        labels: for each image their classes ``(k,)``.
        threshold: less sure ones do not count.

    Returns:
        How many are ``"right"``, have the ``"wrong name"``, are in the ``"wrong place"`` (they
        overlap with no free box by half); how many digits are ``"missed"``.

    >>> box = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
    >>> seven = Detections(box, torch.tensor([0.9]), torch.tensor([7]))
    >>> mistakes([seven], [box], [torch.tensor([1])])
    Counter({'wrong name': 1})
    """
    counts: Counter[str] = Counter()
    for detections, own, classes in zip(found, boxes, labels, strict=True):
        taken = matched(detections, own)
        sure = detections.scores >= threshold
        for label, place in zip(detections.labels[sure], taken[sure].tolist(), strict=True):
            if place < 0:
                counts["wrong place"] += 1
            else:
                counts["right" if label == classes[place] else "wrong name"] += 1
        counts["missed"] += len(own) - int((taken[sure] >= 0).sum())
    return +counts


def matched(detections: Detections, boxes: Tensor) -> Tensor:
    """For each detection the place of the true box that it takes, -1 for none; names do not count.

    Args:
        detections: of one image.
        boxes: the true boxes ``(k, 4)`` of that image.
    """
    from torchvision.ops import box_iou

    taken = torch.full((len(detections.boxes),), -1)
    overlaps = box_iou(detections.boxes, boxes)
    for number in detections.scores.argsort(descending=True, stable=True).tolist():
        if not len(boxes):
            break
        overlap, place = overlaps[number].max(dim=0)
        if overlap >= OVERLAP:
            taken[number] = place
            overlaps[:, place] = 0  # a box is found once
    return taken
