"""Laws of generation: the players, their game, and those who judge the drawings."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook.applications import generation
from cnnbook.applications.generation import (
    ConvDiscriminator,
    ConvGenerator,
    DenseDiscriminator,
    DenseGenerator,
    GanConfig,
    GaussianDigits,
    Generator,
    Judge,
    Opinion,
    class_imbalance,
    frechet_distance,
    intra_class_diversity,
    nearest,
    play,
)
from cnnbook.applications.generation.training import Course
from cnnbook.datasets import ImageSet
from cnnbook.training import CheckpointError, TrainingError

PAIRS: dict[str, Any] = {
    "convolutional": lambda n: (ConvGenerator(num_classes=n), ConvDiscriminator(num_classes=n)),
    "dense": lambda n: (DenseGenerator(num_classes=n), DenseDiscriminator(num_classes=n)),
}


def digits(count: int = 300) -> ImageSet:
    """Ten classes of bytes: a bar whose row is the class, and noise."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 10
    images = torch.randint(0, 60, (count, 1, 28, 28), generator=random)
    images[torch.arange(count), 0, 2 * labels + 4] += 150
    names = tuple(str(number) for number in range(10))
    return ImageSet("bars", "train", images.to(torch.uint8), labels, names)


@pytest.mark.parametrize("num_classes", [0, 10])
@pytest.mark.parametrize("pair", PAIRS)
def test_players_have_the_shapes_of_pictures_and_scores(pair: str, num_classes: int) -> None:
    torch.manual_seed(0)
    generator, discriminator = PAIRS[pair](num_classes)
    latent, labels = torch.randn(4, 16), torch.tensor([0, 3, 3, 9])
    drawn = generator(latent, labels)
    assert drawn.shape == (4, 1, 28, 28)
    assert drawn.abs().max() <= 1
    assert discriminator(drawn, labels).shape == (4,)
    with pytest.raises(ValueError, match=r"\(N, 16\), not from \(4, 15\)"):
        generator(latent[:, 1:], labels)


@pytest.mark.parametrize("pair", PAIRS)
def test_only_players_that_are_told_the_class_listen_to_it(pair: str) -> None:
    torch.manual_seed(0)
    latent, images = torch.randn(4, 16), torch.rand(4, 1, 28, 28)
    for num_classes in (0, 10):
        generator, discriminator = (player.eval() for player in PAIRS[pair](num_classes))
        for player, given in ((generator, latent), (discriminator, images)):
            same = torch.equal(
                player(given, torch.zeros(4).long()), player(given, torch.full((4,), 7))
            )
            assert same == (num_classes == 0)


def test_losses_are_the_cross_entropies_of_the_two_wishes() -> None:
    torch.manual_seed(0)
    real, drawn = 5 * torch.randn(2, 50)
    yes, no = torch.ones(50), torch.zeros(50)
    entropy = F.binary_cross_entropy_with_logits
    due = entropy(real, yes) + entropy(drawn, no)
    torch.testing.assert_close(generation.discriminator_loss(real, drawn), due)
    torch.testing.assert_close(generation.generator_loss(drawn), entropy(drawn, yes))


def game(
    seed: int = 0, folder: Path | None = None, resume: bool = False, **changes: Any
) -> tuple[nn.Module, Course]:
    torch.manual_seed(seed)
    players = DenseGenerator(hidden=[16]), DenseDiscriminator(hidden=[16])
    data = digits()
    config = GanConfig(**{"steps": 6, "batch_size": 8, "seed": seed} | changes)
    watch = torch.randn(3, 16, generator=torch.Generator().manual_seed(1)), torch.arange(3)
    return play(
        *players, data.images, data.labels, config, watch=watch, at=[2, 6], device="cpu",
        folder=folder, resume=resume,
    )  # fmt: skip


def test_a_game_is_decided_by_its_seed_and_written_down() -> None:
    first, course = game()
    again, _ = game()
    other, _ = game(seed=1)
    weights = [torch.cat([p.flatten() for p in g.parameters()]) for g in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert not first.training
    assert {len(line) for line in (course.discriminator, course.generator, course.real)} == {6}
    assert list(course.snapshots) == [2, 6]
    assert course.snapshots[6].shape == (3, 1, 28, 28)
    latent = torch.randn(3, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(first(latent, torch.arange(3)), course.snapshots[6])


class Killed(BaseException):
    """Stands for the end of the process."""


class Mortal(DenseGenerator):
    """A generator that ends the process when it has drawn so often in training."""

    def __init__(self, last: int) -> None:
        super().__init__(hidden=[16])
        self.last, self.calls = last, 0

    def forward(self, latent: Tensor, labels: Tensor) -> Tensor:
        self.calls += self.training
        if self.calls > self.last:
            raise Killed
        return super().forward(latent, labels)


@pytest.mark.parametrize("last", [1, 3, 99, 100, 101, 150])
def test_a_game_that_was_broken_off_goes_on_as_if_it_had_not_been(
    tmp_path: Path, last: int
) -> None:
    data = digits()
    config = GanConfig(steps=203, batch_size=4)
    watch = torch.randn(2, 16, generator=torch.Generator().manual_seed(1)), torch.arange(2)

    def played(generator: nn.Module, **how: Any) -> tuple[nn.Module, Course]:
        torch.manual_seed(3)
        discriminator = DenseDiscriminator(hidden=[16])
        return play(
            generator, discriminator, data.images, data.labels, config,
            watch=watch, at=[1, 100, 203], device="cpu", **how,
        )  # fmt: skip

    def player(last: int = 10_000) -> Mortal:
        torch.manual_seed(2)
        return Mortal(last)

    due, course = played(player())
    with pytest.raises(Killed):
        played(player(last), folder=tmp_path)
    found, again = played(player(), folder=tmp_path, resume=True)
    for name, value in due.state_dict().items():
        assert torch.equal(found.state_dict()[name], value), name
    assert (again.generator, again.real) == (course.generator, course.real)
    assert list(again.snapshots) == [1, 100, 203]
    assert all(torch.equal(again.snapshots[at], course.snapshots[at]) for at in again.snapshots)


def test_another_game_does_not_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    game(folder=tmp_path)
    with pytest.raises(CheckpointError, match=r"generator_steps=1.*generator_steps=2"):
        game(folder=tmp_path, resume=True, generator_steps=2)


def test_the_players_have_the_modes_and_the_frozen_weights_that_they_had() -> None:
    data = digits()
    players = DenseGenerator(hidden=[4]).eval(), DenseDiscriminator(hidden=[4])
    frozen = next(players[1].parameters()).requires_grad_(False)
    before = frozen.clone()
    play(*players, data.images, data.labels, GanConfig(steps=2, batch_size=4), device="cpu")
    assert (players[0].training, players[1].training) == (False, True)
    assert not frozen.requires_grad
    assert torch.equal(frozen, before)


def test_a_discriminator_alone_learns_to_tell_the_two_apart() -> None:
    _, course = game(steps=60, lr=0.01, batch_size=32)
    assert sum(course.discriminator[-5:]) < sum(course.discriminator[:5])


def test_a_game_that_cannot_be_played_is_refused() -> None:
    data = digits()
    players = DenseGenerator(hidden=[4]), DenseDiscriminator(hidden=[4])
    with pytest.raises(ValueError, match="300 images, but 299 labels"):
        play(*players, data.images, data.labels[1:], GanConfig(steps=1))
    with pytest.raises(ValueError, match="steps must be above 0"):
        GanConfig(steps=0)
    with pytest.raises(ValueError, match="averaging"):
        GanConfig(averaging=1.0)
    with pytest.raises(TrainingError, match="learning rate"):
        game(lr=1e30)


@pytest.fixture
def artist() -> Generator:
    torch.manual_seed(0)
    return Generator(ConvGenerator().eval(), Course())


def test_drawings_are_bytes_and_decided_by_their_seed(artist: Generator) -> None:
    images = artist.draw(12, seed=3)
    assert (images.dtype, tuple(images.shape)) == (torch.uint8, (12, 1, 28, 28))
    assert torch.equal(images, artist.draw(12, seed=3))
    assert not torch.equal(images, artist.draw(12, seed=4))
    in_turn = torch.arange(12) % 10
    assert torch.equal(images, artist.draw(12, seed=3, labels=in_turn))
    assert not torch.equal(images, artist.draw(12, seed=3, labels=9 - in_turn))


@pytest.mark.parametrize(
    ("count", "labels", "words"),
    [
        (0, None, "1 or more"),
        (2, torch.tensor([1]), "2 labels"),
        (2, torch.tensor([1.0, 2.0]), "int64"),
        (2, torch.tensor([1, 10]), "from 0 to 9, not"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    artist: Generator, count: int, labels: Tensor | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        artist.draw(count, labels=labels)


def test_a_generator_is_trained_once_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnbook.applications.generation import predict

    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)
    monkeypatch.setattr(predict, "CONFIG", GanConfig(steps=2, batch_size=8))
    monkeypatch.setattr(predict, "SNAPSHOTS", (1, 2))
    first = generation.trained_generator(0, data="digits")
    again = generation.trained_generator(0, data="digits")
    assert (first.fresh, again.fresh) == (True, False)
    assert torch.equal(first.draw(5), again.draw(5))
    assert first.course.generator == again.course.generator
    assert first.course.snapshots[2].dtype == torch.uint8
    assert generation.trained_generator(1, data="digits").fresh
    with pytest.raises(ValueError, match="convolutional, not told the class, fully connected"):
        generation.trained_generator(kind="oil")


def test_an_opinion_counts_what_is_sure() -> None:
    opinion = Opinion(torch.tensor([[0.95, 0.05], [0.1, 0.9], [0.6, 0.4], [0.02, 0.98]]), 0.9)
    assert opinion.recognised.tolist() == [True, True, False, True]
    assert opinion.share == 0.75
    assert opinion.counts().tolist() == [1, 2]
    assert int(opinion.counts().sum()) == int(opinion.recognised.sum())
    assert opinion.share_as(torch.tensor([0, 0, 0, 1])) == 0.5
    assert opinion.share_as(opinion.classes) == opinion.share
    with pytest.raises(ValueError, match="4 pictures"):
        opinion.share_as(torch.tensor([0]))


class RowReader(nn.Module):
    """A classifier of the bars: the class whose row is brightest."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.Flatten()

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = 30 * self.rows(images.mean(dim=3)[:, 0, 4:24:2])
        return logits


def test_a_study_measures_drawings_in_all_ways() -> None:
    from cnnbook.experiments.generation import measured

    judge, data = Judge(RowReader(), layer="rows"), digits()
    real = judge.features(data.images)
    found = measured(data.images, data.labels, judge, real, data.images, data.labels)
    assert (found["recognised"], found["as_asked"], found["by_nearest"]) == (1, 1, 1)
    assert (found["rarest"], found["unevenness"]) == (30, 0)
    assert abs(found["distance"]) < 1e-6
    assert found["variety"] == intra_class_diversity(data.images, data.labels)
    wrong = measured(data.images, (data.labels + 1) % 10, judge, real, data.images, data.labels)
    assert (wrong["recognised"], wrong["as_asked"], wrong["by_nearest"]) == (1, 0, 0)


def test_a_judge_passes_what_it_knows_and_refuses_noise() -> None:
    judge, data = Judge(RowReader(), layer="rows"), digits()
    opinion = judge(data.images)
    assert opinion.share_as(data.labels) == 1.0
    assert opinion.counts().tolist() == [30] * 10
    noise = torch.randint(0, 256, data.images.shape).to(torch.uint8)
    assert judge(noise).share < 0.1
    assert judge.features(data.images).shape == (300, 10)
    for wrong in (data.images / 255, data.images[0]):
        with pytest.raises(ValueError, match="bytes"):
            judge(wrong)


def test_class_imbalance_is_the_share_that_would_have_to_move() -> None:
    assert class_imbalance(torch.full((10,), 7)) == pytest.approx(0)
    assert class_imbalance(F.one_hot(torch.tensor(3), 10)) == pytest.approx(0.9)
    assert class_imbalance(torch.tensor([3, 1])) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="one above 0"):
        class_imbalance(torch.zeros(10).long())


def test_diversity_is_the_mean_distance_within_the_classes() -> None:
    data = digits(60)
    pixels, means = data.images.double().flatten(1) / 255, []
    for label in range(10):
        rows = pixels[data.labels == label]
        pairs = [(rows[i] - rows[j]).norm() for i in range(6) for j in range(i)]
        means.append(torch.stack(pairs).mean())
    due = float(torch.stack(means).mean())
    assert intra_class_diversity(data.images, data.labels) == pytest.approx(due, rel=1e-5)
    alike = data.images[:1].expand(8, -1, -1, -1)
    assert intra_class_diversity(alike, torch.arange(8) % 2) == pytest.approx(0, abs=1e-3)
    assert math.isnan(intra_class_diversity(data.images[:10], torch.arange(10)))  # no two alike


def test_the_nearest_picture_is_found_across_parts() -> None:
    random = torch.Generator().manual_seed(0)
    among = torch.randint(0, 256, (10_300, 1, 3, 3), generator=random).to(torch.uint8)
    asked = torch.tensor([5, 10_200, 9_999])
    distances, places = nearest(among[asked], among)
    assert torch.equal(places, asked)
    assert distances.max() < 1e-2
    distances, places = nearest(among[:4], among[4:])
    table = (among[:4].flatten(1)[:, None].double() - among[4:].flatten(1)).norm(dim=2) / 255
    assert torch.equal(places, table.argmin(dim=1))
    torch.testing.assert_close(distances.double(), table.amin(dim=1), atol=1e-3, rtol=0)


def test_the_frechet_distance_sees_means_widths_and_directions() -> None:
    torch.manual_seed(0)
    cloud = torch.randn(500, 4, dtype=torch.float64)
    assert frechet_distance(cloud, cloud) == pytest.approx(0, abs=1e-8)
    shift = torch.tensor([3.0, 0, 4, 0])
    assert frechet_distance(cloud, cloud + shift) == pytest.approx(25)
    spread = torch.cov(cloud.T).trace()
    assert frechet_distance(cloud, 3 * cloud) == pytest.approx(
        float(4 * spread + (2 * cloud.mean(0)).square().sum())
    )
    other = cloud @ torch.randn(4, 4, dtype=torch.float64) + 1
    a, b = torch.cov(cloud.T), torch.cov(other.T)
    cross = torch.linalg.eigvals(a @ b).sqrt().sum().real
    due = (cloud.mean(0) - other.mean(0)).square().sum() + (a + b).trace() - 2 * cross
    assert frechet_distance(cloud, other) == pytest.approx(float(due))
    assert frechet_distance(other, cloud) == pytest.approx(float(due))
    with pytest.raises(ValueError, match="two pictures"):
        frechet_distance(cloud[:1], cloud)
    with pytest.raises(ValueError, match="one length"):
        frechet_distance(cloud, cloud[:, :2])


def test_gaussian_digits_have_the_means_and_deviations_of_their_class() -> None:
    data = digits(2000)
    found = GaussianDigits.fitted(data, components=3)
    pixels = data.images[data.labels == 4].flatten(1).double() / 255
    torch.testing.assert_close(found.means[4].double(), pixels.mean(dim=0), atol=1e-5, rtol=0)
    assert found.directions.shape == (10, 3, 784)
    images = found.draw(20, seed=1)
    assert (images.dtype, tuple(images.shape)) == (torch.uint8, (20, 1, 28, 28))
    assert torch.equal(images, found.draw(20, seed=1))
    assert not torch.equal(images, found.draw(20, seed=2))
    bars = images.float().mean(dim=3)[:, 0].argmax(dim=1)
    assert torch.equal(bars, 2 * (torch.arange(20) % 10) + 4)


def test_the_directions_are_the_principal_components() -> None:
    torch.manual_seed(0)
    strength = torch.tensor([60.0, 30, 5, 5])
    values = (torch.randn(4000, 4) * strength + 128).round().clamp(0, 255).to(torch.uint8)
    data = ImageSet("a", "train", values.reshape(-1, 1, 2, 2), torch.zeros(4000).long(), ("a",))
    directions = GaussianDigits.fitted(data, components=2).directions[0] * 255
    torch.testing.assert_close(directions[0].abs(), torch.tensor([60.0, 0, 0, 0]), atol=3, rtol=0)
    torch.testing.assert_close(directions[1].abs(), torch.tensor([0.0, 30, 0, 0]), atol=3, rtol=0)


def test_gaussian_digits_refuse_what_they_cannot_do() -> None:
    with pytest.raises(ValueError, match="fewer components"):
        GaussianDigits.fitted(digits(100), components=10)
    found = GaussianDigits.fitted(digits(), components=2)
    with pytest.raises(ValueError, match="1 or more"):
        found.draw(0)
    with pytest.raises(ValueError, match="3 labels"):
        found.draw(3, labels=torch.tensor([1]))
