"""Callers may have an event loop of their own: notebooks, and tests that drive a browser."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pagecheck.kernel import run_in_kernel
from pagecheck.loops import finish
from pagecheck.outputs import shown_text
from pagecheck.page import parse_page

T = TypeVar("T")
NAME: contextvars.ContextVar[str] = contextvars.ContextVar("NAME", default="nobody")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run in a loop of a thread of its own: this thread may have one, if a browser is driven."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.extend((asyncio.run(work), None))
        except BaseException as error:
            ended.extend((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    answer, error = ended
    if error is not None:
        raise error
    return answer  # type: ignore[no-any-return]


async def _answer(value: object) -> object:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


def test_what_is_returned_or_raised_is_handed_over_within_a_loop_and_without() -> None:
    async def within(value: object) -> object:
        return finish(_answer(value))

    assert finish(_answer(3)) == run_apart(within(4)) - 1  # type: ignore[operator]
    with pytest.raises(LookupError, match="lost"):
        finish(_answer(LookupError("lost")))
    with pytest.raises(LookupError, match="lost"):
        run_apart(within(LookupError("lost")))


def test_the_callers_context_holds_within_a_loop() -> None:
    async def name() -> str:
        return NAME.get()

    async def within() -> str:
        NAME.set("caller")
        return finish(name())

    assert run_apart(within()) == "caller"


def test_ctrl_c_ends_what_runs_beside_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), []

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def within() -> None:
        finish(long())

    def ctrl_c(self: object, timeout: float | None = None) -> None:
        assert begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.Future.result", ctrl_c)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_apart(within())
    assert ended == [True]
    assert time.monotonic() - start < 30, "the coroutine was waited for to its end"


@pytest.mark.slow
def test_a_page_runs_within_a_loop(tmp_path: Path) -> None:
    page = parse_page("```{code-cell} python\nprint(6 * 7)\n```\n", tmp_path / "page.md")

    async def within() -> str:
        return shown_text(run_in_kernel(page).results[0].outputs)

    assert run_apart(within()) == "42\n"
