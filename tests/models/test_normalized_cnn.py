"""The network of the chapter on modern training, against the same written out in PyTorch."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnbook import models
from cnnbook.interpret.summary import trace
from cnnbook.models import NormalizedCNN

CHANNELS = st.lists(st.integers(1, 4), min_size=1, max_size=2).map(tuple)


def plain(model: Any, stages: tuple[tuple[int, ...], ...], images: Tensor) -> Tensor:
    """The same, step by step: convolution, at the end of a stage pooling, normalisation, ReLU."""
    layers = dict(model.features.named_children())
    maps = images
    for number, stage in enumerate(stages, start=1):
        for place in range(1, len(stage) + 1):
            maps = layers[f"conv{number}_{place}"](maps)
            if place == len(stage) and number < len(stages):
                maps = nn.functional.max_pool2d(maps, 2)
            if (norm := layers.get(f"norm{number}_{place}")) is not None:
                mean, var = maps.mean(dim=(0, 2, 3)), maps.var(dim=(0, 2, 3), correction=0)
                maps = (maps - mean[:, None, None]) / (var[:, None, None] + norm.eps).sqrt()
                maps = maps * norm.weight[:, None, None] + norm.bias[:, None, None]
            maps = maps.clamp(min=0)
    if model.head == "mean":
        maps = maps.mean(dim=(2, 3))
    elif model.head == "max":
        maps = maps.amax(dim=(2, 3))
    logits: Tensor = maps.flatten(1) @ model.output.weight.T + model.output.bias
    return logits


@settings(max_examples=40, deadline=None)
@given(
    st.lists(CHANNELS, min_size=1, max_size=3).map(tuple),
    st.sampled_from([1, 3, 5]),
    st.sampled_from(["flatten", "mean", "max"]),
    st.booleans(),
    st.integers(0, 99),
)
def test_it_is_convolution_pooling_normalisation_relu(
    stages: tuple[tuple[int, ...], ...], kernel_size: int, head: Any, normalized: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    model = NormalizedCNN(
        stages, kernel_size, head, 0.0, normalized, in_channels=2, num_classes=3, image_size=13
    ).double()
    images = torch.randn(4, 2, 13, 13, dtype=torch.float64)
    assert torch.allclose(model.train()(images), plain(model, stages, images), atol=1e-8)
    assert any(p.requires_grad for p in model.parameters())
    assert all(
        (layer.bias is None) == normalized for layer in model.features if "Conv" in str(layer)
    )


@pytest.mark.parametrize(("name", "most"), [("modern", 1_000_000), ("tiny", 20_000)])
def test_the_named_sizes_keep_their_limits(name: str, most: int) -> None:
    records = trace(models.build(name), (1, 1, 28, 28))
    assert sum(record.parameters for record in records) < most
    assert sum(p.numel() for p in models.build(name).parameters()) < most


def test_dropout_works_on_the_heads_inputs_and_in_training_only() -> None:
    model = models.build("modern", dropout=0.5)
    images = torch.rand(8, 1, 28, 28)
    model.eval()
    assert torch.equal(model(images), model(images))
    model.train()
    assert not torch.equal(model(images), model(images))


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"stages": ()}, "every stage needs a convolution"),
        ({"stages": ((3,), ())}, "every stage needs a convolution"),
        ({"first_kernel_size": 4}, "first_kernel_size must be odd, not 4"),
        ({"head": "sum"}, "head must be one of flatten, mean, max, not 'sum'"),
        ({"image_size": 3}, "images of 3 pixels cannot be halved 2 times"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings_: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        NormalizedCNN(**settings_)


def test_images_of_another_shape_are_refused_with_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(N, 1, 28, 28\), not \(2, 1, 32, 32\)"):
        models.build("modern")(torch.zeros(2, 1, 32, 32))
