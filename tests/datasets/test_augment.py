"""Laws of cnnbook.datasets.augment."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms import functional as TF

from cnnbook.datasets import load
from cnnbook.datasets.augment import RandomAffine, RandomShift
from cnnbook.datasets.batches import Batches


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def disc(size: int = 33, radius: float = 9.0, centre: tuple[float, float] = (0, 0)) -> Tensor:
    """A soft white disc; the centre is measured from the middle, down and right."""
    place = torch.arange(size) - (size - 1) / 2
    distance = ((place[:, None] - centre[0]) ** 2 + (place - centre[1]) ** 2).sqrt()
    return (radius - distance).clamp(0, 1).view(1, 1, size, size)


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(5, 12), st.integers(5, 12))
def test_a_shift_moves_whole_pixels_and_fills_with_black(
    pixels: int, channels: int, height: int, width: int
) -> None:
    shift = RandomShift(pixels)
    images = torch.rand(9, channels, height, width)
    drawn = shift.draw(9, generator())
    moved = shift(images, drawn)
    padded = F.pad(images, (pixels,) * 4)
    for image, (down, right), found in zip(padded, drawn.tolist(), moved, strict=True):
        rows, columns = pixels - down, pixels - right
        assert torch.equal(found, image[:, rows : rows + height, columns : columns + width])


def test_every_shift_up_to_the_farthest_is_drawn_equally_often() -> None:
    drawn = RandomShift(2).draw(25_000, generator())
    counts = torch.bincount(((drawn[:, 0] + 2) * 5 + drawn[:, 1] + 2), minlength=25)
    assert len(counts) == 25
    assert counts.min() > 850
    assert counts.max() < 1150


def test_no_change_changes_nothing() -> None:
    images = torch.rand(5, 2, 11, 9)
    for affine in (RandomAffine(), RandomAffine(1, 30, 0.2, 0.2)):
        torch.testing.assert_close(affine(images, torch.zeros(5, 5)), images, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, 1), (-1, 1)])
def test_an_affine_shift_moves_down_and_right(down: int, right: int) -> None:
    drawn = torch.tensor([[down, right, 0, 0, 0.0]])
    moved = RandomAffine(shift=3)(disc(), drawn)
    torch.testing.assert_close(moved, disc(centre=(3 * down, 3 * right)), rtol=0, atol=1e-4)


def test_zoom_changes_the_size_by_its_fraction() -> None:
    for size in (1.0, -1.0):
        drawn = torch.tensor([[0, 0, 0, size, 0.0]])
        found = RandomAffine(zoom=0.2)(disc(), drawn)
        share = float(found.sum() / disc().sum())
        assert share == pytest.approx((1 + 0.2 * size) ** 2, rel=0.05)


def test_a_quarter_turn_is_rot90() -> None:
    images = torch.rand(3, 1, 8, 8)
    drawn = torch.tensor([[0, 0, 1, 0, 0.0]]).repeat(3, 1)
    turned = RandomAffine(rotate=90)(images, drawn)
    torch.testing.assert_close(turned, images.rot90(1, (2, 3)), rtol=0, atol=1e-4)


def test_a_shear_moves_the_upper_edge_and_the_lower_edge_apart() -> None:
    bar = torch.zeros(1, 1, 41, 41)
    bar[..., 20] = 1
    slanted = RandomAffine(shear=0.5)(bar, torch.tensor([[0, 0, 0, 0, 1.0]]))[0, 0]
    columns = torch.arange(41.0)
    centres = (slanted * columns).sum(1) / slanted.sum(1)
    assert float(centres[0] - centres[40]) == pytest.approx(0.5 * 40, rel=0.05)
    assert float(centres[20]) == pytest.approx(20, abs=0.1)


def test_what_is_outside_of_an_image_is_black() -> None:
    white = torch.ones(1, 1, 20, 20)
    drawn = torch.tensor([[1, 1, 0, 0, 0.0]])
    for change in (RandomAffine(shift=5), RandomShift(5)):
        numbers = drawn if isinstance(change, RandomAffine) else torch.tensor([[5, 5]])
        found = change(white, numbers)[0, 0]
        assert float(found[:5].max()) < 1e-5
        assert float(found[:, :5].max()) < 1e-5
        assert bool((found[6:, 6:] > 0.99).all())


def test_an_image_is_changed_alike_in_any_company() -> None:
    data = load("digits").subset(range(60))
    batches = Batches(data, 60, shuffle=True, augment=RandomAffine(2, 10, 0.1, 0.1))
    order, drawn = batches.epoch_indices(3)
    assert drawn is not None
    together, _ = batches.batch(order, drawn)
    for share in (slice(0, None, 2), slice(1, None, 2), slice(7, 8)):
        alone, _ = batches.batch(order[share], drawn[share])
        assert torch.equal(alone, together[share])


def test_two_epochs_change_images_differently() -> None:
    data = load("digits").subset(range(20))
    batches = Batches(data, 20, augment=RandomShift(2))
    first, second = (next(iter(batches))[0] for _ in range(2))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("pixels", [0, -1, 1.5])
def test_a_shift_by_no_whole_pixel_is_refused(pixels: float) -> None:
    with pytest.raises(ValueError, match=f"pixels must be a whole number .* not {pixels}"):
        RandomShift(pixels)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("shift", -1), ("rotate", math.nan), ("zoom", 1.0), ("zoom", -0.5), ("shear", math.inf)],
)
def test_an_impossible_extreme_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be .* not {value}"):
        RandomAffine(**{name: value})


@settings(deadline=None, max_examples=40)
@given(
    height=st.integers(6, 40),
    width=st.integers(6, 40),
    angle=st.floats(-180, 180),
    zoom=st.floats(-0.4, 0.4),
)
def test_images_that_are_not_square_are_turned_as_torchvision_turns_them(
    height: int, width: int, angle: float, zoom: float
) -> None:
    generator = torch.Generator().manual_seed(height * width)
    image = torch.rand(1, 2, height, width, generator=generator)
    affine = RandomAffine(rotate=180, zoom=0.5)
    drawn = torch.tensor([[0.0, 0.0, angle / 180, zoom / 0.5, 0.0]])
    expected = TF.affine(
        image, -angle, [0, 0], 1 + zoom, [0.0, 0.0], TF.InterpolationMode.BILINEAR, [0.0]
    )
    # At the border torchvision takes a pixel as inside or outside, we mix it with black.
    inside = (affine(torch.ones(1, 1, height, width), drawn) > 0.9999).float()
    found = affine(image, drawn)
    torch.testing.assert_close(found * inside, expected * inside, atol=2e-4, rtol=0)


def test_a_square_in_a_wide_image_stays_a_square() -> None:
    image = torch.zeros(1, 1, 21, 61)
    image[0, 0, 6:15, 26:35] = 1
    turned = RandomAffine(rotate=90)(image, torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0]]))
    torch.testing.assert_close(turned, image, atol=1e-4, rtol=0)


def test_a_number_of_numpys_is_a_number() -> None:
    assert RandomShift(np.int64(2)).pixels == 2  # type: ignore[arg-type]
