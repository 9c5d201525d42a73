"""Laws of detection: the grid and back, suppression, average precision, pictures of any size."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn
from torchvision.ops import box_iou

from cnnbook.applications.detection import (
    STRIDE,
    ComponentClassifier,
    DetectionNetwork,
    Detections,
    Detector,
    average_precision,
    decode,
    detection_loss,
    encode,
    held_out_scenes,
    matched,
    mistakes,
    pieces,
    training_scenes,
)
from cnnbook.applications.detection.baseline import NOTHING, SIDE
from cnnbook.applications.scenes import digit_scenes
from cnnbook.datasets import load
from cnnbook.photos import PhotographError
from cnnbook.photos.grey import otsu_threshold
from cnnbook.photos.scene import HEIGHT, prepared, typical_height

DIGITS = load("digits", "test")
QUICK = settings(max_examples=20, deadline=None)


def perfect_output(targets: Tensor, sure: float = 20.0) -> Tensor:
    """What a network would give that answers as is due."""
    output = torch.zeros(len(targets), 15, *targets.shape[2:])
    output[:, 0] = sure * (2 * targets[:, 0] - 1)
    output[:, 1:11].scatter_(1, targets[:, 1:2].long(), sure)
    output[:, 11:] = targets[:, 2:]
    return output


@QUICK
@given(st.integers(0, 999), st.sampled_from([48, 64, 80]))
def test_what_is_encoded_is_decoded_to_the_same_boxes(seed: int, side: int) -> None:
    scenes = digit_scenes(DIGITS, 10, seed, side=side)
    found = decode(perfect_output(encode(scenes.boxes, scenes.labels, side)), threshold=0.5)
    for detections, boxes, labels in zip(found, scenes.boxes, scenes.labels, strict=True):
        assert len(detections.boxes) == len(boxes)
        overlap, place = box_iou(detections.boxes, boxes).max(dim=1)
        assert torch.allclose(detections.boxes, boxes[place], atol=1e-3)
        assert overlap.min() > 0.999
        assert torch.equal(detections.labels, labels[place])
        assert sorted(place.tolist()) == list(range(len(boxes)))


def test_a_faulty_answer_is_seen_in_the_boxes() -> None:
    scenes = digit_scenes(DIGITS, 5, 0)
    right = perfect_output(encode(scenes.boxes, scenes.labels, 64))
    for channel in (11, 12, 13, 14):
        wrong = right.clone()
        wrong[:, channel] += 1
        for good, bad in zip(decode(right, 0.5), decode(wrong, 0.5), strict=True):
            # Moved boxes may cover each other, so that fewer are left.
            same = good.boxes.shape == bad.boxes.shape
            assert not (same and torch.allclose(good.boxes, bad.boxes))


def test_the_cells_near_a_centre_answer_for_the_nearest_box() -> None:
    boxes = torch.tensor([[10.0, 10.0, 30.0, 30.0], [14.0, 10.0, 34.0, 30.0]])
    (targets,) = encode([boxes], [torch.tensor([3, 5])], 64)
    answers = {(y, x): int(targets[1, y, x]) for y, x in targets[0].nonzero().tolist()}
    # The centres are (20, 20) and (24, 20); cells have theirs at 2, 6, 10, ...
    assert answers == {(4, 4): 3, (5, 4): 3, (4, 5): 3, (5, 5): 3, (4, 6): 5, (5, 6): 5}


def test_an_empty_scene_has_nothing_to_answer() -> None:
    targets = encode([torch.zeros(0, 4)], [torch.zeros(0).long()], 16)
    assert targets.shape == (1, 6, 4, 4)
    assert not targets.any()
    (found,) = decode(perfect_output(targets), 0.5)
    assert found.boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: encode([], [], 30), "multiple of 4"),
        (lambda: encode([torch.zeros(1, 4)], [torch.zeros(2).long()], 32), "each box needs a"),
        (lambda: decode(torch.zeros(1, 6, 4, 4), 0.5), "15 channels"),
    ],
)
def test_grids_that_do_not_fit_are_refused(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_the_loss_is_least_for_the_right_answer_and_rises_with_each_fault() -> None:
    scenes = digit_scenes(DIGITS, 5, 0)
    targets = encode(scenes.boxes, scenes.labels, 64)
    right = perfect_output(targets)
    least = float(detection_loss(right, targets))
    assert least < 1e-3
    for channel in range(15):
        wrong = right.clone()
        wrong[:, channel] += 40.0
        assert detection_loss(wrong, targets) > least + 0.1, channel


@QUICK
@given(st.integers(4, 40), st.integers(4, 40))
def test_the_network_gives_a_cell_for_each_four_pixels(height: int, width: int) -> None:
    shape = (4 * height, 4 * width)
    with torch.no_grad():
        output = DetectionNetwork((2, 2, 2)).eval()(torch.zeros(1, 1, *shape))
    assert output.shape == (1, 15, height, width)


def test_a_cell_sees_47_pixels_and_no_more() -> None:
    network = DetectionNetwork().eval().double()
    image = torch.rand(1, 1, 128, 128, dtype=torch.float64, requires_grad=True)
    network(image)[0, :, 16, 16].sum().backward()
    assert image.grad is not None
    seen = image.grad[0, 0].abs().sum(dim=0).nonzero()
    assert seen.max() - seen.min() + 1 == 47


def slow_average_precision(
    found: list[Detections], boxes: list[Tensor], labels: list[Tensor], name: int
) -> float:
    """At the 101 recalls, straight from the definition."""
    total = sum(int((each == name).sum()) for each in labels)
    told = []
    for image, detections in enumerate(found):
        for box, score, label in zip(*detections, strict=True):
            if label == name:
                told.append((float(score), image, box))
    told.sort(key=lambda entry: -entry[0])
    taken: set[tuple[int, int]] = set()
    hits = []
    for _, image, box in told:
        own = [
            (float(box_iou(box[None], boxes[image][k : k + 1])), k)
            for k in range(len(boxes[image]))
            if labels[image][k] == name and (image, k) not in taken
        ]
        best = max(own, default=(0.0, -1))
        hits.append(best[0] >= 0.5)
        if hits[-1]:
            taken.add((image, best[1]))
    values = []
    for recall in np.linspace(0, 1, 101):
        reached = [
            sum(hits[: k + 1]) / (k + 1)
            for k in range(len(hits))
            if sum(hits[: k + 1]) / total >= recall - 1e-9
        ]
        values.append(max(reached, default=0.0))
    return float(np.mean(values))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 999))
def test_average_precision_is_that_of_the_definition(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    scenes = digit_scenes(DIGITS, 12, seed)
    found = []
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True):
        moved = boxes.repeat(2, 1) + 5 * torch.randn(2 * len(boxes), 4, generator=random)
        moved = torch.cat([moved[:, :2], torch.maximum(moved[:, 2:], moved[:, :2] + 1)], dim=1)
        names = labels.repeat(2)
        slips = torch.rand(len(names), generator=random) < 0.2
        names = torch.where(slips, (names + 1) % 10, names)
        found.append(Detections(moved, torch.rand(len(names), generator=random), names))
    result = average_precision(found, scenes.boxes, scenes.labels)
    there = set(torch.cat(scenes.labels).tolist())
    for name in range(10):
        if name in there:
            due = slow_average_precision(found, scenes.boxes, scenes.labels, name)
            assert float(result.by_class[name]) == pytest.approx(due, abs=1e-6)
        else:
            assert result.by_class[name].isnan()
    assert result.mean == pytest.approx(float(result.by_class.nanmean()))


def test_average_precision_says_nothing_and_counts_what_was_missed(capsys: Any) -> None:
    box, other = torch.tensor([[0.0, 0, 10, 10]]), torch.tensor([[20.0, 20, 30, 30]])
    labels = torch.tensor([4])
    hit = Detections(box, torch.tensor([0.9]), labels)
    none = Detections(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0).long())
    assert average_precision([hit], [box], [labels]).mean == pytest.approx(1)
    assert average_precision([hit, none], [box, other], [labels] * 2).mean == pytest.approx(
        51 / 101
    )
    assert average_precision([none], [box], [labels]).mean == 0
    renamed = hit._replace(labels=torch.tensor([5]))
    assert average_precision([renamed], [box], [labels]).mean == 0
    assert capsys.readouterr().out == ""
    moved = hit._replace(boxes=box + torch.tensor([1.0, 0, 1, 0]))
    assert average_precision([moved], [box], [labels], 0.75).mean == pytest.approx(1)
    assert average_precision([moved], [box], [labels], 0.9).mean == 0
    with pytest.raises(ValueError, match=r"at most 1, not 1\.5"):
        average_precision([hit], [box], [labels], 1.5)
    with pytest.raises(ValueError, match="detections of 1 images"):
        average_precision([hit], [], [])
    with pytest.raises(ValueError, match="nothing to find"):
        average_precision([none], [torch.zeros(0, 4)], [torch.zeros(0).long()])


def test_mistakes_are_told_apart() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]])
    labels = torch.tensor([1, 2, 3])
    detections = Detections(
        torch.tensor([[0.0, 0, 10, 9], [0, 0, 9, 10], [20, 1, 30, 10], [60, 0, 70, 10]]),
        torch.tensor([0.9, 0.8, 0.7, 0.2]),
        torch.tensor([1, 1, 7, 3]),
    )
    assert matched(detections, boxes).tolist() == [0, -1, 1, -1]
    counts = {"right": 1, "wrong place": 1, "wrong name": 1, "missed": 1}
    assert mistakes([detections], [boxes], [labels]) == counts
    assert mistakes([detections], [boxes], [labels], threshold=0.95) == {"missed": 3}
    assert mistakes([detections], [boxes], [labels], threshold=0.1)["wrong place"] == 2
    empty = torch.zeros(0, 4)
    assert mistakes([detections], [empty], [empty[:, 0].long()]) == {"wrong place": 3}


class Blobs(nn.Module):
    """A stand-in for the trained network: an answer in each cell that is bright in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))  # tells where the network is

    def forward(self, images: Tensor) -> Tensor:
        cells = nn.functional.avg_pool2d(images, STRIDE)
        output = torch.zeros(len(images), 15, *cells.shape[2:])
        around = nn.functional.avg_pool2d(cells, 5, stride=1, padding=2)
        peak = (around == nn.functional.max_pool2d(around, 7, 1, 3)) & (around > 0.45)
        output[:, 0] = torch.where(peak[:, 0], 9.0, -9.0)
        output[:, 8] = 9.0
        output[:, 13:] = float(np.log(20 / 16))
        return output


def blocks(side: int, places: list[tuple[int, int]], paper: int, ink: int, shape: Any) -> Tensor:
    """A picture of full squares, their upper left corners (x, y) given."""
    picture = torch.full(shape, paper, dtype=torch.uint8)
    for x, y in places:
        picture[y : y + side, x : x + side] = ink
    return picture


@pytest.mark.parametrize("side", [12, 20, 67, 200])
@pytest.mark.parametrize(("paper", "ink"), [(220, 40), (30, 240)])
def test_pictures_of_any_size_dark_or_light_give_boxes_in_their_own_pixels(
    side: int, paper: int, ink: int
) -> None:
    places = [(side, side), (3 * side, 2 * side)]
    picture = blocks(side, places, paper, ink, (4 * side + 3, 5 * side + 1))
    found = Detector(Blobs()).detect(picture)
    assert found.labels.tolist() == [7, 7]
    due = torch.tensor([[x, y, x + side, y + side] for x, y in places]).float()
    order = found.boxes[:, 0].argsort()
    assert (found.boxes[order] - due).abs().max() <= 0.2 * side  # a cell is a fifth of a digit
    assert torch.equal(Detector(Blobs()).detect(picture[None]).boxes, found.boxes)


def test_a_file_is_read_and_its_boxes_stay_inside_it(tmp_path: Path) -> None:
    picture = blocks(50, [(0, 10), (151, 101)], 230, 30, (152, 202))
    Image.fromarray(picture.numpy()).convert("RGB").save(tmp_path / "squares.png")
    for path in (tmp_path / "squares.png", str(tmp_path / "squares.png")):
        found = Detector(Blobs()).detect(path)
        assert len(found.boxes) == 2
        assert (found.boxes >= 0).all()
        assert (found.boxes <= torch.tensor([202, 152, 202, 152])).all()


def test_the_height_of_digits_is_guessed_unless_it_is_given() -> None:
    picture = blocks(40, [(40, 40), (120, 60)], 220, 40, (160, 220))
    assert prepared(picture).factor == pytest.approx(HEIGHT / 40)
    assert prepared(picture, digit_height=80).factor == pytest.approx(HEIGHT / 80)
    inked = picture.numpy() < 100
    inked[5:8, 5:8] = True  # a speck does not count
    assert typical_height(inked) == 40


def test_otsus_threshold_parts_as_the_exhaustive_search_does() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        values = np.concatenate([random.normal(0.2, 0.05, 300), random.normal(0.7, 0.1, 60)])
        found = otsu_threshold(values.astype(np.float32))
        cuts = np.linspace(values.min(), values.max(), 400)[1:-1]
        apart = [
            (values <= cut).mean()
            * (values > cut).mean()
            * (values[values > cut].mean() - values[values <= cut].mean()) ** 2
            for cut in cuts
        ]
        best = cuts[int(np.argmax(apart))]
        assert abs((values > found).sum() - (values > best).sum()) <= 3


def uniform(shape: tuple[int, ...], dtype: torch.dtype = torch.uint8) -> Tensor:
    return torch.zeros(shape).to(dtype)


@pytest.mark.parametrize(
    ("picture", "options", "words"),
    [
        (uniform((40, 40), torch.float32), {}, "uint8 numbers from 0 to 255, not torch.float32"),
        (uniform((3, 40, 40)), {}, r"shape \(H, W\) or \(1, H, W\), 8 pixels or more"),
        (uniform((2, 1, 40, 40)), {}, r"not \(2, 1, 40, 40\)"),
        (uniform((4, 40)), {}, "8 pixels or more"),
        (uniform((0, 40)), {}, "8 pixels or more"),
        (np.zeros((40, 40), dtype=np.uint8), {}, "not ndarray"),
        ([[1, 2]], {}, "not list"),
        (uniform((40, 40)), {}, "one grey"),
        (blocks(20, [(5, 5)], 100, 110, (40, 40)), {}, "no ink stands out"),
        (blocks(3, [(5, 5), (20, 20)], 220, 10, (40, 40)), {}, "3 pixels high, too small"),
        (
            blocks(20, [(5, 5)], 220, 10, (500, 500)),
            {"digit_height": 9},
            "cut out the part with the digits",
        ),
        (blocks(20, [(5, 5)], 220, 10, (40, 40)), {"digit_height": 0}, "number of pixels above 0"),
        (blocks(20, [(5, 5)], 220, 10, (40, 40)), {"digit_height": -3}, "pixels above 0"),
        (blocks(20, [(5, 5)], 220, 10, (40, 40)), {"threshold": 1.5}, "between 0 and 1"),
    ],
)
def test_a_picture_that_cannot_be_used_is_refused_in_one_sentence(
    picture: Any, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as error:
        Detector(Blobs()).detect(picture, **options)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    detector = Detector(Blobs())
    (tmp_path / "text.png").write_text("no image")
    Image.new("L", (40, 40), 200).save(tmp_path / "blank.png")
    for name, words in {
        "absent.png": "does not exist",
        "text.png": "not an image of a known format",
        "blank.png": "no ink",
    }.items():
        with pytest.raises(PhotographError, match=words) as error:
            detector.detect(tmp_path / name)
        assert str(error.value).count(name) == 1
    with pytest.raises(PhotographError, match="is a folder"):
        detector.detect(tmp_path)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (uniform((40, 40)), r"shape \(N, 1, H, W\)"),
        (uniform((2, 3, 40, 40)), r"shape \(N, 1, H, W\)"),
        (uniform((2, 1, 40, 40), torch.float32), "uint8"),
        (uniform((2, 1, 42, 40)), "multiples of 4"),
        (uniform((2, 1, 0, 40)), "multiples of 4"),
    ],
)
def test_scenes_of_another_kind_are_refused(images: Tensor, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Detector(Blobs()).detect_all(images)


def test_pieces_are_the_squares_that_stand_out_from_a_slope_of_light() -> None:
    image = torch.linspace(20, 90, 64).expand(64, 64).clone()
    image[10:30, 8:20], image[40:60, 40:60] = 230, 230
    boxes, cuts = pieces(image.to(torch.uint8)[None])
    assert (boxes - torch.tensor([[8.0, 10, 20, 30], [40, 40, 60, 60]])).abs().max() <= 1
    assert cuts.shape == (2, SIDE * SIDE)
    narrow, square = cuts.reshape(2, SIDE, SIDE)
    assert square.min() > 0.3
    assert not narrow[:, :3].any()
    assert narrow[10, 10] > 0.8


def test_a_reader_names_pieces_by_the_nearest_and_drops_what_is_no_digit() -> None:
    scenes = digit_scenes(DIGITS, 8, 0, digits=(2, 2), noise=0.0, clutter=0)
    found = [pieces(image) for image in scenes.images]
    known = torch.cat([cuts for _, cuts in found])
    labels = torch.arange(len(known)) % 10
    labels[0] = NOTHING
    named = ComponentClassifier(known, labels).name_all(found)
    sure = torch.cat([each.labels[each.scores > 0.999] for each in named])
    assert sorted(sure.tolist()) == sorted(labels[1:].tolist())
    assert all((each.scores.diff() <= 0).all() for each in named)
    nothing = torch.full((1, 1, 64, 64), 9, dtype=torch.uint8)
    assert len(ComponentClassifier(known, labels).detect_all(nothing)[0].boxes) == 0


def test_scenes_for_training_and_for_judging_come_from_their_own_images() -> None:
    train, held_out = training_scenes(0, "digits"), held_out_scenes(7, "digits")
    assert len(train) == 2 * len(load("digits", "train"))
    assert len(held_out) == 7
    assert torch.equal(held_out.images, held_out_scenes(7, "digits").images)
