"""LeNet-5 is the paper's: every count, forward and gradients against a slow reference."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook.interpret.summary import trace
from cnnbook.layers import ConnectionTableConv2d, RBFOutput, ScaledTanh, Subsample
from cnnbook.models.lenet5 import (
    BACKGROUND,
    CONNECTIONS,
    INK,
    MEAN_STD,
    LeNet5,
    framed,
    modern_lenet,
)
from cnnbook.models.lenet5_codes import COLUMNS, ROWS, digit_bitmaps

# The paper's table I, by rows: which maps of C3 (columns) the maps of S2 go to.
TABLE_I = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""


def images(count: int = 2, side: int = 32, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 1, side, side, generator=generator, dtype=torch.float64) * 1.275 - 0.1


def model(seed: int = 0, **changes: Any) -> LeNet5:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LeNet5(**changes).double()


def slow_lenet5(weights: dict[str, Tensor], image: Tensor) -> Tensor:
    """The penalties of one image ``(32, 32)``, weight by weight, from section II.B's formulas."""

    def squash(total: Tensor) -> Tensor:  # equation 6, with S = 2/3
        return 1.7159 * torch.tanh(2 / 3 * total)

    def weighted(kernel: Tensor, plane: Tensor) -> Tensor:
        side = len(plane) - 4
        total = torch.zeros(side, side, dtype=plane.dtype)
        for i in range(5):
            for j in range(5):
                total = total + kernel[i, j] * plane[i : i + side, j : j + side]
        return total

    def subsample(name: str, maps: list[Tensor]) -> list[Tensor]:
        coefficients, biases = weights[f"{name}.coefficient"], weights[f"{name}.bias"]
        sums = [m[::2, ::2] + m[::2, 1::2] + m[1::2, ::2] + m[1::2, 1::2] for m in maps]
        return [squash(coefficients[c] * total + biases[c]) for c, total in enumerate(sums)]

    c1 = [
        squash(weighted(weights["c1.weight"][o, 0], image) + weights["c1.bias"][o])
        for o in range(6)
    ]
    s2 = subsample("s2", c1)
    c3, kernels = [], iter(weights["c3.weight"])
    for o in range(16):
        total = weights["c3.bias"][o] + torch.zeros(10, 10, dtype=image.dtype)
        for plane, row in zip(s2, TABLE_I.split(), strict=True):
            if row[o] == "X":
                total = total + weighted(next(kernels), plane)
        c3.append(squash(total))
    s4 = torch.stack(subsample("s4", c3))
    c5 = torch.stack(
        [squash((weights["c5.weight"][o] * s4).sum() + weights["c5.bias"][o]) for o in range(120)]
    )
    f6 = torch.stack(
        [squash(weights["f6.weight"][o] @ c5 + weights["f6.bias"][o]) for o in range(84)]
    )
    codes = digit_bitmaps().double().reshape(10, 84)
    return torch.stack([((f6 - code) ** 2).sum() for code in codes])  # equation 7


def test_each_layer_has_the_papers_number_of_parameters() -> None:
    counted = {
        name: sum(parameter.numel() for parameter in part.parameters())
        for name, part in LeNet5().named_children()
    }
    assert counted == {
        "c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164,
        "output": 0, "squash": 0,
    }  # fmt: skip
    assert sum(counted.values()) == 60_000
    assert all(parameter.requires_grad for parameter in LeNet5().parameters())


def test_each_layer_has_the_papers_number_of_connections() -> None:
    """Each unit's inputs and its bias, over all units; the paper's sum has the distances too."""
    c1, c3 = 28 * 28 * 6 * 26, 10 * 10 * (60 * 25 + 16)
    s2, s4 = 14 * 14 * 6 * 5, 5 * 5 * 16 * 5
    assert (c1, s2, c3, s4) == (122_304, 5_880, 151_600, 2_000)
    assert c1 + s2 + c3 + s4 + 48_120 + 10_164 + 840 == 340_908
    traced = {r.name: r for r in trace(LeNet5(), (1, 1, 32, 32))}
    for name, biases, connections in (
        ("c1", 6 * 784, c1),
        ("c3", 16 * 100, c3),
        ("c5", 120, 48_120),
    ):
        assert traced[name].multiply_adds + biases == connections
    assert traced["output"].multiply_adds == 840


def test_the_connections_are_those_of_table_1() -> None:
    rows = TABLE_I.split()
    assert tuple(tuple(r for r in range(6) if rows[r][c] == "X") for c in range(16)) == CONNECTIONS
    assert sum(map(len, CONNECTIONS)) == 60


def test_the_shapes_are_the_papers() -> None:
    shapes = {record.name: record.output_shape[1:] for record in trace(LeNet5(), (1, 1, 32, 32))}
    del shapes["squash"]
    assert shapes == {
        "c1": (6, 28, 28), "s2": (6, 14, 14), "c3": (16, 10, 10), "s4": (16, 5, 5),
        "c5": (120, 1, 1), "f6": (84,), "output": (10,),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
def test_scores_and_gradients_equal_the_slow_reference(seed: int) -> None:
    net, image = model(seed), images(1, seed=seed)
    scores = net(image)[0]
    weights = {name: value.detach().clone() for name, value in net.named_parameters()}
    for value in weights.values():
        value.requires_grad_()
    penalties = slow_lenet5(weights, image[0, 0])
    assert torch.allclose(-scores, penalties, rtol=1e-6, atol=1e-6)
    mixing = torch.linspace(-1, 1, 10, dtype=torch.float64)
    (-scores @ mixing).backward()
    (penalties @ mixing).backward()  # type: ignore[no-untyped-call]
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None
        due = weights[name].grad
        assert due is not None
        assert torch.allclose(parameter.grad, due, rtol=1e-5, atol=1e-7), name


def test_weights_are_drawn_within_the_papers_bounds() -> None:
    net = model(3)
    fan_ins = {"c1": 25, "s2": 4, "s4": 4, "c5": 400, "f6": 120}
    for name, fan_in in fan_ins.items():
        values = torch.cat([p.flatten() for p in net.get_submodule(name).parameters()])
        assert values.abs().max() <= 2.4 / fan_in
        if len(values) > 100:
            assert values.abs().max() > 0.95 * 2.4 / fan_in
            assert values.std().item() == pytest.approx(2.4 / fan_in / math.sqrt(3), rel=0.1)
    for out, row in enumerate(CONNECTIONS):
        mine = net.c3.weight[net.c3.outputs == out]
        assert 0.9 * 2.4 / (25 * len(row)) < mine.abs().max() <= 2.4 / (25 * len(row))


def test_he_draws_have_the_variance_that_they_should() -> None:
    net = model(0, initialisation="he", activation="relu", subsampling="max", output="linear")
    assert net.c5.weight.std().item() == pytest.approx((2 / 400) ** 0.5, rel=0.02)
    assert net.c5.bias is not None
    assert net.c5.bias.abs().max() == 0
    first = net.c3.weight[net.c3.outputs == 0]
    assert first.std().item() == pytest.approx((2 / 75) ** 0.5, rel=0.3)


def test_an_image_of_28_pixels_is_set_in_background() -> None:
    small = images(2, 28)
    whole = F.pad(small, (2, 2, 2, 2), value=BACKGROUND)
    assert torch.equal(framed(small), whole)
    assert torch.equal(model()(small), model()(whole))
    mean, std = MEAN_STD
    for byte, due in ((0.0, BACKGROUND), (1.0, INK)):
        assert (byte - mean) / std == pytest.approx(due)


@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (1, 1, 30, 30), (1, 32, 32)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"takes images of shape \(N, 1, 32, 32\)"):
        LeNet5()(torch.zeros(shape))


@pytest.mark.parametrize("name", sorted(LeNet5.CHOICES))
def test_a_part_that_there_is_not_is_refused_with_those_that_there_are(name: str) -> None:
    first, second = LeNet5.CHOICES[name]
    with pytest.raises(ValueError, match=f"{name} must be '{first}' or '{second}', not 'other'"):
        LeNet5(**{name: "other"})  # type: ignore[arg-type]


def test_the_modern_lenet_is_convolution_relu_pooling_as_torch_has_them() -> None:
    net = modern_lenet().double()
    dense = nn.Conv2d(6, 16, 5).double()
    assert dense.bias is not None
    dense.weight.data, dense.bias.data = net.c3.dense_weight(), net.c3.bias.data
    stages = nn.Sequential(
        net.c1, nn.ReLU(), nn.MaxPool2d(2), dense, nn.ReLU(), nn.MaxPool2d(2),
        net.c5, nn.ReLU(), nn.Flatten(), net.f6, nn.ReLU(), net.output,
    )  # fmt: skip
    assert torch.allclose(net(images()), stages(images()))
    assert sum(parameter.numel() for parameter in net.parameters()) == 61_706


def test_the_drawings_are_seven_by_twelve_and_all_apart() -> None:
    codes = digit_bitmaps()
    assert codes.shape == (10, ROWS, COLUMNS)
    assert set(codes.flatten().tolist()) == {-1.0, 1.0}
    distances = torch.cdist(codes.flatten(1), codes.flatten(1)).square()
    apart = distances[~torch.eye(10, dtype=torch.bool)]
    assert apart.min() >= 4 * 8  # eight pixels at least


@st.composite
def tables(draw: Any) -> tuple[int, list[tuple[int, ...]]]:
    channels = draw(st.integers(1, 5))
    row = st.sets(st.integers(0, channels - 1), min_size=1)
    return channels, [tuple(sorted(r)) for r in draw(st.lists(row, min_size=1, max_size=6))]


@settings(max_examples=100, deadline=None)
@given(tables(), st.integers(1, 4), st.integers(0, 99))
def test_a_connection_table_is_a_sum_over_what_is_connected(
    drawn: tuple[int, list[tuple[int, ...]]], kernel_size: int, seed: int
) -> None:
    channels, table = drawn
    layer = ConnectionTableConv2d(channels, table, kernel_size).double()
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(2, channels, 6, 7, generator=generator, dtype=torch.float64)
    number = 0
    for out, row in enumerate(table):
        total = torch.zeros(2, 7 - kernel_size, 8 - kernel_size).double() + layer.bias[out]
        for channel in row:
            kernel = layer.weight[number][None, None]
            total = total + F.conv2d(inputs[:, channel : channel + 1], kernel)[:, 0]
            number += 1
        assert torch.allclose(layer(inputs)[:, out], total)
    assert number == len(layer.weight)


def test_a_full_table_is_a_convolution() -> None:
    layer, dense = ConnectionTableConv2d(6, [range(6)] * 16, 5), nn.Conv2d(6, 16, 5)
    assert sum(p.numel() for p in layer.parameters()) == 2416
    assert dense.bias is not None
    dense.weight.data, dense.bias.data = layer.dense_weight().detach(), layer.bias.data
    inputs = torch.randn(2, 6, 14, 14)
    assert torch.allclose(layer(inputs), dense(inputs), atol=1e-5)


def test_absent_connections_stay_absent_through_training() -> None:
    layer = ConnectionTableConv2d(3, [(0,), (1, 2)], 3)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        layer(torch.randn(2, 3, 6, 6)).square().mean().backward()
        optimizer.step()
    before = layer(inputs := torch.randn(1, 3, 6, 6))
    inputs[:, 1:] += 1
    assert torch.equal(layer(inputs)[:, 0], before[:, 0])
    assert not torch.equal(layer(inputs)[:, 1], before[:, 1])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([(0, 3)], "output channel 0 is connected to"),
        ([(0,), ()], "output channel 1 is connected to"),
        ([(1, 1)], "each once"),
        ([], "the table is empty"),
    ],
)
def test_a_table_that_cannot_be_is_refused(table: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ConnectionTableConv2d(3, table, 5)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_subsampling_adds_four_values_and_averages_nothing(
    channels: int, size: int, seed: int
) -> None:
    layer = Subsample(channels, size).double()
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(2, channels, 3 * size, 2 * size, generator=generator, dtype=torch.float64)
    windows = inputs.reshape(2, channels, 3, size, 2, size).sum(dim=(3, 5))
    due = windows * layer.coefficient[None, :, None, None] + layer.bias[None, :, None, None]
    assert torch.allclose(layer(inputs), due)
    assert sum(p.numel() for p in layer.parameters()) == 2 * channels


def test_the_scaled_tanh_is_plus_and_minus_one_there_and_most_curved_there() -> None:
    squash = ScaledTanh()
    ones = torch.tensor([1.0, -1.0], dtype=torch.float64)
    assert torch.allclose(squash(ones), ones, atol=2e-5)
    x = torch.linspace(0, 3, 30_001, dtype=torch.float64, requires_grad=True)
    slope = torch.autograd.grad(squash(x).sum(), x, create_graph=True)[0]
    curvature = torch.autograd.grad(slope.sum(), x)[0].abs()
    assert x[curvature.argmax()].item() == pytest.approx(1.0, abs=0.02)


def test_rbf_scores_are_minus_squared_distances() -> None:
    codes, features = torch.randn(4, 7).double(), torch.randn(5, 7).double()
    layer = RBFOutput(codes).double()
    due = -torch.cdist(features, layer.codes).square()
    assert torch.allclose(layer(features), due)
    assert layer(layer.codes).argmax(dim=1).tolist() == [0, 1, 2, 3]
    assert not list(layer.parameters())
    with pytest.raises(ValueError, match="the codes have 7 numbers"):
        layer(torch.zeros(1, 6))
    with pytest.raises(ValueError, match="codes are a matrix"):
        RBFOutput(torch.zeros(3))
