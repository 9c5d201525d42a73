"""A model that is lent for a block comes back: the same tensors, where and how they were."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnnbook import models
from cnnbook.datasets import load
from cnnbook.training import TrainConfig, Trainer, fit
from cnnbook.training.placement import placed

IMAGES = load("digits").subset(range(120))
CONFIG = TrainConfig(epochs=1, lr=0.01, device="cpu")
Placed = dict[str, tuple[int, int, tuple[int, ...], torch.device]]


class Odd(nn.Module):
    """Shared kernels, a buffer made anew in each call, one layer frozen in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 6, 5, padding=2)
        self.second = nn.Conv2d(1, 6, 5, padding=2)
        self.second.weight = self.first.weight
        self.norm = nn.BatchNorm2d(6).eval()
        self.output = nn.Linear(6 * 28 * 28, 10)
        self.calls: Tensor
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, images: Tensor) -> Tensor:
        self.calls = self.calls + 1
        maps = self.norm(self.first(images) + self.second(images))
        # What a tutorial's network does: it fails on kernels whose channels lie innermost.
        assert self.output.weight.view(-1).numel()
        logits: Tensor = self.output(maps.flatten(1))
        return logits


def places(model: nn.Module) -> Placed:
    return {
        name: (id(tensor), tensor.data_ptr(), tensor.stride(), tensor.device)
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]
    }


def models_of_all_kinds() -> dict[str, Callable[[], nn.Module]]:
    named = {name: lambda name=name: models.build(name) for name in models.names()}
    lying = {
        "channels last": lambda: models.build("note-003").to(memory_format=torch.channels_last)
    }
    return {**named, **lying, "odd": Odd}


KINDS = models_of_all_kinds()
USES: dict[str, Callable[[nn.Module], object]] = {
    "fit": lambda model: Trainer(CONFIG).fit(model, IMAGES),
    "evaluate": lambda model: Trainer(CONFIG).evaluate(model, IMAGES),
    "predict": lambda model: Trainer(CONFIG).predict(model, IMAGES),
    "fitting.predict": lambda model: fit.predict(model, IMAGES.images),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", ["note-003", "modern", "lenet5", "channels last", "odd"])
def test_a_model_lies_afterwards_as_it_lay_before(kind: str, use: str) -> None:
    model = KINDS[kind]()
    before, modes = places(model), [module.training for module in model.modules()]
    USES[use](model)
    after = places(model)
    for name in before:
        if name == "calls":  # its owner replaces it
            assert after[name][2:] == before[name][2:]
        else:
            assert after[name] == before[name], name
    if use in ("evaluate", "predict"):
        assert [module.training for module in model.modules()] == modes


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_block_writes_is_what_its_owner_finds(kind: str) -> None:
    torch.manual_seed(0)
    model = KINDS[kind]()
    expected = {name: value + 1 for name, value in model.state_dict().items()}
    with placed(model, torch.device("cpu"), channels_last=True), torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            tensor.add_(1)
    for name, value in model.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_in_the_block_kernels_lie_with_their_channels_innermost() -> None:
    model = nn.Conv2d(3, 4, 3)
    with placed(model, torch.device("cpu"), channels_last=True):
        assert model.weight.is_contiguous(memory_format=torch.channels_last)
    with placed(model, torch.device("cpu"), channels_last=False):
        assert model.weight.is_contiguous()


def test_an_error_in_the_block_leaves_the_model_where_it_was() -> None:
    model = models.build("note-003")
    before = places(model)
    with (
        pytest.raises(ZeroDivisionError),
        placed(model, torch.device("cpu"), channels_last=True),
    ):
        raise ZeroDivisionError
    assert places(model) == before


def test_gradients_of_the_owner_are_there_afterwards() -> None:
    model = models.build("note-003")
    model(torch.rand(2, 1, 28, 28)).sum().backward()
    before = {name: parameter.grad for name, parameter in model.named_parameters()}
    Trainer(CONFIG).evaluate(model, IMAGES)
    assert all(parameter.grad is before[name] for name, parameter in model.named_parameters())


def test_a_model_that_is_split_over_devices_is_put_together_and_split_again() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2, device="meta"))
    with pytest.raises(NotImplementedError), placed(model, torch.device("cpu"), channels_last=True):
        pass
    assert [parameter.device.type for parameter in model.parameters()] == ["cpu"] * 2 + ["meta"] * 2


@pytest.mark.parametrize("use", ["fit", "evaluate", "predict", "fitting.predict", "fitting.fit"])
def test_the_device_is_the_current_one_while_it_computes(
    use: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a second GPU: what enters it, and that the model is called inside."""
    from contextlib import contextmanager

    inside: list[str] = []
    where: list[list[str]] = []

    @contextmanager
    def current(device: torch.device) -> Any:
        inside.append(device.type)
        yield
        inside.pop()

    monkeypatch.setattr("cnnbook.training.trainer.current", current)
    monkeypatch.setattr("cnnbook.training.session.current", current)
    monkeypatch.setattr("cnnbook.training.modes.current", current)
    monkeypatch.setattr("cnnbook.training.fit.current", current)
    model = models.build("note-000")
    model.register_forward_hook(lambda *_: where.append(list(inside)))
    if use == "fitting.fit":
        loss = nn.functional.cross_entropy
        fit.fit(model, IMAGES.images, [IMAGES.labels], loss, epochs=1, device="cpu")
    else:
        USES[use](model)
    assert where
    assert all(devices == ["cpu"] for devices in where)


# Number formats.


def test_what_a_precision_has_become_is_said_and_written_down(tmp_path: Any) -> None:
    import json

    trainer = Trainer(replace(CONFIG, precision="auto"))
    assert trainer.precision in ("fp32", "bf16")
    trainer.fit(models.build("mlp"), IMAGES, folder=tmp_path)
    about = json.loads((tmp_path / "run.json").read_text())
    assert about["precision"] == trainer.precision
    assert about["config"]["precision"] == "auto"


def test_a_training_does_not_go_on_in_another_format(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnbook.training import CheckpointError, precision

    monkeypatch.setattr(precision, "bf16_is_faster", lambda device: True)
    config = replace(CONFIG, precision="auto")
    Trainer(config).fit(models.build("mlp"), IMAGES, folder=tmp_path)
    Trainer(replace(config, precision="bf16")).fit(
        models.build("mlp"), IMAGES, folder=tmp_path, resume=True
    )
    monkeypatch.setattr(precision, "bf16_is_faster", lambda device: False)
    with pytest.raises(CheckpointError, match="trained in bf16, here it would be fp32"):
        Trainer(config).fit(models.build("mlp"), IMAGES, folder=tmp_path, resume=True)


def test_tf32_is_for_gpus_that_have_it() -> None:
    with pytest.raises(ValueError, match="cpu does not compute in tf32; use precision 'fp32'"):
        Trainer(replace(CONFIG, precision="tf32"))


@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16"])
def test_what_libraries_may_do_is_as_it_was_afterwards(precision: str) -> None:
    from cnnbook.training.precision import kernels

    def settings() -> tuple[bool, ...]:
        cuda, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
        deterministic = torch.are_deterministic_algorithms_enabled()
        return (
            cuda.allow_tf32,
            cudnn.allow_tf32,
            cudnn.benchmark,
            cudnn.deterministic,
            deterministic,
        )

    before = settings()
    with kernels(precision, torch.device("cpu"), deterministic=True):
        assert settings() == (precision != "fp32", precision != "fp32", False, True, True)
    assert settings() == before
    with pytest.raises(ZeroDivisionError), kernels(precision, torch.device("cpu")):
        raise ZeroDivisionError
    assert settings() == before


def test_products_that_cannot_be_deterministic_any_more_are_one_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in for cuBLAS, which reads its variable once and refuses from then on."""
    from cnnbook.training import TrainingError, precision

    class Refuses:
        def __matmul__(self, other: object) -> object:
            raise RuntimeError("this operation is not deterministic because it uses CuBLAS")

    monkeypatch.setattr(torch, "ones", lambda *_, **__: Refuses())
    with pytest.raises(TrainingError, match=r"start Python anew .*CUBLAS_WORKSPACE_CONFIG=:4096:8"):
        precision._check_products(torch.device("cuda"))
