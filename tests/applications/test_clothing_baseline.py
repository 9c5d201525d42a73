"""Laws of the classifiers without convolutions."""

from pathlib import Path

import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.neighbors import KNeighborsClassifier

from cnnbook.applications.clothing import baseline
from cnnbook.datasets import load


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)


@pytest.mark.parametrize(
    "method",
    [baseline.nearest_neighbours, baseline.nystroem_ridge, baseline.gradient_machine],
)
def test_all_learn_digits_and_are_kept(method: object) -> None:
    train, test = load("digits", "train"), load("digits", "test")
    classes, setting = method(train, test)  # type: ignore[operator]
    assert (classes == test.labels).double().mean() > 0.95
    again, setting_again = method(train, test)  # type: ignore[operator]
    assert torch.equal(classes, again)
    assert setting == setting_again


def test_neighbours_vote_as_those_of_scikit_learn() -> None:
    train, test = load("digits", "train"), load("digits", "test")
    rows, others = baseline._components(train, test)
    ours = baseline._by_neighbours(rows, train.labels, others, 3, 0)
    theirs = KNeighborsClassifier(3).fit(rows, train.labels).predict(others)
    assert (ours.numpy() == theirs).mean() > 0.99


def test_with_all_images_as_centres_the_bells_are_kernel_ridge_regression() -> None:
    train, test = load("digits", "train").first(400), load("digits", "test")
    rows, others = baseline._components(train, test)
    ours = baseline._by_kernel(rows, train.labels, others, 5.0, 400)
    targets = torch.nn.functional.one_hot(train.labels).double()
    ridge = KernelRidge(alpha=baseline.RIDGE, kernel="rbf", gamma=1 / 50)
    ridge.fit(rows.double(), targets - targets.mean(dim=0))
    scores = ridge.predict(others.double()) + targets.mean(dim=0).numpy()
    assert (ours.numpy() == scores.argmax(axis=1)).mean() > 0.98


def test_gradients_do_not_see_brightness_nor_the_sign_of_an_edge() -> None:
    images = load("digits", "test").images[:20] // 2
    found = baseline.gradient_histograms(images)
    assert found.shape == (20, 32 * 36)
    assert torch.allclose(found, baseline.gradient_histograms(images + 90), atol=1e-4)
    assert torch.allclose(found, baseline.gradient_histograms(255 - images), atol=1e-4)


def test_gradients_of_a_turned_image_are_the_turned_gradients() -> None:
    images = load("digits", "test").images[:20]
    shape = (20, 8, 2, 2, 6, 6)  # directions, cells of a block, blocks
    plain = baseline.gradient_histograms(images).reshape(shape)
    turned = baseline.gradient_histograms(images.rot90(1, (2, 3))).reshape(shape)
    # A quarter of a turn is four of the eight directions.
    due = plain.rot90(1, (2, 3)).rot90(1, (4, 5)).roll(4, dims=1)
    assert torch.allclose(due, turned, atol=1e-4)
