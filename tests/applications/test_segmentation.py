"""Laws of segmentation: overlaps agree with scikit-learn's, and maps have the picture's size."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from sklearn.metrics import f1_score, jaccard_score
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook.applications import segmentation
from cnnbook.applications.scenes import digit_scenes
from cnnbook.applications.segmentation import Segmenter
from cnnbook.applications.segmentation.baseline import PieceSegmenter, _known, pieces
from cnnbook.applications.segmentation.predict import _scaled_argmax
from cnnbook.datasets import load
from cnnbook.experiments import segmentation as study
from cnnbook.models.unet import UNet
from cnnbook.photos import PhotographError

maps = st.tuples(st.integers(0, 999), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))


def random_maps(seed: int, *shape: int, classes: int = 11) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    true = torch.randint(classes, shape, generator=random)
    wrong = torch.rand(shape, generator=random) < 0.3
    other = torch.randint(classes, shape, generator=random)
    return torch.where(wrong, other, true), true


class ByBrightness(nn.Module):
    """In place of a trained network: class 3 for what is light, the ground for the rest."""

    multiple = 8

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, images: Tensor) -> Tensor:
        assert not any(side % 8 for side in images.shape[2:])
        scores = torch.full((len(images), 11, *images.shape[2:]), -10.0)
        scores[:, 0], scores[:, 3] = 0.5 - images[:, 0], images[:, 0] - 0.5
        return scores


def by_brightness() -> Segmenter:
    return Segmenter(ByBrightness())  # type: ignore[arg-type]


# Overlaps.


@settings(max_examples=40, deadline=None)
@given(maps, st.integers(2, 11))
def test_overlaps_agree_with_scikit_learns(drawn: tuple[int, int, int, int], classes: int) -> None:
    predicted, true = random_maps(*drawn, classes=classes)
    flat = (true.flatten().numpy(), predicted.flatten().numpy())
    held = np.unique(np.concatenate(flat))
    iou = segmentation.iou_by_class(predicted, true, classes)
    dice = segmentation.dice_by_class(predicted, true, classes)
    assert np.allclose(iou[held], jaccard_score(*flat, labels=held, average=None, zero_division=0))
    assert np.allclose(dice[held], f1_score(*flat, labels=held, average=None, zero_division=0))
    assert torch.allclose(dice, 2 * iou / (1 + iou), equal_nan=True)
    missing = [number for number in range(classes) if number not in held]
    assert iou[missing].isnan().all()
    assert segmentation.mean_iou(predicted, true, classes) == pytest.approx(float(iou[held].mean()))


def test_a_map_is_equal_to_itself_and_an_exchange_changes_nothing() -> None:
    predicted, true = random_maps(3, 2, 8, 8)
    assert segmentation.mean_iou(true, true) == 1
    forth = segmentation.iou_by_class(predicted, true)
    assert torch.equal(forth, segmentation.iou_by_class(true, predicted))


@settings(max_examples=25, deadline=None)
@given(maps, st.integers(1, 4))
def test_mistakes_lie_where_a_search_over_all_pixels_puts_them(
    drawn: tuple[int, int, int, int], farthest: int
) -> None:
    predicted, true = random_maps(*drawn, classes=3)
    true[:, :, 1:] = true[:, :, :1]  # some far from any outline
    wrong, every = torch.zeros(farthest + 1).long(), torch.zeros(farthest + 1).long()
    for number, row, column in np.ndindex(*true.shape):
        other = (true[number] != true[number, row, column]).nonzero()
        steps = (other - torch.tensor([row, column])).abs().amax(dim=1).tolist()
        place = min([*steps, farthest + 1]) - 1
        every[place] += 1
        wrong[place] += int(predicted[number, row, column] != true[number, row, column])
    found = segmentation.mistakes_by_distance(predicted, true, farthest)
    assert torch.equal(found[0], wrong)
    assert torch.equal(found[1], every)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: segmentation.iou_by_class(torch.ones(2).long(), torch.ones(3).long()),
            "one shape",
        ),
        (lambda: segmentation.iou_by_class(torch.tensor([11]), torch.tensor([0])), "is 11"),
        (lambda: segmentation.mean_iou(torch.ones(0).long(), torch.ones(0).long()), "no predict"),
        (
            lambda: segmentation.mistakes_by_distance(torch.ones(2, 2), torch.ones(2, 2)),
            r"shape \(N, H, W\)",
        ),
        (
            lambda: segmentation.mistakes_by_distance(torch.ones(1, 2, 2), torch.ones(1, 2, 2), 0),
            "1 or more",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# The loss.


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.floats(0.1, 2))
def test_the_loss_is_the_three_cross_entropies(seed: int, weight: float) -> None:
    random = torch.Generator().manual_seed(seed)
    scores = torch.randn(2, 11, 5, 4, generator=random)
    below = torch.randn(2, 10, 5, 4, generator=random)
    masks = torch.randint(11, (2, 5, 4), generator=random)
    masks[0, 0, 0] = 7
    digits = torch.where(masks > 0, masks - 1, -100)
    one = F.cross_entropy(scores, masks)
    two = one + weight * F.cross_entropy(scores[:, 1:], digits)
    three = two + weight * F.cross_entropy(below, digits)
    small = masks.to(torch.uint8)
    assert torch.allclose(segmentation.segmentation_loss(scores, small, weight=0), one)
    assert torch.allclose(segmentation.segmentation_loss(scores, small, weight=weight), two)
    found = segmentation.segmentation_loss(scores, small, below, weight=weight)
    assert torch.allclose(found, three, atol=1e-5)


def test_without_ink_the_other_terms_are_nothing() -> None:
    scores, masks = torch.randn(1, 11, 3, 3), torch.zeros(1, 3, 3)
    loss = segmentation.segmentation_loss(scores, masks, torch.randn(1, 10, 3, 3))
    assert torch.isfinite(loss)
    assert loss == segmentation.segmentation_loss(scores, masks, weight=0)


def test_a_network_that_is_asked_below_gives_its_scores_and_those_of_its_lowest_maps() -> None:
    torch.manual_seed(0)
    network = UNet(classes=11, widths=(16, 32, 48, 64)).eval()
    asked = segmentation.AskedBelow(network).eval()
    images = torch.rand(2, 1, 16, 24)
    both = asked(images)
    assert both.shape == (2, 21, 16, 24)
    assert torch.equal(both[:, :11], network(images))
    places = both[:, 11:, ::8, ::8]
    repeated = places.repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    assert torch.equal(both[:, 11:], repeated)
    both[:, 11:].sum().backward()
    learning = {
        name.split(".")[0]
        for name, weights in network.named_parameters()
        if weights.grad is not None and weights.grad.any()
    }
    assert learning == {"down"}
    assert not network.down[-1]._forward_hooks


def test_a_loss_of_four_terms_is_refused() -> None:
    with pytest.raises(ValueError, match="1, 2 or 3, not 4"):
        segmentation.trained_network(terms=4)


# Scenes.


def test_scenes_are_the_same_each_time_and_share_no_digit_image() -> None:
    images, masks = segmentation.training_scenes(0, "digits", 40)
    assert images.dtype == masks.dtype == torch.uint8
    assert images.shape == (40, 1, 64, 64)
    assert masks.shape == (40, 64, 64)
    again, _ = segmentation.training_scenes(0, "digits", 40)
    other, _ = segmentation.training_scenes(1, "digits", 40)
    assert torch.equal(images, again)
    assert not torch.equal(images, other)
    held = segmentation.held_out_scenes(8, "digits")
    assert torch.equal(held.masks, segmentation.held_out_scenes(8, "digits").masks)
    assert int(held.masks.max()) <= 10
    parts = segmentation.training._parted(load("digits"))
    assert sum(map(len, parts)) == len(load("digits"))
    assert min(map(len, parts)) > 0


# Sizes.


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 40), st.integers(1, 40))
def test_class_maps_of_scenes_have_their_size_whatever_it_is(
    count: int, height: int, width: int
) -> None:
    random = torch.Generator().manual_seed(height)
    images = torch.randint(256, (count, 1, height, width), generator=random).byte()
    assert torch.equal(by_brightness().segment_all(images), 3 * (images[:, 0] > 127).long())
    network = Segmenter(UNet(classes=11, widths=(2, 2, 2, 2)))
    assert network.segment_all(images).shape == (count, height, width)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(40, 200), st.integers(40, 200), st.integers(20, 34), st.booleans(), st.booleans()
)
def test_a_picture_comes_back_in_its_size_with_the_ink_where_it_was(
    height: int, width: int, tall: int, dark: bool, tilted: bool
) -> None:
    ink = torch.zeros(height, width, dtype=torch.bool)
    ink[4 : 4 + tall, 5:9], ink[4:8, 5:20] = True, True
    picture = torch.where(ink, 30, 220) if dark else torch.where(ink, 220, 30)
    if tilted:
        picture = picture + torch.linspace(-15, 15, width)
    found = by_brightness().segment(picture.round().to(torch.uint8))
    assert found.shape == (height, width)
    assert found.dtype == torch.int64
    assert float(segmentation.iou_by_class(found, 3 * ink.long())[3]) > 0.75


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.integers(1, 30), st.integers(1, 30))
def test_class_by_class_the_largest_scaled_score_wins(seed: int, height: int, width: int) -> None:
    scores = torch.randn(5, 7, 6, generator=torch.Generator().manual_seed(seed))
    size = (height, width)
    whole = F.interpolate(scores[None], size, mode="bilinear", antialias=True)[0]
    assert torch.equal(_scaled_argmax(scores, size), whole.argmax(dim=0))


# Pictures of one's own.


def drawn(mode: str = "L", ink: Any = 20, paper: Any = 235) -> Image.Image:
    picture = Image.new(mode, (150, 90), paper)
    pen = ImageDraw.Draw(picture)
    pen.line([(40, 20), (40, 60)], fill=ink, width=6)
    pen.line([(90, 20), (120, 20), (100, 60)], fill=ink, width=6)
    return picture


@pytest.mark.parametrize(
    ("mode", "ink", "paper"),
    [
        ("L", 20, 235),
        ("L", 235, 20),
        ("RGB", (20, 30, 90), (240, 235, 220)),
        ("RGBA", (0, 0, 0, 255), (0, 0, 0, 0)),
        ("1", 0, 1),
    ],
)
def test_a_picture_of_any_mode_is_segmented(
    tmp_path: Path, mode: str, ink: Any, paper: Any
) -> None:
    drawn(mode, ink, paper).save(tmp_path / "own.png")
    ink_pixels = torch.from_numpy(np.array(drawn())) < 128
    found = by_brightness().segment(tmp_path / "own.png")
    assert found.shape == (90, 150)
    assert float(segmentation.iou_by_class(found, 3 * ink_pixels.long())[3]) > 0.7
    assert torch.equal(found, by_brightness().segment(str(tmp_path / "own.png")))


def test_files_that_are_no_picture_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no picture")
    (tmp_path / "nothing.png").touch()
    Image.new("L", (60, 60), 200).save(tmp_path / "blank.png")
    Image.new("L", (5, 5), 200).save(tmp_path / "tiny.png")
    for name, words in {
        "missing.png": "does not exist",
        "words.png": "not an image",
        "nothing.png": "is empty",
        "blank.png": "one grey",
        ".": "is a folder",
    }.items():
        with pytest.raises(PhotographError, match=words) as caught:
            by_brightness().segment(tmp_path / name)
        assert str(tmp_path) in str(caught.value)
    with pytest.raises(ValueError, match="8 pixels or more"):
        by_brightness().segment(tmp_path / "tiny.png")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: by_brightness().segment(torch.rand(30, 30)), "uint8"),
        (lambda: by_brightness().segment(torch.zeros(3, 30, 30).byte()), "is grey"),
        (lambda: by_brightness().segment([[1]]), "file's name or a uint8 tensor"),  # type: ignore[arg-type]
        (lambda: by_brightness().segment(torch.zeros(30, 30).byte(), digit_height=0), "above 0"),
        (lambda: by_brightness().segment_all(torch.zeros(1, 3, 8, 8).byte()), r"\(N, 1, H, W\)"),
        (lambda: by_brightness().segment_all(torch.rand(1, 1, 8, 8)), "uint8"),
        (lambda: by_brightness().segment_all(torch.zeros(0, 1, 8, 8).byte()), "no pixels"),
    ],
)
def test_tensors_that_are_no_picture_are_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# Without a network.


def test_pieces_number_the_ink_and_the_ground_is_nothing() -> None:
    image = torch.zeros(1, 40, 40, dtype=torch.uint8)
    image[0, 5:25, 5:9], image[0, 30:34, 20:36] = 220, 180
    numbers, rim, cuts = pieces(image)
    ink = image[0] > 0
    assert cuts.shape == (2, 400)
    assert float(((numbers > 0) & ink).sum() / ((numbers > 0) | ink).sum()) > 0.7
    assert bool((numbers[5:25, 5:9] == 1).all())
    assert not (rim & (numbers > 0)).any()
    assert len(pieces(torch.zeros(1, 16, 16, dtype=torch.uint8)).cuts) == 0


def test_a_piece_is_widened_by_its_less_bright_rim_and_by_nothing_else() -> None:
    image = torch.zeros(1, 60, 60, dtype=torch.uint8)  # most of a row or column is ground
    image[0, 9:31, 9:15], image[0, 10:30, 10:14], image[0, 20, 30] = 110, 250, 110
    found = pieces(image)
    seen = PieceSegmenter(found.cuts.repeat(5, 1), torch.full((5,), 4)).segment_all(image[None])[0]
    core = found.numbers > 0
    assert found.rim.any()
    assert torch.equal(seen == 4, core | found.rim)
    assert set(seen.unique().tolist()) == {0, 4}  # type: ignore[no-untyped-call]
    assert seen[20, 30] == 0


def test_known_pieces_are_found_again() -> None:
    scenes = digit_scenes(load("digits"), 30, 1, noise=0.02, clutter=0, digits=(1, 2))
    known = _known(scenes)
    segmenter = PieceSegmenter(known["cuts"].float() / 255, known["classes"])
    found = segmenter.segment_all(scenes.images)
    assert found.shape == scenes.masks.shape
    assert segmentation.mean_iou(found, scenes.masks) > 0.5
    empty = segmenter.segment_all(torch.zeros(2, 1, 16, 16, dtype=torch.uint8))
    assert not empty.any()


@pytest.mark.slow
def test_a_study_trains_each_variant_and_measures_it() -> None:
    scenes = digit_scenes(load("digits", "test"), 4, seed=1)
    for variant in ("without skips", "all pixels"):
        network = study.trained_variant(variant, 0, data="digits", scenes=16)
        assert network.skips == (variant != "without skips")
        found = study.measured(Segmenter(network), scenes.images, scenes.masks)
        assert set(found) == {"mean_iou", "ink_iou", "named"}
        assert all(0 <= value <= 1 for value in found.values() if value == value)
    found = study.judged(Segmenter(network), scenes.images, scenes.masks)
    assert set(found) == {"accuracy", "mean_iou", "digits_alone", "at_outline"}
    assert all(0 <= value <= 1 for value in found.values())


def test_the_results_that_the_book_shows_are_those_of_the_study() -> None:
    path = Path(__file__).parents[2] / "book" / "results" / "segmentation.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [(run["variant"], run["seed"]) for run in content["runs"]] == list(study.RUNS)
    assert content["about"]["scenes"] == study.SCENES
    assert [run["seed"] for run in content["chapter"]] == list(range(study.SEEDS))
