"""Laws of cnnbook.cache.store beyond those that test_trained.py shows for trained models."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnbook.cache import store
from cnnbook.cache.store import NotCached, cached
from cnnbook.cli.main import main

CODE = ("arithmetic.py",)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.delenv("CNNBOOK_RUNS", raising=False)
    return tmp_path


def ask(name: str = "numbers", seed: int = 0, code: tuple[str, ...] = CODE) -> tuple[Any, bool]:
    return cached(name, lambda: {"drawn": torch.rand(3)}, code=code, settings={"seed": seed})


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
    with pytest.raises(NotCached, match=r"numbers \(seed=0\).*unset CNNBOOK_RUNS"):
        ask()
    assert not list(cache.iterdir())


def test_a_content_that_fails_its_check_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    def wrong(content: dict[str, Any]) -> None:
        if "count" not in content:
            raise KeyError("count")

    cached("x", lambda: {"drawn": 1}, code=CODE, settings={})
    content, fresh = cached("x", lambda: {"count": 2}, code=CODE, settings={}, check=wrong)
    assert fresh
    assert content == {"count": 2}
    assert "made anew" in caplog.text


def test_what_cannot_pass_its_own_check_is_an_error() -> None:
    def never(content: dict[str, Any]) -> None:
        raise ValueError("no")

    with pytest.raises(OSError, match="cannot be read back"):
        cached("x", lambda: {"count": 2}, code=CODE, settings={}, check=never)


@pytest.mark.parametrize(
    "error",
    [OSError(24, "Too many open files"), PermissionError(13, "Permission denied"), MemoryError()],
    ids=repr,
)
def test_what_cannot_be_read_now_is_not_taken_for_damaged(
    error: Exception, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = ask()

    def failing(*arguments: Any, **named: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(torch, "load", failing)
        with pytest.raises(type(error)) as raised:
            ask()
    if isinstance(error, OSError):
        assert "cannot be read" in str(raised.value)
        assert "nothing is lost" in str(raised.value)
    again, fresh = ask()
    assert not fresh
    assert torch.equal(first["drawn"], again["drawn"])


def days_ago(path: Path, days: float) -> None:
    then = time.time() - 86_400 * days
    os.utime(path, (then, then))


def test_pruning_takes_what_was_not_read_for_long_and_no_more(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, days in ((0, 50), (1, 20), (2, 50)):
        ask(seed=seed)
        (newest,) = (one.path for one in store.cached_files() if one.days < 1)
        days_ago(newest, days)
    ask(seed=2)  # it was read, and is young again
    half_written = cache / "runs" / ".numbers-0.pt.abc"
    half_written.write_bytes(b"half")
    days_ago(half_written, 2)
    assert main(["cache", "list"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("numbers-") == 3
    assert "used   50 days ago" in shown
    assert main(["cache", "prune"]) == 0
    assert "removed 1 file," in capsys.readouterr().out
    assert not half_written.exists()
    assert [ask(seed=seed)[1] for seed in range(3)] == [True, False, False]
    assert main(["cache", "prune", "--days", "0"]) == 0
    assert not store.cached_files()
    assert main(["cache", "prune", "--days", "-1"]) == 1
    assert "days must be 0 or more" in capsys.readouterr().err


def test_a_cache_that_is_not_there_is_an_empty_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "list"]) == 0
    assert "0 files" in capsys.readouterr().out
