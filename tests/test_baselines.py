"""Laws of the classifiers without convolutions."""

from pathlib import Path

import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.neighbors import KNeighborsClassifier

from cnnbook import baselines
from cnnbook.datasets import load


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)


@pytest.mark.parametrize("method", [baselines.nearest_neighbours, baselines.kernel_machine])
def test_both_learn_digits_and_are_kept(method: object) -> None:
    train, test = load("digits", "train"), load("digits", "test")
    classes, setting = method(train, test)  # type: ignore[operator]
    assert (classes == test.labels).double().mean() > 0.95
    again, setting_again = method(train, test)  # type: ignore[operator]
    assert torch.equal(classes, again)
    assert setting == setting_again


def test_neighbours_vote_as_those_of_scikit_learn() -> None:
    train, test = load("digits", "train"), load("digits", "test")
    rows, others = baselines._components(train, test)
    ours = baselines._by_neighbours(rows, train.labels, others, 3, 0)
    theirs = KNeighborsClassifier(3).fit(rows, train.labels).predict(others)
    assert (ours.numpy() == theirs).mean() > 0.99


def test_with_all_images_as_centres_the_bells_are_kernel_ridge_regression() -> None:
    train, test = load("digits", "train").first(400), load("digits", "test")
    rows, others = baselines._components(train, test)
    ours = baselines._by_kernel(rows, train.labels, others, 5.0, 400)
    targets = torch.nn.functional.one_hot(train.labels).double()
    ridge = KernelRidge(alpha=baselines.RIDGE, kernel="rbf", gamma=1 / 50)
    ridge.fit(rows.double(), targets - targets.mean(dim=0))
    scores = ridge.predict(others.double()) + targets.mean(dim=0).numpy()
    assert (ours.numpy() == scores.argmax(axis=1)).mean() > 0.98
