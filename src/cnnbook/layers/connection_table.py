"""A convolution in which each output channel sees only some of the input channels."""

from collections.abc import Iterable, Sequence
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ._sizes import check_whole


class ConnectionTableConv2d(nn.Module):
    """A convolution whose output channels are connected to the input channels that a table names.

    A connection is a kernel: channel o of the output is the sum, over the input channels c that the
    table names for it, of channel c correlated with the kernel of (c, o), plus a bias. What is not
    connected has no weight, so that nothing has to be kept at zero, and
    ``sum(p.numel() for p in layer.parameters())`` counts what is trained.

    Shape: ``(N, in_channels, H, W)`` -> ``(N, len(table), H - k + 1, W - k + 1)``, with
    ``k = kernel_size``.

    Parameters: ``kernel_size**2`` for each connection, and a bias for each output channel.

    Args:
        in_channels: channels of the input.
        table: for each output channel, the input channels that it sees, counted from 0.
        kernel_size: side of the kernels, in pixels.

    Attributes:
        weight: the kernels ``(connections, kernel_size, kernel_size)``, in the order of the table.
        bias: ``(out_channels,)``.

    Raises:
        ValueError: if a size is not a whole number of at least 1, an output channel sees nothing or
            the same channel twice, or there is no such input channel.

    Source: LeCun, Bottou, Bengio and Haffner (1998), section II.B and table I.

    >>> layer = ConnectionTableConv2d(3, [(0, 1), (1, 2), (0, 1, 2)], kernel_size=5)
    >>> layer(torch.zeros(1, 3, 14, 14)).shape, layer.weight.shape
    (torch.Size([1, 3, 10, 10]), torch.Size([7, 5, 5]))
    """

    inputs: Tensor
    outputs: Tensor

    def __init__(self, in_channels: int, table: Iterable[Sequence[int]], kernel_size: int) -> None:
        super().__init__()
        check_whole(1, in_channels=in_channels, kernel_size=kernel_size)
        self.in_channels, self.kernel_size = in_channels, kernel_size
        self.table = tuple(tuple(row) for row in table)
        self.out_channels = len(self.table)
        for channel, row in enumerate(self.table):
            if not row or len(set(row)) != len(row) or not set(row) <= set(range(in_channels)):
                raise ValueError(
                    f"output channel {channel} is connected to {row}; name input channels from 0 "
                    f"to {in_channels - 1}, at least one and each once"
                )
        if not self.table:
            raise ValueError("the table is empty: name the input channels of each output channel")
        pairs = [(out, into) for out, row in enumerate(self.table) for into in row]
        self.register_buffer("outputs", torch.tensor([o for o, _ in pairs]), persistent=False)
        self.register_buffer("inputs", torch.tensor([i for _, i in pairs]), persistent=False)
        self.weight = nn.Parameter(torch.empty(len(pairs), kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.empty(self.out_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights and biases as PyTorch draws those of a convolution of the same fan-in."""
        bounds = torch.tensor([fan_in**-0.5 for fan_in in self.fan_in])
        self.draw(bounds)

    @torch.no_grad()
    def draw(self, bounds: Tensor) -> None:
        """Draw the weights and the bias of each output channel evenly within plus or minus a bound.

        Args:
            bounds: one for each output channel, ``(out_channels,)``.
        """
        self.weight.uniform_(-1, 1).mul_(bounds.to(self.weight)[self.outputs][:, None, None])
        self.bias.uniform_(-1, 1).mul_(bounds.to(self.bias))

    @property
    def fan_in(self) -> tuple[int, ...]:
        """The numbers that each output channel adds up at a position, without its bias."""
        return tuple(len(row) * self.kernel_size**2 for row in self.table)

    def dense_weight(self) -> Tensor:
        """The weights of the same convolution with all connections, zeros where there are none.

        Shape: ``(out_channels, in_channels, kernel_size, kernel_size)``.
        """
        side = self.kernel_size
        empty = self.weight.new_zeros(self.out_channels, self.in_channels, side, side)
        return empty.index_put((self.outputs, self.inputs), self.weight)

    def multiply_adds(self, output_shape: Sequence[int]) -> int:
        """Multiplications with an addition for an output ``(N, out_channels, H, W)``."""
        positions = output_shape[0] * prod(output_shape[2:])
        return positions * self.weight.numel()

    def forward(self, images: Tensor) -> Tensor:
        """The convolution: absent connections are zeros that nothing is stored for."""
        # One dense convolution is much faster than one for each output channel.
        return F.conv2d(images, self.dense_weight(), self.bias)

    def extra_repr(self) -> str:
        """The settings, as ``print`` shows them."""
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"connections={len(self.weight)}"
        )
