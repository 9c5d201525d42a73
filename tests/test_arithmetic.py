"""Laws of cnnbook.arithmetic, checked against what torch's layers do."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from cnnbook import arithmetic
from cnnbook.arithmetic import ReceptiveField

MANY = settings(max_examples=1000, deadline=None)

# Lower ends include what is not allowed, so that errors are compared as well.
size, kernel, step = st.integers(1, 30), st.integers(1, 9), st.integers(0, 5)
padding = st.integers(-1, 6)


def outcome(function: Callable[..., int], *arguments: Any) -> int | None:
    """What a function returns, None where it refuses its arguments."""
    try:
        return function(*arguments)
    except (ValueError, RuntimeError):
        return None


@MANY
@given(size, kernel, step, padding, step)
def test_output_size_agrees_with_torch_for_any_setting(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    def torch_size() -> int:
        signal, weights = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        return F.conv1d(signal, weights, None, stride, padding, dilation).shape[-1]

    ours = outcome(arithmetic.conv_output_size, size, kernel, stride, padding, dilation)
    assert ours == outcome(torch_size)


@MANY
@given(size, kernel, st.none() | step, padding, step)
def test_pool_output_size_agrees_with_torch_for_any_setting(
    size: int, kernel: int, stride: int | None, padding: int, dilation: int
) -> None:
    def torch_size() -> int:
        signal = torch.zeros(1, 1, size)
        return F.max_pool1d(signal, kernel, stride, padding, dilation).shape[-1]

    ours = outcome(arithmetic.pool_output_size, size, kernel, stride, padding, dilation)
    assert ours == outcome(torch_size)


@MANY
@given(size, kernel, step, padding, st.integers(-1, 4), step)
def test_transposed_output_size_agrees_with_torch_for_any_setting(
    size: int, kernel: int, stride: int, padding: int, output_padding: int, dilation: int
) -> None:
    def torch_size() -> int:
        signal, weights = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        return F.conv_transpose1d(
            signal, weights, None, stride, padding, output_padding, 1, dilation
        ).shape[-1]

    ours = outcome(
        arithmetic.conv_transpose_output_size,
        *(size, kernel, stride, padding, output_padding, dilation),
    )
    assert ours == outcome(torch_size)


@MANY
@given(size, kernel, st.integers(1, 4), st.integers(0, 4), st.integers(1, 3))
def test_a_transposed_convolution_undoes_the_size_of_a_convolution(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    small = outcome(arithmetic.conv_output_size, size, kernel, stride, padding, dilation)
    if small is None:
        return
    lost = (size + 2 * padding - dilation * (kernel - 1) - 1) % stride
    back = arithmetic.conv_transpose_output_size(small, kernel, stride, padding, lost, dilation)
    assert back == size


@given(size, kernel, st.integers(1, 4))
def test_same_padding_keeps_the_size_or_says_that_none_can(
    size: int, kernel: int, dilation: int
) -> None:
    if dilation * (kernel - 1) % 2:
        with pytest.raises(ValueError, match="odd kernel_size"):
            arithmetic.same_padding(kernel, dilation)
        return
    padding = arithmetic.same_padding(kernel, dilation)
    assert arithmetic.conv_output_size(size, kernel, 1, padding, dilation) == size


@MANY
@given(
    *(st.integers(1, 12) for _ in range(3)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.booleans(),
)
def test_conv_parameters_agree_with_torch_for_any_setting(
    in_channels: int, out_channels: int, groups: int, kernel: tuple[int, int], bias: bool
) -> None:
    def torch_count(layer: type[nn.Conv2d] | type[nn.ConvTranspose2d]) -> int:
        made = layer(in_channels, out_channels, kernel, groups=groups, bias=bias)
        return sum(parameter.numel() for parameter in made.parameters())

    ours = outcome(arithmetic.conv_parameters, in_channels, out_channels, kernel, groups, bias)
    assert ours == outcome(torch_count, nn.Conv2d) == outcome(torch_count, nn.ConvTranspose2d)


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_linear_parameters_agree_with_torch(inputs: int, outputs: int, bias: bool) -> None:
    layer = nn.Linear(inputs, outputs, bias)
    count = sum(parameter.numel() for parameter in layer.parameters())
    assert arithmetic.linear_parameters(inputs, outputs, bias) == count


@MANY
@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 2),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.integers(3, 6),
)
def test_multiply_adds_are_the_sum_of_a_layer_of_ones_on_an_image_of_ones(
    in_parts: int, out_parts: int, groups: int, kernel: tuple[int, int], size: int
) -> None:
    channels = in_parts * groups, out_parts * groups
    layer = nn.Conv2d(*channels, kernel, groups=groups, bias=False)
    nn.init.ones_(layer.weight)
    output = layer(torch.ones(1, channels[0], size, size))
    count = arithmetic.conv_multiply_adds(*channels, kernel, output.shape[2:], groups)
    assert count == int(output.sum())


layer_settings = st.tuples(
    st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)
)


@MANY
@given(st.lists(layer_settings, min_size=1, max_size=4), st.data())
def test_receptive_field_is_where_the_gradient_is(
    layers: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    signal = torch.ones(1, 1, 60, dtype=torch.float64, requires_grad=True)
    field, output = ReceptiveField(), signal
    for kernel, stride, padding, dilation in layers:
        weights = torch.ones(1, 1, kernel, dtype=torch.float64)
        if output.shape[-1] + 2 * padding <= dilation * (kernel - 1):
            return
        output = F.conv1d(output, weights, None, stride, padding, dilation)
        field = field.through(kernel, stride, padding, dilation)
    unit = data.draw(st.integers(0, output.shape[-1] - 1))
    output[0, 0, unit].backward()  # type: ignore[no-untyped-call]
    assert signal.grad is not None
    seen = signal.grad[0, 0].nonzero().flatten().tolist()
    # Dilated layers leave holes, and layers of padding only cut the ends off.
    assert set(seen) <= set(field.pixels(unit))
    if all(setting[2] == 0 for setting in layers):
        assert [seen[0], seen[-1]] == [field.pixels(unit)[0], field.pixels(unit)[-1]]


def test_receptive_fields_of_lenet_5() -> None:
    field, sizes = ReceptiveField(), []
    for kernel, stride in [(5, 1), (2, 2), (5, 1), (2, 2), (5, 1)]:
        field = field.through(kernel, stride)
        sizes.append(field.size)
    assert sizes == [5, 6, 14, 16, 32]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((3, 5), "size 5 does not fit into 3 pixels .*enlarge"),
        ((5, 3, 1, 0, 3), "size 3 spread over 7 pixels does not fit into 5"),
        ((0, 1), "size must be a whole number of at least 1, not 0"),
        ((28.0, 5), "size must be a whole number of at least 1, not 28.0"),
        ((28, 5, 0), "stride must"),
        ((28, 5, 1, -1), "padding must be a whole number of at least 0, not -1"),
    ],
)
def test_errors_name_the_sizes_and_the_remedy(arguments: tuple[int, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        arithmetic.conv_output_size(*arguments)


def test_groups_that_do_not_divide_the_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="groups 2 must divide in_channels 3 and out_channels 4"):
        arithmetic.conv_parameters(3, 4, 3, groups=2)
