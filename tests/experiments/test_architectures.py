"""Laws of architectures: what is compared is trained once, and measured as it says."""

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnbook.cache.store import NotCached
from cnnbook.datasets import ImageSet
from cnnbook.experiments import architectures
from cnnbook.experiments.architectures import (
    accuracy,
    compare_classifier,
    compare_unet,
    halved,
    stroke_masks,
)
from cnnbook.metrics.segmentation import mask_iou
from cnnbook.models import UNet


def made(count: int, name: str = "made") -> ImageSet:
    """Ten classes: dark images with one bright row each, whose place is the class."""
    random = torch.Generator().manual_seed(count)
    labels = torch.arange(count) % 10
    images = torch.randint(0, 60, (count, 1, 28, 28), generator=random, dtype=torch.uint8)
    images[torch.arange(count), 0, 2 * labels + 4, 4:24] = 255
    return ImageSet(name, "train", images, labels, tuple("0123456789"))


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)
    sizes = {"train": 128, "test": 50}
    monkeypatch.setattr("cnnbook.datasets.load", lambda name, split: made(sizes[split], name))


def forbid_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*arguments: Any, **settings: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(architectures, "fit", fit)


def test_a_classifier_learns_once_and_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    how: dict[str, Any] = {"epochs": 8, "stages": ((4,),), "normalized": True}
    first = compare_classifier("vgg", seed=1, **how)
    forbid_training(monkeypatch)
    second = compare_classifier("vgg", seed=1, **how)
    assert first.losses == second.losses
    assert len(first.losses) == 8
    assert first.losses[-1] < first.losses[0]
    assert first.score == second.score > 0.5
    test = made(50)
    assert accuracy(second.model, halved(test.images), test.labels) == first.score
    assert not second.model.training
    assert first.parameters == sum(one.numel() for one in first.model.parameters())


@pytest.mark.parametrize("change", [{"seed": 2}, {"lr": 0.02}, {"normalized": False}])
def test_whatever_differs_is_trained_anew(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    how: dict[str, Any] = {"seed": 1, "epochs": 1, "stages": ((4,),), "normalized": True}
    compare_classifier("vgg", **how)
    forbid_training(monkeypatch)
    compare_classifier("vgg", **how)
    with pytest.raises(AssertionError, match="trained again"):
        compare_classifier("vgg", **(how | change))


def test_where_nothing_may_be_trained_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    with pytest.raises(NotCached, match="model=resnet, seed=5"):
        compare_classifier("resnet", seed=5)
    with pytest.raises(NotCached, match="seed=3"):
        compare_unet(seed=3)


def test_a_unet_learns_once_and_is_scored_by_its_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    how: dict[str, Any] = {"epochs": 6, "widths": (4, 4)}
    first = compare_unet(**how)
    forbid_training(monkeypatch)
    second = compare_unet(**how)
    assert isinstance(second.model, UNet)
    assert first.score == second.score
    images, masks = stroke_masks(made(50))
    with torch.no_grad():
        found = second.model(images / 255) > 0
    assert mask_iou(found, masks > 0) == pytest.approx(second.score)


def test_the_callers_generator_is_left_alone() -> None:
    torch.manual_seed(0)
    due = torch.rand(3)
    torch.manual_seed(0)
    compare_classifier("vgg", epochs=1, stages=((2,),))
    compare_unet(epochs=1, widths=(2,))
    assert torch.equal(torch.rand(3), due)


def test_masks_mark_the_strokes_of_0_to_4_and_nothing_of_the_others() -> None:
    data = made(20)
    images, masks = stroke_masks(data)
    assert images.shape == masks.shape == (20, 1, 24, 24)
    assert torch.equal(images, data.images[:, :, 2:26, 2:26])
    for image, mask, label in zip(images, masks, data.labels.tolist(), strict=True):
        assert torch.equal(mask, (image > 127).float() if label < 5 else torch.zeros(1, 24, 24))
    assert masks[0].sum() == 20


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_the_iou_of_masks_is_that_of_sets(pairs: list[tuple[bool, bool]]) -> None:
    found = {place for place, pair in enumerate(pairs) if pair[0]}
    due = {place for place, pair in enumerate(pairs) if pair[1]}
    one, other = torch.tensor(pairs, dtype=torch.bool).reshape(-1, 2).T
    expected = len(found & due) / len(found | due) if found | due else 1.0
    assert mask_iou(one, other) == mask_iou(other, one) == pytest.approx(expected)
