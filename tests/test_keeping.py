"""Laws of cnnbook.keeping beyond those that test_runs.py shows for trained models."""

from pathlib import Path
from typing import Any

import pytest
import torch

from cnnbook import environment
from cnnbook.keeping import RunMissing, kept

CODE = ("arithmetic.py",)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)
    return tmp_path


def ask(name: str = "numbers", seed: int = 0, code: tuple[str, ...] = CODE) -> tuple[Any, bool]:
    return kept(name, lambda: {"drawn": torch.rand(3)}, code=code, settings={"seed": seed})


def test_what_is_kept_comes_back_and_nothing_is_made_again() -> None:
    first, fresh = ask()
    again, fresh_again = ask()
    assert (fresh, fresh_again) == (True, False)
    assert torch.equal(first["drawn"], again["drawn"])


@pytest.mark.parametrize(
    "other", [{"name": "others"}, {"seed": 1}, {"code": ("kernels.py",)}], ids=str
)
def test_another_name_setting_or_code_is_made_anew(other: dict[str, Any]) -> None:
    ask()
    assert ask(**other)[1]


def test_making_draws_from_the_callers_generator_and_leaves_it_alone() -> None:
    torch.manual_seed(3)
    ask()
    after = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(after, torch.rand(1))


def test_nothing_is_made_where_that_is_not_allowed(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNBOOK_RUNS", "read-only")
    with pytest.raises(RunMissing, match=r"numbers \(seed=0\).*unset CNNBOOK_RUNS"):
        ask()
    assert not list(cache.iterdir())


def test_a_content_that_fails_its_check_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    def wrong(content: dict[str, Any]) -> None:
        if "count" not in content:
            raise KeyError("count")

    kept("x", lambda: {"drawn": 1}, code=CODE, settings={})
    content, fresh = kept("x", lambda: {"count": 2}, code=CODE, settings={}, check=wrong)
    assert fresh
    assert content == {"count": 2}
    assert "made anew" in caplog.text


def test_what_cannot_pass_its_own_check_is_an_error() -> None:
    def never(content: dict[str, Any]) -> None:
        raise ValueError("no")

    with pytest.raises(OSError, match="cannot be read back"):
        kept("x", lambda: {"count": 2}, code=CODE, settings={}, check=never)


def test_imported_code_follows_imports_at_any_depth_and_not_package_registries() -> None:
    found = environment.imported_code("models/lenet5.py")
    assert {"models/bitmaps.py", "layers/__init__.py", "layers/connections.py"} <= set(found)
    assert "models/__init__.py" not in found
    assert "models/mlp.py" not in found
    trained = environment.imported_code("training")
    assert {"batches.py", "device.py", "losses.py", "datasets/imageset.py"} <= set(trained)
    with pytest.raises(FileNotFoundError, match="no module 'absent'"):
        environment.imported_code("absent")
