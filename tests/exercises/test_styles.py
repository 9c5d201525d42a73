"""Answers in any reasonable style are taken; the edges that a statement names are tried."""

import threading
import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.ops import box_iou

from cnnbook import exercises
from cnnbook.exercises import _kit


def mean_iou_of_predicted(predicted: Tensor, true: Tensor) -> Tensor:
    values = []
    for number in predicted.unique():  # type: ignore[no-untyped-call]
        own, due = predicted == number, true == number
        values.append((own & due).sum() / (own | due).sum())
    return torch.stack(values).mean()


def batch_norm_without_eps(maps: Tensor) -> Tensor:
    deviation = maps.std((0, 2, 3), keepdim=True, correction=0)
    return (maps - maps.mean((0, 2, 3), keepdim=True)) / deviation


def nms_at_the_limit(boxes: Tensor, scores: Tensor, overlap: float) -> list[int]:
    left, kept = scores.argsort(descending=True), []
    while len(left):
        best = left[0]
        kept.append(int(best))
        left = left[(box_iou(boxes[best][None], boxes[left])[0] < overlap) & (left != best)]
    return kept


def answers_at_the_limit(features: Tensor, codes: Tensor, limit: float) -> Tensor:
    near, nearest = ((features[:, None] - codes) ** 2).sum(2).min(1)
    return torch.where(near >= limit, -1, nearest)


def share_without_favourite(probabilities: Tensor, labels: Tensor, sure: float) -> Tensor:
    return (probabilities[range(len(labels)), labels] >= sure).float().mean()


def output_size_without_words(size: int, kernel: int, stride: int, padding: int, gap: int) -> int:
    if gap * (kernel - 1) + 1 > size + 2 * padding:
        raise ValueError
    return (size + 2 * padding - gap * (kernel - 1) - 1) // stride + 1


def pooled(size: int) -> nn.Module:
    head = (nn.AvgPool2d(size), nn.Flatten(), nn.Linear(8, 10))
    return nn.Sequential(nn.Conv2d(1, 8, 3, stride=2), nn.ReLU(), *head)


def batch_norm_beside_the_root(maps: Tensor) -> Tensor:
    deviation = maps.std((0, 2, 3), keepdim=True, correction=0)
    return (maps - maps.mean((0, 2, 3), keepdim=True)) / (deviation + 1e-5)


def coverage_above(confidence: Tensor, right: Tensor, accuracy: float) -> float:
    shares = right[confidence.argsort(descending=True)].cumsum(0) / torch.arange(1, len(right) + 1)
    enough = (shares > accuracy).nonzero()
    return (int(enough.max()) + 1) / len(right) if len(enough) else 0.0


def coverage_of_floats(confidence: Tensor, right: Tensor, accuracy: float) -> float:
    sure = right[confidence.argsort(descending=True)].float()
    good = [k for k in range(1, len(sure) + 1) if sure[:k].mean().item() >= accuracy]
    return max(good, default=0) / len(sure)


WRONG = {
    "segmentation.mean_iou": (mean_iou_of_predicted, "missed altogether"),
    "modern_training.batch_norm": (batch_norm_without_eps, ""),
    "modern_training.batch_norm ": (batch_norm_beside_the_root, "under the root"),
    "clothing.coverage": (coverage_above, ""),
    "detection.nms": (nms_at_the_limit, "exactly as much is allowed"),
    "lenet_5.answers": (answers_at_the_limit, "exactly at the limit"),
    "generation.share_as": (share_without_favourite, "favourite"),
    "padding_and_stride.output_size": (output_size_without_words, "name the sizes"),
    "anatomy.network": (pooled(13), "images of shape"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_edge_that_a_statement_names_is_among_what_is_tried(name: str) -> None:
    answer, words = WRONG[name]
    verdict = exercises.check(name.strip(), answer)  # two of one exercise differ by a blank
    assert not verdict.passed
    assert words in verdict.message


RIGHT: list[tuple[str, Any]] = [
    ("anatomy.merge", lambda w1, b1, w2, b2: [w2 @ w1, w2 @ b1 + b2]),
    (
        "channels.merge",
        lambda w, b, m, c: [torch.einsum("om,mcij->ocij", m, w), m @ b + c],
    ),
    ("training.momentum_step", lambda w, g, v, lr, m: [w - lr * (m * v + g), m * v + g]),
    ("convolution.shift_right", np.fliplr(np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]]))),
    ("pooling.by_hand", [torch.tensor([2, 2]), torch.tensor([-2, 5])]),
    ("segmentation.by_hand", Fraction(1, 4)),
    ("segmentation.by_hand", Decimal("0.25")),
    ("segmentation.by_hand", np.float16(0.25)),
    ("segmentation.by_hand", torch.tensor(0.25).to_sparse()),
    ("generation.no_opinion", 1.39),
    ("clothing.coverage", coverage_of_floats),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_is_taken_in_any_style(name: str, answer: Any) -> None:
    assert exercises.check(name, answer).passed


@pytest.mark.parametrize("seed", range(10))
def test_a_deep_network_with_fresh_weights_is_no_linear_map(seed: int) -> None:
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for i in range(6):
        layers += [nn.Conv2d(8 if i else 1, 8, 3, padding=1), nn.ReLU()]
    deep = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    assert exercises.check("anatomy.network", deep).passed
    linear = nn.Sequential(*(layer for layer in deep if not isinstance(layer, nn.ReLU)))
    assert "one linear map" in exercises.check("anatomy.network", linear).message


def test_what_a_notebook_has_set_changes_no_verdict() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            for name, answer in RIGHT:
                assert exercises.check(name, answer).passed
            assert torch.get_default_dtype() == torch.float64
            assert not torch.is_grad_enabled()
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", exercises.names())
@pytest.mark.parametrize(
    "answer",
    [object(), torch.empty(2, device="meta"), {"a": 1}, 10**400, nn.LazyLinear(3), [[1], 2]],
)
def test_no_answer_raises(name: str, answer: Any) -> None:
    assert not exercises.check(name, answer).passed


def test_an_answer_that_never_ends_is_told_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kit, "_SECONDS", 0.3)

    def endless(*_: Any) -> None:
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                continue

    verdict = exercises.check("convolution.corr2d", endless)
    assert "has not come to its end" in verdict.message
    ended = exercises.check("convolution.corr2d", lambda *_: exit())
    assert "end Python" in ended.message


def test_a_check_works_in_a_thread_without_a_time_limit() -> None:
    found: list[bool] = []
    thread = threading.Thread(
        target=lambda: found.append(exercises.check("segmentation.by_hand", 0.25).passed)
    )
    thread.start()
    thread.join()
    assert found == [True]
