"""Laws of cnnbook.training.fit."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

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
    with pytest.raises(FloatingPointError, match=r"the loss is nan in epoch 1.*learning rate"):
        fit(
            small(), images, [wanted], lambda out, due: (out.mean() - due.mean()) * float("nan"),
            epochs=1, device="cpu",
        )  # fmt: skip
