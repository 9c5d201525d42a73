"""Laws of cnnbook.benchmark, of the recipes and of what the benchmark counts."""

import time

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnbook import models
from cnnbook.benchmark import Timings, _operations, interleave, kernel_rates, matrix_product_rate
from cnnbook.datasets import load
from cnnbook.experiments.recipes import RECIPES
from tests.benchmarks.training_speed import flop_per_image


def test_contestants_take_turns_and_another_begins_each_round() -> None:
    order: list[str] = []
    contestants = {name: lambda name=name: order.append(name) for name in "abc"}
    timings = interleave(contestants, rounds=3, warm_up=0)
    assert "".join(order) == "abc" + "bca" + "cab"
    assert {len(seconds) for seconds in timings.seconds.values()} == {3}


def test_rounds_of_warming_up_do_not_count() -> None:
    calls: list[int] = []
    timings = interleave({"a": lambda: calls.append(1)}, rounds=2, warm_up=3)
    assert len(calls) == 5
    assert len(timings.seconds["a"]) == 2


def test_what_sleeps_longer_takes_longer() -> None:
    timings = interleave({"a": lambda: time.sleep(0.02), "b": lambda: time.sleep(0.01)}, rounds=3)
    assert min(timings.seconds["a"]) >= 0.02
    assert timings.ratio("a", "b") > 1


def test_ratios_are_taken_round_by_round() -> None:
    timings = Timings({"a": (2.0, 40.0, 6.0), "b": (1.0, 10.0, 2.0)})
    assert timings.ratios("a", "b") == (2.0, 4.0, 3.0)
    assert timings.ratio("a", "b") == 3.0
    assert timings.median("a") == 6.0
    with pytest.raises(ValueError, match="no contestant is named 'c'; there are a, b"):
        timings.median("c")


@pytest.mark.parametrize(("rounds", "warm_up"), [(0, 1), (1, -1)])
def test_no_round_is_refused(rounds: int, warm_up: int) -> None:
    with pytest.raises(ValueError, match="rounds must be at least 1"):
        interleave({"a": lambda: None}, rounds, warm_up=warm_up)


def test_nothing_to_time_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to time"):
        interleave({}, 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_limit_is_a_rate(dtype: torch.dtype) -> None:
    assert matrix_product_rate(dtype, size=128, seconds=0.02) > 1e7
    with pytest.raises(ValueError, match="must be positive"):
        matrix_product_rate(size=0)


@pytest.mark.parametrize("name", ["note-003", "note-004", "mlp"])
def test_the_benchmark_counts_what_an_independent_counter_counts(name: str) -> None:
    model = models.build(name)
    images = torch.zeros(1, 1, 28, 28)
    with FlopCounterMode(display=False) as counter:
        model(images).sum().backward()
    assert flop_per_image(name) == counter.get_total_flops()


def test_a_frozen_first_layer_costs_its_forward_pass_alone() -> None:
    model = models.build("whitened")
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 1, 28, 28)[[0, 0]]).sum().backward()
    assert 2 * flop_per_image("whitened") == counter.get_total_flops()


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_names_a_model_and_is_short(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.model in models.names()
    assert recipe.config.epochs == 1


def test_whitened_patches_are_uncorrelated_and_equally_large() -> None:
    images = load("digits").images[:500].float() / 255
    model = models.WhitenedCNN()
    model.adapt(images)
    kernels = model.whiten.weight.detach()
    assert torch.equal(kernels[:8], -kernels[8:])
    assert not model.whiten.weight.requires_grad
    patches = torch.nn.functional.unfold(images, 5, stride=2).transpose(1, 2).flatten(0, 1)
    covariance = torch.cov((patches @ kernels[:8].flatten(1).T).T)
    off_diagonal = covariance - torch.diag(covariance.diagonal())
    assert float(off_diagonal.abs().max()) < 0.01
    # A direction of variance v is divided by the root of v + 0.01.
    variances = torch.linalg.eigvalsh(torch.cov(patches.T))[-8:]
    torch.testing.assert_close(
        covariance.diagonal(), variances / (variances + 0.01), rtol=1e-3, atol=1e-3
    )


def test_the_trainer_lets_a_model_adapt_to_its_images() -> None:
    from cnnbook.training import TrainConfig, Trainer

    data = load("digits").subset(range(128))
    model, expected = models.WhitenedCNN(), models.WhitenedCNN()
    expected.adapt(data.images / 255)
    Trainer(TrainConfig(epochs=1, device="cpu")).fit(model, data)
    torch.testing.assert_close(model.whiten.weight, expected.whiten.weight, rtol=1e-3, atol=1e-4)


def test_whitening_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="a patch has 25 directions, 26 cannot be kept"):
        models.WhitenedCNN(directions=26)
    with pytest.raises(ValueError, match="images of 12 pixels are too small"):
        models.WhitenedCNN(image_size=12)
    with pytest.raises(ValueError, match=r"takes images of shape \(N, 1, 28, 28\)"):
        models.WhitenedCNN()(torch.zeros(1, 1, 20, 20))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_each_layer_is_tried_as_it_is_used_and_the_model_is_left_alone(precision: str) -> None:
    torch.manual_seed(0)
    model = models.build("note-000")
    before = {name: (value.clone(), value.stride()) for name, value in model.state_dict().items()}
    rates = kernel_rates(
        model, torch.rand(4, 1, 28, 28), precision=precision, sizes=(32, 64), seconds=0.005
    )
    layers = ["features.conv1", "features.conv2", *(f"classifier.fc{n}" for n in (1, 2, 3))]
    tried = [f"{layer} {way}" for layer in layers for way in ("forward", "forward and backward")]
    assert list(rates) == ["product of 32 rows", "product of 64 rows", *tried]
    assert min(rates.values()) > 0
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name][0])
        assert value.stride() == before[name][1]
    assert not any(module._forward_pre_hooks for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("layer", "values"),
    [
        (nn.Conv2d(6, 4, 3, stride=2, groups=2), torch.rand(2, 6, 9, 9)),
        (nn.Conv2d(1, 16, 5, padding=2), torch.rand(2, 1, 28, 28)),
        (nn.Linear(7, 5), torch.rand(3, 7)),
    ],
)
def test_the_operations_of_a_layer_are_those_that_pytorch_counts(
    layer: nn.Module, values: Tensor
) -> None:
    with FlopCounterMode(display=False) as counter:
        output = layer(values)
    assert _operations(layer, output) == counter.get_total_flops()
