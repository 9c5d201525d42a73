"""Laws of cnnbook.datasets.batches."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cnnbook.datasets import ImageSet
from cnnbook.datasets.batches import Batches
from cnnbook.device import DeviceError


def image_set(count: int, channels: int = 1, size: int = 6) -> ImageSet:
    """Random images; the first two pixels of each spell its place in the set."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(
        0, 256, (count, channels, size, size), dtype=torch.uint8, generator=generator
    )
    place = torch.arange(count)
    images[:, 0, 0, 0] = (place % 256).to(torch.uint8)
    images[:, 0, 0, 1] = (place // 256).to(torch.uint8)
    return ImageSet("random", "train", images, place % 7, tuple("abcdefg"))


def places(batches: Batches) -> list[int]:
    """The places in the set of the images of the next epoch, in their order."""
    found: list[int] = []
    for images, labels in batches:
        corner = (images[:, 0, 0, :2] * 255).round().long()
        numbers = corner[:, 0] + 256 * corner[:, 1]
        assert torch.equal(labels, numbers % 7)
        found += numbers.tolist()
    return found


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 100), st.booleans(), st.integers(0, 5))
def test_an_epoch_holds_every_image_once_with_its_label(
    count: int, batch_size: int, shuffle: bool, seed: int
) -> None:
    batches = Batches(image_set(count), batch_size, shuffle=shuffle, seed=seed)
    for _ in range(2):
        order = places(batches)
        assert sorted(order) == list(range(count))
        assert shuffle or order == sorted(order)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 400))
def test_every_batch_is_full_but_the_last(count: int, batch_size: int) -> None:
    batches = Batches(image_set(count), batch_size, shuffle=True)
    sizes = [len(labels) for _, labels in batches]
    assert len(sizes) == len(batches)
    assert all(size == batch_size for size in sizes[:-1])
    assert 1 <= sizes[-1] <= batch_size


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    data = image_set(300)
    first = Batches(data, 32, shuffle=True, seed=1)
    torch.manual_seed(99)
    again = Batches(data, 50, shuffle=True, seed=1)
    epochs = [places(first) for _ in range(3)]
    assert [places(again) for _ in range(3)] == epochs
    assert len({tuple(epoch) for epoch in epochs}) == 3
    other = Batches(data, 32, shuffle=True, seed=2)
    assert [places(other) for _ in range(3)] != epochs


def test_the_global_generator_is_left_alone() -> None:
    state = torch.get_rng_state()
    places(Batches(image_set(50), 8, shuffle=True))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_images_are_scaled_and_normalised(
    channels: int, channels_last: bool, shuffle: bool
) -> None:
    data = image_set(40, channels)
    mean, std = 0.3, 0.7
    batches = Batches(data, 40, shuffle=shuffle, mean_std=(mean, std), channels_last=channels_last)
    images, labels = next(iter(batches))
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
    order = torch.tensor(
        places(Batches(data, 40, shuffle=True)) if shuffle else range(len(data)),
        dtype=torch.int64,
    )
    expected = (data.images[order].double() / 255 - mean) / std
    torch.testing.assert_close(images.double(), expected, rtol=1e-5, atol=1e-6)
    assert torch.equal(labels, data.labels[order])


def test_without_a_mean_every_byte_is_its_share_of_255() -> None:
    every_byte = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    data = ImageSet("bytes", "train", every_byte, torch.tensor([0]), ("a",))
    images, _ = next(iter(Batches(data, 1)))
    # ToTensor divides; a product with the reciprocal may round the last bit otherwise.
    torch.testing.assert_close(images, every_byte / 255, rtol=2e-7, atol=0)
    assert (float(images.min()), float(images.max())) == (0, 1)


def test_the_channels_are_innermost_when_asked_for() -> None:
    data = image_set(10, channels=3)
    images, _ = next(iter(Batches(data, 4, channels_last=True, shuffle=True)))
    assert images.is_contiguous(memory_format=torch.channels_last)
    images, _ = next(iter(Batches(data, 4)))
    assert images.is_contiguous()


class Noise:
    """Adds noise, and keeps what it was given."""

    def __init__(self) -> None:
        self.seen: list[Tensor] = []

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.rand(count, generator=generator)

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        self.seen.append(images.clone())
        return images.add_(drawn.view(-1, 1, 1, 1))


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_bytes_of_the_set_are_never_changed(shuffle: bool) -> None:
    data = image_set(20)
    before = data.images.clone()
    for images, _ in Batches(data, 8, shuffle=shuffle, augment=Noise()):
        images.zero_()
    assert torch.equal(data.images, before)


def test_augmentation_sees_images_in_0_to_1_and_is_fixed_by_the_seed() -> None:
    noise = Noise()

    def epoch(seed: int) -> Tensor:
        batches = Batches(
            image_set(30), 8, shuffle=True, seed=seed, mean_std=(0.5, 0.25), augment=noise
        )
        return torch.cat([images for images, _ in batches])

    first, second, third = epoch(0), epoch(0), epoch(1)
    assert torch.equal(first, second)
    assert not torch.equal(first, third)
    seen = torch.cat(noise.seen)
    assert float(seen.min()) == 0
    assert float(seen.max()) == pytest.approx(1)
    assert float(first.max()) > 2, "noise is added before the images are normalised"


@pytest.mark.parametrize("shuffle", [False, True])
def test_any_batch_of_any_epoch_can_be_had_again(shuffle: bool) -> None:
    batches = Batches(image_set(50), 16, shuffle=shuffle, augment=Noise())
    for epoch in range(3):
        order, drawn = batches.epoch_indices(epoch)
        assert drawn is not None
        for position, (images, labels) in enumerate(batches):
            rows = slice(16 * position, 16 * (position + 1))
            again = batches.batch(order[rows], drawn[rows])
            assert torch.equal(images, again[0])
            assert torch.equal(labels, again[1])


def test_nothing_to_batch_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'random'.* has no images"):
        Batches(image_set(3).subset([]), 8)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_without_images_is_refused(batch_size: int) -> None:
    with pytest.raises(ValueError, match=f"batch_size must be at least 1, not {batch_size}"):
        Batches(image_set(3), batch_size)


@pytest.mark.parametrize("std", [0.0, -0.5, float("nan")])
def test_a_deviation_that_nothing_can_be_divided_by_is_refused(std: float) -> None:
    with pytest.raises(ValueError, match="standard deviation of"):
        Batches(image_set(3), 8, mean_std=(0.1, std))


def test_images_without_room_on_the_device_are_one_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 30.00 MiB")

    data = image_set(1000, size=40)
    monkeypatch.setattr(Tensor, "to", full)
    with pytest.raises(DeviceError, match=r"cpu has no room for the images of .*random.*, 2 MB"):
        Batches(data, 4)
