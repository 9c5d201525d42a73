"""Data sets that need no download and are not in MNIST's file format."""

import pytest
import torch
from torch.nn import functional as F

from cnnbook import datasets
from cnnbook.cli.main import main
from cnnbook.datasets import load


@pytest.mark.parametrize("name", sorted(datasets.READERS))
def test_what_is_embedded_is_a_data_set_as_any_other(name: str) -> None:
    train, test = (load(name, split) for split in datasets.SPLITS)
    assert train.class_names == test.class_names
    assert train.images.dtype == torch.uint8
    for data in (train, test):
        assert data.name == name
        counts = data.labels.bincount(minlength=data.num_classes)
        assert counts.min() > 0.9 * counts.float().mean(), "classes are as frequent as each other"
    digest = test.digest
    test.images.zero_()  # what a caller does to it stays his own affair
    test = load(name, "test")
    assert test.digest == digest
    seen = {image.numpy().tobytes() for image in train.images}
    assert not seen & {image.numpy().tobytes() for image in test.images}
    assert datasets.state(name) == "embedded"


def cut_out(image: torch.Tensor) -> torch.Tensor:
    """What is brighter than half, brought to 8×8 pixels, with mean 0 and length 1."""
    there = image > image.max() / 2
    rows, columns = there.any(dim=1).nonzero(), there.any(dim=0).nonzero()
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    pixels = F.interpolate(cut[None, None], size=(8, 8), mode="bilinear", antialias=True).flatten()
    return F.normalize(pixels - pixels.mean(), dim=0)


def test_the_digits_in_their_own_size_are_those_of_28_pixels() -> None:
    small, large = load("digits-8x8", "test"), load("digits", "test")
    assert small.images.shape[1:] == (1, 8, 8)
    assert torch.equal(small.labels, large.labels)
    ours, others = (
        torch.stack([cut_out(image[0].float()) for image in data.images]) for data in (small, large)
    )
    alike = ours @ others.T
    assert alike.diagonal().median() > 0.8
    best = alike.argmax(dim=1) == torch.arange(len(alike))
    assert best.float().mean() > 0.6, "most are most like themselves, of 360"


def test_a_grating_changes_across_its_stripes_and_not_along_them() -> None:
    data = load("gratings", "test")
    pixels = data.images[:, 0].float()
    steps = {"horizontal": (0, 1), "vertical": (1, 0), "rising": (-1, 1), "falling": (1, 1)}
    changes = []
    for down, right in (steps[name] for name in data.class_names):
        moved = pixels[:, 1 + down : 27 + down, 1 + right : 27 + right]
        changes.append((moved - pixels[:, 1:27, 1:27]).square().mean(dim=(1, 2)))
    assert torch.equal(torch.stack(changes).argmin(dim=0), data.labels)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("digits-8x8", 0.9), ("gratings", 0.99)])
def test_a_network_learns_it_from_the_command_line(
    name: str, least: float, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    model = "resnet" if name == "digits-8x8" else "tiny"
    out = f"{tmp_path}/run"
    flags = ["--epochs", "3", "--lr", "0.01", "--device", "cpu"]
    assert main(["train", "--model", model, "--data", name, "--out", out, *flags]) == 0
    assert main(["evaluate", out, "--device", "cpu"]) == 0
    shown = capsys.readouterr().out
    assert float(shown.rpartition("accuracy ")[2].partition(",")[0]) > least


def test_a_model_for_ten_classes_says_so(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    out = f"{tmp_path}/run"
    assert main(["train", "--model", "lenet5", "--data", "gratings", "--out", out]) == 1
    assert "lenet5 is made for ten classes, and there are 4" in capsys.readouterr().err
