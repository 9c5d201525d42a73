"""Laws of the layers, on random settings, against torch and against slow references."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook.layers import BlurPool, DepthwiseSeparableConv2d

MANY = settings(max_examples=200, deadline=None)
MODES = {"reflect": "reflect", "replicate": "edge", "zeros": "constant"}


def random_images(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def pascal(size: int) -> list[int]:
    row = [1]
    for _ in range(size - 1):
        row = [a + b for a, b in zip([0, *row], [*row, 0], strict=True)]
    return row


def blurred_slowly(images: Tensor, size: int, stride: int, mode: str) -> Tensor:
    """Zhang's definition, in loops over every output and every weight."""
    before, after = (size - 1) // 2, -(-(size - 1) // 2)
    around = ((0, 0), (0, 0), (before, after), (before, after))
    padded = np.pad(images.numpy(), around, mode=MODES[mode])  # type: ignore[call-overload]
    row = pascal(size)
    total = sum(row) ** 2
    n, channels, height, width = images.shape
    output = torch.zeros(n, channels, -(-height // stride), -(-width // stride)).double()
    for i in range(output.shape[2]):
        for j in range(output.shape[3]):
            for a in range(size):
                for b in range(size):
                    pixel = padded[:, :, i * stride + a, j * stride + b]
                    output[:, :, i, j] += torch.from_numpy(pixel) * row[a] * row[b] / total
    return output


@MANY
@given(
    st.integers(0, 99), st.integers(1, 6), st.integers(1, 4), st.sampled_from(sorted(MODES)),
    st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(4, 9), st.integers(4, 9)),
)  # fmt: skip
def test_blur_pool_is_the_slow_reference(
    seed: int, size: int, stride: int, mode: Any, shape: tuple[int, ...]
) -> None:
    images = random_images(seed, *shape)
    output = BlurPool(size, stride, mode)(images)
    assert torch.allclose(output, blurred_slowly(images, size, stride, mode), atol=1e-7)


@MANY
@given(st.integers(1, 7), st.integers(1, 4), st.integers(4, 12), st.sampled_from(sorted(MODES)))
def test_blur_pool_leaves_flat_images_flat(size: int, stride: int, side: int, mode: Any) -> None:
    output = BlurPool(size, stride, mode)(torch.full((1, 2, side, side + 1), 3.0))
    assert output.shape == (1, 2, -(-side // stride), -(-(side + 1) // stride))
    if mode != "zeros":
        assert torch.allclose(output, torch.tensor(3.0))


@given(st.integers(0, 99), st.integers(1, 4))
def test_blur_pool_without_a_blur_keeps_every_strideth_pixel(seed: int, stride: int) -> None:
    images = random_images(seed, 2, 3, 7, 8)
    assert torch.equal(BlurPool(1, stride)(images), images[:, :, ::stride, ::stride])


@given(st.integers(0, 99))
def test_a_blur_of_two_pixels_is_average_pooling(seed: int) -> None:
    images = random_images(seed, 2, 3, 6, 8)
    assert torch.allclose(BlurPool(2)(images), F.avg_pool2d(images, 2))


@given(st.integers(0, 99), st.integers(1, 5), st.integers(1, 3), st.integers(0, 2))
def test_blur_pool_moves_with_the_image_by_whole_strides(
    seed: int, size: int, stride: int, steps: int
) -> None:
    pool = BlurPool(size, stride, "zeros")
    images = F.pad(random_images(seed, 1, 2, 6, 6), (12, 12, 12, 12))
    moved = pool(images.roll(steps * stride, dims=3))
    assert torch.allclose(moved[..., steps:-1], pool(images).roll(steps, dims=3)[..., steps:-1])


def test_blur_pool_has_nothing_to_learn_and_nothing_to_store() -> None:
    pool = BlurPool()
    assert not list(pool.parameters())
    assert not pool.state_dict()
    assert pool.weight.tolist() == [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16],
                                    [1 / 16, 2 / 16, 1 / 16]]  # fmt: skip
    assert str(pool) == "BlurPool(kernel_size=3, stride=2, padding_mode='reflect')"


def test_blur_pool_passes_its_gradient_and_keeps_the_number_format() -> None:
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        images = torch.ones(1, 1, 8, 8, dtype=dtype, requires_grad=True)
        output = BlurPool(padding_mode="zeros")(images)
        output.sum().backward()
        assert output.dtype == dtype
        assert images.grad is not None
        assert images.grad[0, 0, 4, 4] == 0.25


@settings(max_examples=1000, deadline=None)
@given(
    st.integers(0, 99), st.integers(1, 5), st.integers(1, 5), st.integers(1, 4),
    st.integers(1, 3), st.integers(0, 2), st.integers(1, 2), st.booleans(),
)  # fmt: skip
def test_a_separable_convolution_is_one_convolution_with_weights_of_products(
    seed: int,
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    stride: int,
    padding: int,
    dilation: int,
    bias: bool,
) -> None:
    torch.manual_seed(seed)
    layer = DepthwiseSeparableConv2d(
        in_channels, out_channels, kernel_size, stride, padding, dilation, bias
    ).double()
    images = random_images(seed, 2, in_channels, 8, 9)
    weight = layer.pointwise.weight * layer.depthwise.weight[:, 0]
    full = F.conv2d(images, weight, layer.pointwise.bias, stride, padding, dilation)
    assert torch.allclose(layer(images), full)
    numbers = in_channels * kernel_size**2 + in_channels * out_channels + bias * out_channels
    assert sum(parameter.numel() for parameter in layer.parameters()) == numbers


def test_layers_work_in_a_network_on_the_way_back_too() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(DepthwiseSeparableConv2d(2, 3, 3), nn.ReLU(), BlurPool())
    network(torch.randn(1, 2, 8, 8)).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: BlurPool(0), "kernel_size must be a whole number of at least 1, not 0"),
        (lambda: BlurPool(3, 1.5), "stride must be a whole number of at least 1, not 1.5"),  # type: ignore[arg-type]
        (lambda: BlurPool(padding_mode="mirror"), "not 'mirror'"),  # type: ignore[arg-type]
        (lambda: BlurPool()(torch.zeros(8, 8)), r"shape \(N, C, H, W\), not \(8, 8\)"),
        (lambda: BlurPool(5)(torch.zeros(1, 1, 2, 9)), "2x9 pixels cannot be mirrored by 2"),
        (lambda: DepthwiseSeparableConv2d(0, 3, 3), "in_channels must be .* at least 1, not 0"),
        (lambda: DepthwiseSeparableConv2d(3, 3, 3, padding=-1), "padding must be .* not -1"),
        (lambda: DepthwiseSeparableConv2d(3, 3, (3, 3)), "kernel_size must be"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_layer_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
