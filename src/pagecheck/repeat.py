"""Run a page again under other conditions that must not matter.

Every run has another seed for what nobody has seeded (the order of sets), one thread and two in
turn, and the book's own variables in turn: number formats, and empty folders in place of caches,
so that what is kept of the first run does not make the others look alike.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .kernel import PageRun, run_in_kernel
from .page import Page

Environment = Mapping[str, str]
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def variations(count: int, vary: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """The environments of repeated runs: what each sets.

    Args:
        count: how many.
        vary: environment variables of the book, each with the values that they take in turn.

    >>> for one in variations(2, {"PRECISION": ["float32", "bfloat16"]}):
    ...     print(one["PYTHONHASHSEED"], one["OMP_NUM_THREADS"], one["PRECISION"])
    1 2 bfloat16
    2 1 float32
    """
    return [
        {
            "PYTHONHASHSEED": str(number),
            **dict.fromkeys(_THREADS, str(1 + number % 2)),
            **{name: values[number % len(values)] for name, values in vary.items() if values},
        }
        for number in range(1, count + 1)
    ]


class Repeats:
    """Runs pages again; used as a context, at whose end its folders are removed.

    Args:
        count: how many runs more there are.
        vary: as for :func:`variations`.
        empty: environment variables that name folders; each run has empty ones, which the pages
            of one run share.
        runner: what runs a page.
    """

    def __init__(
        self,
        count: int,
        vary: Mapping[str, Sequence[str]] | None = None,
        empty: Sequence[str] = (),
        runner: Callable[[Page], PageRun] = run_in_kernel,
    ) -> None:
        self.environments = variations(count, vary or {})
        self._empty = tuple(empty)
        self._runner = runner
        self._folder = tempfile.TemporaryDirectory(prefix="pagecheck-repeat-")

    def __enter__(self) -> "Repeats":
        """Nothing is prepared: folders are made when they are needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folders."""
        self._folder.cleanup()

    def runs(self, page: Page) -> list[PageRun]:
        """The page's runs, one for each environment."""
        found = []
        for number, environment in enumerate(self.environments):
            folders = {}
            for name in self._empty:
                folder = Path(self._folder.name, str(number), name)
                folder.mkdir(parents=True, exist_ok=True)
                folders[name] = str(folder)
            with _environment({**environment, **folders}):
                found.append(self._runner(page))
        return found


@contextmanager
def _environment(changes: Environment) -> Iterator[None]:
    """Set environment variables for the kernels that are started within."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
