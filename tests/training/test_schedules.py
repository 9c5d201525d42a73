"""Laws of cnnbook.training.schedules: the rates are PyTorch's."""

import warnings
from typing import Any, get_args

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnbook.training import TrainConfig, learning_rate
from cnnbook.training.config import Schedule


def rates_of(kind: type[Any], lr: float, steps: int, **arguments: Any) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    schedule = kind(optimizer, **arguments)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the optimiser has nothing to do
        for _ in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            schedule.step()
    return found


@settings(deadline=None, max_examples=200)
@given(st.integers(2, 60), st.floats(1e-5, 10), st.floats(0.05, 0.95))
def test_one_cycle_is_pytorchs_one_cycle(steps: int, lr: float, warmup: float) -> None:
    assume(warmup * steps != 1)  # PyTorch divides by zero
    ours = TrainConfig(lr=lr, schedule="one-cycle", warmup=warmup)
    theirs = rates_of(
        torch.optim.lr_scheduler.OneCycleLR, lr, steps - 1,
        max_lr=lr, total_steps=steps, pct_start=warmup, cycle_momentum=False,
    )  # fmt: skip
    found = [learning_rate(ours, step, steps) for step in range(steps - 1)]
    assert found == pytest.approx(theirs, rel=1e-6, abs=1e-12)
    assert learning_rate(ours, steps - 1, steps) == pytest.approx(lr / 250_000)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 60), st.floats(1e-5, 10))
def test_cosine_is_pytorchs_cosine_annealing(steps: int, lr: float) -> None:
    ours = TrainConfig(lr=lr, schedule="cosine")
    kind = torch.optim.lr_scheduler.CosineAnnealingLR
    theirs = rates_of(kind, lr, steps, T_max=steps)
    found = [learning_rate(ours, step, steps) for step in range(steps)]
    assert found == pytest.approx(theirs, rel=1e-6, abs=1e-9 * lr)


def test_a_constant_rate_is_constant() -> None:
    assert {learning_rate(TrainConfig(lr=0.3), step, 7) for step in range(7)} == {0.3}


@pytest.mark.parametrize("step", [-1, 5])
def test_a_step_outside_of_the_training_has_no_rate(step: int) -> None:
    with pytest.raises(ValueError, match=f"no step {step} in a training of 5 steps"):
        learning_rate(TrainConfig(), step, 5)


@given(
    st.integers(1, 200), st.floats(0.05, 0.45), st.sampled_from(["warmup-cosine", "trapezoidal"])
)
def test_rates_with_a_warm_up_rise_to_lr_and_fall_to_nothing(
    steps: int, warmup: float, schedule: Any
) -> None:
    config = TrainConfig(lr=2.0, schedule=schedule, warmup=warmup)
    rates = [learning_rate(config, step, steps) for step in range(steps)]
    top = rates.index(max(rates))
    assert all(0 < rate <= 2.0 for rate in rates)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    if steps > 100:
        assert max(rates) > 1.9
        assert top <= warmup * steps + 1
        assert rates[-1] < 0.05


@pytest.mark.parametrize("schedule", get_args(Schedule))
def test_a_training_of_one_step_has_a_rate(schedule: Any) -> None:
    assert learning_rate(TrainConfig(lr=1.0, schedule=schedule), 0, 1) > 0
