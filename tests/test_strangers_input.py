"""Models, numbers and data as strangers have them: they work, or one line says what to do."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnbook.arithmetic import conv_multiply_adds, conv_output_size, conv_parameters
from cnnbook.datasets import ImageSet, load
from cnnbook.datasets.augment import RandomAffine, RandomShift
from cnnbook.interpret import (
    class_activation_map,
    exciting_patches,
    feature_maps,
    occlusion_map,
    selectivity,
    without_channel,
)
from cnnbook.interpret.receptive_field import influence, seen_pixels, sequential_fields
from cnnbook.metrics import confusion_matrix
from cnnbook.training import CheckpointError, TrainConfig, Trainer

DIGITS = load("digits").first(65)
INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


def linear() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


class Viewing(nn.Module):
    """A network as in PyTorch's older tutorials."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 5), nn.Linear(4 * 12 * 12, 10)

    def forward(self, images: Tensor) -> Tensor:
        maps = torch.max_pool2d(self.conv(images).relu(), 2)
        return self.fc(maps.view(maps.size(0), -1))  # type: ignore[no-any-return]


class Named(nn.Module):
    """Answers by name, through a part that learns nothing."""

    def __init__(self, *, by_name: bool) -> None:
        super().__init__()
        self.conv, self.fc, self.by_name = nn.Conv2d(1, 4, 3), nn.Linear(4, 10), by_name

    def forward(self, images: Tensor) -> Any:
        with torch.no_grad():
            maps = self.conv(images)
        logits = self.fc(maps.mean((2, 3)))
        return {"logits": logits} if self.by_name else logits


def test_a_view_after_a_convolution_is_trained_and_judged_and_works_afterwards() -> None:
    model = Viewing()
    before = model.conv.weight.stride()
    Trainer(TrainConfig(epochs=1)).fit(model, DIGITS)
    Trainer().evaluate(model, DIGITS)
    assert model.conv.weight.stride() == before
    assert model(torch.rand(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.parametrize(
    ("model", "changes", "words"),
    [
        (lambda: nn.Sequential(linear(), nn.BatchNorm1d(10)), {"batch_size": 64}, "batch_size=64"),
        (lambda: linear().double(), {}, r"float64.*model\.float\(\)"),
        (lambda: linear().bfloat16(), {}, "precision='bf16'"),
        (lambda: Named(by_name=True), {}, "gives a dict, not a tensor of logits"),
    ],
)
def test_what_cannot_be_trained_is_told_with_the_remedy(
    model: Any, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Trainer(TrainConfig(epochs=1, **changes)).fit(model(), DIGITS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("gradients", [True, False])
def test_what_a_notebook_has_set_changes_no_training(dtype: torch.dtype, gradients: bool) -> None:
    def losses() -> tuple[float, ...]:
        torch.manual_seed(0)
        model = linear()
        return Trainer(TrainConfig(epochs=1)).fit(model, DIGITS).step_losses

    due = losses()
    torch.manual_seed(0)
    model = linear()
    torch.set_default_dtype(dtype)
    try:
        with torch.set_grad_enabled(gradients):
            found = Trainer(TrainConfig(epochs=1)).fit(model, DIGITS).step_losses
    finally:
        torch.set_default_dtype(torch.float32)
    assert found == due


class StoppedError(Exception):
    """Ends a training after its first epoch."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RandomAffine(rotate=20), None),
        (RandomAffine(rotate=20), RandomAffine(rotate=10)),
        (None, RandomShift(1)),
    ],
)
def test_going_on_with_another_augmentation_is_refused(
    before: Any, after: Any, tmp_path: Path
) -> None:
    def stop(_: object) -> None:
        raise StoppedError

    config = TrainConfig(epochs=2)
    with pytest.raises(StoppedError):
        Trainer(config).fit(linear(), DIGITS, folder=tmp_path, augment=before, on_epoch=stop)
    with pytest.raises(CheckpointError, match="was trained with augment="):
        Trainer(config).fit(linear(), DIGITS, folder=tmp_path, augment=after, resume=True)
    Trainer(config).fit(linear(), DIGITS, folder=tmp_path, augment=before, resume=True)


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        ({"epochs": np.int64(3)}, 3),
        ({"seed": torch.tensor(7)}, 7),
        ({"lr": np.float32(0.5)}, 0.5),
        ({"max_steps": np.uint8(9)}, 9),
    ],
)
def test_numbers_of_any_library_are_taken_as_pythons(
    given_value: dict[str, Any], kept: float
) -> None:
    (name,) = given_value
    value = getattr(TrainConfig(**given_value), name)
    assert (value, type(value)) == (kept, type(kept))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lr": "0.1"}, "lr must be a number, not '0.1'"),
        ({"betas": 0.9}, "betas must be two numbers"),
        ({"epochs": 2.5}, "epochs must be a whole number"),
        ({"seed": 99_999_999_999_999}, "seed must be from 0 to 4294967295"),
        ({"seed": -1}, "seed must be from 0"),
    ],
)
def test_settings_of_a_wrong_kind_are_refused_in_words(changes: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TrainConfig(**changes)


@given(*(st.integers(1, 9) for _ in range(3)), st.sampled_from([np.int8, np.int64, np.uint16]))
def test_arithmetic_takes_numpys_whole_numbers_and_does_not_overflow(
    kernel: int, extra: int, channels: int, kind: Any
) -> None:
    size = kernel + extra
    assert conv_output_size(kind(size), kind(kernel)) == conv_output_size(size, kernel)
    found = conv_parameters(kind(channels), kind(100), kind(kernel))
    assert (found, type(found)) == (conv_parameters(channels, 100, kernel), int)
    adds = conv_multiply_adds(kind(100), kind(100), (kind(kernel), kernel), [kind(100)] * 2)
    assert adds == 10**8 * kernel**2


def test_an_image_set_of_arrays_says_how_to_make_tensors() -> None:
    with pytest.raises(ValueError, match=r"images must be a tensor, not numpy.ndarray; torch.as_"):
        ImageSet("a", "train", np.zeros((3, 1, 8, 8), np.uint8), torch.zeros(3).long(), ("a",))  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("classes", [2, 20, 100])
def test_confusions_are_counted_in_labels_of_any_kind(dtype: torch.dtype, classes: int) -> None:
    draw = torch.Generator().manual_seed(classes)
    labels = torch.randint(classes, (500,), generator=draw)
    answers = torch.randint(classes, (500,), generator=draw)
    due = confusion_matrix(answers, labels, classes)
    assert torch.equal(confusion_matrix(answers.to(dtype), labels.to(dtype), classes), due)
    assert int(due.sum()) == 500


class Added(nn.Module):
    """Adds in place to what an inner layer gave."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 5, padding=2)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.narrow(images)
        maps += self.wide(images)
        return maps  # type: ignore[no-any-return]


def test_inner_layers_are_seen_before_what_is_done_to_them_in_place() -> None:
    assert int(seen_pixels(Added(), (1, 9, 9), layer="narrow").sum()) == 1
    torch.manual_seed(0)
    images = torch.rand(3, 1, 9, 9)
    conv = nn.Conv2d(1, 4, 3)
    due = influence(nn.Sequential(conv, nn.ReLU()), images, layer="0")
    found = influence(nn.Sequential(conv, nn.ReLU(inplace=True)), images, layer="0")
    torch.testing.assert_close(found, due)


@pytest.mark.parametrize(
    "ambient", [torch.inference_mode, torch.no_grad, lambda: torch.device("meta")]
)
def test_what_a_notebook_has_set_changes_nothing_that_is_seen(ambient: Any) -> None:
    torch.manual_seed(0)
    model, images = (
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3)),
        torch.rand(3, 1, 8, 8),
    )
    logits = nn.Sequential(model, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    maps, labels = torch.rand(4, 3), torch.tensor([0, 1, 0, 1])
    looks: list[Callable[[], Any]] = [
        lambda: seen_pixels(model, (1, 8, 8)),
        lambda: influence(model, images),
        lambda: class_activation_map(logits, images[0], 1, "0.0"),
        lambda: occlusion_map(logits, images[0], 1),
        lambda: feature_maps(model, images, "0"),
        lambda: exciting_patches(model, images, "0", 1)[0].pixels,
        lambda: selectivity(maps, labels, 2).index,
        lambda: load("digits").images,
        lambda: load("gratings").images,
    ]
    due = [look() for look in looks]
    with ambient():
        found = [look() for look in looks]
    for one, other in zip(found, due, strict=True):
        torch.testing.assert_close(one, other)


def test_data_that_a_function_makes_are_the_same_in_any_number_format() -> None:
    due = load("gratings")
    torch.set_default_dtype(torch.float64)
    try:
        assert load("gratings").digest == due.digest
    finally:
        torch.set_default_dtype(torch.float32)


class Replacing(nn.Module):
    """A ReLU as a comparison, which a NaN does not pass."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.where(images > 0, images, 0)


class Wide(nn.Sequential):
    """A sequence that does something else besides."""

    def forward(self, images: Tensor) -> Any:
        return self[0](images) + images.mean()


def test_pixels_that_are_not_told_are_an_error_that_says_so() -> None:
    with pytest.raises(ValueError, match=r"9 pixels count for the unit.*ask influence"):
        seen_pixels(nn.Sequential(Replacing(), nn.Conv2d(1, 1, 3)), (1, 8, 8))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"),
        nn.BatchNorm2d(1, track_running_stats=False),
        Wide(nn.Conv2d(1, 1, 3, padding=1)),
    ],
)
def test_layers_of_which_the_recursion_does_not_hold_are_refused(layer: nn.Module) -> None:
    with pytest.raises(ValueError, match="no place in the recursion"):
        sequential_fields(nn.Sequential(nn.Conv2d(1, 1, 3), layer))


def test_influence_works_in_the_models_own_number_format() -> None:
    model = nn.Conv2d(1, 2, 3)
    due = influence(model, torch.rand(2, 1, 5, 5))
    torch.testing.assert_close(influence(model.double(), torch.rand(2, 1, 5, 5)), due)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: seen_pixels(Named(by_name=True), (1, 8, 8)), "gives a dict, not a tensor"),
        (lambda: seen_pixels(nn.Conv2d(1, 1, 3), (1, 8, 8), chunk=-1), "chunk must be at least 1"),
        (
            lambda: occlusion_map(Named(by_name=True), torch.rand(1, 8, 8), 1),
            "gives a dict, not logits",
        ),
        (
            lambda: occlusion_map(Named(by_name=False), torch.rand(1, 8, 8), 1, batch_size=0),
            "batch_size must be at least 1",
        ),
        (
            lambda: class_activation_map(Named(by_name=False), torch.rand(1, 8, 8), 1, "conv"),
            "do not depend on layer 'conv'",
        ),
        (
            lambda: selectivity(torch.full((4, 3), torch.nan), torch.tensor([0, 1, 0, 1]), 2),
            "no numbers",
        ),
    ],
)
def test_what_cannot_be_looked_at_is_told_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_a_layer_named_twice_is_looked_at_once() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    maps = feature_maps(model, torch.rand(5, 1, 8, 8), ["0", "1", "0"])
    assert list(maps) == ["0", "1"]
    assert len(maps["0"]) == 5


@pytest.mark.parametrize("channel", [1, np.int64(1), torch.tensor(1), [1], (np.int8(1),)])
def test_a_channel_may_be_a_number_of_any_kind(channel: Any) -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 1))
    with without_channel(model, "0", channel):
        maps = model(torch.rand(1, 1, 3, 3))
    assert maps[0, 1].count_nonzero() == 0
    assert maps[0, 0].count_nonzero() == 9


def test_the_recursion_takes_windows_as_torch_does() -> None:
    (field,) = sequential_fields(nn.LPPool2d(2, 2))
    assert (field.rows.size, field.rows.jump) == (2, 2)
    (field,) = sequential_fields(nn.Conv2d(1, 1, [3, 5]))  # type: ignore[arg-type]
    assert (field.rows.size, field.columns.size) == (3, 5)


def test_looking_at_what_is_traced_leaves_no_hook(tmp_path: Path) -> None:
    code = (
        "import torch, warnings; warnings.simplefilter('ignore')\n"
        "from torch import nn; from cnnbook.interpret.summary import trace\n"
        "m = nn.Sequential(nn.Conv2d(1, 2, 3), torch.jit.script(nn.Conv2d(2, 2, 3)))\n"
        "print(sum(r.parameters for r in trace(m, (1, 1, 8, 8))), len(m[0]._forward_hooks))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["58", "0"]
