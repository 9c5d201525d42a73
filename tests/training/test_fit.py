"""Laws of cnnbook.training.fit."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook.training import CheckpointError, TrainingError
from cnnbook.training.fit import fit, predict


def small(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 1))


def data(count: int = 96) -> tuple[Tensor, Tensor]:
    images = torch.randint(0, 256, (count, 1, 8, 8), generator=torch.Generator().manual_seed(1))
    images = images.byte()
    return images, (images > 127).float()


def test_the_loss_falls_and_the_network_ends_in_evaluation_mode_on_the_cpu() -> None:
    images, wanted = data()
    model = small()
    loss = F.binary_cross_entropy_with_logits
    losses = fit(model, images, [wanted], loss, epochs=60, batch_size=32, lr=0.05, device="cpu")
    assert len(losses) == 60
    assert losses[-1] < 0.3 * losses[0]
    assert not model.training
    found = predict(model, images, batch_size=7)
    assert float(((found > 0) == (wanted > 0)).float().mean()) > 0.9
    assert all(weight.is_contiguous() for weight in model.parameters())


def test_the_same_seed_gives_the_same_weights_and_another_does_not() -> None:
    images, wanted = data()
    ended = []
    for seed in (0, 0, 1):
        model = small()
        fit(model, images, [wanted], F.mse_loss, epochs=2, batch_size=32, seed=seed, device="cpu")
        ended.append(torch.cat([weight.flatten() for weight in model.parameters()]))
    assert torch.equal(ended[0], ended[1])
    assert not torch.equal(ended[0], ended[2])


def test_the_callers_generator_is_left_alone() -> None:
    images, wanted = data()
    model = small()
    torch.manual_seed(5)
    due = torch.rand(1)
    torch.manual_seed(5)
    fit(model, images, [wanted], F.mse_loss, epochs=1, batch_size=32, device="cpu")
    assert torch.equal(torch.rand(1), due)


def test_images_and_targets_are_drawn_and_changed_together() -> None:
    images = torch.arange(64).byte().view(64, 1, 1, 1)
    seen = []

    def change(batch: tuple[Tensor, ...], generator: torch.Generator) -> tuple[Tensor, ...]:
        seen.append(torch.equal(batch[0].flatten().float(), batch[1]))
        assert torch.rand(1, generator=generator) < 1
        return batch

    model = nn.Conv2d(1, 1, 1)
    fit(
        model, images, [torch.arange(64.0)], lambda out, row: (out.flatten() - row).pow(2).mean(),
        epochs=2, batch_size=16, change=change, device="cpu",
    )  # fmt: skip
    assert seen == [True] * 8


def test_what_does_not_fit_together_is_refused() -> None:
    images, wanted = data(8)
    with pytest.raises(ValueError, match="there are 8 images, but 7 targets"):
        fit(small(), images, [wanted[:7]], F.mse_loss, epochs=1)
    with pytest.raises(ValueError, match="a batch of 64 cannot be made of 8 images"):
        fit(small(), images, [wanted], F.mse_loss, epochs=1)


def test_a_loss_that_is_not_finite_stops_with_advice() -> None:
    images, wanted = data(64)
    with pytest.raises(TrainingError, match=r"the loss is nan at step 1 .*learning rate"):
        fit(
            small(), images, [wanted], lambda out, due: (out.mean() - due.mean()) * float("nan"),
            epochs=1, device="cpu",
        )  # fmt: skip


# Going on, averaging, clipping: the services of the one loop.


class Killed(BaseException):
    """Stands for the end of the process."""


def turned(batch: tuple[Tensor, ...], generator: torch.Generator) -> tuple[Tensor, ...]:
    """A change that draws a different count of numbers each time."""
    turns = int(torch.randint(4, (), generator=generator))
    if turns:
        torch.rand(turns, generator=generator)
    return tuple(each.rot90(turns, (2, 3)) for each in batch)


def trained(last: int | None = None, **how: Any) -> tuple[list[float], nn.Module]:
    """The losses and the network of a training that ends the process at a given step."""
    images, wanted = data(50)
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.3), nn.ReLU(),
        nn.ConvTranspose2d(4, 1, 1),
    )  # fmt: skip
    calls = []

    def loss(output: Tensor, due: Tensor) -> Tensor:
        calls.append(1)
        if last is not None and len(calls) > last:
            raise Killed
        return F.mse_loss(output, due)

    settings: dict[str, Any] = {
        "epochs": 3,
        "batch_size": 16,
        "lr": 0.02,
        "change": turned,
        "device": "cpu",
    }
    return fit(model, images, [wanted], loss, **settings | how), model


@pytest.mark.parametrize("last", range(1, 9))
@pytest.mark.parametrize("average", [None, 0.7])
def test_a_training_that_was_broken_off_goes_on_as_if_it_had_not_been(
    tmp_path: Path, last: int, average: float | None
) -> None:
    due, model = trained(average=average)
    with pytest.raises(Killed):
        trained(last, average=average, folder=tmp_path)
    torch.manual_seed(last)  # what the next process happens to have drawn
    found, again = trained(average=average, folder=tmp_path, resume=True)
    assert found == due
    for name, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    trained(folder=tmp_path)
    with pytest.raises(CheckpointError, match=r"augment=turned.*here it is None"):
        trained(folder=tmp_path, resume=True, change=None)
    with pytest.raises(CheckpointError, match=r"gradient_clip=None, not 1\.0"):
        trained(folder=tmp_path, resume=True, gradient_clip=1.0)
    images, wanted = data(50)
    with pytest.raises(CheckpointError, match=r"loss=.*here it is mse_loss"):
        fit(
            trained()[1], images, [wanted], F.mse_loss, epochs=3, batch_size=16, lr=0.02,
            change=turned, device="cpu", folder=tmp_path, resume=True,
        )  # fmt: skip
    with pytest.raises(ValueError, match="resume needs the folder"):
        trained(resume=True)


def test_it_is_the_loop_that_one_would_write() -> None:
    images, wanted = data(40)
    model, by_hand = small(), small()
    losses = fit(
        model, images, [wanted], F.mse_loss, epochs=2, batch_size=16, lr=0.05, weight_decay=0.1,
        gradient_clip=0.01, average=0.5, seed=3, device="cpu",
    )  # fmt: skip
    optimizer = torch.optim.AdamW(by_hand.parameters(), weight_decay=0.1)
    order, mean, found = torch.Generator().manual_seed(3), small(), []
    for step in range(4):
        if step % 2 == 0:
            rows = torch.split(torch.randperm(40, generator=order), 16)
        # The rate rises over 0.2 * 4 < 1 step, taken as one, and falls along a half cosine.
        share = 0.5 if step == 0 else 0.5 * (1 + math.cos(math.pi * (step - 1) / 3))
        optimizer.param_groups[0]["lr"] = 0.05 * share
        loss = F.mse_loss(by_hand(images[rows[step % 2]] / 255), wanted[rows[step % 2]])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(by_hand.parameters(), 0.01)
        optimizer.step()
        found.append(loss.item())
        for average, weight in zip(mean.parameters(), by_hand.parameters(), strict=True):
            average.data = weight.data.clone() if step == 0 else (average + weight).data / 2
    assert losses == pytest.approx([sum(found[:2]) / 2, sum(found[2:]) / 2], rel=1e-5)
    for got, due in zip(model.parameters(), mean.parameters(), strict=True):
        torch.testing.assert_close(got, due, rtol=1e-4, atol=1e-6)
