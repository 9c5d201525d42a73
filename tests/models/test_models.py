"""Laws of cnnbook.models: the notes' networks, written out plainly, are the presets."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnbook import models
from cnnbook.models import MLP, SmallCNN
from cnnbook.training import TrainConfig


class Note000(nn.Module):
    """LeNet's sizes without padding, a head of three layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(torch.flatten(x, 1)))
        out: Tensor = self.fc3(F.relu(self.fc2(x)))
        return out


class TwoStages(nn.Module):
    """Notes 001, 003 and 004: two padded convolutions, one hidden layer; ReLU before pooling."""

    def __init__(
        self, maps: tuple[int, int], kernel_size: int, padding: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, maps[0], kernel_size, padding=padding)
        self.conv2 = nn.Conv2d(maps[0], maps[1], kernel_size, padding=padding)
        self.fc1 = nn.Linear(maps[1] * 7 * 7, hidden)
        self.fc2 = nn.Linear(hidden, 10)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.conv1(x)), 2, 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2, 2)
        x = F.relu(self.fc1(x.view(x.size(0), -1)))
        out: Tensor = self.fc2(self.dropout(x))
        return out


PLAIN = {
    "note-000": (Note000, 44_426),
    "note-001": (lambda: TwoStages((16, 32), 3, 1, 128, 0.0), 206_922),
    "note-003": (lambda: TwoStages((16, 32), 5, 2, 128, 0.2), 215_370),
    "note-004": (lambda: TwoStages((32, 64), 3, 1, 64, 0.0), 220_234),
}


def parameter_count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", PLAIN)
def test_the_notes_networks_have_the_parameters_the_notes_count(name: str) -> None:
    make, parameters = PLAIN[name]
    assert parameter_count(models.build(name)) == parameter_count(make()) == parameters


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("training", [False, True])
def test_the_notes_networks_compute_what_their_plain_code_does(name: str, training: bool) -> None:
    torch.manual_seed(0)
    model, plain = models.build(name).train(training), PLAIN[name][0]().train(training)
    # Both list their layers in the order of use, so that the weights go over by position.
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        theirs.data.copy_(ours.data)
    images = torch.rand(5, 1, 28, 28)
    torch.manual_seed(1)
    logits = model(images)
    torch.manual_seed(1)
    expected = plain(images)
    assert logits.shape == (5, 10)
    torch.testing.assert_close(logits, expected)
    logits.square().sum().backward()
    expected.square().sum().backward()
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)


def test_pooling_before_relu_gives_the_same_values_and_gradients() -> None:
    maps = torch.randn(4, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    first = F.relu(F.max_pool2d(maps, 2))
    second = F.max_pool2d(F.relu(maps), 2)
    assert torch.equal(first, second)
    weights = torch.randn_like(first)
    gradients = [torch.autograd.grad((y * weights).sum(), maps)[0] for y in (first, second)]
    assert torch.equal(*gradients)


def test_layers_have_names_that_say_what_they_are() -> None:
    model = models.build("note-003")
    assert isinstance(model, SmallCNN)
    assert [name for name, _ in model.features.named_children()] == [
        "conv1", "pool1", "relu1", "conv2", "pool2", "relu2",
    ]  # fmt: skip
    assert [name for name, _ in model.classifier.named_children()] == [
        "flatten", "fc1", "relu1", "dropout", "fc2",
    ]  # fmt: skip
    assert [name for name, _ in models.build("mlp").named_modules() if "." in name] == [
        "classifier.flatten", "classifier.fc1", "classifier.relu1", "classifier.fc2",
    ]  # fmt: skip


def test_only_the_network_of_note_003_drops_units() -> None:
    shares = {
        name: [m.p for m in models.build(name).modules() if isinstance(m, nn.Dropout)]
        for name in PLAIN
    }
    assert shares == {"note-000": [], "note-001": [], "note-003": [0.2], "note-004": []}


@settings(max_examples=40, deadline=None)
@given(
    channels=st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple),
    kernel_size=st.integers(1, 5),
    padding=st.integers(0, 2),
    hidden=st.lists(st.integers(1, 9), max_size=2).map(tuple),
    in_channels=st.integers(1, 3),
    num_classes=st.integers(1, 12),
    image_size=st.integers(36, 40),
    batch=st.integers(1, 3),
)
def test_the_head_fits_the_features_for_any_setting(
    channels: tuple[int, ...],
    kernel_size: int,
    padding: int,
    hidden: tuple[int, ...],
    in_channels: int,
    num_classes: int,
    image_size: int,
    batch: int,
) -> None:
    model = SmallCNN(
        channels,
        kernel_size,
        padding,
        hidden,
        in_channels=in_channels,
        num_classes=num_classes,
        image_size=image_size,
    )
    logits = model(torch.zeros(batch, in_channels, image_size, image_size))
    assert logits.shape == (batch, num_classes)


def test_a_batch_may_be_empty() -> None:
    for name in models.names():
        assert models.build(name)(torch.zeros(0, 1, 28, 28)).shape == (0, 10)


def test_the_mlp_has_101770_parameters_and_is_two_matrix_products() -> None:
    model = MLP()
    assert parameter_count(model) == 784 * 128 + 128 + 128 * 10 + 10 == 101_770
    w1, b1, w2, b2 = model.parameters()
    images = torch.rand(3, 1, 28, 28)
    by_hand = torch.relu(images.reshape(3, 784) @ w1.T + b1) @ w2.T + b2
    torch.testing.assert_close(model(images), by_hand)


def test_the_mlp_takes_any_images_with_the_right_number_of_pixels() -> None:
    assert MLP(3 * 8 * 8, (5, 4), num_classes=2)(torch.zeros(7, 3, 8, 8)).shape == (7, 2)
    assert MLP(784, ())(torch.zeros(7, 1, 28, 28)).shape == (7, 10)


def test_models_are_built_from_names_with_changes() -> None:
    assert {"lenet5", "mlp", "modern", "tiny", "whitened", *PLAIN} <= set(models.names())
    assert list(models.names()) == sorted(models.names()), "_BUILDERS is kept in this order"
    changed = models.build("note-003", num_classes=26, dropout=0.5)
    assert changed(torch.zeros(1, 1, 28, 28)).shape == (1, 26)
    assert [m.p for m in changed.modules() if isinstance(m, nn.Dropout)] == [0.5]
    assert parameter_count(models.build("note-003")) == 215_370


def test_a_seed_fixes_the_weights() -> None:
    torch.manual_seed(3)
    first = models.build("note-000").state_dict()
    torch.manual_seed(3)
    second = models.build("note-000").state_dict()
    third = models.build("note-000").state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], third[name]) for name in first)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError, match=r"no model 'lenet'; there are alexnet, lenet5, .*note-000, .*note-004"
    ):
        models.build("lenet")


@pytest.mark.parametrize(
    "shape", [(2, 3, 28, 28), (2, 1, 32, 32), (1, 28, 28), (2, 784), (2, 1, 1, 28, 28)]
)
def test_images_of_another_shape_are_refused_with_both_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"takes images of shape \(N, 1, 28, 28\), not ") as error:
        models.build("note-003")(torch.zeros(shape))
    assert str(shape) in str(error.value)


def test_the_mlp_refuses_another_number_of_pixels_with_both_numbers() -> None:
    with pytest.raises(
        ValueError, match=r"takes 784 pixels an image, .*\(2, 3, 28, 28\) have 2352"
    ):
        MLP()(torch.zeros(2, 3, 28, 28))


def test_images_too_small_for_the_stages_are_refused_when_the_model_is_made() -> None:
    with pytest.raises(ValueError, match="does not fit into 4 pixels"):
        SmallCNN((4, 4), kernel_size=5, padding=0, image_size=12)
    with pytest.raises(ValueError, match="does not fit into 1 pixel"):
        SmallCNN((4, 4, 4), kernel_size=1, padding=0, image_size=4)


def test_every_model_has_settings_that_a_training_takes() -> None:
    for name in models.names():
        TrainConfig(**models.settings_for(name))
    with pytest.raises(ValueError, match="there is no model 'lenet6'; there are alexnet, lenet5, "):
        models.settings_for("lenet6")
