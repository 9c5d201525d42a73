"""A reader's own picture: right ways give classes, wrong ways one clear error."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from cnnbook.applications.clothing.classifier import Classifier, trained_classifier, trained_run
from cnnbook.datasets import load
from cnnbook.photos import PhotographError, digit_image, whole_image


class Halves(nn.Module):
    """Says where it is brighter: above, below, or at the left."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        parts = [images[..., :14, :], images[..., 14:, :], images[..., :14]]
        return 20 * torch.stack([part.mean(dim=(1, 2, 3)) for part in parts], dim=1)


CLASSIFIER = Classifier(Halves(), ("above", "below", "left"))
BELOW = torch.zeros(28, 28)
BELOW[20:] = 1.0


@pytest.mark.parametrize(
    "picture",
    [
        BELOW,
        BELOW[None],
        BELOW.double(),
        BELOW.half(),
        (255 * BELOW).byte(),
        BELOW.numpy(),
        (255 * BELOW).byte().numpy(),
        BELOW.tolist(),
    ],
    ids=["float", "channel", "double", "half", "bytes", "array", "byte array", "list"],
)
def test_an_image_of_the_right_size_is_taken_in_any_form(picture: Any) -> None:
    answer = CLASSIFIER.classify(picture)
    assert next(iter(answer)) == "below"
    assert sorted(answer) == ["above", "below", "left"]
    assert list(answer.values()) == sorted(answer.values(), reverse=True)
    assert sum(answer.values()) == pytest.approx(1)


def test_bytes_and_fractions_of_one_image_are_judged_alike() -> None:
    image = torch.randint(0, 256, (28, 28), dtype=torch.uint8)
    assert CLASSIFIER.classify(image) == pytest.approx(CLASSIFIER.classify(image / 255))


def test_pixels_are_normalised_with_the_mean_and_deviation() -> None:
    by_hand = Halves()((BELOW[None, None] - 0.25) / 0.5).softmax(dim=1)
    normalising = Classifier(Halves(), ("above", "below", "left"), mean_std=(0.25, 0.5))
    assert torch.allclose(normalising.probabilities(BELOW[None, None]), by_hand)


def test_many_images_are_judged_as_each_alone() -> None:
    images = torch.rand(7, 1, 28, 28)
    together = CLASSIFIER.probabilities(images)
    alone = torch.cat([CLASSIFIER.probabilities(image[None]) for image in images])
    assert torch.allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "CMYK", "I;16", "LA"])
def test_a_file_of_any_size_and_mode_is_prepared(tmp_path: Path, mode: str) -> None:
    page = Image.new("L", (90, 150), 240)
    page.paste(30, (20, 100, 60, 140))
    if mode == "I;16":
        page = Image.fromarray(257 * np.asarray(page).astype(np.uint16))
    path = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    (page if mode == "I;16" else page.convert(mode)).save(path)
    for name in (path, str(path)):
        assert len(CLASSIFIER.classify(name)) == 3


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (torch.zeros(32, 32), r"\(32, 32\).*takes \(28, 28\).*name of its file"),
        (torch.zeros(2, 1, 28, 28), r"takes \(28, 28\)"),
        (torch.zeros(28), r"takes \(28, 28\)"),
        (torch.zeros(3, 28, 28), "three channels"),
        (np.zeros((28, 28, 3), dtype=np.uint8), "three channels"),
        (torch.full((28, 28), 200.0), "from 200 to 200"),
        (torch.full((28, 28), -0.5), "from -0.5"),
        (torch.full((28, 28), torch.nan), "from nan"),
        (torch.zeros(28, 28, dtype=torch.int64), "int64 could mean anything"),
        (torch.zeros(28, 28, dtype=torch.bool), "bool could mean anything"),
        (None, "not NoneType"),
        ({"a": 1}, "not dict"),
        ([["a"]], "not list"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_is_no_image_is_refused_with_a_reason(picture: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CLASSIFIER.classify(picture)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    text, empty, blank = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    text.write_text("no image")
    empty.touch()
    Image.new("L", (40, 40), 200).save(blank)
    for path in (text, empty, blank, tmp_path / "missing.png", tmp_path):
        with pytest.raises(PhotographError, match=path.name):
            CLASSIFIER.classify(path)


def test_a_classifier_learns_digits_once_and_reads_a_drawn_one(tmp_path: Path) -> None:
    classifier = trained_classifier("digits")
    test = load("digits", "test")
    right = classifier.probabilities(test.images).argmax(dim=1) == test.labels
    assert right.double().mean() > 0.9
    assert right.double().mean() == pytest.approx(trained_run("digits").test.accuracy, abs=0.01)
    assert classifier.prepare is digit_image
    image = test.images[0, 0]
    Image.fromarray(255 - image.numpy()).resize((280, 280)).save(tmp_path / "digit.png")
    answer = classifier.classify(tmp_path / "digit.png")
    assert sorted(answer) == sorted(test.class_names)
    assert not trained_run("digits").fresh


def test_photographs_of_clothes_are_framed_as_a_whole() -> None:
    assert CLASSIFIER.prepare is whole_image


def test_an_unknown_data_set_is_refused() -> None:
    with pytest.raises(ValueError, match="no data set"):
        trained_classifier("shoes")
