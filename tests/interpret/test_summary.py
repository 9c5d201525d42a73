"""Laws of cnnbook.interpret.summary."""

from collections import OrderedDict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnbook.interpret.summary import LayerRecord, format_trace, trace


def notes_network() -> nn.Sequential:
    """The network of note 003: two convolutions of 5x5 with 16 and 32 channels."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 16, 5, padding=2),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(16, 32, 5, padding=2),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            fc1=nn.Linear(1568, 128),
            relu3=nn.ReLU(),
            dropout=nn.Dropout(0.2),
            fc2=nn.Linear(128, 10),
        )
    )


def test_shapes_and_parameters_of_the_notes_network() -> None:
    records = trace(notes_network(), (64, 1, 28, 28))
    assert [record.name for record in records] == list(dict(notes_network().named_children()))
    assert records[0] == LayerRecord(
        "conv1", "Conv2d", (64, 1, 28, 28), (64, 16, 28, 28), 416, 64 * 313600
    )
    assert records[6].output_shape == (64, 1568)
    assert sum(record.parameters for record in records) == 215_370


layer = st.one_of(
    st.builds(
        lambda channels, groups, kernel, stride: (nn.Conv2d, channels, groups, kernel, stride),
        *(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3), st.integers(1, 2)),
    ),
    st.builds(
        lambda channels, groups, kernel, stride: (
            nn.ConvTranspose2d,
            channels,
            groups,
            kernel,
            stride,
        ),
        *(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3), st.integers(1, 2)),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(layer, min_size=1, max_size=3), st.integers(1, 3), st.booleans())
def test_counts_agree_with_torch_for_any_stack(
    layers: list[tuple[type[nn.Module], int, int, int, int]], batch: int, bias: bool
) -> None:
    channels, modules = 2, []
    for kind, parts, groups, kernel, stride in layers:
        out_channels = 2 * parts
        modules.append(kind(channels, out_channels, kernel, stride, groups=groups, bias=bias))
        channels = out_channels
    model = nn.Sequential(
        *modules, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * channels, 3)
    )
    records = trace(model, (batch, 2, 20, 20))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        output = model(torch.zeros(batch, 2, 20, 20))
    assert records[-1].output_shape == tuple(output.shape)
    assert sum(record.multiply_adds for record in records) * 2 == counter.get_total_flops()
    assert sum(record.parameters for record in records) == sum(
        parameter.numel() for parameter in model.parameters()
    )


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5))
    model[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    trace(model, (4, 1, 8, 8))
    assert [module.training for module in model.modules()] == [True, True, False, True]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module._forward_hooks for module in model.modules())


def test_the_model_is_left_as_it_was_when_it_fails() -> None:
    model = notes_network()
    with pytest.raises(RuntimeError):
        trace(model, (1, 1, 8, 8))
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def test_a_layer_used_twice_has_two_records_and_counts_its_parameters_once() -> None:
    shared = nn.Linear(5, 5)
    records = trace(nn.Sequential(shared, nn.ReLU(), shared), (1, 5))
    assert [record.parameters for record in records] == [30, 0, 0]
    assert [record.multiply_adds for record in records] == [25, 0, 25]


class Scaled(nn.Module):
    """A module with children and a parameter of its own, called by keyword, with two results."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.inner = nn.LSTM(4, 3, batch_first=True)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"scaled": self.inner(input=x)[0] * self.scale}


def test_own_parameters_keywords_and_several_results_are_recorded() -> None:
    records = trace(Scaled(), (1, 7, 4))
    assert [record.name for record in records] == ["inner", "model"]
    assert records[0].input_shape == (1, 7, 4)
    assert records[1].output_shape == (1, 7, 3)
    assert records[1].parameters == 3


def test_the_table_is_aligned_and_adds_up() -> None:
    lines = format_trace(trace(notes_network(), (1, 1, 28, 28))).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert max(map(len, lines)) < 100
    assert lines[-1].split() == ["total", "215,370", "3,024,384"]


def test_a_shape_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 0\) has a size that is not positive"):
        trace(nn.Flatten(), (1, 0))


class ByWeight(nn.Module):
    """Uses the weights of a layer without calling it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(4, 10)

    def forward(self, images: Tensor) -> Tensor:
        maps = nn.functional.conv2d(images, self.conv.weight, self.conv.bias)
        return self.fc(maps.mean((2, 3)))  # type: ignore[no-any-return]


class Listed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.matrices = nn.ParameterList([torch.ones(5, 3), torch.ones(3, 2)])

    def forward(self, rows: Tensor) -> Tensor:
        product: Tensor = rows @ self.matrices[0] @ self.matrices[1]
        return product


class Two(nn.Module):
    """Takes an image and words, answers by name, and has a head that is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.words = nn.Linear(64, 8), nn.Embedding(10, 8)
        self.unused = nn.Conv2d(3, 3, 3)

    def forward(self, images: Tensor, words: Tensor) -> dict[str, Tensor]:
        return {"alike": self.image(images.flatten(1)) @ self.words(words).T}


STRANGE = (
    *("by weight", "listed", "two inputs", "shared", "tied", "scripted", "traced", "attention"),
    *("bilinear", "lazy", "float64", "grouped"),
)


def strange() -> dict[str, tuple[nn.Module, tuple[Tensor, ...]]]:
    shared = nn.Linear(6, 6)
    tied = nn.Sequential(nn.Linear(6, 6), nn.Linear(6, 6))
    tied[1].weight = tied[0].weight
    scripted = nn.Sequential(nn.Conv2d(1, 2, 3), torch.jit.script(nn.Conv2d(2, 2, 3)))
    image, row = torch.rand(2, 1, 8, 8), torch.rand(2, 6)
    return {
        "by weight": (ByWeight(), (image,)),
        "listed": (Listed(), (torch.rand(4, 5),)),
        "two inputs": (Two(), (image, torch.tensor([1, 2, 3]))),
        "shared": (nn.Sequential(shared, nn.ReLU(), shared), (row,)),
        "tied": (tied, (row,)),
        "scripted": (scripted, (image,)),
        "traced": (torch.jit.trace(ByWeight(), image), (image,)),  # type: ignore[no-untyped-call]
        "attention": (
            nn.TransformerEncoderLayer(16, 4, 32, batch_first=True),
            (torch.rand(1, 5, 16),),
        ),
        "bilinear": (nn.Bilinear(3, 4, 5), (torch.rand(2, 3), torch.rand(2, 4))),
        "lazy": (nn.Sequential(nn.Flatten(), nn.LazyLinear(3)), (image,)),
        "float64": (nn.Linear(6, 2).double(), (row.double(),)),
        "grouped": (nn.Conv2d(4, 8, 3, groups=2, padding="same"), (torch.rand(1, 4, 9, 9),)),
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", STRANGE)
def test_no_parameter_and_no_product_is_left_out(name: str) -> None:
    torch.manual_seed(0)
    model, inputs = strange()[name]
    modes = [module.training for module in model.modules()]
    records = trace(model, *inputs)
    assert [module.training for module in model.modules()] == modes
    assert not any(module._forward_hooks for module in model.modules())
    assert any(
        isinstance(one, nn.parameter.UninitializedParameter) for one in model.parameters()
    ) == (name == "lazy")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            model.eval()(*inputs)
        torch.backends.mha.set_fastpath_enabled(True)
    assert sum(record.parameters for record in records) == sum(
        one.numel() for one in model.parameters()
    )
    assert 2 * sum(record.multiply_adds for record in records) == counter.get_total_flops()


def test_what_was_not_called_is_said() -> None:
    table = format_trace(trace(ByWeight(), (1, 1, 8, 8)))
    assert table.splitlines()[-3].split()[:4] == ["conv", "Conv2d", "not", "called"]
    assert "outside of layers" in table
    total = table.splitlines()[-1].split()
    assert total == ["total", "90", "1,336"]


def test_a_model_without_an_input_is_refused() -> None:
    with pytest.raises(ValueError, match="what does the model take"):
        trace(nn.Linear(2, 3))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        *("resnet18", "vgg11", "mobilenet_v2", "densenet121", "efficientnet_b0", "vit_b_16"),
        *("googlenet", "squeezenet1_1", "shufflenet_v2_x1_0", "alexnet", "swin_t"),
    ],
)
def test_counts_of_torchvisions_networks_are_whole(name: str) -> None:
    import torchvision

    changes = {"init_weights": False} if name == "googlenet" else {}
    model = torchvision.models.get_model(name, weights=None, **changes)
    records = trace(model, (1, 3, 224, 224))
    assert sum(record.parameters for record in records) == sum(
        one.numel() for one in model.parameters()
    )
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            model.eval()(torch.zeros(1, 3, 224, 224))
        torch.backends.mha.set_fastpath_enabled(True)
    assert 2 * sum(record.multiply_adds for record in records) == counter.get_total_flops()
