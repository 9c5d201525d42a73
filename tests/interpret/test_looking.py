"""Laws of looking inside: what is seen is what was computed, and nothing is left behind."""

from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from cnnbook import interpret as act
from cnnbook import models
from cnnbook.interpret.patches import unit_fields
from cnnbook.interpret.receptive_field import seen_pixels, sequential_fields

QUICK = settings(max_examples=20, deadline=None)


class Branched(nn.Module):
    """A reader's own network: nested, branched, with an in-place ReLU and an unused layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.ModuleDict({"conv": nn.Conv2d(2, 4, 3, stride=2, padding=1)})
        self.act = nn.ReLU(inplace=True)
        self.left = nn.Conv2d(4, 3, 3, padding=1)
        self.right = nn.Conv2d(4, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.unused = nn.Linear(3, 3)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(3, 5)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.act(self.stem["conv"](images))
        maps = self.norm(self.left(maps) + self.right(maps))
        logits: Tensor = self.head(self.drop(maps.mean(dim=(2, 3))))
        return logits


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def branched() -> Branched:
    torch.manual_seed(0)
    return Branched()


def hooks_of(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in model.modules())


class TestFeatureMaps:
    def test_they_are_those_got_by_hand(self) -> None:
        torch.manual_seed(0)
        model = models.SmallCNN(**models.SmallCNN.NOTES["003"]).eval()
        images = torch.rand(7, 1, 28, 28)
        names = [f"features.{name}" for name, _ in model.features.named_children()]
        found = act.feature_maps(model, images, names, batch_size=3)
        for place, name in enumerate(names, start=1):
            with torch.no_grad():
                by_hand = model.features[:place](images)
            assert torch.allclose(found[name], by_hand, atol=1e-6)
        logits = act.feature_maps(model, images, "classifier.fc2")
        with torch.no_grad():
            assert torch.allclose(logits, model(images), atol=1e-5)

    @QUICK
    @given(st.integers(1, 9), st.integers(1, 12))
    def test_the_size_of_batches_changes_nothing(self, batch_size: int, count: int) -> None:
        model, images = branched(), torch.rand(count, 2, 6, 6, generator=seeded(count))
        found = act.feature_maps(model, images, "norm", batch_size=batch_size)
        assert torch.allclose(found, act.feature_maps(model, images, "norm"), atol=1e-6)

    def test_what_comes_after_in_place_does_not_change_them(self) -> None:
        model, images = branched(), torch.randn(3, 2, 6, 6, generator=seeded(0))
        maps = act.feature_maps(model, images, "stem.conv")
        with torch.no_grad():
            assert torch.equal(maps, model.stem["conv"](images))
        assert (maps < 0).any()

    def test_a_summary_is_applied_to_each_batch(self) -> None:
        model, images = branched(), torch.rand(5, 2, 6, 6)
        whole = act.feature_maps(model, images, "left")
        peaks = act.feature_maps(
            model, images, "left", summary=lambda maps: maps.amax(dim=(2, 3)), batch_size=2
        )
        assert torch.allclose(peaks, whole.amax(dim=(2, 3)))

    def test_images_of_double_precision_are_taken(self) -> None:
        assert act.feature_maps(branched(), torch.rand(2, 2, 6, 6).double(), "head").shape == (2, 5)


class TestNothingIsLeftBehind:
    def calls(self) -> list[Any]:
        image = torch.rand(2, 6, 6)
        return [
            lambda model: act.feature_maps(model, image[None], "norm"),
            lambda model: act.exciting_patches(model, image[None], "left", 0),
            lambda model: act.occlusion_map(model, image, 1, size=3),
            lambda model: act.class_activation_map(model, image, 1, "norm"),
        ]

    def test_modes_gradients_and_statistics_stay(self) -> None:
        for call in self.calls():
            model = branched()
            model.train()
            model.norm.eval()
            modes = [module.training for module in model.modules()]
            state = {name: value.clone() for name, value in model.state_dict().items()}
            gradients = [torch.rand_like(each) for each in model.parameters()]
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                parameter.grad = gradient.clone()
            call(model)
            assert [module.training for module in model.modules()] == modes
            assert hooks_of(model) == 0
            assert all(torch.equal(value, state[n]) for n, value in model.state_dict().items())
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                assert parameter.grad is not None
                assert torch.equal(parameter.grad, gradient)
                assert parameter.requires_grad
            assert torch.is_grad_enabled()

    def test_after_an_exception_too(self) -> None:
        for call in self.calls():
            model = branched()
            model.head = nn.Linear(4, 5)  # does not fit
            model.train()
            with pytest.raises(RuntimeError, match="shapes"):
                call(model)
            assert hooks_of(model) == 0
            assert all(module.training for module in model.modules())
            assert torch.is_grad_enabled()

    def test_a_silenced_channel_speaks_again_after_an_exception(self) -> None:
        model = branched().eval()
        images = torch.rand(2, 2, 6, 6)
        before = model(images)
        with pytest.raises(RuntimeError, match="stop"), act.without_channel(model, "left", 1):
            raise RuntimeError("stop")
        assert torch.equal(model(images), before)

    def test_the_images_are_not_changed(self) -> None:
        image = torch.rand(2, 6, 6)
        before = image.clone()
        act.occlusion_map(branched(), image, 0, size=3)
        act.class_activation_map(branched(), image, 0, "left")
        assert torch.equal(image, before)
        assert not image.requires_grad


class TestWithoutChannel:
    @QUICK
    @given(st.sets(st.integers(0, 2), max_size=3))
    def test_it_is_the_network_with_weights_and_bias_of_zero(self, channels: set[int]) -> None:
        model, images = branched().eval(), torch.rand(3, 2, 6, 6, generator=seeded(1))
        with act.without_channel(model, "left", sorted(channels)):
            silenced = model(images)
        with torch.no_grad():
            for channel in channels:
                model.left.weight[channel] = 0
                model.left.bias[channel] = 0  # type: ignore[index]
        assert torch.allclose(silenced, model(images), atol=1e-6)

    def test_blocks_can_be_nested_and_looked_into(self) -> None:
        model, images = branched(), torch.rand(2, 2, 6, 6)
        with act.without_channel(model, "left", 0), act.without_channel(model, "left", 2):
            maps = act.feature_maps(model, images, "left")
        assert not maps[:, [0, 2]].any()
        assert maps[:, 1].any()


class TestPatches:
    def test_the_patch_of_a_planted_kernel_is_the_planted_pattern(self) -> None:
        pattern = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 0, 1]])
        layer = nn.Conv2d(1, 2, 3, padding=1)
        with torch.no_grad():
            layer.weight[1, 0] = pattern - 0.5
        images = 0.5 * torch.rand(6, 1, 9, 9, generator=seeded(0))
        images[4, 0, 2:5, 5:8] = pattern
        (patch, *_) = act.exciting_patches(nn.Sequential(layer), images, "0", 1)
        assert torch.equal(patch.pixels[0], pattern)
        assert (patch.image, patch.unit) == (4, (3, 6))
        assert (patch.rows, patch.columns) == (range(2, 5), range(5, 8))

    def test_at_most_one_of_an_image_and_the_strongest_first(self) -> None:
        model, images = branched(), torch.rand(8, 2, 8, 8, generator=seeded(2))
        patches = act.exciting_patches(model, images, "norm", 2, count=5, batch_size=3)
        maps = act.feature_maps(model, images, "norm")[:, 2]
        due = maps.flatten(1).amax(dim=1).sort(descending=True)
        assert [patch.image for patch in patches] == due.indices[:5].tolist()
        for patch in patches:
            assert patch.value == pytest.approx(float(maps[patch.image].max()))
            assert patch.value == pytest.approx(float(maps[(patch.image, *patch.unit)]))
        assert len(act.exciting_patches(model, images, "norm", 2, count=99)) == 8

    def test_pixels_outside_of_the_patch_do_not_change_the_unit(self) -> None:
        torch.manual_seed(0)
        model = models.build("note-003")
        images = torch.rand(5, 1, 28, 28, generator=seeded(3))
        for layer in ("features.conv1", "features.relu1", "features.conv2", "features.relu2"):
            for patch in act.exciting_patches(model, images, layer, 3, count=3):
                rows = slice(max(patch.rows[0], 0), patch.rows[-1] + 1)
                columns = slice(max(patch.columns[0], 0), patch.columns[-1] + 1)
                other = torch.rand(1, 1, 28, 28, generator=seeded(patch.image))
                other[0, :, rows, columns] = images[patch.image, :, rows, columns]
                value = act.feature_maps(model, other, layer)[(0, 3, *patch.unit)]
                assert float(value) == pytest.approx(patch.value, abs=1e-5)

    def test_beyond_the_border_it_is_filled(self) -> None:
        layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
        layer.weight.data = torch.ones(1, 1, 3, 3)
        images = torch.zeros(1, 1, 4, 4)
        images[0, 0, 0, 0] = 1
        (patch,) = act.exciting_patches(nn.Sequential(layer), images, "0", 0, fill=-7.0)
        assert patch.unit == (0, 0)
        assert patch.pixels[0].tolist() == [[-7, -7, -7], [-7, 1, 0], [-7, 0, 0]]

    @QUICK
    @given(st.integers(0, 10_000))
    @example(142)  # the last pixel is skipped by a stride, and the next layer has padding
    @example(1)  # dilated, padded by less than it reaches
    def test_fields_are_those_of_the_recursion(self, seed: int) -> None:
        random = seeded(seed)

        def draw(low: int, high: int) -> int:
            return int(torch.randint(low, high + 1, (1,), generator=random))

        layers: list[nn.Module] = []
        for _ in range(draw(1, 3)):
            kernel, dilation = draw(1, 3), draw(1, 2)
            padding = draw(0, dilation * (kernel // 2))
            layers.append(
                nn.Conv2d(1, 1, kernel, stride=draw(1, 2), padding=padding, dilation=dilation)
                if draw(0, 1)
                else nn.MaxPool2d(kernel, stride=draw(1, 2))
            )
        model = nn.Sequential(*layers)
        size = 40
        rows, columns = unit_fields(model, (1, size, size), str(len(layers) - 1))
        field = sequential_fields(model)[-1].rows
        for place, row in enumerate(rows):
            if row[0]:  # all taps of a dilated layer may lie beyond the border
                assert row[0] == field.pixels(place) == columns[0][place]

    def test_fields_of_branches_are_those_of_every_pixel_tried(self) -> None:
        model = branched()
        for layer in ("stem.conv", "left", "right", "norm", "head"):
            rows, columns = unit_fields(model, (2, 9, 7), layer)
            places = [(i, j) for i in range(len(rows)) for j in range(len(rows[0]))]
            for unit in places:
                seen = seen_pixels(model, (2, 9, 7), None if layer == "head" else unit, layer=layer)
                high = [i for i in rows[unit[0]][unit[1]] if 0 <= i < 9]
                wide = [j for j in columns[unit[0]][unit[1]] if 0 <= j < 7]
                assert seen.any(dim=1).nonzero().flatten().tolist() == high
                assert seen.any(dim=0).nonzero().flatten().tolist() == wide

    def test_a_feature_without_a_place_sees_the_whole_image(self) -> None:
        images = torch.rand(3, 2, 6, 6)
        patch = act.exciting_patches(branched(), images, "head", 4)[0]
        assert torch.equal(patch.pixels, images[patch.image])


class TestOcclusion:
    @QUICK
    @given(st.integers(1, 5), st.integers(1, 3), st.integers(0, 99))
    def test_for_a_linear_model_it_is_weights_times_pixels(
        self, size: int, stride: int, seed: int
    ) -> None:
        image = torch.randn(2, 6, 7, generator=seeded(seed))
        layer = nn.Linear(84, 3)
        model = nn.Sequential(nn.Flatten(), layer)
        found = act.occlusion_map(model, image, 2, size=size, stride=stride, batch_size=5)
        weight = layer.weight[2].detach().reshape(2, 6, 7)
        before, after = size // 2, size - 1 - size // 2
        padded = F.pad((weight * image).sum(dim=0)[None], (before, after, before, after))
        due = F.avg_pool2d(padded, size, stride=1)[0, ::stride, ::stride] * size**2
        assert torch.allclose(found, due, atol=1e-4)

    def test_covering_with_what_is_there_changes_nothing(self) -> None:
        image = torch.full((2, 6, 6), 0.3)
        found = act.occlusion_map(branched(), image, 0, size=3, fill=0.3)
        assert torch.allclose(found, torch.zeros(6, 6), atol=1e-6)

    def test_probabilities_are_those_of_softmax(self) -> None:
        model, image = branched().eval(), torch.rand(2, 5, 5)
        found = act.occlusion_map(model, image, 1, size=3, score="probability")
        covered = image.clone()
        covered[:, 1:4, 1:4] = 0
        with torch.no_grad():
            whole, part = (model(each[None]).softmax(dim=1)[0, 1] for each in (image, covered))
        assert float(found[2, 2]) == pytest.approx(float(whole - part), abs=1e-6)


class TestClassActivation:
    def model(self, seed: int) -> nn.Sequential:
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(2, 6, 3, padding=1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1),
            nn.Flatten(), nn.Linear(6, 4),
        )  # fmt: skip

    @QUICK
    @given(st.integers(0, 99), st.integers(0, 3))
    def test_behind_a_mean_it_is_the_class_activation_map(self, seed: int, label: int) -> None:
        model, image = self.model(seed), torch.randn(2, 5, 6, generator=seeded(seed))
        maps = act.feature_maps(model, image[None], "1")[0]
        head = model[4]
        assert isinstance(head, nn.Linear)
        due = (head.weight.detach()[label, :, None, None] * maps).sum(dim=0) / 30
        found = act.class_activation_map(model, image, label, "1", signed=True)
        assert torch.allclose(found, due, atol=1e-5)
        rectified = act.class_activation_map(model, image, label, "1")
        assert torch.allclose(rectified, due.relu(), atol=1e-5)
        with torch.no_grad():
            logit = model(image[None])[0, label] - head.bias[label]
        assert float(found.sum()) == pytest.approx(float(logit), abs=1e-4)

    def test_frozen_weights_and_no_grad_do_not_stop_it(self) -> None:
        model, image = self.model(0), torch.rand(2, 5, 5)
        due = act.class_activation_map(model, image, 1, "1")
        model.requires_grad_(False)
        with torch.no_grad():
            assert torch.equal(act.class_activation_map(model, image, 1, "1"), due)

    def test_it_is_brought_to_the_size_of_the_image(self) -> None:
        model, image = branched(), torch.rand(2, 8, 6)
        small = act.class_activation_map(model, image, 0, "norm", upsample=False)
        large = act.class_activation_map(model, image, 0, "norm")
        assert (small.shape, large.shape) == ((4, 3), (8, 6))
        assert large.max() <= small.max() + 1e-6


class TestNumbersAboutFeatures:
    @QUICK
    @given(st.integers(2, 5), st.integers(0, 99))
    def test_selectivity_is_its_formula(self, classes: int, seed: int) -> None:
        random = seeded(seed)
        maps = torch.rand(40, 6, 3, 2, generator=random)
        labels = torch.arange(40) % classes
        found = act.selectivity(maps, labels, classes)
        for channel in range(6):
            means = [
                float(maps[labels == number, channel].double().mean()) for number in range(classes)
            ]
            largest = max(means)
            others = (sum(means) - largest) / (classes - 1)
            due = (largest - others) / (largest + others)
            assert float(found.index[channel]) == pytest.approx(due, abs=1e-6)
            assert int(found.best[channel]) == means.index(largest)
            assert found.class_means[channel].tolist() == pytest.approx(means, abs=1e-6)
        # Stronger answers throughout are not more selective ones.
        assert torch.allclose(
            act.selectivity(7 * maps, labels, classes).index, found.index, atol=1e-5
        )

    def test_its_ends_are_0_and_1(self) -> None:
        features = torch.tensor([[0.0, 2, 0], [5.0, 2, 0], [0.0, 2, 0]])
        found = act.selectivity(features, torch.tensor([0, 1, 2]), 3)
        assert found.index.tolist() == [1, 0, 0]

    @QUICK
    @given(st.integers(0, 99), st.integers(1, 4))
    def test_components_are_eigenvectors_of_the_covariance(self, seed: int, count: int) -> None:
        features = torch.randn(30, 4, generator=seeded(seed)) * torch.tensor([5.0, 3, 2, 1])
        found = act.principal_components(features, count)
        covariance = torch.cov(features.T)
        for direction, variance in zip(found.directions, found.variances, strict=True):
            assert torch.allclose(covariance @ direction, variance * direction, atol=1e-3)
            assert direction[direction.abs().argmax()] > 0
        assert torch.allclose(found.directions @ found.directions.T, torch.eye(count), atol=1e-5)
        assert found.total_variance == pytest.approx(float(covariance.trace()), rel=1e-4)
        points = found.project(features)
        assert torch.allclose(points.var(dim=0), found.variances, rtol=1e-3)
        assert torch.allclose(points.mean(dim=0), torch.zeros(count), atol=1e-4)
        if count == 4:
            assert found.explained == pytest.approx(1)
            assert torch.allclose(torch.cdist(points, points), torch.cdist(features, features),
                                  atol=1e-2)  # fmt: skip


IMAGES = torch.rand(2, 2, 6, 6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: act.feature_maps(m, IMAGES, "lef"), "no layer 'lef'; there are stem, stem.conv"),
        (lambda m: act.feature_maps(m, IMAGES, ""), "no layer ''"),
        (lambda m: act.feature_maps(m, IMAGES, "unused"), "'unused' was not used"),
        (lambda m: act.feature_maps(m, IMAGES[0], "left"), r"\(N, C, H, W\), at least one"),
        (lambda m: act.feature_maps(m, IMAGES[:0], "left"), "at least one"),
        (lambda m: act.feature_maps(m, IMAGES.byte(), "left"), "not torch.uint8"),
        (lambda m: act.feature_maps(m, IMAGES, "left", batch_size=0), "batch_size"),
        (lambda m: act.feature_maps(nn.ReLU(), IMAGES, "x"), "a single layer"),
        (lambda m: act.exciting_patches(m, IMAGES, "left", 3), "'left' has 3 channels"),
        (lambda m: act.exciting_patches(m, IMAGES, "left", -1), "none is -1"),
        (lambda m: act.exciting_patches(m, IMAGES, "left", 0, 0), "count must be at least 1"),
        (
            lambda m: act.exciting_patches(nn.Sequential(nn.Flatten(2)), IMAGES, "0", 0),
            "units with a place",
        ),
        (lambda m: act.occlusion_map(m, IMAGES, 0), r"an image is .* \(C, H, W\)"),
        (lambda m: act.occlusion_map(m, IMAGES[0], 5), "no class 5; the model has 5"),
        (lambda m: act.occlusion_map(m, IMAGES[0], 0, size=0), "at least 1"),
        (
            lambda m: act.occlusion_map(m, IMAGES[0], 0, score="odds"),  # type: ignore[arg-type]
            "'logit' or 'probability'",
        ),
        (lambda m: act.occlusion_map(nn.ReLU(), IMAGES[0], 0), r"not logits"),
        (lambda m: act.class_activation_map(m, IMAGES[0], 9, "left"), "no class 9"),
        (lambda m: act.class_activation_map(m, IMAGES[0], 0, "head"), "before the maps are"),
        (lambda m: act.class_activation_map(m, IMAGES[0], 0, "unused"), "was not used"),
        (lambda m: act.selectivity(IMAGES, torch.zeros(3).long(), 2), r"labels \(N,\)"),
        (lambda m: act.selectivity(-IMAGES, torch.tensor([0, 1]), 2), "after a ReLU"),
        (lambda m: act.selectivity(IMAGES, torch.tensor([0, 2]), 2), "not among the 2"),
        (lambda m: act.selectivity(IMAGES, torch.tensor([0, 0]), 2), "class 1 has no image"),
        (lambda m: act.selectivity(IMAGES, torch.tensor([0, 0]), 1), "at least 2"),
        (lambda m: act.principal_components(torch.rand(5, 3), 4), "have 3 directions, not 4"),
        (lambda m: act.principal_components(torch.rand(1, 3)), "at least 2 rows"),
        (lambda m: act.principal_components(torch.ones(4, 3)), "all the same"),
        (
            lambda m: act.principal_components(torch.rand(4, 3)).project(torch.rand(1, 2)),
            "for 3 numbers an image, not 2",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(branched())


def test_a_layer_that_gives_no_tensor_is_refused() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.GRU(6, 2, batch_first=True)

        def forward(self, images: Tensor) -> Tensor:
            last: Tensor = self.rnn(images[:, 0])[1][0]
            return last

    with pytest.raises(ValueError, match="'rnn' gives a tuple"):
        act.feature_maps(Odd(), IMAGES, "rnn")


def test_a_channel_that_is_not_there_is_refused_when_the_model_runs() -> None:
    model = branched()
    with (
        act.without_channel(model, "left", 3),
        pytest.raises(ValueError, match="'left' has 3 channels, and none is 3"),
    ):
        model(IMAGES)
    with pytest.raises(ValueError, match="no layer 'x'"), act.without_channel(model, "x", 0):
        pass
    assert hooks_of(model) == 0


def test_logits_that_ignore_the_layer_are_refused() -> None:
    class Deaf(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.heard, self.ignored = nn.Conv2d(2, 3, 1), nn.Conv2d(2, 3, 1)

        def forward(self, images: Tensor) -> Tensor:
            self.ignored(images)
            logits: Tensor = self.heard(images).mean(dim=(2, 3))
            return logits

    with pytest.raises(ValueError, match="do not depend on layer 'ignored'"):
        act.class_activation_map(Deaf(), IMAGES[0], 0, "ignored")


def test_names_are_those_of_pytorch() -> None:
    assert act.layer_names(branched())[:3] == ("stem", "stem.conv", "act")
