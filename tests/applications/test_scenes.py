"""Laws of the scenes: boxes and masks say the same, and digits come from where they should."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.ops import box_iou, masks_to_boxes

from cnnbook.applications.scenes import MOST, DigitScenes, digit_scenes
from cnnbook.datasets import ImageSet, load

DIGITS = load("digits", "test")
QUICK = settings(max_examples=15, deadline=None)


def squares(sides: list[int]) -> ImageSet:
    """An image for each class: a full square of a side of its own."""
    images = torch.zeros(len(sides), 1, 28, 28, dtype=torch.uint8)
    for image, side in zip(images, sides, strict=True):
        image[:, 4 : 4 + side, 6 : 6 + side] = 255
    names = tuple(map(str, range(len(sides))))
    return ImageSet("squares", "train", images, torch.arange(len(sides)), names)


@QUICK
@given(st.integers(0, 999), st.integers(1, 5), st.sampled_from([48, 64, 90]))
def test_shapes_and_types_are_as_promised(seed: int, count: int, side: int) -> None:
    scenes = digit_scenes(DIGITS, count, seed, side=side)
    assert len(scenes) == count == len(scenes.boxes) == len(scenes.labels)
    assert scenes.images.shape == (count, 1, side, side)
    assert scenes.images.dtype == torch.uint8
    assert scenes.masks.shape == (count, side, side)
    assert scenes.masks.dtype == torch.int64
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True):
        assert boxes.dtype == torch.float32
        assert labels.dtype == torch.int64
        assert boxes.shape == (len(labels), 4)
        assert 1 <= len(labels) <= 4
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, 2:] <= side).all()
        assert (boxes[:, :2] < boxes[:, 2:]).all()


@QUICK
@given(st.integers(0, 999))
def test_the_box_of_a_single_digit_encloses_exactly_its_ink(seed: int) -> None:
    scenes = digit_scenes(DIGITS, 20, seed, digits=(1, 1))
    for mask, boxes, labels in zip(scenes.masks, scenes.boxes, scenes.labels, strict=True):
        left, top, right, bottom = masks_to_boxes(mask[None] > 0)[0].tolist()
        assert boxes.tolist() == [[left, top, right + 1, bottom + 1]]
        assert mask.unique().tolist() == [0, 1 + int(labels[0])]


@QUICK
@given(st.integers(0, 999))
def test_of_several_digits_each_has_its_ink_in_its_box_and_none_is_outside(seed: int) -> None:
    scenes = digit_scenes(DIGITS, 20, seed, digits=(2, 5))
    for mask, boxes, labels in zip(scenes.masks, scenes.boxes, scenes.labels, strict=True):
        covered = torch.zeros_like(mask, dtype=torch.bool)
        for box, label in zip(boxes.int().tolist(), labels.tolist(), strict=True):
            left, top, right, bottom = box
            own = mask[top:bottom, left:right] == 1 + label
            for edge in (own[0], own[-1], own[:, 0], own[:, -1]):
                assert edge.any()  # the box is no larger than the ink
            covered[top:bottom, left:right] |= own
        assert torch.equal(covered, mask > 0)


def test_ink_is_where_the_mask_says_and_digits_overlap_little() -> None:
    scenes = digit_scenes(DIGITS, 100, 3, noise=0.0, clutter=0)
    pixels = scenes.images[:, 0] / 255
    assert pixels[scenes.masks > 0].mean() > pixels[scenes.masks == 0].mean() + 0.3
    for boxes in scenes.boxes:
        shared = box_iou(boxes, boxes) - torch.eye(len(boxes))
        assert shared.max() <= MOST + 0.1  # boxes are of whole pixels, places are not


def test_labels_sizes_and_masks_belong_to_the_images_they_were_made_from() -> None:
    sides = [8, 12, 16, 20]
    scenes = digit_scenes(squares(sides), 60, 0, digits=(1, 3), scale=(1.0, 1.0))
    seen = set()
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True):
        lengths = boxes[:, 2:] - boxes[:, :2]
        # At a place between pixels an edge can fall on either side.
        assert (lengths - torch.tensor(sides)[labels, None]).abs().max() <= 1
        seen |= set(labels.tolist())
    assert seen == {0, 1, 2, 3}


def test_the_sizes_of_digits_are_those_that_were_asked_for() -> None:
    scenes = digit_scenes(squares([20]), 200, 0, digits=(1, 1), scale=(0.5, 1.5))
    lengths = torch.cat([boxes[:, 2] - boxes[:, 0] for boxes in scenes.boxes])
    assert 9 <= lengths.min() <= 12
    assert 28 <= lengths.max() <= 31


def same(one: DigitScenes, other: DigitScenes) -> bool:
    pairs: list[tuple[Tensor, Tensor]] = [(one.images, other.images), (one.masks, other.masks)]
    pairs += zip(one.boxes, other.boxes, strict=True)
    pairs += zip(one.labels, other.labels, strict=True)
    return all(torch.equal(left, right) for left, right in pairs)


def test_the_seed_decides_and_the_callers_random_numbers_stay() -> None:
    before = torch.random.get_rng_state()
    first = digit_scenes(DIGITS, 10, 0)
    assert same(first, digit_scenes(DIGITS, 10, 0))
    assert not torch.equal(first.images, digit_scenes(DIGITS, 10, 1).images)
    assert torch.equal(before, torch.random.get_rng_state())


def test_noise_and_strokes_change_what_is_seen_and_nothing_of_what_is_there() -> None:
    plain, full = (digit_scenes(DIGITS, 10, 0, noise=n, clutter=4) for n in (0.0, 0.2))
    assert torch.equal(plain.masks, full.masks)
    assert not torch.equal(plain.images, full.images)
    counts = [(digit_scenes(DIGITS, 30, 0, noise=0, clutter=c).images > 140).sum() for c in (0, 4)]
    assert counts[0] < counts[1]


def test_the_numbers_of_digits_are_those_that_were_asked_for() -> None:
    counts = torch.tensor([len(labels) for labels in digit_scenes(DIGITS, 400, 0).labels])
    assert set(counts.tolist()) == {1, 2, 3, 4}
    assert torch.bincount(counts)[1:].min() > 60
    crowded = digit_scenes(DIGITS, 20, 0, side=40, digits=(9, 9))
    assert all(1 <= len(labels) < 9 for labels in crowded.labels)


def test_more_scenes_than_a_part_holds_are_all_different() -> None:
    scenes = digit_scenes(DIGITS, 501, 0)
    assert len(scenes) == 501 == len(scenes.masks) == len(scenes.boxes)
    assert all(
        not torch.equal(one, other) for one, other in pairwise(scenes.images[248:252].unbind())
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 0}, "at least one scene"),
        ({"digits": (0, 3)}, "least and the largest number"),
        ({"digits": (3, 2)}, "least and the largest number"),
        ({"scale": (0.0, 1.0)}, "least and the largest size"),
        ({"scale": (1.0, 0.5)}, "least and the largest size"),
        ({"noise": -1.0}, "cannot be negative"),
        ({"clutter": -1}, "cannot be negative"),
        ({"side": 36}, "take a larger side, or smaller digits"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        digit_scenes(DIGITS, changes.pop("count", 2), 0, **changes)


def test_colour_images_and_empty_sets_are_refused() -> None:
    colour = ImageSet(
        "colour", "train", torch.zeros(1, 3, 8, 8).byte(), torch.zeros(1).long(), ("a",)
    )
    for data in (colour, DIGITS.subset([])):
        with pytest.raises(ValueError, match="grey images"):
            digit_scenes(data, 1, 0)
