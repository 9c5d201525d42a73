"""Run a coroutine to its end, wherever one is called from."""

import asyncio
import contextvars
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def finish(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns or raises, also for a caller within a running event loop.

    A notebook's cell and a program that drives a browser have such a loop in their thread, and
    asyncio allows one a thread: then the coroutine gets a thread and a loop of its own. Ctrl-C
    cancels it in both cases and waits until it has put its things away.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    return _in_a_thread(coroutine)


def _in_a_thread(coroutine: Coroutine[Any, Any, Result]) -> Result:
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def noted() -> Result:
        task = asyncio.current_task()
        assert task is not None
        started.append((asyncio.get_running_loop(), task))
        return await coroutine

    with ThreadPoolExecutor(1, thread_name_prefix="pagecheck") as threads:
        context = contextvars.copy_context()
        outcome = threads.submit(context.run, asyncio.run, noted())
        try:
            return outcome.result()
        except BaseException:
            if started and not outcome.done():
                loop, task = started[0]
                loop.call_soon_threadsafe(task.cancel)
            raise
