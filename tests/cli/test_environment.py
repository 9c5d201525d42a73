"""Versions that fit together, and what is said of those that do not."""

from importlib import metadata

import pytest

from cnnbook.cli import environment


def test_the_installed_pair_fits() -> None:
    environment.check_torch_pair()


def test_a_mismatched_pair_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        environment, "installed_versions", lambda: {"torch": "2.14.0", "torchvision": "0.29.2"}
    )
    monkeypatch.setattr(metadata, "requires", lambda name: ["numpy", "torch==2.15.0"])
    with pytest.raises(environment.EnvironmentProblem) as error:
        environment.check_torch_pair()
    message = str(error.value)
    assert "torchvision 0.29.2 was built for torch 2.15.0, but torch 2.14.0" in message
    assert "pip install torch==2.15.0" in message


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "installed_versions", lambda: {"torch": "2.15.0"})
    with pytest.raises(environment.EnvironmentProblem, match="torchvision is not installed"):
        environment.check_torch_pair()


def test_a_local_build_of_the_right_torch_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"torch": "2.15.0+cu132", "torchvision": "0.29.2"}
    monkeypatch.setattr(environment, "installed_versions", lambda: versions)
    monkeypatch.setattr(metadata, "requires", lambda name: ["torch (==2.15.0)"])
    environment.check_torch_pair()
