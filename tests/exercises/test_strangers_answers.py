"""Answers of strangers: wrong ones that a check once let pass, right ones that it once refused."""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook import exercises
from cnnbook.applications.aerial import dihedral
from cnnbook.exercises._answers import Wrong, numbers, written
from cnnbook.exercises._kit import call


def entropy(shifted: Tensor, labels: Tensor) -> Tensor:
    return (shifted.exp().sum(1).log() - shifted[range(len(labels)), labels]).mean()


def stopped(first: float | None, close: Callable[[float], float] = float) -> Any:
    """The page's loop with another beginning, or with losses that are changed before."""

    def stopping_epoch(losses: list[float], patience: int, least: float) -> int:
        best, since = first, 0
        for epoch, loss in enumerate(map(close, losses), start=1):
            if not best or loss < best - least:
                best, since = loss, epoch
            elif epoch - since >= patience:
                return epoch
        return len(losses)

    return stopping_epoch


def moved_one_way(image: Tensor, down: int, right: int) -> Tensor:
    """Right where both have one sign."""
    result = torch.zeros_like(image)
    height, width = image.shape
    if down >= 0 and right >= 0:
        result[down:, right:] = image[: height - down, : width - right]
    else:
        result[: height + down, : width + right] = image[-down:, -right:]
    return result


def cells_in_a_row(classes: Tensor) -> Tensor:
    """Neighbours in the flat list: the end of a row touches the start of the next."""
    (height, width), values = classes.shape, classes.flatten().tolist()
    found = [False] * len(values)
    for place, value in enumerate(values):
        for step in (-width - 1, -width, 1 - width, -1, 1, width - 1, width, width + 1):
            if 0 <= place + step < len(values) and values[place + step] != value:
                found[place] = True
    return torch.tensor(found).reshape(height, width)


def named_by_first(images: Tensor, labels: Tensor, asked: Tensor) -> Tensor:
    """Classes in the order in which they occur, not by their labels."""
    kinds = list(dict.fromkeys(labels.tolist()))
    means = torch.stack([images[labels == kind].float().mean(0) for kind in kinds])
    return ((asked.float()[:, None] - means) ** 2).sum((2, 3, 4)).argmin(1)


def equal_boxes_kept(boxes: Tensor, scores: Tensor, overlap: float) -> Any:
    from torchvision.ops import box_iou

    shared = box_iou(boxes, boxes)
    shared[shared == 1] = 0
    kept: list[int] = []
    for place in scores.argsort(descending=True).tolist():
        if all(shared[place, other] <= overlap for other in kept):
            kept.append(place)
    return kept


def blind_to_black(score: Any, image: Tensor, size: int) -> Tensor:
    drops, half = torch.zeros_like(image), size // 2
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            if image[row, column] != 0:
                covered = image.clone()
                rows = slice(max(row - half, 0), row + half + 1)
                covered[rows, max(column - half, 0) : column + half + 1] = 0
                drops[row, column] = score(image) - score(covered)
    return drops


def below_one_only(confidence: Tensor, right: Tensor, bins: int) -> Any:
    total = 0.0
    for number in range(bins):
        row = (confidence >= number / bins) & (confidence < (number + 1) / bins)
        if row.any():
            gap = float((confidence[row] - right[row]).mean())
            total += abs(gap) * float(row.float().mean())
    return total


def sent_back(image: Tensor, gradient: Tensor) -> Tensor:
    places = F.max_pool2d(image[None], 2, return_indices=True)[1]
    return F.max_unpool2d(gradient[None], places, [2, 2])[0]


def ranked(scores: Tensor, lesion: Tensor, place: Callable[[int], int]) -> Tensor:
    healthy = scores[~lesion].sort().values
    return healthy[max(0, min(place(len(healthy)), len(healthy) - 1))]


PASSED: list[tuple[str, Any]] = [
    (
        "anatomy.cost",
        lambda c, o, k, s, p: (
            o * (c * k * k + 1),
            o * c * k * k * (s + 2 * p - 2 * (k // 2)) ** 2,
        ),
    ),
    (
        "anatomy.network",
        nn.Sequential(
            nn.Conv2d(1, 10, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Sigmoid()
        ),
    ),
    ("training.steps", lambda i, b, e: int(i / b + 0.99) * e),
    ("training.cross_entropy", lambda x, y: entropy(x - x[:, :1], y)),
    ("training.cross_entropy", lambda x, y: entropy(x.clamp(max=88), y)),
    ("training.cross_entropy", F.cross_entropy),
    ("training.stopping_epoch", stopped(10.0)),
    ("training.stopping_epoch", stopped(100.0)),
    ("training.stopping_epoch", stopped(None)),
    ("training.stopping_epoch", stopped(None, lambda loss: round(loss, 3) or 1e-9)),
    ("training.images_needed", lambda p, e: round(p * (1 - p) / e**2)),
    ("five_networks.mlp_parameters", lambda w: sum((w[w.index(q) - 1] + 1) * q for q in w[1:])),
    (
        "why_convolution.mlp_parameters",
        lambda w: sum((a + 1) * b for a, b in pairwise(sorted(w, reverse=True))),
    ),
    ("modern_training.moved", moved_one_way),
    ("modern_training.moved", lambda x, d, r: moved_one_way(x.int(), d, r)),
    (
        "modern_training.smooth",
        lambda y, n, s: F.one_hot(torch.tensor(y), n) * (1 - min(s, 0.5)) + min(s, 0.5) / n,
    ),
    (
        "lenet_5.answers",
        lambda f, c, limit: torch.where(
            (d := torch.cdist(f, c).square()).amin(1) > (limit or math.inf), -1, d.argmin(1)
        ),
    ),
    (
        "backpropagation.input_gradient",
        lambda g, k: F.conv_transpose2d(g[None, None], k[None, None])[0, 0],
    ),
    (
        "looking_inside.grad_cam",
        lambda m, g: (g.mean((1, 2), keepdim=True) * m.relu()).sum(0).relu(),
    ),
    (
        "looking_inside.grad_cam",
        lambda m, g: ((g.sum((1, 2), keepdim=True) / m.shape[1] ** 2) * m).sum(0).relu(),
    ),
    ("looking_inside.occlusion", blind_to_black),
    ("why_convolution.reordered", lambda w, order: w[:, order].int()),
    (
        "why_convolution.shared_matrix",
        lambda k, n: torch.stack(
            [F.pad(k.abs(), (i, n - len(k) - i)) for i in range(n - len(k) + 1)]
        ),
    ),
    ("speed.training_flop", lambda m: sum(2 * (2 if x == m[0] else 3) * x for x in m)),
    ("speed.training_flop", lambda m: 4 * m[0] + 6 * sum(set(m[1:]))),
    ("clothing.calibration_error", below_one_only),
    (
        "clothing.coverage",
        lambda c, r, a: max(
            (
                k / len(c)
                for k in range(2, len(c) + 1)
                if r[c.argsort(descending=True)][:k].mean() >= a
            ),
            default=0.0,
        ),
    ),
    ("detection.nms", equal_boxes_kept),
    (
        "architectures.residual",
        lambda x, a, b: torch.relu(
            x
            + F.conv2d(
                torch.relu(F.conv2d(x, a, padding=min(2, len(a[0, 0]) // 2))),
                b,
                padding=min(2, len(b[0, 0]) // 2),
            )
        ),
    ),
    ("images.brighten", lambda image, amount: np.clip(image.numpy().astype(int) + amount, 0, 255)),
    ("images.brighten", lambda image, amount: (image.short() + amount).clamp(0, 255).byte()),
    ("images.brighten", lambda image, amount: (image.int() + amount).clamp(0, 255).tolist()),
    (
        "images.to_batch",
        lambda photo: (x := photo.permute(2, 0, 1)[None].float()) / (255 if x.max() > 1 else 1),
    ),
    (
        "images.normalise",
        lambda x: (
            (x / 255 - (x / 255).mean((0, 2, 3), keepdim=True))
            / ((x / 255).std((0, 2, 3), keepdim=True, correction=0) + 1e-5)
        ),
    ),
    ("images.nearest_mean", named_by_first),
    ("images.bytes", 796262401.0),
    ("convolution.combine", lambda a, b: exercises.convolution.combined(a, b).int()),
    ("padding_and_stride.conv2d", lambda *a: exercises.padding_and_stride.conv2d(*a).relu()),
    ("channels.grouped", lambda x, w, g: F.conv2d(x[None], w, groups=g)[0]),
    (
        "channels.merge",
        lambda w, b, m, c: (
            (m @ w.flatten(1)).reshape(-1, w.shape[1], w.shape[2], w.shape[2]),
            m @ b + c,
        ),
    ),
    ("pooling.max_pool2d", lambda x, k, s: F.max_pool2d(x[None].clamp(min=-1000), k, s)[0]),
    (
        "pooling.max_gradient",
        lambda x, g: sent_back(x, g).int(),
    ),
    ("segmentation.outline", cells_in_a_row),
    ("segmentation.outline", lambda c: exercises.segmentation._differs(c, "square", None).int()),
    (
        "segmentation.mean_iou",
        lambda p, t: torch.stack(
            [((p == c) & (t == c)).sum() / ((p == c) | (t == c)).sum() for c in range(10)]
        ).nanmean(),
    ),
    (
        "generation.share_as",
        lambda p, y, s: (((p >= s).sum(1) == 1) & (p.argmax(1) == y)).float().mean(),
    ),
    ("generation.frechet", lambda m, s, n, t: int((m - n) ** 2 + (s - t) ** 2)),
    ("generation.frechet", lambda m, s, n, t: max(n - m, 0) ** 2 + (s - t) ** 2),
    ("medical.auc", lambda s, y: (((s[y][:, None] - s[~y]) * 10).clamp(-1, 1) + 1).mean() / 2),
    ("medical.auc", lambda s, y: exercises.medical._auc(s.clamp(0, 1), y, 0.5)),
    ("medical.threshold_for_specificity", lambda s, y, q: ranked(s, y, lambda n: int(q * n))),
    ("medical.threshold_for_specificity", lambda s, y, q: ranked(s, y, lambda n: round(q * n) - 1)),
    (
        "aerial.f1",
        lambda t: 2 * sum(float(t[i, i]) > 0.5 for i in range(min(t.shape))) / sum(t.shape),
    ),
    ("aerial.eight", lambda image: torch.stack([dihedral(image, way) for way in range(8)])),
    (
        "defects.region_overlap",
        lambda r, f: sum(f[r == k].float().mean() for k in (1, 2, 3) if (r == k).any()) / 3,
    ),
    (
        "texture.random_phase",
        lambda x, noise: (exercises.texture._swapped(noise, x) + x.mean()).clamp(min=0),
    ),
    ("detection.overlap_by_hand", 0.2 + 3j),
    ("clothing.by_hand", [5 / 8 + 1j, 0.5]),
]
REFUSED: list[tuple[str, Any]] = [
    ("training.images_needed", lambda p, e: round(p * (1 - p) / e**2, 6)),
    ("training.images_needed", lambda p, e: Fraction(p) * Fraction(1 - p) / Fraction(e) ** 2),
    (
        "anatomy.network",
        nn.Sequential(
            nn.LazyConv2d(8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(10)
        ),
    ),
    (
        "anatomy.network",
        nn.Sequential(
            nn.Conv2d(1, 8, 3),
            nn.GroupNorm(1, 8),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 10),
        ),
    ),
    ("anatomy.merge", lambda w, b, v, c: (part for part in (v @ w, v @ b + c))),
    ("backpropagation.kernel_gradient", torch.tensor([[[[3.0, -2], [6, 9]]]])),
    ("channels.yellow", [0.6, 0.7, -0.4, -0.9]),
    ("channels.yellow", [1.2, 1.2, -1.0, -1.4]),
    (
        "clothing.calibration_error",
        lambda c, r, b: (
            torch.zeros(b).index_add(0, (c * b).long().clamp(max=b - 1), c - r).abs().sum() / len(c)
        ),
    ),
    (
        "detection.average_precision",
        lambda hits, total: exercises.detection.area(list(hits), total),
    ),
    (
        "five_networks.welch",
        lambda a, b: (
            (torch.tensor(a).mean() - torch.tensor(b).mean())
            / (torch.tensor(a).var() / len(a) + torch.tensor(b).var() / len(b)).sqrt()
        ),
    ),
    (
        "lenet_5.answers",
        lambda f, c, limit: torch.where(
            (d := (f[:, None] - c).norm(dim=2)).amin(1) ** 2 > limit, -1, d.argmin(1)
        ),
    ),
    ("segmentation.iou_from_dice", lambda dice: round(dice / (2 - dice), 6)),
    ("segmentation.iou_from_dice", lambda dice: Fraction(dice) / (2 - Fraction(dice))),
    (
        "texture.random_phase",
        lambda x, noise: (
            torch.fft.ifft2(
                torch.fft.fft2(x - x.mean()).abs() * (w := torch.fft.fft2(noise)) / w.abs()
            )
            + x.mean()
        ),
    ),
    (
        "training.momentum_step",
        lambda w, g, v, lr, m: torch.stack([w - lr * (m * v + g), m * v + g]),
    ),
    ("speed.best_rate", 200 * 10**9 / 17.5e6),
]


@pytest.mark.parametrize(("name", "answer"), PASSED)
def test_a_wrong_answer_is_no_longer_let_pass(name: str, answer: Any) -> None:
    assert not exercises.check(name, answer).passed


@pytest.mark.parametrize(("name", "answer"), REFUSED)
def test_a_right_answer_is_no_longer_refused(name: str, answer: Any) -> None:
    verdict = exercises.check(name, answer)
    assert verdict.passed, verdict.message


MESSAGES: list[tuple[str, Any, str, str]] = [
    # What is said, and what was said before.
    (
        "images.normalise",
        lambda x: (x - x.mean((0, 2, 3))) / x.std((0, 2, 3)),
        "raised",
        "not written",
    ),
    ("training.stopping_epoch", stopped(None, abs), "came out", "too early"),
    (
        "training.cross_entropy",
        lambda x, y: (x - x.amax(1, keepdim=True))[range(len(y)), y].mean(),
        "came out",
        "over the batch",
    ),
    (
        "texture.gram_gradient",
        lambda f, t: (
            (f.flatten(1) @ f.flatten(1).T / f[0].numel() - t) @ f.flatten(1) * 4 / f.numel()
        ).reshape(f.shape),
        "came out",
        "factor is 4",
    ),
    (
        "segmentation.mean_iou",
        lambda p, t: torch.stack(
            [((p == c) & (t == c)).sum() / ((p == c) | (t == c)).sum() for c in t.unique()]
        ).mean(),
        "where there is none counts",
        "pixels that are right",
    ),
    (
        "medical.threshold_for_specificity",
        lambda s, y, q: ranked(s, y, lambda n: int(q * n) - 1),
        "round up",
        "among the healthy",
    ),
    ("architectures.stack", lambda k, c: (k // 2, k // 2 * 3 * c * c), "came out", "of one layer"),
    (
        "speed.speedup",
        lambda share, factor: 1 / (1 - share) if share < 1 else factor,
        "came out",
        "only the share",
    ),
    (
        "pooling.max_gradient",
        lambda x, g: sent_back(x, g * (F.max_pool2d(x[None], 2)[0] > 0)),
        "is above 0",
        "multiplied by the largest",
    ),
    (
        "convolution.corr2d",
        lambda x, k: F.conv2d(x[None, None], k[None, None]).squeeze(),
        "squeeze() has removed",
        "for the whole image",
    ),
]


@pytest.mark.parametrize(("name", "answer", "said", "not_said"), MESSAGES)
def test_a_mistake_is_named_only_where_it_was_made(
    name: str, answer: Any, said: str, not_said: str
) -> None:
    verdict = exercises.check(name, answer)
    assert not verdict.passed
    assert said in verdict.message
    assert not_said not in verdict.message


def test_the_readers_line_is_named_behind_every_wrapper() -> None:
    def answer(*arguments: Any) -> Any:
        one = 1
        return one / 0

    for name in exercises.names():
        message = exercises.check(name, answer).message
        if "ZeroDivisionError" in message:
            assert "in its line 3" in message or "the network raised" in message, message


def test_numbers_that_differ_are_never_printed_alike() -> None:
    verdict = exercises.check(
        "images.normalise", lambda x: F.batch_norm(x / 255, None, None, training=True)
    )
    came, due = verdict.message.split("came out, ")
    assert came.split()[-1] != due.split()[0]


def test_random_numbers_of_the_reader_go_on_as_they_were() -> None:
    for name in exercises.names():
        torch.manual_seed(0)
        before = torch.get_rng_state()
        exercises.check(name, lambda *arguments: torch.rand(1))
        assert torch.equal(torch.get_rng_state(), before), name


def test_an_answer_that_catches_everything_is_ended_all_the_same(monkeypatch: Any) -> None:
    monkeypatch.setattr("cnnbook.exercises._kit._SECONDS", 0.2)
    caught: list[BaseException] = []

    def endless(*arguments: Any) -> None:
        while len(caught) < 2:
            try:
                while True:
                    pass
            except BaseException as error:
                caught.append(error)
        while True:
            pass

    assert not exercises.check("training.steps", endless).passed
    assert len(caught) == 2


def test_single_numbers_come_as_plain_ones() -> None:
    given: list[Any] = []

    def keep(*arguments: Any) -> int:
        given.extend(arguments)
        return 1

    inputs = {"one": torch.tensor(0.6), "two": torch.tensor(3), "three": torch.tensor([0.5])}
    call(keep, "f(one, two, three)", inputs)
    assert given[:2] == [0.6, 3]
    assert isinstance(given[2], Tensor)


@pytest.mark.parametrize("answer", [2**70, 1e9 + 0.25, Fraction(1, 3), [0.1, 0.2]])
def test_numbers_keep_double_precision(answer: Any) -> None:
    due = torch.tensor(
        [float(part) for part in answer] if isinstance(answer, list) else float(answer),
        dtype=torch.float64,
    )
    assert torch.equal(numbers(answer), due)


@pytest.mark.parametrize("answer", [[None, 0.5], [[1, 2], [3]], ["1", 2]])
def test_what_is_no_number_in_a_list_is_said(answer: Any) -> None:
    with pytest.raises(Wrong, match="a part of the list is no number, or its rows"):
        numbers(answer)


def test_numbers_are_written_with_the_digits_that_are_asked_for() -> None:
    assert written(torch.tensor(1 / 3, dtype=torch.float64), 6) == "0.333333"
