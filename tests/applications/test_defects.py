"""Laws of defects: masks mark what differs, and strips are pasted where they are said."""

import pytest
import torch
from torch.nn import functional as F

from cnnbook.applications import defects
from cnnbook.applications.defects import (
    KINDS,
    MahalanobisScorer,
    local_statistics,
    make_cloth,
    paste,
)
from cnnbook.applications.defects.training import DefectUNet
from cnnbook.cache.store import NotCached


def test_good_pieces_have_no_defect_and_a_seed_repeats_them() -> None:
    torch.manual_seed(0)
    first = make_cloth(8, seed=4)
    drawn = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))
    assert len(first) == 8
    assert first.images.shape == (8, 1, 64, 64)
    assert first.images.dtype == torch.uint8
    assert not first.masks.any()
    assert torch.equal(first.images, make_cloth(8, seed=4).images)
    assert not torch.equal(first.images, make_cloth(8, seed=5).images)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mask_marks_a_small_part_in_every_defective_piece(kind: str) -> None:
    masks = make_cloth(60, kind, seed=1).masks
    sizes = masks.flatten(1).sum(dim=1)
    assert sizes.min() >= 4
    assert sizes.max() < 64 * 64 / 8


@pytest.mark.parametrize(("kind", "sign"), [("hole", -1), ("stain", -1), ("scratch", 1)])
def test_what_is_marked_is_darker_or_brighter_than_the_rest(kind: str, sign: int) -> None:
    pieces = make_cloth(80, kind, seed=2)
    pixels, masks = pieces.images[:, 0].float(), pieces.masks
    inside = torch.stack([each[mask].mean() for each, mask in zip(pixels, masks, strict=True)])
    outside = torch.stack([each[~mask].mean() for each, mask in zip(pixels, masks, strict=True)])
    assert (sign * (inside - outside)).mean() > 8


def test_a_missing_thread_is_one_thread_wide_and_upright() -> None:
    masks = make_cloth(40, "missing thread", seed=3).masks
    wide = masks.any(dim=1).sum(dim=1)
    high = masks.any(dim=2).sum(dim=1)
    assert wide.max() <= 10
    assert high.min() >= 10
    # In the middle of it every row has one thread's width.
    assert 4 <= masks.sum(dim=2).amax(dim=1).float().mean() <= 8


def test_the_weave_repeats_after_two_threads_and_not_after_one() -> None:
    pixels = make_cloth(30, seed=0).images[:, 0].float()
    pixels = pixels - pixels.mean(dim=(1, 2), keepdim=True)

    def likeness(shift: int) -> float:
        return float((pixels[..., shift:] * pixels[..., : 64 - shift]).mean())

    assert likeness(12) > likeness(6)


def test_statistics_are_those_of_the_window_compared_with_the_piece() -> None:
    images = torch.randint(0, 256, (3, 1, 16, 16), generator=torch.Generator().manual_seed(0))
    images = images.byte()
    maps = local_statistics(images, (5,))
    assert maps.shape == (3, 4, 16, 16)
    assert maps.mean(dim=(2, 3)).abs().max() < 1e-5
    window = images[1, 0, 4:9, 6:11] / 255
    other = images[1, 0, 5:10, 6:11] / 255
    assert torch.allclose(
        maps[1, 0, 6, 8] - maps[1, 0, 7, 8], window.mean() - other.mean(), atol=1e-5
    )
    spreads = window.std(unbiased=False) - other.std(unbiased=False)
    assert torch.allclose(maps[1, 1, 6, 8] - maps[1, 1, 7, 8], spreads, atol=1e-5)


def test_the_distance_is_that_of_a_slow_reference() -> None:
    good = torch.randn(5, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    good[:, 2] = 0.5 * good[:, 0] + 0.1 * good[:, 2]
    normal = MahalanobisScorer(good)
    found = normal.distance(good[:2, :, :2, :2])
    places = good.permute(0, 2, 3, 1).reshape(-1, 3).double()
    inverse = torch.linalg.inv(torch.cov(places.T))
    for n in range(2):
        for i in range(2):
            away = good[n, :, i, 1].double() - places.mean(dim=0)
            assert float(found[n, i, 1]) == pytest.approx(
                float((away @ inverse @ away).sqrt()), 0.02
            )


def test_distances_do_not_depend_on_the_units_of_a_channel() -> None:
    good = torch.randn(6, 2, 8, 8, generator=torch.Generator().manual_seed(1))
    scaled = good * torch.tensor([1.0, 3.0])[:, None, None]
    assert torch.allclose(
        MahalanobisScorer(good).distance(good),
        MahalanobisScorer(scaled).distance(scaled),
        atol=0.02,
    )


def test_pasting_changes_nothing_outside_the_strip() -> None:
    images = make_cloth(16, seed=0).images
    damaged, where = paste(images, torch.Generator().manual_seed(0))
    outside = where == 0
    assert torch.equal(damaged[outside], (images / 255)[outside])
    assert (damaged != images / 255)[~outside].float().mean() > 0.9
    assert damaged.max() <= 1
    assert 0.002 < where.mean() < 0.1
    again, same = paste(images, torch.Generator().manual_seed(0))
    assert torch.equal(again, damaged)
    assert torch.equal(same, where)


def test_the_inspector_answers_at_each_pixel_and_moves_with_the_cloth() -> None:
    torch.manual_seed(0)
    model = DefectUNet().eval()
    image = torch.rand(1, 1, 64, 64)
    answer = model(image)
    assert answer.shape == image.shape
    moved = model(image.roll(8, dims=3))
    seen = slice(32, 40)  # far enough from both borders, and from the seam
    assert torch.allclose(moved[..., seen], answer.roll(8, dims=3)[..., seen], atol=1e-4)
    assert model(F.pad(image, (0, 4, 0, 0))).shape == (1, 1, 64, 68)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="no defect 'knot'; there are hole, stain"):
        make_cloth(1, "knot", seed=0)
    with pytest.raises(ValueError, match="odd sides"):
        local_statistics(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), (4,))
    with pytest.raises(ValueError, match=r"more places than channels.*\(1, 9, 2, 2\)"):
        MahalanobisScorer(torch.zeros(1, 9, 2, 2))
    with pytest.raises(ValueError, match="two pieces or more"):
        paste(torch.zeros(1, 1, 64, 64), torch.Generator())
    with pytest.raises(ValueError, match="multiples of 4"):
        DefectUNet()(torch.zeros(1, 1, 62, 64))
    with pytest.raises(ValueError, match="kinds are some of hole"):
        defects.trained_on_defects(["knot"])


def test_nothing_is_trained_where_nothing_may_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    with pytest.raises(NotCached, match="seed=1"):
        defects.trained_inspector(1)
    with pytest.raises(NotCached, match="scratch"):
        defects.trained_on_defects(["scratch"])
