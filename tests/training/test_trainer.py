"""Laws of cnnbook.training."""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import FrozenInstanceError, asdict
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnbook.datasets import ImageSet, load
from cnnbook.datasets.batches import Batches
from cnnbook.models import MLP, SmallCNN
from cnnbook.training import EpochRecord, Evaluation, History, TrainConfig, Trainer, TrainingError


@pytest.fixture(scope="module")
def digits() -> ImageSet:
    """A quarter of the embedded digits: 360 images."""
    return load("digits").subset(torch.arange(360))


def small_model(seed: int = 0, dropout: float = 0.2) -> SmallCNN:
    torch.manual_seed(seed)
    return SmallCNN((4, 8), kernel_size=3, padding=1, hidden=(16,), dropout=dropout)


def config(**changes: Any) -> TrainConfig:
    settings: dict[str, Any] = {"epochs": 1, "device": "cpu"}
    return TrainConfig(**settings | changes)


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def equal_weights(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


# Configuration.


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", 2.5),
        ("batch_size", 0),
        ("batch_size", 64.0),
        ("optimizer", "rmsprop"),
        ("lr", 0.0),
        ("lr", -1e-3),
        ("lr", math.nan),
        ("lr", math.inf),
        ("momentum", 1.0),
        ("momentum", -0.1),
        ("normalize", (0.5,)),
        ("normalize", (0.5, 0.0)),
        ("normalize", (math.nan, 0.5)),
        ("betas", (0.9, 1.0)),
        ("betas", (-0.1, 0.9)),
        ("weight_decay", -1.0),
        ("schedule", "warm"),
        ("label_smoothing", 1.0),
        ("label_smoothing", -0.1),
        ("gradient_clip", 0.0),
        ("validation", -1),
        ("patience", 0),
        ("seed", 0.5),
        ("precision", "fp16"),
        ("warmup", 0.0),
        ("warmup", 1.0),
        ("max_steps", 0),
        ("max_steps", 1.5),
        ("average", 1.0),
        ("average", -0.1),
        ("shift", -1),
        ("shift", 0.5),
        ("rotate", -1.0),
        ("rotate", math.nan),
        ("zoom", 1.0),
        ("shear", -0.1),
        ("checkpoint_seconds", -1.0),
        ("weight_decay", math.inf),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name_and_value(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field} must be ") as error:
        TrainConfig(**{field: value})  # type: ignore[arg-type]
    shown = repr(value) if isinstance(value, str) else str(value)
    assert str(error.value).endswith(f"not {shown}")


def test_a_configuration_survives_json() -> None:
    for normalize in (True, False, (0.5, 0.25)):
        made = TrainConfig(normalize=normalize, betas=(0.8, 0.9))
        assert TrainConfig.from_dict(json.loads(json.dumps(asdict(made)))) == made


def test_a_configuration_is_a_value() -> None:
    assert TrainConfig() == TrainConfig(epochs=3, batch_size=64, optimizer="adam", lr=1e-3)
    assert len({TrainConfig(), TrainConfig(), TrainConfig(seed=1)}) == 2
    with pytest.raises(FrozenInstanceError):
        TrainConfig().lr = 1.0  # type: ignore[misc]


# The steps.

OPTIMIZERS: dict[str, Callable[[Iterable[nn.Parameter], TrainConfig], torch.optim.Optimizer]] = {
    "adam": lambda p, c: torch.optim.Adam(p, c.lr, c.betas, weight_decay=c.weight_decay),
    "adamw": lambda p, c: torch.optim.AdamW(p, c.lr, c.betas, weight_decay=c.weight_decay),
    "sgd": lambda p, c: torch.optim.SGD(p, c.lr, c.momentum, weight_decay=c.weight_decay),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam"},
        {"optimizer": "adamw", "weight_decay": 0.1, "betas": (0.7, 0.9)},
        {"optimizer": "sgd", "lr": 0.05, "weight_decay": 1e-3},
        {"optimizer": "sgd", "lr": 0.05, "momentum": 0.0, "gradient_clip": 0.1},
        {"label_smoothing": 0.1, "normalize": True, "channels_last": False},
    ],
    ids=lambda changes: " ".join(f"{name}={value}" for name, value in changes.items()),
)
def test_training_takes_the_steps_of_a_bare_loop(digits: ImageSet, changes: dict[str, Any]) -> None:
    settings = config(epochs=2, **changes)
    ours, bare = small_model(dropout=0.0), small_model(dropout=0.0)
    history = Trainer(settings).fit(ours, digits)

    optimizer = OPTIMIZERS[settings.optimizer](bare.parameters(), settings)
    mean_std = digits.mean_std() if settings.normalize else None
    batches = Batches(digits, 64, shuffle=True, seed=settings.seed, mean_std=mean_std)
    losses, right = [], []
    for _ in range(2):
        for images, labels in batches:
            logits = bare(images)
            loss = F.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            if settings.gradient_clip:
                nn.utils.clip_grad_norm_(bare.parameters(), settings.gradient_clip)
            optimizer.step()
            losses.append(loss.item())
            right.append(int((logits.argmax(1) == labels).sum()))
    assert history.step_losses == pytest.approx(losses, rel=1e-3)
    sizes = torch.tensor([64.0] * 5 + [40.0])
    for record, start in zip(history.epochs, (0, 6), strict=True):
        mean = float((torch.tensor(losses[start : start + 6]) * sizes).sum() / 360)
        assert record.train_loss == pytest.approx(mean, rel=1e-3)
        assert record.train_accuracy == pytest.approx(sum(right[start : start + 6]) / 360, abs=0.01)
    for ours_, theirs in zip(ours.parameters(), bare.parameters(), strict=True):
        torch.testing.assert_close(ours_, theirs, rtol=1e-2, atol=2e-3)


def test_a_gradient_is_clipped_to_its_largest_norm(digits: ImageSet) -> None:
    model = small_model()
    before = weights(model)
    settings = config(optimizer="sgd", lr=1.0, momentum=0.0, batch_size=360, gradient_clip=0.01)
    Trainer(settings).fit(model, digits)
    moved = [value - before[name] for name, value in model.state_dict().items()]
    assert float(torch.cat([m.flatten() for m in moved]).norm()) == pytest.approx(0.01, rel=1e-3)


def learning_rates(digits: ImageSet, **changes: Any) -> list[float]:
    """The learning rate of each epoch's first step: one step an epoch."""
    settings = config(batch_size=400, **changes)
    return [record.lr for record in Trainer(settings).fit(small_model(), digits).epochs]


def test_a_constant_rate_stays(digits: ImageSet) -> None:
    assert learning_rates(digits, epochs=3, lr=0.01) == [0.01] * 3


def test_a_cosine_schedule_falls_from_lr_along_a_half_cosine(digits: ImageSet) -> None:
    rates = learning_rates(digits, epochs=8, lr=0.01, schedule="cosine")
    expected = [0.01 * (1 + math.cos(math.pi * step / 8)) / 2 for step in range(8)]
    assert rates == pytest.approx(expected)


def test_a_one_cycle_schedule_rises_to_lr_and_falls_to_nearly_nothing(digits: ImageSet) -> None:
    rates = learning_rates(digits, epochs=20, lr=0.01, schedule="one-cycle")
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.01, rel=0.02)
    assert rates[0] == pytest.approx(0.01 / 25)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.01 / 1000


def test_one_step_is_enough_for_any_schedule(digits: ImageSet) -> None:
    for schedule in ("constant", "cosine", "one-cycle"):
        assert len(learning_rates(digits, schedule=schedule)) == 1


def test_a_batch_larger_than_the_data_is_one_step(digits: ImageSet) -> None:
    history = Trainer(config(batch_size=1000)).fit(small_model(), digits)
    assert len(history.step_losses) == 1
    assert history.epochs[0].train_loss == pytest.approx(history.step_losses[0])


def test_a_network_learns(digits: ImageSet) -> None:
    trainer = Trainer(config(epochs=6, lr=5e-3, batch_size=32))
    model = MLP(hidden=(32,))
    history = trainer.fit(model, digits)
    losses = [record.train_loss for record in history.epochs]
    assert losses == sorted(losses, reverse=True)
    assert trainer.evaluate(model, load("digits", "test")).accuracy > 0.85


def test_frozen_weights_stay(digits: ImageSet) -> None:
    model = small_model()
    model.features.requires_grad_(False)
    before = weights(model)
    Trainer(config()).fit(model, digits)
    after = weights(model)
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name in before if name.startswith("classifier")}


def test_bf16_learns_nearly_the_same(digits: ImageSet) -> None:
    first = Trainer(config(epochs=2)).fit(small_model(dropout=0), digits)
    second = Trainer(config(epochs=2, precision="bf16")).fit(small_model(dropout=0), digits)
    assert first.step_losses != second.step_losses
    assert second.step_losses == pytest.approx(first.step_losses, rel=0.05)


@pytest.mark.slow
def test_a_compiled_model_learns_the_same(digits: ImageSet) -> None:
    few = digits.subset(range(128))
    first = Trainer(config(epochs=2)).fit(small_model(dropout=0), few)
    model = small_model(dropout=0)
    second = Trainer(config(epochs=2, compile=True)).fit(model, few)
    assert second.step_losses == pytest.approx(first.step_losses, rel=1e-2)
    assert set(model.state_dict()) == set(small_model().state_dict()), "names stay as they are"


def test_where_nothing_can_be_compiled_it_is_said(
    digits: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch._dynamo.exc import BackendCompilerFailed

    def fails(images: Tensor) -> Tensor:
        raise BackendCompilerFailed("inductor", RuntimeError("No C++ compiler"), None)

    monkeypatch.setattr(torch, "compile", lambda model: fails)
    with pytest.raises(TrainingError, match=r"cannot compile .* train with compile=False"):
        Trainer(config(compile=True)).fit(small_model(), digits)


def test_augmentation_changes_what_is_learned_from_but_not_what_is_judged(
    digits: ImageSet,
) -> None:
    class Black:
        def draw(self, count: int, generator: torch.Generator) -> Tensor:
            return torch.zeros(count)

        def __call__(self, images: Tensor, drawn: Tensor) -> Tensor:
            return torch.zeros_like(images)

    trainer = Trainer(config(epochs=3))
    model = small_model(dropout=0)
    history = trainer.fit(model, digits, augment=Black())
    assert (history.epochs[-1].train_accuracy or 0) < 0.2
    assert trainer.predict(model, digits).std(dim=0).max() > 1e-3


# Repeatability.


@pytest.mark.parametrize(
    "changes", [{}, {"deterministic": True}, {"precision": "bf16"}, {"validation": 60}]
)
def test_two_trainings_with_the_same_seed_are_equal_to_the_bit(
    digits: ImageSet, changes: dict[str, Any]
) -> None:
    results = []
    for noise in (1, 2):
        model = small_model()
        torch.manual_seed(noise)
        history = Trainer(config(epochs=2, **changes)).fit(model, digits)
        results.append((weights(model), history.step_losses))
    assert equal_weights(results[0][0], results[1][0])
    assert results[0][1] == results[1][1]


def test_the_seed_decides_order_dropout_and_validation(digits: ImageSet) -> None:
    histories = [
        Trainer(config(seed=seed, validation=60)).fit(small_model(), digits) for seed in (0, 1)
    ]
    assert histories[0].step_losses != histories[1].step_losses
    one_batch = [
        Trainer(config(seed=seed, batch_size=360)).fit(small_model(dropout=0.5), digits)
        for seed in (0, 1)
    ]
    assert one_batch[0].step_losses != one_batch[1].step_losses


def test_training_leaves_the_callers_generators_and_settings_alone(digits: ImageSet) -> None:
    state, model = torch.get_rng_state(), MLP(hidden=(4,))
    torch.set_rng_state(state)
    Trainer(config(deterministic=True)).fit(model, digits)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.are_deterministic_algorithms_enabled()


def test_validation_does_not_change_what_is_learned(digits: ImageSet) -> None:
    alone, watched = small_model(), small_model()
    Trainer(config(epochs=2)).fit(alone, digits)
    Trainer(config(epochs=2)).fit(watched, digits, load("digits", "test"))
    assert equal_weights(weights(alone), weights(watched))


# Validation and early stopping.


def test_held_out_images_are_not_trained_on(
    digits: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest, held_out = digits.split_off(60, seed=5)
    first, second = small_model(), small_model()
    one = Trainer(config(seed=5, validation=60)).fit(first, digits)
    two = Trainer(config(seed=5)).fit(second, rest, held_out)
    assert equal_weights(weights(first), weights(second))
    assert one.epochs[0].validation_loss == two.epochs[0].validation_loss
    assert len(one.step_losses) == math.ceil(300 / 64)


def test_normalisation_is_counted_on_the_training_images_alone(digits: ImageSet) -> None:
    rest, _ = digits.split_off(60, seed=0)
    trainer = Trainer(config(validation=60, normalize=True))
    trainer.fit(small_model(), digits)
    assert trainer.mean_std == rest.mean_std()


class Scripted(nn.Module):
    """Its validation loss follows a script: one number for each epoch."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__()
        self.losses = losses
        self.epoch: Tensor
        self.register_buffer("epoch", torch.zeros(()))
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, images: Tensor) -> Tensor:
        if self.training:
            self.epoch += 1
            margin: Tensor = self.weight
        else:
            # The loss of class 0 against one other with logits (0, m) is log(1 + exp(m)).
            loss = self.losses[int(self.epoch) - 1]
            margin = torch.tensor(math.log(math.expm1(loss)))
        return torch.stack([torch.zeros(()), margin]).expand(len(images), 2)


def zeros(count: int = 8) -> ImageSet:
    images = torch.zeros(count, 1, 2, 2, dtype=torch.uint8)
    return ImageSet("zeros", "train", images, torch.zeros(count, dtype=torch.int64), ("a", "b"))


@pytest.mark.parametrize(
    ("losses", "patience", "epochs", "taken"),
    [
        ([0.9, 0.8, 0.7, 0.6], 1, 4, 4),
        ([0.9, 0.5, 0.6, 0.4], 1, 3, 2),
        ([0.9, 0.5, 0.6, 0.4], 2, 4, 4),
        ([0.5, 0.5, 0.5, 0.4], 2, 3, 1),
        ([0.9, 0.5, 0.6, 0.7], 5, 4, 2),
        ([0.9, 0.5, 0.6, 0.7], None, 4, 4),
    ],
)
def test_training_stops_when_patience_ends_and_takes_the_best_weights(
    losses: list[float], patience: int | None, epochs: int, taken: int
) -> None:
    model = Scripted(losses)
    settings = config(epochs=4, patience=patience)
    history = Trainer(settings).fit(model, zeros(), zeros())
    assert [record.validation_loss for record in history.epochs] == pytest.approx(losses[:epochs])
    assert history.best_epoch == taken
    assert int(model.epoch) == taken


def test_patience_without_a_validation_set_is_refused(digits: ImageSet) -> None:
    with pytest.raises(ValueError, match="patience needs a validation set"):
        Trainer(config(patience=1)).fit(small_model(), digits)


def test_more_validation_than_images_is_refused(digits: ImageSet) -> None:
    with pytest.raises(ValueError, match="360 of 360 images cannot be held out"):
        Trainer(config(validation=360)).fit(small_model(), digits)


def test_each_epoch_is_reported_as_it_ends(digits: ImageSet) -> None:
    seen: list[EpochRecord] = []
    history = Trainer(config(epochs=3)).fit(small_model(), digits, on_epoch=seen.append)
    assert tuple(seen) == history.epochs
    assert [record.epoch for record in seen] == [1, 2, 3]


def test_training_and_judging_print_nothing(
    digits: ImageSet, capfd: pytest.CaptureFixture[str]
) -> None:
    trainer, model = Trainer(config()), small_model()
    trainer.fit(model, digits)
    trainer.evaluate(model, digits)
    assert capfd.readouterr() == ("", "")


# What goes wrong.


class Poisoned(nn.Module):
    """Gives a bad number from the given step on."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__()
        self.linear = nn.Linear(784, 10)
        self.step, self.value, self.calls = step, value, 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        logits: Tensor = self.linear(images.flatten(1))
        return logits if self.calls < self.step else logits * self.value


@pytest.mark.parametrize(("step", "epoch"), [(1, 1), (4, 1), (6, 1), (7, 2), (9, 2)])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_the_first_step_with_a_bad_loss_is_named(
    digits: ImageSet, step: int, epoch: int, value: float
) -> None:
    with pytest.raises(TrainingError) as error:
        Trainer(config(epochs=3, lr=0.002)).fit(Poisoned(step, value), digits)
    message = str(error.value)
    assert message.startswith("the loss is ")
    assert f"at step {step} (epoch {epoch}) with lr=0.002" in message
    assert "try a tenth of the learning rate" in message


def test_weights_that_break_in_the_last_step_are_no_result(digits: ImageSet) -> None:
    settings = config(optimizer="sgd", lr=1e38, momentum=0.0, batch_size=360)
    model = small_model(dropout=0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(30)
    with pytest.raises(TrainingError, match=r"weights .* after step 1 \(epoch 1\) with lr=1e\+38"):
        Trainer(settings).fit(model, digits)


def test_out_of_memory_names_the_batch_size_to_try(digits: ImageSet) -> None:
    class Hungry(MLP):
        def forward(self, images: Tensor) -> Tensor:
            if len(images) > 16:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return super().forward(images)

    with pytest.raises(TrainingError, match=r"on cpu with batch_size=64; try batch_size=32"):
        Trainer(config()).fit(Hungry(), digits)
    Trainer(config(batch_size=16)).fit(Hungry(), digits)


def test_a_processor_out_of_memory_names_the_batch_size_to_try(digits: ImageSet) -> None:
    class Huge(MLP):
        def forward(self, images: Tensor) -> Tensor:
            torch.empty(1 << 60)  # the allocator itself refuses
            return super().forward(images)

    with pytest.raises(TrainingError, match=r"on cpu with batch_size=64; try batch_size=32"):
        Trainer(config()).fit(Huge(), digits)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (torch.zeros(4, 1, 28, 28), torch.zeros(4).long(), "images must be uint8"),
        (torch.zeros(4, 28, 28).byte(), torch.zeros(4).long(), r"of shape \(N, C, H, W\)"),
        (torch.zeros(4, 1, 28, 28).byte(), torch.zeros(4), "labels must be int64"),
        (torch.zeros(4, 1, 28, 28).byte(), torch.zeros(3).long(), "one for each of the 4"),
        (torch.zeros(4, 1, 28, 28).byte(), torch.full((4,), 10), "labels run from 10 to 10"),
        (torch.zeros(4, 1, 28, 28).byte(), torch.full((4,), -1), "labels run from -1 to -1"),
    ],
)
def test_data_that_do_not_fit_are_refused_before_training(
    images: Tensor, labels: Tensor, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ImageSet("bad", "train", images, labels, tuple("0123456789"))


def test_nothing_to_learn_from_is_refused(digits: ImageSet) -> None:
    with pytest.raises(ValueError, match="has no images to make batches of"):
        Trainer(config()).fit(small_model(), digits.subset([]))


def test_a_model_with_too_few_classes_is_refused_before_the_first_loss(digits: ImageSet) -> None:
    with pytest.raises(ValueError, match=r"\(64, 4\).*10 classes"):
        Trainer(config()).fit(MLP(num_classes=4), digits)


def test_a_model_that_gives_no_logits_is_refused_by_shape(digits: ImageSet) -> None:
    with pytest.raises(ValueError, match=r"\(64, 4, 26, 26\), not logits \(N, classes\)"):
        Trainer(config()).fit(nn.Conv2d(1, 4, 3), digits)


def test_a_model_without_weights_is_refused(digits: ImageSet) -> None:
    with pytest.raises(ValueError, match="no parameters to train"):
        Trainer(config()).fit(nn.Flatten(), digits)


# Judging.


@pytest.mark.parametrize("normalize", [False, True, (0.5, 0.25)])
@pytest.mark.parametrize("channels_last", [False, True])
def test_judging_is_the_plain_forward_pass_over_all_images(
    digits: ImageSet, normalize: bool | tuple[float, float], channels_last: bool
) -> None:
    test = load("digits").subset(torch.arange(900))  # more than one batch of evaluation
    trainer = Trainer(config(normalize=normalize, channels_last=channels_last))
    model = small_model(dropout=0.5)
    trainer.fit(model, digits)
    found = trainer.evaluate(model, test)
    known = normalize if isinstance(normalize, tuple) else (0.0, 1.0)
    mean, std = digits.mean_std() if normalize is True else known
    with torch.no_grad():
        expected = model.eval()((test.images / 255 - mean) / std)
    torch.testing.assert_close(found.logits, expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(found.labels, test.labels)
    assert found.loss == pytest.approx(float(F.cross_entropy(expected, test.labels)), rel=1e-4)
    assert found.accuracy == int((expected.argmax(1) == test.labels).sum()) / len(test)


def test_judging_gives_back_the_mode_of_every_layer(digits: ImageSet) -> None:
    model = small_model()
    model.classifier.eval()
    modes = [module.training for module in model.modules()]
    Trainer(config()).evaluate(model, digits)
    assert [module.training for module in model.modules()] == modes
    model.eval()
    Trainer(config()).evaluate(model, digits)
    assert not any(module.training for module in model.modules())


def test_judging_leaves_no_gradients_and_no_trace(digits: ImageSet) -> None:
    model = nn.Sequential(nn.Conv2d(1, 10, 28), nn.BatchNorm2d(10), nn.Flatten())
    before = weights(model)
    logits = Trainer(config()).predict(model, digits)
    assert not logits.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())
    assert equal_weights(before, weights(model))


def test_a_trainer_that_does_not_know_the_normalisation_does_not_judge(digits: ImageSet) -> None:
    trainer = Trainer(config(normalize=True))
    with pytest.raises(ValueError, match=r"mean_std"):
        trainer.evaluate(small_model(), digits)
    trainer.mean_std = digits.mean_std()
    trainer.evaluate(small_model(), digits)


def test_nothing_cannot_be_judged(digits: ImageSet) -> None:
    with pytest.raises(ValueError, match="has no images"):
        Trainer(config()).evaluate(small_model(), digits.subset([]))


# History.


@pytest.fixture
def history() -> History:
    return History(
        (
            EpochRecord(1, 0.2345678, 0.92101, None, None, 1e-3, 7.5),
            EpochRecord(2, 0.0712345, 0.97849, None, None, 1e-3, 7.25),
        ),
        (2.3, 0.1),
        2,
    )


def test_a_history_reads_as_a_table_without_seconds(history: History) -> None:
    assert str(history).splitlines() == [
        "epoch  train loss  train acc",
        "    1      0.2346     0.9210",
        "    2      0.0712     0.9785",
    ]


def test_the_table_shows_validation_where_there_was_one(digits: ImageSet) -> None:
    history = Trainer(config(epochs=2, validation=60)).fit(small_model(), digits)
    lines = str(history).splitlines()
    assert lines[0] == "epoch  train loss  train acc  val loss  val acc"
    assert len({len(line) for line in lines}) == 1
    assert f"{history.epochs[1].validation_accuracy:.4f}" in lines[2]


def test_a_history_goes_through_json_unchanged(digits: ImageSet) -> None:
    history = Trainer(config(epochs=2, validation=60)).fit(small_model(), digits)
    again = History.from_dict(json.loads(json.dumps(history.as_dict())))
    assert again == history
    assert str(again) == str(history)


def test_long_values_do_not_flood_what_is_shown(history: History) -> None:
    assert "2.3" not in repr(history)
    evaluation = Evaluation(0.1, 0.9, torch.zeros(10, 2), torch.zeros(10, dtype=torch.int64))
    assert repr(evaluation) == "Evaluation(loss=0.1, accuracy=0.9)"
