"""Laws of the made landscape, of its tiles, of the symmetries and of what is measured."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.colors import LightSource
from sklearn.metrics import jaccard_score
from torch import nn

from cnnbook.applications import aerial
from cnnbook.applications.aerial import data, symmetries, training
from cnnbook.cache.store import NotCached
from cnnbook.experiments import aerial as study
from cnnbook.metrics.segmentation import mask_iou


def test_the_light_is_matplotlibs() -> None:
    heights = aerial.relief(1)
    for sun in (315, 135, 20):
        ours = aerial.shaded(heights, sun, steepness=0.01)
        theirs = LightSource(azdeg=sun, altdeg=45).hillshade(heights, vert_exag=0.01)
        assert np.corrcoef(ours.flat, theirs.flat)[0, 1] > 0.9999


def test_a_map_is_decided_by_its_seed_and_the_sun_changes_no_house() -> None:
    land, evening, other = (aerial.made_map(*which) for which in ((0,), (0, 135.0), (1,)))
    assert land.picture.dtype == torch.uint8
    assert land.picture.shape[1:] == land.houses.shape
    assert torch.equal(land.houses, evening.houses)
    assert not torch.equal(land.picture, evening.picture)
    assert not torch.equal(land.houses, other.houses)
    assert int(land.houses.max()) > 500


def test_shadows_fall_away_from_the_sun() -> None:
    land, evening = aerial.made_map(), aerial.made_map(0, 135.0)
    houses = land.houses > 0
    for area, away in ((land, 1), (evening, -1)):
        bright = area.picture.float().mean(dim=0)
        beside = houses.roll((4 * away, 4 * away), dims=(0, 1)) & ~houses
        opposite = houses.roll((-4 * away, -4 * away), dims=(0, 1)) & ~houses
        assert bright[beside].mean() < bright[opposite].mean() - 10


def test_houses_do_not_overlap_and_each_is_one_piece() -> None:
    numbers = aerial.made_map().houses
    sizes = torch.bincount(numbers.flatten())[1:]
    assert sizes.min() > 20
    assert sizes.max() < 300


def test_tiles_are_the_map_and_training_and_test_lie_apart() -> None:
    area = aerial.made_map()
    whole = aerial.cut(area)
    columns = area.picture.shape[2] // 64
    assert torch.equal(whole.images[columns + 2], area.picture[:, 64:128, 128:192])
    assert torch.equal(whole.houses[columns + 2], area.houses[64:128, 128:192])
    train, test = aerial.split_tiles(area)
    known = set(train.houses.flatten().tolist())
    assert known & set(test.houses.flatten().tolist()) == {0}


def test_a_mixed_split_has_as_many_tiles_and_shares_houses() -> None:
    area = aerial.made_map()
    apart, mixed = aerial.split_tiles(area), aerial.split_tiles(area, "mixed", seed=3)
    assert [len(part) for part in apart] == [len(part) for part in mixed]
    seen = [set(part.houses.flatten().tolist()) for part in mixed]
    assert len(seen[0] & seen[1]) > 10
    again = aerial.split_tiles(area, "mixed", seed=3)[0]
    assert again.digest == mixed[0].digest != apart[0].digest


def test_an_unknown_split_and_a_narrow_map_are_refused() -> None:
    narrow = aerial.AerialMap(
        torch.zeros(3, 64, 128, dtype=torch.uint8), torch.zeros(64, 128, dtype=torch.int32)
    )
    with pytest.raises(ValueError, match="apart, mixed"):
        aerial.split_tiles(narrow, "random")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2 columns of tiles; 13"):
        aerial.split_tiles(narrow)


def test_the_eight_ways_are_different_and_can_be_undone() -> None:
    image = torch.randn(2, 3, 5, 5)
    ways = [aerial.dihedral(image, way) for way in range(8)]
    assert all(torch.equal(aerial.undo(way, k), image) for k, way in enumerate(ways))
    assert len({tuple(way.flatten().tolist()) for way in ways}) == 8


def test_a_batch_is_laid_together_with_its_masks() -> None:
    images = torch.rand(20, 1, 6, 6)
    laid_images, masks = symmetries.random_ways(
        (images, images > 0.5), torch.Generator().manual_seed(0)
    )
    assert torch.equal(laid_images > 0.5, masks)
    assert not torch.equal(laid_images, images)
    (as_they_lie,) = symmetries.random_ways((images,), torch.Generator().manual_seed(0), (0,))
    assert torch.equal(as_they_lie, images)


def test_the_mean_of_eight_ways_does_not_care_how_the_image_lies() -> None:
    torch.manual_seed(0)
    network = nn.Conv2d(3, 1, 3, padding=1)
    image = torch.rand(1, 3, 8, 8)
    for way in range(8):
        turned = aerial.probabilities(network, aerial.dihedral(image, way), ways=range(8))
        straight = aerial.probabilities(network, image, ways=range(8))
        assert torch.allclose(aerial.undo(turned, way), straight, atol=1e-6)
    with pytest.raises(ValueError, match=r"0 to 7, not \(8,\)"):
        aerial.probabilities(network, image, ways=(8,))


def test_the_seventh_way_swaps_rows_and_columns_and_leaves_the_sun_in_its_place() -> None:
    image = torch.rand(3, 6, 6)
    assert torch.equal(aerial.dihedral(image, 7), image.transpose(1, 2))
    right, down = data.sunlight(315)
    assert right == pytest.approx(down)


def test_iou_is_jaccards_index() -> None:
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        marked, masks = torch.rand(2, 3, 8, 8, generator=generator) > 0.6
        theirs = jaccard_score(masks.flatten(), marked.flatten())
        assert mask_iou(marked, masks) == pytest.approx(theirs)
    nothing = torch.zeros(2, 2)
    assert mask_iou(nothing, nothing) == 1
    with pytest.raises(ValueError, match="do not fit"):
        mask_iou(torch.zeros(2, 2), torch.zeros(2, 3))


def test_finds_are_counted_by_house() -> None:
    houses = torch.zeros(2, 20, 20, dtype=torch.int32)
    houses[0, 2:7, 2:7] = 5
    houses[0, 12:17, 2:7] = 6
    houses[1, 0:5, 0:5] = 6  # the same house in the next tile is one to be found there, too
    marked = houses > 0
    assert aerial.found_houses(marked, houses) == (3, 0, 0)
    badly = marked.clone()
    badly[0, 2:7, 4:7] = False  # 10 of 25 pixels are left
    assert aerial.found_houses(badly, houses) == (2, 0, 1) if training.LEAST > 10 else (2, 1, 1)
    beside = marked.clone()
    beside[1, 10:15, 10:15] = True
    assert aerial.found_houses(beside, houses) == (3, 1, 0)
    joined = marked.clone()
    joined[0, 2:17, 3] = True  # a bridge makes one mark of two houses
    assert aerial.found_houses(joined, houses) == (1, 1, 2)


def test_specks_do_not_count() -> None:
    houses = torch.zeros(1, 10, 10, dtype=torch.int32)
    houses[0, 0, 0] = 1
    assert aerial.found_houses(houses > 0, houses) == (0, 0, 0)
    assert aerial.found_houses(houses > 0, houses).f1 == 1
    assert aerial.found_houses(houses > 0, houses, least=1) == (1, 0, 0)
    with pytest.raises(ValueError, match=r"\(N, H, W\)"):
        aerial.found_houses(houses[0] > 0, houses[0])


def test_local_statistics_are_those_of_the_window() -> None:
    images = torch.randint(0, 256, (1, 3, 16, 16), dtype=torch.uint8)
    known = aerial.local_statistics(images).reshape(16, 16, 16)
    window = images[0, :, 3:8, 6:11].float() / 255
    assert torch.allclose(known[5, 8, :3], images[0, :, 5, 8] / 255)
    assert torch.allclose(known[5, 8, 4:7], window.mean(dim=(1, 2)), atol=1e-5)
    deviation = window.flatten(1).std(dim=1, correction=0)
    assert torch.allclose(known[5, 8, 7:10], deviation, atol=1e-3)


def test_nothing_is_trained_where_that_is_not_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    with pytest.raises(NotCached, match="aerial-unet"):
        aerial.trained_network(0)
    train, test = aerial.split_tiles(aerial.made_map())
    with pytest.raises(NotCached, match="aerial-pixels"):
        aerial.pixel_marks(train, test)


def test_a_network_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)
    trained: list[int] = []

    def quickly(train: aerial.Tiles, seed: int, ways: object, epochs: int) -> nn.Module:
        trained.append(seed)
        return training._network(seed)

    monkeypatch.setattr(training, "_fitted", quickly)
    first, again = aerial.trained_network(4), aerial.trained_network(4)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(first(image), again(image))
    assert trained == [4]
    assert not first.training
    with pytest.raises(ValueError, match="0 to 7"):
        aerial.trained_network(4, ways=())


def test_the_study_writes_each_run_under_each_sun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, tuple[int, ...], int]] = []

    def network(seed: int, *, ways: tuple[int, ...], epochs: int) -> nn.Module:
        asked.append((seed, ways, epochs))
        return nn.Conv2d(3, 1, 1)

    monkeypatch.setattr(study, "trained_network", network)
    study.main([str(tmp_path / "ways.json"), "--epochs", "1"])
    written = json.loads((tmp_path / "ways.json").read_text())
    assert len(asked) == 9
    assert len(written["runs"]) == 18
    assert {run["sun"] for run in written["runs"]} == {"north-west", "south-east"}


def test_the_results_that_the_book_shows_are_those_of_the_study() -> None:
    path = Path(__file__).parents[2] / "book/results/aerial-ways.json"
    runs = json.loads(path.read_text())["runs"]
    there = [(run["arm"], run["epochs"], run["seed"], run["sun"]) for run in runs]
    planned = itertools.product(study.ARMS, study.LENGTHS, study.SEEDS, study.SUNS)
    assert sorted(there) == sorted(planned)
