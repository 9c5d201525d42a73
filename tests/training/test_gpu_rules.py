"""What a processor can prove about the way to a GPU: rules of which the GPU's behaviour follows."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils._python_dispatch import TorchDispatchMode

from cnnbook import models
from cnnbook.applications.segmentation.training import segmentation_loss
from cnnbook.cli.main import main
from cnnbook.datasets import load
from cnnbook.datasets.batches import Batches
from cnnbook.layers import AdaptiveAvgPool2d
from cnnbook.training import TrainConfig, Trainer
from cnnbook.training.average import WeightAverage
from cnnbook.training.workers import Workers, synchronised

IMAGES = load("digits").subset(range(64))

# Those of PyTorch's list of operations that have no deterministic form on CUDA which a network for
# images could come by (docs of torch.use_deterministic_algorithms, 2.15).
REFUSED = {
    "adaptive_avg_pool2d_backward", "adaptive_max_pool2d_backward", "avg_pool3d_backward",
    "max_pool3d_with_indices_backward", "fractional_max_pool2d_backward", "max_unpool2d",
    "upsample_linear1d_backward", "upsample_bilinear2d_backward", "upsample_bicubic2d_backward",
    "reflection_pad1d_backward", "reflection_pad2d_backward", "replication_pad2d_backward",
    "nll_loss2d", "grid_sampler_2d_backward", "_ctc_loss_backward", "put_", "histc", "bincount",
    "kthvalue", "median", "cumsum", "resize_",
}  # fmt: skip


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the names of the operations that PyTorch does."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(func.__name__.split(".")[0].strip("_"))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", models.names())
def test_no_named_model_needs_an_operation_without_a_deterministic_form(name: str) -> None:
    settings = models.settings_for(name)
    config = TrainConfig(epochs=1, batch_size=32, device="cpu", deterministic=True, **settings)
    with Operations() as seen:
        Trainer(config).fit(models.build(name), IMAGES)
    assert "convolution_backward" in seen.names or name == "mlp"
    assert not seen.names & {refused.strip("_") for refused in REFUSED}


def test_an_operation_without_a_deterministic_form_is_one_line_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refuses(*_: Any, **__: Any) -> Tensor:
        raise RuntimeError(
            "adaptive_max_pool2d_backward_cuda does not have a deterministic implementation, but "
            "you set 'torch.use_deterministic_algorithms(True)'.\nException raised from alert"
        )

    monkeypatch.setattr(models.MLP, "forward", refuses)
    command = ["train", "--model", "mlp", "--data", "digits", "--out", str(tmp_path / "run")]
    assert main(command) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert told == [
        "cnnbook: adaptive_max_pool2d_backward_cuda cannot give equal bits on cpu; train with "
        "deterministic=False, or build the model without it"
    ]


def test_any_other_error_of_pytorch_is_one_line_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails(*_: Any, **__: Any) -> Tensor:
        raise RuntimeError("CUDA error: no kernel image\nCompile with TORCH_USE_CUDA_DSA")

    monkeypatch.setattr(models.MLP, "forward", fails)
    command = ["train", "--model", "mlp", "--data", "digits", "--out", str(tmp_path / "run")]
    assert main(command) == 1
    assert capsys.readouterr().err == "cnnbook: CUDA error: no kernel image\n"


@given(st.data())
def test_adaptive_pooling_gives_what_pytorch_gives(data: st.DataObject) -> None:
    height, width, rows, columns = (data.draw(st.integers(1, 9)) for _ in range(4))
    images = torch.randn(2, 3, height, width, dtype=torch.float64, requires_grad=True)
    for size in ((rows, columns), rows, (None, columns)):
        found, due = AdaptiveAvgPool2d(size)(images), nn.AdaptiveAvgPool2d(size)(images)
        torch.testing.assert_close(found, due)
        weights = torch.randn_like(due)
        gradients = [
            torch.autograd.grad((answer * weights).sum(), images)[0] for answer in (found, due)
        ]
        torch.testing.assert_close(*gradients)


@given(st.floats(0, 0.99), st.integers(1, 6), st.integers(0, 1000))
def test_an_average_of_weights_is_pytorchs_average(decay: float, steps: int, seed: int) -> None:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2).bfloat16())
    ours = WeightAverage(model, decay)
    mean = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    theirs = AveragedModel(model, multi_avg_fn=mean, use_buffers=True)
    for step in range(steps):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
        model[1](torch.randn(5, 4))
        ours.start() if step == 0 else ours.update(step)
        theirs.update_parameters(model)
    for name, value in theirs.module.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(ours.module.state_dict()[name], value)
    assert ours.module.get_buffer("1.num_batches_tracked") == steps


def test_an_average_goes_through_its_state_unchanged() -> None:
    model = models.build("whitened")
    average, again = WeightAverage(model, 0.5), WeightAverage(models.build("whitened"), 0.5)
    again.load_state_dict(average.state_dict())
    for mean, value in zip(again.module.parameters(), model.parameters(), strict=True):
        assert torch.equal(mean, value)


class Watched:
    """An augmentation that notes where its numbers are drawn."""

    def __init__(self) -> None:
        self.drawn_on: list[str] = []

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        self.drawn_on.append(generator.device.type)
        return torch.rand(count, 1, generator=generator)

    def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
        return images


def test_order_and_changes_of_an_epoch_are_drawn_on_the_processor_wherever_the_images_are() -> None:
    """So that a training which goes on elsewhere within an epoch meets each image once."""
    watched = Watched()
    batches = Batches(IMAGES, 16, "meta", shuffle=True, augment=watched)
    order, drawn = batches.epoch_indices(0)
    assert drawn is not None
    assert watched.drawn_on == ["cpu"]
    assert order.device.type == drawn.device.type == "meta"


def test_a_loss_over_the_ink_is_the_same_with_the_ground_left_out_or_masked() -> None:
    torch.manual_seed(0)
    scores, masks = torch.randn(3, 11, 8, 8), torch.randint(0, 11, (3, 8, 8))
    below = torch.randn(3, 10, 8, 8)

    class Elsewhere(Tensor):
        """Numbers that say that they are on a GPU."""

        @property
        def device(self) -> torch.device:  # type: ignore[override]
            return torch.device("cuda")

    due = segmentation_loss(scores, masks, below)
    found = segmentation_loss(scores.as_subclass(Elsewhere), masks, below.as_subclass(Elsewhere))
    torch.testing.assert_close(found.as_subclass(Tensor), due)


# Several processes.


def test_a_model_normalised_over_all_processes_has_the_very_same_weights() -> None:
    model = models.build("modern")
    alike = synchronised(model)
    assert sum(isinstance(module, nn.SyncBatchNorm) for module in alike.modules()) == 5
    assert not any(isinstance(module, nn.SyncBatchNorm) for module in model.modules())
    ours, theirs = dict(model.named_parameters()), dict(alike.named_parameters())
    assert all(ours[name] is theirs[name] for name in ours)
    ours, theirs = dict(model.named_buffers()), dict(alike.named_buffers())  # type: ignore[arg-type]
    assert all(ours[name] is theirs[name] for name in ours)


def test_normalising_over_all_processes_is_for_gpus() -> None:
    with pytest.raises(ValueError, match="sync_batchnorm needs GPUs"):
        Workers(0, 2).wrapped(models.build("modern"), torch.device("cpu"), sync_batchnorm=True)


def test_one_process_normalises_over_its_batch_anyway() -> None:
    model = models.build("modern")
    assert Workers().wrapped(model, torch.device("cpu"), sync_batchnorm=True) is model


def test_a_loss_that_is_no_number_is_no_best_one() -> None:
    class Late(models.MLP):
        """Its first validation gives no numbers."""

        judged = 0

        def forward(self, images: Tensor) -> Tensor:
            logits = super().forward(images)
            if not self.training:
                self.judged += 1
                return logits / (self.judged > 1)
            return logits

    torch.manual_seed(0)
    config = TrainConfig(epochs=4, patience=2, lr=1e-3, device="cpu")
    history = Trainer(config).fit(Late(), IMAGES, copy.copy(IMAGES))
    assert history.best_epoch > 1
