"""What the book writes by hand agrees with torchmetrics on any predictions."""

import pytest
import torch
import torchmetrics.functional.classification as theirs
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchmetrics.detection import MeanAveragePrecision

from cnnbook.metrics import accuracy, accuracy_by_class, confusion_matrix
from cnnbook.metrics.detection import Detections, average_precision
from cnnbook.metrics.segmentation import dice_by_class, iou_by_class, mean_iou

CLASSES = 4


@st.composite
def class_maps(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Predicted and true maps, in which some classes may be absent."""
    random = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    shape = draw(st.tuples(*(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8))))
    tops = draw(st.tuples(st.integers(1, CLASSES), st.integers(1, CLASSES)))
    predicted, true = (torch.randint(top, shape, generator=random) for top in tops)
    return predicted, true


@given(class_maps())
def test_the_overlap_of_each_class(maps: tuple[Tensor, Tensor]) -> None:
    predicted, true = maps
    there = torch.tensor([bool(((predicted == k) | (true == k)).any()) for k in range(CLASSES)])
    for ours, due in (
        (iou_by_class, theirs.multiclass_jaccard_index),
        (dice_by_class, theirs.multiclass_f1_score),
    ):
        found = ours(predicted, true, classes=CLASSES)
        expected = due(predicted, true, CLASSES, average="none").double()
        assert found.isnan().tolist() == (~there).tolist()
        torch.testing.assert_close(found[there], expected[there], rtol=1e-6, atol=1e-7)
    mean = theirs.multiclass_jaccard_index(predicted, true, CLASSES, average="none")[there].mean()
    assert mean_iou(predicted, true, classes=CLASSES) == pytest.approx(float(mean), abs=1e-6)


@given(st.integers(0, 2**31), st.integers(1, 60))
def test_what_is_said_of_a_classifier(seed: int, count: int) -> None:
    random = torch.Generator().manual_seed(seed)
    scores = torch.randn(count, CLASSES, generator=random)
    labels = torch.randint(CLASSES, (count,), generator=random)
    due = theirs.multiclass_accuracy(scores, labels, CLASSES, average="micro")
    assert accuracy(scores, labels) == pytest.approx(float(due), abs=1e-6)
    due = theirs.multiclass_confusion_matrix(scores, labels, CLASSES)
    assert torch.equal(confusion_matrix(scores, labels, CLASSES), due)
    by_class = accuracy_by_class(scores, labels, CLASSES)
    recall = theirs.multiclass_recall(scores, labels, CLASSES, average="none")
    there = torch.bincount(labels, minlength=CLASSES) > 0
    torch.testing.assert_close(by_class[there].float(), recall[there], rtol=1e-6, atol=1e-7)


def some_boxes(count: int, random: torch.Generator) -> Tensor:
    corners = 40 * torch.rand(count, 2, generator=random)
    return torch.cat([corners, corners + 4 + 16 * torch.rand(count, 2, generator=random)], dim=1)


@pytest.mark.parametrize("seed", range(4))
def test_average_precision(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    metric = MeanAveragePrecision(iou_thresholds=[0.5], class_metrics=True)
    found, boxes, labels = [], [], []
    for _ in range(6):
        count = int(torch.randint(1, 5, (), generator=random))
        true, classes = some_boxes(count, random), torch.randint(3, (count,), generator=random)
        moved = true + 3 * torch.randn(true.shape, generator=random)
        moved[:, 2:] = torch.maximum(moved[:, 2:], moved[:, :2] + 1)
        told = torch.cat([moved, some_boxes(2, random)])
        named = torch.cat([classes, torch.randint(3, (2,), generator=random)])
        sure = torch.rand(len(told), generator=random)
        metric.update(
            [{"boxes": told, "scores": sure, "labels": named}],
            [{"boxes": true, "labels": classes}],
        )
        found.append(Detections(told, sure, named))
        boxes.append(true)
        labels.append(classes)
    ours = average_precision(found, boxes, labels, classes=3)
    due = metric.compute()
    torch.testing.assert_close(
        ours.by_class[due["classes"]].float(),
        due["map_per_class"].reshape(-1),
        rtol=1e-4,
        atol=1e-5,
    )
