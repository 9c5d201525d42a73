"""Versions that fit together, and digests of the source that change when the code does."""

from importlib import metadata
from pathlib import Path

import pytest

from cnnbook import environment


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


def test_the_source_digest_follows_the_code_and_not_its_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "PACKAGE", tmp_path)
    module = tmp_path / "module.py"
    module.write_text("def f(x):\n    return x + 1\n")
    before = environment.source_digest()
    module.write_text("def f(x):  # adds one\n\n    return (x +\n        1)\n")
    assert environment.source_digest() == before
    module.write_text('"""M."""\ndef f(x):\n    """One more."""\n    return x + 1\n')
    assert environment.source_digest() == before, "docstrings do not count"
    module.write_text("def f(x):\n    return x - 1\n")
    assert environment.source_digest() != before
    assert environment.source_digest("module.py") == environment.source_digest()
    with pytest.raises(FileNotFoundError, match=r"no module 'absent\.py'"):
        environment.source_digest("absent.py")
