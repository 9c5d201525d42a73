"""Laws of medical: regions apart, lesions as asked for, the same seed the same views."""

import numpy as np
import pytest
import torch
from torch import Tensor

from cnnbook.applications import medical
from cnnbook.applications.medical import blurred, data, make_views, spot_responses
from cnnbook.cache.store import NotCached


def test_the_slice_is_read_in_the_order_in_which_its_bytes_were_written() -> None:
    picture = medical.head_slice()
    steps = (picture[1:] - picture[:-1]).abs().mean()
    assert steps < 0.05  # a picture is smooth; with its bytes exchanged it is not between 0 and 1
    assert 0 == picture.min() < picture.max() < 1
    picture.zero_()
    assert medical.head_slice().max() > 0


@pytest.mark.parametrize("region", data.REGIONS)
def test_views_read_no_pixel_outside_their_region(region: str) -> None:
    (top, bottom), (left, right) = data.REGIONS[region]
    generator = torch.Generator().manual_seed(0)
    places = data.centres(region)
    extremes = torch.cat([places[places.argmin(dim=0)], places[places.argmax(dim=0)]])
    rows, columns = data.coordinates(extremes.repeat(200, 1), generator)
    assert top <= rows.min()
    assert rows.max() <= bottom
    assert left <= columns.min()
    assert columns.max() <= right


def test_the_regions_share_no_pixel() -> None:
    (_, (_, front)), (_, (back, _)) = data.REGIONS["front"], data.REGIONS["back"]
    assert front < back


def test_painting_over_the_other_region_changes_no_view(monkeypatch: pytest.MonkeyPatch) -> None:
    before = make_views(60, "front", share=0.5, seed=3)
    data._tissue()  # found on the slice as it is
    painted = medical.head_slice()
    painted[:, 112:] = 1
    monkeypatch.setattr(data, "_slice", lambda: painted)
    after = make_views(60, "front", share=0.5, seed=3)
    assert torch.equal(before.images, after.images)


@pytest.mark.parametrize(("count", "share"), [(50, 0.08), (33, 0.5), (10, 0.0), (10, 1.0)])
def test_the_share_with_a_lesion_is_the_one_asked_for(count: int, share: float) -> None:
    made = make_views(count, "back", share=share, seed=1, contrast=(0.1, 0.2))
    assert int(made.lesion.sum()) == round(share * count)
    assert len(made) == count
    assert torch.equal(made.contrast > 0, made.lesion)
    assert torch.equal(made.place[:, 0] >= 0, made.lesion)
    added = made.contrast[made.lesion]
    assert ((added >= 0.1) & (added <= 0.2)).all()
    places = made.place[made.lesion]
    assert ((places >= 6) & (places < data.SIDE - 6)).all()


def test_a_lesion_is_where_it_is_said_to_be_and_nothing_else_differs() -> None:
    faint = make_views(40, "back", share=1.0, seed=2, contrast=(0.0, 0.0))
    strong = make_views(40, "back", share=1.0, seed=2, contrast=(0.2, 0.2))
    difference = strong.images[:, 0].int() - faint.images[:, 0].int()
    assert difference.min() >= -1  # rounding
    for each, (row, column) in zip(difference, strong.place.tolist(), strict=True):
        assert each[row, column] >= each.max() - 3
        assert 0.85 * 0.2 * 255 - 3 <= each.max() <= 1.15 * 0.2 * 255 + 3
        assert each[0].max() <= 8 or row < 10


def test_a_seed_gives_the_same_views_and_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(0)
    first = make_views(20, "front", share=0.5, seed=5)
    drawn = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(drawn, torch.rand(1))
    assert torch.equal(first.images, make_views(20, "front", share=0.5, seed=5).images)
    assert not torch.equal(first.images, make_views(20, "front", share=0.5, seed=6).images)


def test_blurring_is_that_of_scipy() -> None:
    from scipy.ndimage import gaussian_filter

    image = torch.rand(20, 24, generator=torch.Generator().manual_seed(0))
    expected = gaussian_filter(image.numpy(), 1.5, mode="mirror", radius=4)
    assert np.allclose(blurred(image[None, None], 1.5)[0, 0], expected, atol=1e-5)


def test_a_spot_has_curvature_on_all_sides_and_a_band_has_not() -> None:
    steps = torch.arange(32)
    band = torch.exp(-((steps - 16) ** 2) / 8).expand(32, 32)
    spot = band * band.T
    images = (255 * torch.stack([spot, band])).byte()[:, None]
    answers = spot_responses(images, (2.0,))[:, 0]
    laplacian, determinant, smaller, bright = answers.T
    assert laplacian[1] > 0.4 * laplacian[0]
    assert determinant[1].abs() < 0.02 * determinant[0]
    assert smaller[1].abs() < 0.02 * smaller[0]
    assert bright[1] >= bright[0]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_spot_responses_do_not_depend_on_direction(turns: int) -> None:
    images = make_views(5, "back", share=0.5, seed=0).images
    turned = torch.rot90(images, turns, dims=(2, 3))
    assert torch.allclose(spot_responses(images), spot_responses(turned), atol=1e-4)


def _bad_share() -> Tensor:
    return make_views(4, "front", share=8, seed=0).images


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="no region 'left'; there are front, back"):
        make_views(4, "left", share=0.5, seed=0)
    with pytest.raises(ValueError, match="between 0 and 1, not at 8"):
        _bad_share()
    with pytest.raises(ValueError, match="no region 'top'"):
        medical.trained_detector(0, "top")


def test_nothing_is_trained_where_nothing_may_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    with pytest.raises(NotCached, match="region=back"):
        medical.trained_detector(0, "back")
