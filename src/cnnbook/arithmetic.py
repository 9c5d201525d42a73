"""Sizes, parameters and operations of layers, in whole numbers and without torch.

Every size here belongs to one axis: a layer on images has one for the height and one for the width,
and the same formula holds for both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from operator import index
from typing import SupportsIndex

Size = int | Sequence[int]


def conv_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """How many outputs a convolution or a pooling layer gives along one axis.

    ``floor((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1``

    Args:
        size: pixels of the input.
        kernel_size: weights of the kernel.
        stride: pixels from one window to the next.
        padding: pixels added on each of the two sides.
        dilation: pixels from one weight to the next.

    Raises:
        ValueError: if an argument is no possible size, or the kernel does not fit.

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016),
    relationships 6 and 15.

    >>> conv_output_size(28, kernel_size=5)
    24
    >>> conv_output_size(28, kernel_size=5, padding=2, stride=2)
    14
    """
    given = {"size": size, "kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    size, kernel_size, stride, dilation = _check(1, **given)
    (padding,) = _check(0, padding=padding)
    padded = size + 2 * padding
    span = dilation * (kernel_size - 1) + 1
    if span > padded:
        raise ValueError(
            f"a kernel of {_pixels(kernel_size, span)} does not fit into {padded} pixels "
            f"(size {size}, padding {padding}); enlarge the input or the padding"
        )
    return (padded - span) // stride + 1


def pool_output_size(
    size: int, kernel_size: int, stride: int | None = None, padding: int = 0, dilation: int = 1
) -> int:
    """How many outputs a pooling layer gives along one axis.

    The formula is that of :func:`conv_output_size`; only the stride is by default the size of the
    window, and the padding must not be larger than half of it.

    Raises:
        ValueError: if an argument is no possible size, or the window does not fit.

    >>> pool_output_size(28, kernel_size=2)
    14
    >>> pool_output_size(7, kernel_size=3, stride=2)
    3
    """
    outputs = conv_output_size(
        size, kernel_size, kernel_size if stride is None else stride, padding, dilation
    )
    if padding > kernel_size // 2:
        raise ValueError(
            f"padding {padding} is more than half of the pooling window {kernel_size}; "
            f"use at most {kernel_size // 2}"
        )
    return outputs


def conv_transpose_output_size(
    size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int:
    """How many outputs a transposed convolution gives along one axis.

    ``(size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1``

    Args:
        size: pixels of the input.
        kernel_size: weights of the kernel.
        stride: pixels of the output from one input to the next.
        padding: pixels cut off on each of the two sides.
        output_padding: pixels added on one side, to choose among the sizes that a convolution
            with this stride brings to the same size.
        dilation: pixels from one weight to the next.

    Raises:
        ValueError: if an argument is no possible size, or nothing would be left.

    >>> conv_transpose_output_size(14, kernel_size=2, stride=2)
    28
    """
    given = {"size": size, "kernel_size": kernel_size, "stride": stride, "dilation": dilation}
    size, kernel_size, stride, dilation = _check(1, **given)
    padding, output_padding = _check(0, padding=padding, output_padding=output_padding)
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding {output_padding} must be smaller than the stride ({stride}) "
            f"or the dilation ({dilation})"
        )
    full = (size - 1) * stride + dilation * (kernel_size - 1) + output_padding + 1
    outputs = full - 2 * padding
    if outputs < 1:
        raise ValueError(f"padding {padding} on both sides leaves nothing of {full} pixels")
    return outputs


def same_padding(kernel_size: int, dilation: int = 1) -> int:
    """The padding that keeps the size at stride 1: ``dilation * (kernel_size - 1) / 2``.

    Raises:
        ValueError: if no padding that is equal on both sides does (the span is even).

    >>> same_padding(5)
    2
    """
    kernel_size, dilation = _check(1, kernel_size=kernel_size, dilation=dilation)
    total = dilation * (kernel_size - 1)
    if total % 2:
        raise ValueError(
            f"a kernel of {_pixels(kernel_size, total + 1)} needs {total} pixels of padding, "
            "which cannot be shared equally by two sides; use an odd kernel_size"
        )
    return total // 2


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: Size, groups: int = 1, bias: bool = True
) -> int:
    """The number of weights and biases of a convolution.

    ``out_channels * (in_channels / groups * kernel height * kernel width + 1)``, without the 1
    where there is no bias. A transposed convolution has as many weights.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output; each has one bias.
        kernel_size: a number for a square kernel, else one size for each axis.
        groups: parts that the channels are divided into; each output sees one part.
        bias: whether each output channel has a bias.

    Raises:
        ValueError: if an argument is no possible size, or ``groups`` divides not both channels.

    >>> conv_parameters(1, 6, kernel_size=5)
    156
    >>> conv_parameters(32, 32, kernel_size=(3, 3), groups=32, bias=False)
    288
    """
    weights = _weights(in_channels, out_channels, kernel_size, groups)
    return weights + (index(out_channels) if bias else 0)


def conv_multiply_adds(
    in_channels: int, out_channels: int, kernel_size: Size, output_size: Size, groups: int = 1
) -> int:
    """How many times a convolution multiplies and adds for one image; biases are not counted.

    Every weight is used once at every position: ``weights * output height * output width``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: a number for a square kernel, else one size for each axis.
        output_size: a number for a square output, else one size for each axis.
        groups: parts that the channels are divided into.

    Raises:
        ValueError: if an argument is no possible size, or ``groups`` divides not both channels.

    >>> conv_multiply_adds(1, 6, kernel_size=5, output_size=28)
    117600
    """
    sizes = _axes("output_size", output_size)
    return _weights(in_channels, out_channels, kernel_size, groups) * prod(sizes)


def linear_parameters(in_features: int, out_features: int, bias: bool = True) -> int:
    """The number of weights and biases of a fully connected layer.

    ``out_features * (in_features + 1)``, without the 1 where there is no bias.

    Raises:
        ValueError: if an argument is not positive.

    >>> linear_parameters(784, 128) + linear_parameters(128, 10)
    101770
    """
    return linear_multiply_adds(in_features, out_features) + (index(out_features) if bias else 0)


def linear_multiply_adds(in_features: int, out_features: int) -> int:
    """How many times a fully connected layer multiplies and adds for one input.

    Raises:
        ValueError: if an argument is not positive.

    >>> linear_multiply_adds(784, 128)
    100352
    """
    in_features, out_features = _check(1, in_features=in_features, out_features=out_features)
    return in_features * out_features


@dataclass(frozen=True)
class ReceptiveField:
    """Which pixels of the input the units of a layer can see along one axis.

    Attributes:
        size: pixels that one unit sees.
        jump: pixels from the field of one unit to that of the next.
        start: the first pixel that unit 0 sees; negative where the field begins in the padding.

    >>> field = ReceptiveField().through(kernel_size=5).through(kernel_size=2, stride=2)
    >>> field
    ReceptiveField(size=6, jump=2, start=0)
    >>> field.pixels(3)
    range(6, 12)
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(
        self, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
    ) -> "ReceptiveField":
        """The receptive field after one more layer.

        ``size + dilation * (kernel_size - 1) * jump``, ``jump * stride`` and
        ``start - padding * jump``.

        Raises:
            ValueError: if an argument is no possible size.
        """
        given = {"kernel_size": kernel_size, "stride": stride, "dilation": dilation}
        kernel_size, stride, dilation = _check(1, **given)
        (padding,) = _check(0, padding=padding)
        return ReceptiveField(
            size=self.size + dilation * (kernel_size - 1) * self.jump,
            jump=self.jump * stride,
            start=self.start - padding * self.jump,
        )

    def beside(self, other: "ReceptiveField") -> "ReceptiveField":
        """The receptive field where two branches meet, added or put side by side.

        A unit there sees what either branch sees: from the first pixel to the last of both.

        Raises:
            ValueError: if the branches have different jumps, so that their units do not match.

        >>> ReceptiveField().through(3, padding=1).beside(ReceptiveField())
        ReceptiveField(size=3, jump=1, start=-1)
        """
        if self.jump != other.jump:
            raise ValueError(
                f"branches with jumps of {self.jump} and {other.jump} pixels cannot meet; "
                "give both the same strides"
            )
        start = min(self.start, other.start)
        stop = max(self.start + self.size, other.start + other.size)
        return ReceptiveField(stop - start, self.jump, start)

    def pixels(self, unit: int) -> range:
        """The pixels that a unit sees, those outside the image included."""
        first = self.start + unit * self.jump
        return range(first, first + self.size)


def _weights(in_channels: int, out_channels: int, kernel_size: Size, groups: int) -> int:
    given = {"in_channels": in_channels, "out_channels": out_channels, "groups": groups}
    in_channels, out_channels, groups = _check(1, **given)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"groups {groups} must divide in_channels {in_channels} and out_channels {out_channels}"
        )
    return out_channels * (in_channels // groups) * prod(_axes("kernel_size", kernel_size))


def _axes(name: str, size: Size) -> tuple[int, ...]:
    """One size for each axis; a single number stands for height and width."""
    try:
        sizes: Iterable[SupportsIndex] = [index(size)] * 2  # type: ignore[arg-type]
    except TypeError:
        sizes = size if isinstance(size, Iterable) else [size]
    return tuple(_check(1, **{name: value})[0] for value in sizes)


def _check(least: int, **values: SupportsIndex) -> tuple[int, ...]:
    """The values as Python's whole numbers, which do not overflow; NumPy's are taken as well."""
    found = []
    for name, value in values.items():
        try:
            whole = index(value)
        except TypeError:
            whole = least - 1
        if whole < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
        found.append(whole)
    return tuple(found)


def _pixels(kernel_size: int, span: int) -> str:
    return f"size {kernel_size}" + (f" spread over {span} pixels" if span > kernel_size else "")
