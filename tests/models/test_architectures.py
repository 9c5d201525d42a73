"""Laws of AlexNet, VGG, ResNet and the U-Net: torchvision's sizes, and what each idea promises."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnbook import models
from cnnbook.interpret.summary import trace
from cnnbook.models import VGG, AlexNet, BasicBlock, Bottleneck, ResNet, UNet
from cnnbook.models._images import least_size

FULL = {
    "alexnet": (AlexNet, 61_100_840),
    "vgg16": (VGG, 138_357_544),
    "resnet50": (ResNet, 25_557_032),
}


def torchvisions(name: str, **changes: Any) -> nn.Module:
    from torchvision import models as theirs

    model: nn.Module = getattr(theirs, name)(weights=None, **changes)
    return model


def shapes(model: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, tuple(value.shape)) for name, value in model.state_dict().items()]


@pytest.mark.parametrize("name", FULL)
def test_the_full_networks_have_torchvisions_layers_names_and_sizes(name: str) -> None:
    kind, parameters = FULL[name]
    with torch.device("meta"):
        ours, theirs = kind(), torchvisions(name)
    assert sum(one.numel() for one in ours.parameters()) == parameters
    assert shapes(ours) == shapes(theirs)
    own, other = (
        [
            (record.kind, record.output_shape, record.parameters, record.multiply_adds)
            for record in trace(model, (1, 3, 224, 224))
            if record.parameters or "Pool" in record.kind
        ]
        for model in (ours, theirs)
    )
    assert own == other


def test_resnet_50_begins_and_computes_as_torchvisions() -> None:
    torch.manual_seed(0)
    ours = ResNet(num_classes=7)
    torch.manual_seed(0)
    theirs = torchvisions("resnet50", num_classes=7)
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name
    images = torch.rand(2, 3, 50, 40)
    for training in (True, False):
        torch.testing.assert_close(ours.train(training)(images), theirs.train(training)(images))


@pytest.mark.parametrize(("name", "size"), [("alexnet", 80), ("vgg16", 40)])
def test_torchvisions_features_give_the_same_maps_with_our_names(name: str, size: int) -> None:
    with torch.device("meta"):  # the heads have up to 120 million weights, which nobody needs here
        ours, theirs = FULL[name][0](), torchvisions(name)
    assert str(ours.classifier) == str(theirs.classifier)
    assert str(ours.avgpool) == str(theirs.avgpool)
    features = theirs.get_submodule("features").to_empty(device="cpu")
    torch.manual_seed(0)
    for parameter in features.parameters():
        nn.init.normal_(parameter, 0, 0.05)
    own = ours.get_submodule("features")
    own.load_state_dict(features.state_dict(), assign=True)
    images = torch.rand(2, 3, size, size)
    with torch.no_grad():
        torch.testing.assert_close(own(images), features(images))


def test_a_vgg_begins_with_torchvisions_distribution() -> None:
    torch.manual_seed(0)
    model = VGG(3, 10, ((64, 64),), hidden=(500,), pooled=1)
    conv, head = model.get_submodule("features.2"), model.get_submodule("classifier.0")
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(head, nn.Linear)
    assert conv.bias is not None
    assert conv.weight.detach().std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
    assert head.weight.detach().std().item() == pytest.approx(0.01, rel=0.05)
    assert not conv.bias.any()
    assert not head.bias.any()


@pytest.mark.parametrize("block", [BasicBlock(8, 8), Bottleneck(8, 2)])
def test_a_block_whose_last_normalisation_is_zero_lets_through_what_it_gets(
    block: BasicBlock | Bottleneck,
) -> None:
    last = block.bn2 if isinstance(block, BasicBlock) else block.bn3
    nn.init.zeros_(last.weight)
    maps = torch.rand(3, 8, 5, 6)
    for training in (True, False):
        assert torch.equal(block.train(training)(maps), maps)


@pytest.mark.parametrize("kind", [BasicBlock, Bottleneck])
def test_without_a_way_around_such_a_block_lets_nothing_through(kind: Any) -> None:
    block = kind(8, 8 // kind.expansion, residual=False)
    for norm in block.children():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.zeros_(norm.weight)
    assert not block(torch.rand(3, 8, 5, 6)).any()
    assert block.downsample is None


@pytest.mark.parametrize("kind", [BasicBlock, Bottleneck])
def test_the_way_around_is_what_a_residual_block_adds_to_a_plain_one(kind: Any) -> None:
    torch.manual_seed(0)
    block = kind(6, 4, stride=2)
    plain = kind(6, 4, stride=2, residual=False)
    plain.load_state_dict(block.state_dict(), strict=False)
    kept: dict[str, Tensor] = {}
    last = "bn2" if kind is BasicBlock else "bn3"
    plain.get_submodule(last).register_forward_hook(lambda m, i, o: kept.update(found=o))
    maps = torch.randn(3, 6, 7, 9)
    plain(maps)
    torch.testing.assert_close(block(maps), torch.relu(kept["found"] + block.downsample(maps)))


@settings(max_examples=30, deadline=None)
@given(
    block=st.sampled_from(["basic", "bottleneck"]),
    stages=st.lists(st.tuples(st.integers(1, 2), st.integers(1, 4)), min_size=1, max_size=3),
    stem=st.sampled_from([(1, 1), (3, 1), (3, 2), (7, 2)]),
    stem_pool=st.booleans(),
    residual=st.booleans(),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    in_channels=st.integers(1, 3),
    num_classes=st.integers(1, 5),
)
def test_a_resnet_takes_images_of_any_size(
    block: Any,
    stages: list[tuple[int, int]],
    stem: tuple[int, int],
    stem_pool: bool,
    residual: bool,
    size: tuple[int, int],
    in_channels: int,
    num_classes: int,
) -> None:
    blocks, widths = zip(*stages, strict=True)
    model = ResNet(in_channels, num_classes, block, blocks, widths, stem, stem_pool, residual)
    logits = model.eval()(torch.zeros(2, in_channels, *size))
    assert logits.shape == (2, num_classes)
    # A projection is there where, and only where, the shape changes.
    layers = [m for m in model.modules() if isinstance(m, BasicBlock | Bottleneck)]
    changing = sum(
        m.conv1.in_channels != m.bn1.num_features * m.expansion
        or 2 in (m.conv1.stride[0], m.conv2.stride[0])
        for m in layers
    )
    projections = sum(m.downsample is not None for m in layers)
    assert projections == (changing if residual else 0)


def test_a_network_of_n_blocks_a_stage_has_6n_plus_2_layers() -> None:
    for n in (1, 3, 9):
        model = models.build("plain", blocks=(n, n, n))
        layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
        assert len(layers) == 6 * n + 2


@settings(max_examples=30, deadline=None)
@given(
    stages=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=3),
    kernel_size=st.sampled_from([1, 3, 5]),
    normalized=st.booleans(),
    pooled=st.integers(1, 3),
    hidden=st.lists(st.integers(1, 5), max_size=2),
    more=st.integers(0, 9),
)
def test_a_vgg_takes_images_from_its_least_size_on(
    stages: list[list[int]],
    kernel_size: int,
    normalized: bool,
    pooled: int,
    hidden: list[int],
    more: int,
) -> None:
    model = VGG(2, 4, stages, kernel_size, normalized, pooled, hidden).eval()
    least = 2 ** len(stages)
    assert model(torch.zeros(3, 2, least + more, least)).shape == (3, 4)
    with pytest.raises(ValueError, match=f"of at least {least}, not \\(1, 2, {least - 1}, 9\\)"):
        model(torch.zeros(1, 2, least - 1, 9))


def test_alexnet_says_from_which_size_on_images_will_do() -> None:
    with torch.device("meta"):
        model = AlexNet().eval()
        assert model(torch.zeros(1, 3, 63, 63)).shape == (1, 1000)
        message = r"\(N, 3, H, W\) with H and W of at least 63, not \(1, 3, 62, 80\)"
        with pytest.raises(ValueError, match=message):
            model(torch.zeros(1, 3, 62, 80))
        with pytest.raises(ValueError, match=r"not \(1, 1, 63, 63\)"):
            model(torch.zeros(1, 1, 63, 63))


@settings(max_examples=60, deadline=None)
@given(
    windows=st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=4
    )
)
def test_the_least_size_is_the_first_of_which_something_is_left(
    windows: list[tuple[int, int, int]],
) -> None:
    def left(size: int) -> bool:
        for kernel_size, stride, padding in windows:
            size = (size + 2 * padding - kernel_size) // stride + 1
            if size < 1:
                return False
        return True

    least = least_size(windows)
    assert left(least)
    assert least == 1 or not left(least - 1)


@settings(max_examples=30, deadline=None)
@given(
    in_channels=st.integers(1, 3),
    classes=st.integers(1, 4),
    widths=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    skips=st.booleans(),
    units=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    batch=st.integers(1, 2),
)
def test_a_unet_scores_every_pixel_of_images_that_can_be_halved(
    in_channels: int,
    classes: int,
    widths: list[int],
    skips: bool,
    units: tuple[int, int],
    batch: int,
) -> None:
    model = UNet(in_channels, classes, widths, skips).eval()
    multiple = 2 ** (len(widths) - 1)
    rows, columns = (multiple * unit for unit in units)
    scores = model(torch.zeros(batch, in_channels, rows, columns))
    assert scores.shape == (batch, classes, rows, columns)
    if multiple > 1:
        for shape in ((rows + 1, columns), (rows, columns - 1)):
            with pytest.raises(ValueError, match=f"multiples of {multiple}, not .*pad or resize"):
                model(torch.zeros(1, in_channels, *shape))


def test_skips_alone_carry_what_the_way_down_has_lost() -> None:
    torch.manual_seed(0)
    images = torch.rand(1, 1, 8, 8)
    for skips in (True, False):
        model = UNet(widths=(4, 4, 4), skips=skips).eval()
        for doubling in model.doubling:
            assert isinstance(doubling, nn.ConvTranspose2d)
            assert doubling.bias is not None
            nn.init.zeros_(doubling.weight)  # nothing comes up from below
            nn.init.zeros_(doubling.bias)
        scores = model(images).detach()
        # Without skips, every pixel away from the border then has the same score.
        assert (scores[..., 3:5, 3:5].std().item() > 1e-4) is skips


def test_every_parameter_of_a_unet_is_used() -> None:
    for skips in (True, False):
        model = UNet(widths=(2, 3, 4), skips=skips)
        model(torch.rand(2, 1, 8, 8)).square().sum().backward()
        assert all(one.grad is not None for one in model.parameters())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AlexNet(widths=(1, 2, 3)), "five convolutions, but there are 3 widths"),
        (lambda: VGG(stages=()), "every stage needs a convolution"),
        (lambda: VGG(stages=((8,), ())), "every stage needs a convolution"),
        (lambda: VGG(kernel_size=4), "kernel_size must be odd, not 4"),
        (lambda: ResNet(blocks=()), "at least one block"),
        (lambda: ResNet(blocks=(1, 0, 1, 1)), "at least one block"),
        (lambda: ResNet(blocks=(1, 1)), "every stage needs a width"),
        (
            lambda: models.build("resnet", block="wide"),
            "block must be basic or bottleneck, not 'wide'",
        ),
        (lambda: ResNet(stem=(4, 1)), "must have an odd side, not 4"),
        (lambda: UNet(widths=()), "at least one level"),
        (lambda: models.build("resnet")(torch.zeros(2, 3, 28, 28)), r"not \(2, 3, 28, 28\)"),
        (lambda: models.build("vgg")(torch.zeros(2, 784)), r"not \(2, 784\)"),
        (lambda: UNet()(torch.zeros(1, 3, 8, 8)), r"\(N, 1, H, W\) .* not \(1, 3, 8, 8\)"),
        (lambda: UNet()(torch.zeros(1, 8, 8)), r"not \(1, 8, 8\)"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
