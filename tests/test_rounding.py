"""A training that begins a millionth elsewhere, as another machine's rounding would have it."""

import pytest
import torch
from torch import nn

from cnnbook._rounding import SIZE, VARIABLE, nudge_from_environment, nudge_optimizers
from cnnbook.datasets import load
from cnnbook.models import build
from cnnbook.training import TrainConfig, Trainer
from cnnbook.training.fit import fit


def one_step(lr: float) -> torch.Tensor:
    torch.manual_seed(0)
    layer = nn.Linear(40, 30)
    optimizer = torch.optim.SGD(layer.parameters(), lr=lr)
    for _ in range(3):
        layer(torch.ones(1, 40)).sum().backward()
        optimizer.step()
    return layer.weight.detach()


def test_weights_move_once_and_by_a_millionth() -> None:
    before = one_step(lr=0)
    handle = nudge_optimizers(seed=1)
    try:
        ratio = (one_step(lr=0).double() / before - 1) / SIZE
    finally:
        handle.remove()
    assert float(ratio.std()) == pytest.approx(1, abs=0.15)  # float32 rounds, too
    assert float(ratio.abs().max()) < 6
    assert torch.equal(one_step(lr=0), before), "removed, it does nothing"


@pytest.mark.parametrize("way", ["trainer", "fit"])
def test_trainings_of_the_package_are_nudged_and_seeds_differ(way: str) -> None:
    few = load("digits", "train").first(128)

    def trained(seed: int | None) -> torch.Tensor:
        handle = None if seed is None else nudge_optimizers(seed)
        torch.manual_seed(0)
        model = build("note-000")
        if way == "trainer":
            Trainer(TrainConfig(epochs=1, device="cpu")).fit(model, few)
        else:
            loss = nn.functional.cross_entropy
            fit(model, few.images, [few.labels], loss, epochs=1, device="cpu")
        if handle is not None:
            handle.remove()
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    plain, first, again, second = (trained(seed) for seed in (None, 1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, plain)
    assert not torch.equal(first, second)
    assert torch.allclose(first, plain, atol=0.01)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    nudge_from_environment()
    monkeypatch.setenv(VARIABLE, "much")
    with pytest.raises(ValueError, match=f"{VARIABLE} is a whole number, .* not 'much'"):
        nudge_from_environment()
