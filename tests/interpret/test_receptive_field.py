"""Laws of receptive_field: recursion, trial of every pixel and gradients agree."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook.arithmetic import ReceptiveField
from cnnbook.interpret.receptive_field import influence, seen_pixels, sequential_fields

SOME = settings(max_examples=60, deadline=None)

pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
conv = st.builds(
    lambda kernel, stride, padding, dilation: nn.Conv2d(
        1, 1, kernel, stride, padding, dilation, bias=False
    ),
    *(pair, st.tuples(st.integers(1, 2), st.integers(1, 2)), pair, pair),
)
pool = st.builds(
    lambda kind, kernel, stride: kind(kernel, stride),
    *(st.sampled_from([nn.MaxPool2d, nn.AvgPool2d]), pair, st.none() | pair),
)
layers = st.lists(conv | pool | st.builds(nn.ReLU) | st.just(nn.BatchNorm2d(1)), max_size=3)


def positive(model: nn.Module) -> nn.Module:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.ones_(module.weight)
    return model


def output_sizes(model: nn.Module) -> tuple[int, ...] | None:
    try:
        return tuple(model.eval()(torch.zeros(1, 1, 14, 15)).shape[2:])
    except RuntimeError:
        return None


@SOME
@given(layers, st.data())
def test_the_recursion_ends_where_the_pixels_that_are_seen_end(
    modules: list[nn.Module], data: st.DataObject
) -> None:
    model = nn.Sequential(*modules)
    sizes = output_sizes(model)
    if sizes is None:
        return
    unit = data.draw(st.tuples(*(st.integers(0, size - 1) for size in sizes)))
    seen = seen_pixels(model, (1, 14, 15), unit)
    fields = sequential_fields(model)
    last = (fields[-1].rows, fields[-1].columns) if fields else (ReceptiveField(),) * 2
    nominal = [last[axis].pixels(unit[axis]) for axis in (0, 1)]
    rows, columns = seen.nonzero().T.tolist()
    assert set(rows) <= set(nominal[0])
    assert set(columns) <= set(nominal[1])
    inside = (range(14), range(15))
    if all(set(pixels) <= set(all_) for pixels, all_ in zip(nominal, inside, strict=True)):
        for pixels, places in zip(nominal, (rows, columns), strict=True):
            assert (min(places), max(places)) == (pixels[0], pixels[-1])


@SOME
@given(layers, st.data())
def test_the_pixels_that_are_seen_are_those_with_a_gradient(
    modules: list[nn.Module], data: st.DataObject
) -> None:
    # With positive weights, mean pooling and no activation, no path can cancel or be blocked.
    open_modules = [
        nn.AvgPool2d(module.kernel_size, module.stride)
        if isinstance(module, nn.MaxPool2d)
        else module
        for module in modules
        if not isinstance(module, nn.ReLU)
    ]
    model = positive(nn.Sequential(*open_modules))
    sizes = output_sizes(model)
    if sizes is None:
        return
    unit = data.draw(st.tuples(*(st.integers(0, size - 1) for size in sizes)))
    if not list(model.children()):
        return
    counts = influence(model, torch.rand(1, 1, 14, 15), unit)
    assert torch.equal(counts > 0, seen_pixels(model, (1, 14, 15), unit))


class Branches(nn.Module):
    """A residual sum, two branches side by side, and functions instead of layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 4, 3, padding=1)
        self.short = nn.Conv2d(2, 4, 1)
        self.wide = nn.Conv2d(2, 4, (1, 7), padding=(0, 3))
        self.last = nn.Conv2d(8, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        deep = self.second(F.relu(self.first(x))) + self.short(x)
        both: Tensor = self.last(torch.cat([deep, F.max_pool2d(self.wide(x), 3, 1, 1)], dim=1))
        return both


def test_branches_are_seen_and_agree_with_the_recursion_put_side_by_side() -> None:
    torch.manual_seed(0)
    model = Branches()
    seen = seen_pixels(model, (2, 15, 15))
    expected = torch.zeros(15, 15, dtype=torch.bool)
    expected[5:10, 5:10] = True  # two convolutions of 3x3 around the middle, (7, 7)
    expected[6:9, 3:12] = True  # 1x7, then the largest of 3x3
    assert torch.equal(seen, expected)
    deep = ReceptiveField().through(3, padding=1).through(3, padding=1).beside(ReceptiveField())
    rows = deep.beside(ReceptiveField().through(3, padding=1))
    columns = deep.beside(ReceptiveField().through(7, padding=3).through(3, padding=1))
    assert (rows.pixels(7), columns.pixels(7)) == (range(5, 10), range(3, 12))
    inner = seen_pixels(model, (2, 15, 15), layer="second")
    assert inner.sum() == 25


def test_dead_units_and_weights_of_zero_are_seen_but_have_no_gradient() -> None:
    conv = nn.Conv2d(1, 1, 3)
    conv.weight.data.fill_(0.0)
    conv.bias = nn.Parameter(torch.tensor([-1.0]))
    model = nn.Sequential(conv, nn.ReLU())
    assert seen_pixels(model, (1, 3, 3)).all()
    assert not influence(model, torch.rand(4, 1, 3, 3)).any()


def test_a_fully_connected_layer_sees_all() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 5))
    assert seen_pixels(model, (1, 3, 4)).all()


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_influence_counts_paths_on_average_and_exactly_for_ones(depth: int) -> None:
    ones = positive(nn.Sequential(*(nn.Conv2d(1, 1, 3, bias=False) for _ in range(depth))))
    side = 2 * depth + 1
    paths = torch.ones(1)
    for _ in range(depth):
        paths = F.conv1d(paths[None, None], torch.ones(1, 1, 3), padding=2)[0, 0]
    expected = torch.outer(paths, paths)
    exact = influence(ones, torch.zeros(1, 1, side, side))
    assert torch.allclose(exact, expected**2)
    torch.manual_seed(depth)
    total = torch.zeros(side, side)
    for _ in range(200):
        random = nn.Sequential(*(nn.Conv2d(4, 4, 3, bias=False) for _ in range(depth)))
        total += influence(random, torch.zeros(1, 4, side, side))
    share = total / total.sum()
    assert torch.allclose(share, expected / expected.sum(), atol=0.1 / side)


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5))
    model[1].eval()
    images = torch.rand(2, 1, 6, 6)
    state = torch.get_rng_state()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    seen_pixels(model, (1, 6, 6))
    influence(model, images, layer="0")
    assert [module.training for module in model.modules()] == [True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module._forward_hooks for module in model.modules())


def test_padding_by_name_is_understood() -> None:
    model = nn.Conv2d(1, 1, 5, padding="same", dilation=2)
    assert sequential_fields(model)[0].rows == ReceptiveField(9, 1, -4)
    assert sequential_fields(nn.Conv2d(1, 1, 5, padding="valid"))[0].rows == ReceptiveField(5, 1, 0)


def test_what_has_no_answer_is_refused_in_words() -> None:
    head = nn.Sequential(nn.Conv2d(1, 1, 3), nn.Sequential(nn.Flatten(), nn.Linear(4, 2)))
    with pytest.raises(ValueError, match=r"layer '1.0' \(Flatten\) has no place .* seen_pixels"):
        sequential_fields(head)
    with pytest.raises(ValueError, match=r"that of one image, \(C, H, W\), not \(28, 28\)"):
        seen_pixels(head, (28, 28))
    conv = nn.Sequential(nn.Conv2d(1, 1, 3))
    with pytest.raises(ValueError, match=r"unit \(4, 0\) is not in the output, .* \(4, 4\)"):
        seen_pixels(conv, (1, 6, 6), (4, 0))
    with pytest.raises(ValueError, match=r"unit \(0,\) is not in the output"):
        influence(conv, torch.zeros(1, 1, 6, 6), (0,))
    with pytest.raises(ValueError, match="no layer 'conv9'; there are 0"):
        seen_pixels(conv, (1, 6, 6), layer="conv9")
    with pytest.raises(ValueError, match=r"floating-point numbers .* torch.uint8"):
        influence(conv, torch.zeros(1, 1, 6, 6, dtype=torch.uint8))
    for weights in conv.parameters():
        weights.data.fill_(torch.nan)
    with pytest.raises(ValueError, match="NaN for an image of ordinary numbers"):
        seen_pixels(conv, (1, 6, 6))
    with pytest.raises(ValueError, match="jumps of 1 and 2 pixels cannot meet"):
        ReceptiveField().beside(ReceptiveField(jump=2))
