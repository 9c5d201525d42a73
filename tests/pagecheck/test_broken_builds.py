"""Builds that are killed, that come two at a time, that fill the disk: the next one is right."""

import os
import random
import re
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import psutil
import pytest

from pagecheck.leftovers import OLD
from tests.forking import ForkServer
from tests.pagecheck.conftest import BUILD, SmallBook
from tests.pagecheck.test_runners import CELL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups and fork are POSIX's"),
]

CONF = """
project = "small"
extensions = ["pagecheck"]
pagecheck_source = "book"
pagecheck_preload = ["json"]
pagecheck_dark_figures = True
"""
FIGURE = f"""# Figure

{CELL}---
mystnb:
  image:
    alt: A line
---
from matplotlib.figure import Figure

figure = Figure()
figure.subplots().plot([1, 2], [3.5, 4.5])
figure
```

```{{output}}
figure: 1 axes; untitled: line 2 points x 1 to 2 y 3.50 4.50
```
"""
WAITS = f"""# Waits

{CELL}import time

time.sleep(1)
print(1)
```

```{{output}}
1
```
"""
COMPUTES = f"""# Computes

{CELL}print(sum(range(1000)))
```

```{{output}}
499500
```
"""
PROGRAM = f"""
import errno, signal, sys, tempfile
import alabaster, nbclient, myst_nb.sphinx_ext, pagecheck.sphinx_ext, sphinx.cmd.build
from sphinx.builders import html
from sphinx.search import en


def job(folder, last, seen):
    os.setsid()
    os.chdir(folder)
    sys.addaudithook(Writes(os.path.join(folder, "_build"), last, seen))
    os.dup2(2, 1)
    tempfile.tempdir = None
    try:
        status = sphinx.cmd.build.main({BUILD.split()[2:]!r})
    except SystemExit as stopped:  # as Python ends with it
        print(stopped)
        status = 1
    sys.stdout.flush()
    os._exit(status)


class Writes:
    # Kills the process group when the last file that it may write has been opened, which is then
    # empty, or holds half of something. With a number below zero, the disk takes no more from
    # there on.

    def __init__(self, folder, last, seen):
        self.folder, self.last, self.seen = folder, last, seen
        self.count, self.busy = 0, False

    def __call__(self, event, arguments):
        if event != "open" or self.busy or not str(arguments[0]).startswith(self.folder):
            return
        if not arguments[2] & (os.O_WRONLY | os.O_RDWR):
            return
        self.busy = True
        self.count += 1
        if self.last is None:
            with open(self.seen, "a") as file:
                print(arguments[0], file=file)
        elif self.last < 0:
            if self.count >= -self.last:
                self.busy = False
                raise OSError(errno.ENOSPC, "No space left on device", str(arguments[0]))
        elif self.count == self.last:
            if arguments[2] & os.O_CREAT:
                handle = os.open(arguments[0], arguments[2], 0o644)
                os.write(handle, b'{{"half')
            os.killpg(0, signal.SIGKILL)
        self.busy = False
"""


@dataclass
class Builds:
    """A book whose builds end at a given file that they write."""

    book: SmallBook
    server: ForkServer
    environment: dict[str, str]

    def run(self, last: int | None = None, **environment: str) -> int:
        """Build, and end when so many files have been opened to write; the exit status.

        With a number below zero, no file can be opened to write from there on.
        """
        return self.server.wait(self.start(last, **environment))

    def start(self, last: int | None = None, **environment: str) -> int:
        """The number of the process of a build."""
        arguments = (str(self.book.folder), last, str(self.book.folder / "seen"))
        # A process that is started anew has a name of its own; these are forks of one.
        environment["PYTEST_XDIST_TESTRUNUID"] = uuid.uuid4().hex
        return self.server.start(*arguments, **self.environment, **environment)

    def processes(self) -> list[psutil.Process]:
        """What works in the book's folder: builds and their kernels."""
        return working_in(self.book.folder)


def working_in(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture
def builds(small_book: SmallBook, tmp_path: Path) -> Iterator[Builds]:
    made(small_book)
    scratch = tmp_path / "t"
    scratch.mkdir()
    environment = {"TMPDIR": str(scratch)}
    with ForkServer(PROGRAM, tmp_path / "errors") as server:
        yield Builds(small_book, server, environment)


def made(book: SmallBook) -> None:
    (book.folder / "conf.py").write_text(CONF)
    for name, text in {"figure": FIGURE, "waits": WAITS, "a": COMPUTES, "b": COMPUTES}.items():
        book.write(f"{name}.md", text)


OWN = re.compile(r'computed on [\d-]+ in\s+\d+ s|"id": "\w{8}"|(?<=css)\?v=\w+')
"""What is of one build only: how long pages took, how Jupyter calls a cell, and whether a style
sheet was there already when a page was written."""


KEPT = re.compile(r'"place": "(.*?)", "outputs": (.*), "error": (.*?), "sec')


def shown(folder: Path) -> dict[str, str]:
    """What readers get, and what is kept of the pages' runs, without how long they took."""
    found = {}
    for path in sorted((folder / "html").rglob("*")):
        if path.is_file() and path.name != ".buildinfo":
            text = path.read_bytes().decode("utf-8", "replace")
            found[str(path.relative_to(folder))] = OWN.sub("", text)
    for path in sorted((folder / "pages").glob("*.json")):
        place = KEPT.search(path.read_text())
        assert place, path
        found[place[1]] = place[0]
    return found


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """What is missing, too much, or other."""
    names = sorted({*expected, *found})
    texts = [(name, expected.get(name, "").split("\n"), found.get(name, "").split("\n"))
             for name in names if expected.get(name) != found.get(name)]  # fmt: skip
    return [line for name, old, new in texts for line in unified_diff(old, new, name, name, n=0)]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def grow_old(folder: Path) -> None:
    """As if nobody had touched it for days."""
    then = time.time() - 2 * OLD
    for path in [*folder.rglob("*")]:
        os.utime(path, (then, then))


def test_after_builds_that_were_killed_the_next_is_right(builds: Builds, tmp_path: Path) -> None:
    """``PAGECHECK_KILLS`` says how many builds are killed, each at a file that it writes.

    They are new builds, and builds that run all pages anew and write over what is there, in turn.
    """
    kills = int(os.environ.get("PAGECHECK_KILLS", "10"))
    out = builds.book.folder / "_build"
    writes: list[int] = []
    for fresh in ("", "1"):
        assert builds.run(PAGECHECK_FRESH=fresh) == 0, builds.server.said()
        writes.append(len((tmp_path / "seen").read_text().splitlines()) - sum(writes))
    expected, expected_files = shown(out), files(out)
    moments = random.Random(0)
    for kill in range(kills):
        again = kill % 2
        if not again:
            shutil.rmtree(out)
        some = writes[again] / kills
        last = moments.randint(int(kill * some), int((kill + 1) * some)) or 1
        ended = builds.run(last, PAGECHECK_FRESH=str(again))
        assert ended == -signal.SIGKILL, f"at {last}: {builds.server.said()}"
        psutil.wait_procs(builds.processes(), timeout=60)
        assert not builds.processes(), "no kernel outlives its build"
        grow_old(tmp_path / "t")
        grow_old(out / "pages")
        assert builds.run() == 0, f"at {last}: {builds.server.said()}"
        assert not differences(expected, shown(out)), last
        assert files(out) == expected_files, last
        assert not files(tmp_path / "t"), last


def test_two_builds_at_once_wait_for_each_other(builds: Builds) -> None:
    out = builds.book.folder / "_build"
    assert builds.run() == 0, builds.server.said()
    expected, expected_files = shown(out), files(out)
    shutil.rmtree(out)
    both = [builds.start(), builds.start()]
    assert [builds.server.wait(each) for each in both] == [0, 0], builds.server.said()
    assert builds.server.said().count("another build writes to") == 1
    assert not differences(expected, shown(out))
    assert files(out) == expected_files


def test_a_disk_that_fills_is_told_and_the_next_build_is_right(
    builds: Builds, tmp_path: Path
) -> None:
    out = builds.book.folder / "_build"
    assert builds.run() == 0, builds.server.said()
    expected, expected_files = shown(out), files(out)
    writes = len((tmp_path / "seen").read_text().splitlines())
    moments = random.Random(1)
    for part in range(4):
        shutil.rmtree(out)
        at = moments.randint(part * writes // 4 + 1, (part + 1) * writes // 4)
        before = len(builds.server.said())
        assert builds.run(-at) not in (0, -signal.SIGKILL), at
        said = builds.server.said()[before:]
        assert "Traceback" not in said, f"at {at}: {said}"
        assert "Free some space" in said, f"at {at}: {said}"
        assert builds.run() == 0, f"at {at}: {builds.server.said()}"
        assert not differences(expected, shown(out)), at
        # What a page cost may not have been written down; its run was.
        assert not {each for each in files(out) ^ expected_files if "/costs/" not in each}, at
