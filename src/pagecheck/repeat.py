"""Run a page again under other conditions that must not matter.

Every run has another seed for what nobody has seeded (the order of sets), one thread and two in
turn, and the book's own variables in turn: number formats, and empty folders in place of caches,
so that what is kept of the first run does not make the others look alike.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .kernel import PageRun, execute_page
from .loops import finish
from .page import Page

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def variations(count: int, vary: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """The environments of repeated runs: what each sets.

    Args:
        count: how many.
        vary: environment variables of the book, each with the values that they take in turn; an
            empty one leaves the variable as it is.

    Four of them have each number of threads with each of two values.

    >>> for one in variations(4, {"PRECISION": ["float32", "bfloat16"]}):
    ...     print(one["PYTHONHASHSEED"], one["OMP_NUM_THREADS"], one["PRECISION"])
    1 2 float32
    2 1 bfloat16
    3 2 bfloat16
    4 1 float32
    """
    return [
        {
            "PYTHONHASHSEED": str(number),
            **dict.fromkeys(_THREADS, str(1 + number % 2)),
            # Runs go on side by side: a thread that waits leaves the core to another run's.
            "OMP_WAIT_POLICY": "PASSIVE",
            **{
                name: value
                for name, values in vary.items()
                if values and (value := values[number // 2 % len(values)])
            },
        }
        for number in range(1, count + 1)
    ]


class Runner(Protocol):
    """Runs a page in a kernel of its own: :func:`.kernel.execute_page`."""

    def __call__(self, page: Page, *, environment: Mapping[str, str]) -> Awaitable[PageRun]:
        """The page's run, in a kernel that gets the environment besides this process's own."""


class Repeats:
    """Runs pages again; used as a context, at whose end its folders are removed.

    Args:
        count: how many runs more there are.
        vary: as for :func:`variations`.
        empty: environment variables that name folders; each run has empty ones, which the pages
            of one run share.
        kernels: how many runs of a page go on side by side.
        runner: what runs a page.
    """

    def __init__(
        self,
        count: int,
        vary: Mapping[str, Sequence[str]] | None = None,
        empty: Sequence[str] = (),
        kernels: int = 1,
        runner: Runner = execute_page,
    ) -> None:
        self.environments = variations(count, vary or {})
        self._empty = tuple(empty)
        self._kernels = kernels
        self._runner = runner
        self._folder = tempfile.TemporaryDirectory(prefix="pagecheck-repeat-")

    def __enter__(self) -> "Repeats":
        """Nothing is prepared: folders are made when they are needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folders."""
        self._folder.cleanup()

    def runs(self, page: Page, environment: Mapping[str, str] | None = None) -> list[PageRun]:
        """The page's runs, one for each environment. Ctrl-C ends the kernels.

        Args:
            page: the page.
            environment: what its kernel gets in any case, unless it is what differs.
        """
        return finish(self._runs(page, environment or {}))

    async def _runs(self, page: Page, always: Mapping[str, str]) -> list[PageRun]:
        room = asyncio.Semaphore(self._kernels)

        async def one(number: int, environment: Mapping[str, str]) -> PageRun:
            async with room:
                folders = self._folders(number)
                together = {**always, **environment, **folders}
                return await self._runner(page, environment=together)

        runs = (one(number, each) for number, each in enumerate(self.environments))
        return list(await asyncio.gather(*runs))

    def _folders(self, number: int) -> dict[str, str]:
        found = {}
        for name in self._empty:
            folder = Path(self._folder.name, str(number), name)
            folder.mkdir(parents=True, exist_ok=True)
            found[name] = str(folder)
        return found
