"""Parameters and multiply-adds of random networks, against counters that know nothing of ours.

The parameters are those that the module holds, the multiply-adds half of the operations that
PyTorch's counter sees while the network runs.
"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils.flop_counter import FlopCounterMode

from cnnbook import models
from cnnbook.interpret.receptive_field import seen_pixels
from cnnbook.interpret.summary import trace

MANY = settings(max_examples=1000, deadline=None)

Made = tuple[nn.Module, int]
Maker = Callable[[int, int], Made]


class Residual(nn.Module):
    """A layer that keeps the shape, added to what it was given, and used twice."""

    def __init__(self, axes: int, channels: int) -> None:
        super().__init__()
        self.layer = CONVOLUTIONS[axes](channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = x + self.layer(torch.relu(self.layer(x)))
        return result


class Branches(nn.Module):
    """Two branches side by side, their channels put together."""

    def __init__(self, axes: int, channels: int) -> None:
        super().__init__()
        self.near = CONVOLUTIONS[axes](channels, 2, 1)
        self.far = CONVOLUTIONS[axes](channels, 4, 3, padding=2, dilation=2, groups=2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.near(x), self.far(x)], dim=1)


CONVOLUTIONS: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED: dict[int, Any] = {
    1: nn.ConvTranspose1d,
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}
POOLINGS: dict[int, Any] = {1: nn.MaxPool1d, 2: nn.AvgPool2d, 3: nn.MaxPool3d}
NORMS: dict[int, Any] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
GLOBAL: dict[int, Any] = {
    1: nn.AdaptiveAvgPool1d,
    2: nn.AdaptiveAvgPool2d,
    3: nn.AdaptiveAvgPool3d,
}


@st.composite
def layer(draw: st.DrawFn) -> Maker:
    """A random layer, made once the number of axes and of channels is known."""
    kind = draw(st.sampled_from(["conv", "transposed", "pool", "norm", "residual", "branches"]))
    groups, parts = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    kernel, stride, padding, dilation = draw(
        st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(1, 2))
    )
    bias = draw(st.booleans())

    def make(axes: int, channels: int) -> Made:
        if kind == "pool":
            return POOLINGS[axes](2, stride=1), channels
        if kind == "norm":
            return NORMS[axes](channels), channels
        if kind == "residual":
            return Residual(axes, channels), channels
        if kind == "branches":
            return Branches(axes, channels), 6
        if kind == "conv":
            conv = CONVOLUTIONS[axes](
                *(channels, 2 * parts, kernel, stride, padding, dilation, groups, bias)
            )
            return conv, 2 * parts
        transposed = TRANSPOSED[axes](
            channels, 2 * parts, kernel, stride, groups=groups, bias=bias, dilation=dilation
        )
        return transposed, 2 * parts

    return make


@MANY
@given(
    st.integers(1, 3), st.lists(layer(), min_size=1, max_size=3), st.integers(1, 3), st.booleans()
)
def test_counts_are_those_of_independent_counters_for_any_network(
    axes: int, makers: list[Maker], batch: int, bias: bool
) -> None:
    channels, modules = 2, []
    for make in makers[: 2 if axes == 3 else 3]:  # or too little would be left
        module, channels = make(axes, channels)
        modules.append(module)
    head = nn.Linear(channels, 3, bias)
    model = nn.Sequential(*modules, GLOBAL[axes](1), nn.Flatten(), head).eval()
    shape = (batch, 2, *((14, 13, 15) if axes == 3 else (29, 30)[:axes]))
    records = trace(model, shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        output = model(torch.zeros(shape))
    assert records[-1].output_shape == tuple(output.shape) == (batch, 3)
    assert 2 * sum(record.multiply_adds for record in records) == counter.get_total_flops()
    assert sum(record.parameters for record in records) == sum(
        parameter.numel() for parameter in model.parameters()
    )


def test_counts_of_the_named_models_are_those_of_independent_counters() -> None:
    found = {}
    for name in models.names():
        model = models.build(name).eval()
        records = trace(model, (1, 1, 28, 28))
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(torch.zeros(1, 1, 28, 28))
        counted = 2 * sum(record.multiply_adds for record in records)
        # PyTorch sees what is computed: connections that LeNet-5 lacks, and no squared distances.
        absent = 2 * 36 * 25 * 10 * 10 if name == "lenet5" else 0
        distances = 2 * 10 * 84 if name == "lenet5" else 0
        assert counted + absent - distances == counter.get_total_flops()
        found[name] = sum(record.parameters for record in records)
        assert found[name] == sum(parameter.numel() for parameter in model.parameters())
    due = {"mlp": 101_770, "note-000": 44_426, "note-001": 206_922}
    due |= {"note-003": 215_370, "note-004": 220_234}
    assert due.items() <= found.items()


class LowRank(nn.Linear):
    """A layer of PyTorch's with a product of its own beside, as adapters are."""

    def __init__(self) -> None:
        super().__init__(6, 5)
        self.down, self.up = nn.Parameter(torch.ones(2, 6)), nn.Parameter(torch.ones(5, 2))

    def forward(self, images: Tensor) -> Tensor:
        result: Tensor = super().forward(images) + images @ self.down.T @ self.up.T
        return result


class Standardised(nn.Conv2d):
    """Twice the convolution that its name says."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(super().forward(images))


class Named(nn.Module):
    """Has a method that means something else."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 3, 3, 3))

    def multiply_adds(self) -> str:
        return "many"

    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.conv2d(images, self.weight)


class Mapped(nn.Module):
    """A layer that is mapped over an axis that it does not see."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3)

    def forward(self, images: Tensor) -> Tensor:
        result: Tensor = torch.vmap(self.layer)(images)
        return result


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (LowRank(), (3, 6)),
        (Standardised(3, 3, 3, padding=1), (2, 3, 8, 8)),
        (Named(), (2, 3, 8, 8)),
        (Mapped(), (2, 3, 8, 8)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_classes_made_of_pytorchs_layers_are_counted_by_what_they_do(
    model: nn.Module, shape: tuple[int, ...]
) -> None:
    records = trace(model, shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(shape))
    assert 2 * sum(record.multiply_adds for record in records) == counter.get_total_flops()
    assert sum(record.parameters for record in records) == sum(
        parameter.numel() for parameter in model.parameters()
    )


def test_lazy_normalisation_is_counted_and_stays_lazy() -> None:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(3))
    records = trace(model, (2, 3, 8, 8))
    assert [record.parameters for record in records] == [112, 8, 0, 435]
    assert all(is_lazy(one) for one in (*model.parameters(), *list(model.buffers())[:2]))


def test_an_observer_sees_none_of_our_images() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3))
    model.register_buffer("largest", torch.tensor(0.5))

    def observe(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        module.get_buffer("largest").copy_(inputs[0].max())

    model.register_forward_pre_hook(observe)
    trace(model, (1, 1, 8, 8))
    seen_pixels(model, (1, 8, 8))
    assert model.get_buffer("largest") == 0.5
