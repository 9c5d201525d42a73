"""What belongs to the caller is as it was after any call of ours, after an error too."""

import contextlib
import gc
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnbook.datasets import ImageSet
from cnnbook.interpret import class_activation_map, feature_maps, occlusion_map, without_channel
from cnnbook.interpret.receptive_field import influence, seen_pixels
from cnnbook.interpret.summary import trace
from cnnbook.metrics.tta import scores_over_shifts
from cnnbook.training import TrainConfig, Trainer
from cnnbook.training.fit import fit as fit_by_any_loss
from cnnbook.training.fit import predict

IMAGES = torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(0))
DATA = ImageSet("few", "train", (IMAGES * 255).byte(), torch.arange(6) % 3, ("a", "b", "c"))


class FailingError(RuntimeError):
    """What a stranger's model raises."""


class Stranger(nn.Module):
    """A network as strangers write them: views, work in place, own state, hooks."""

    norm: nn.BatchNorm2d
    second: nn.Conv2d

    def __init__(self, fails: bool) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3, bias=False)
        self.drop, self.fc = nn.Dropout(), nn.Linear(64, 3)
        self.fails = fails

    def forward(self, images: Tensor) -> Tensor:
        maps = nn.functional.relu(self.norm(self.conv(images)), inplace=True)
        maps = self.second(maps)
        if self.fails:
            raise FailingError("not today")
        return self.fc(self.drop(maps.view(maps.shape[0], -1)))  # type: ignore[no-any-return]


def without(model: nn.Module) -> None:
    with without_channel(model, "second", 1):
        model.get_submodule("second")(torch.ones(1, 4, 6, 6))


def fit(model: nn.Module) -> None:
    Trainer(TrainConfig(epochs=1, batch_size=3, device="cpu")).fit(model, DATA)


LOOKING: dict[str, Callable[[nn.Module], Any]] = {
    "evaluate": lambda model: Trainer(TrainConfig(device="cpu")).evaluate(model, DATA),
    "predict": lambda model: Trainer(TrainConfig(device="cpu")).predict(model, DATA),
    "predict of any output": lambda model: predict(model, IMAGES, device="cpu"),
    "shifted": lambda model: scores_over_shifts(
        Trainer(TrainConfig(device="cpu")), model, DATA, pixels=1
    ),
    "trace": lambda model: trace(model, (2, 1, 8, 8)),
    "seen pixels": lambda model: seen_pixels(model, (1, 8, 8), layer="second"),
    "influence": lambda model: influence(model, IMAGES, layer="conv"),
    "feature maps": lambda model: feature_maps(model, IMAGES, ["conv", "norm"]),
    "without a channel": without,
    "occlusion map": lambda model: occlusion_map(model, IMAGES[0], 1),
    "class activation map": lambda model: class_activation_map(model, IMAGES[0], 1, "second"),
}
TRAINING: dict[str, Callable[[nn.Module], Any]] = {"fit": fit}


def of_the_model(model: nn.Module, *, values: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, module in model.named_modules():
        found[f"mode of {name}"] = module.training
        for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks"):
            found[f"{hooks} of {name}"] = list(getattr(module, hooks))
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        found[f"place of {name}"] = (id(tensor), tensor.data_ptr(), tensor.stride(), tensor.device)
        found[f"learning of {name}"] = tensor.requires_grad
        if values:
            found[f"values of {name}"] = (tensor.detach().clone().flatten().tolist(), tensor.grad)
    return found


def of_the_process() -> dict[str, Any]:
    return {
        "random": torch.get_rng_state().tolist(),
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "dtype": torch.get_default_dtype(),
        "filters": list(warnings.filters),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "products": torch.get_float32_matmul_precision(),
        "attention": torch.backends.mha.get_fastpath_enabled(),
        "collector": gc.isenabled(),
    }


def mean_of(norm: nn.BatchNorm2d) -> Tensor:
    assert norm.running_mean is not None
    return norm.running_mean.clone()


modes = st.lists(st.booleans(), min_size=6, max_size=6)


def model_of(modes: list[bool], layout: torch.memory_format, fails: bool) -> nn.Module:
    torch.manual_seed(0)
    model = Stranger(fails)
    model.to(memory_format=layout)
    model.norm.register_forward_hook(lambda *_: None)
    model.conv.weight.requires_grad = False
    for module, mode in zip(model.modules(), modes, strict=True):
        module.training = mode
    return model


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """What is imported at the first use, PyTorch's compiler among it, brings warning filters."""
    fit(Stranger(fails=False))


@pytest.mark.parametrize("name", [*LOOKING, *TRAINING])
@settings(max_examples=15, deadline=None)
@given(
    modes,
    st.sampled_from([torch.contiguous_format, torch.channels_last]),
    st.booleans(),
    st.booleans(),
)
def test_everything_is_as_it_was(
    name: str, modes: list[bool], layout: torch.memory_format, fails: bool, gradients: bool
) -> None:
    looks = name in LOOKING
    model = model_of(modes, layout, fails)
    images, labels = DATA.images.clone(), DATA.labels.clone()
    with torch.set_grad_enabled(gradients):
        before = of_the_model(model, values=looks) | of_the_process()
        try:
            (LOOKING | TRAINING)[name](model)
        except FailingError:
            assert fails
        except RuntimeError:
            # The caller's own layout does not allow its own view.
            assert layout == torch.channels_last
        after = of_the_model(model, values=looks) | of_the_process()
        assert [name for name in before if before[name] != after[name]] == []
    assert torch.equal(DATA.images, images)
    assert torch.equal(DATA.labels, labels)


def test_what_is_frozen_learns_nothing_and_the_rest_learns() -> None:
    model = Stranger(fails=False)
    model.norm.eval()
    statistics, weights = mean_of(model.norm), model.fc.weight.clone()
    fit(model)
    assert torch.equal(mean_of(model.norm), statistics)
    assert not torch.equal(model.fc.weight, weights)
    assert [model.training, model.norm.training, model.drop.training] == [True, False, True]
    model.eval()  # as a whole: then all of it learns
    fit(model)
    assert not torch.equal(mean_of(model.norm), statistics)
    assert not model.training


def test_normalisation_that_is_frozen_stays_so_with_any_loss() -> None:
    norm = nn.BatchNorm2d(2)
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), norm, nn.Conv2d(2, 1, 1))
    norm.eval()
    statistics = mean_of(norm)
    fit_by_any_loss(model, IMAGES, [IMAGES], nn.functional.mse_loss, epochs=2, batch_size=3)
    assert torch.equal(mean_of(norm), statistics)


def test_a_hook_sees_the_images_of_the_training_and_no_others() -> None:
    model, seen = Stranger(fails=False), []
    model.conv.register_forward_hook(lambda *called: seen.append(len(called[2])))
    fit(model)
    assert sum(seen) == len(DATA)


# What a notebook has set for its own ends neither breaks nor changes a result.


@contextlib.contextmanager
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


STATES: dict[str, Callable[[], Any]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "float64": double,
    "another device": lambda: torch.device("meta"),
}


def viewing() -> nn.Module:
    """A network whose views fail where channels lie innermost."""
    torch.manual_seed(0)
    return Stranger(fails=False)


def by_any_loss(model: nn.Module) -> list[float]:
    how = {"epochs": 2, "batch_size": 3, "device": "cpu"}
    loss = nn.functional.cross_entropy
    return fit_by_any_loss(model, DATA.images, [DATA.labels], loss, **how)  # type: ignore[arg-type]


COMPUTED: dict[str, Callable[[nn.Module], Any]] = {
    "Trainer.fit": lambda model: (
        Trainer(TrainConfig(epochs=2, batch_size=3, device="cpu", normalize=True))
        .fit(model, DATA)
        .step_losses
    ),
    "Trainer.evaluate": lambda model: Trainer(TrainConfig(device="cpu")).evaluate(model, DATA).loss,
    "Trainer.predict": lambda model: (
        Trainer(TrainConfig(device="cpu")).predict(model, DATA).tolist()
    ),
    "fit": by_any_loss,
    "predict": lambda model: predict(model, DATA.images, device="cpu").tolist(),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("use", COMPUTED)
def test_what_a_notebook_has_set_changes_no_result(use: str, state: str) -> None:
    due, model = COMPUTED[use](viewing()), viewing()
    with STATES[state]():
        found = COMPUTED[use](model)
    assert found == due
