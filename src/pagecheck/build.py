"""``sphinx-build``, unless nothing has changed since it last left the book in order.

``python -m pagecheck.build`` takes the arguments of ``sphinx-build``. A build that ends with every
output compared and no warning notes what it read and wrote: pages, what pages depend on, the code
of all that was imported, the runs that it used, environment variables, the machine, the files of
the built book. While these are as they were, the next one has nothing to find out, and says so in
a moment. Whatever else is the case, Sphinx is asked: after an edit even if it is taken back, after
a build by other means, a restart of the machine, or a file of the book that has been removed.

What is at hand here comes from Python alone: Sphinx takes longer to import than all this takes.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

NOTE = "last_build.json"
FRESH = "PAGECHECK_FRESH"
_ANEW = {"-E", "-a", "--fresh-env", "--write-all"}
_DECIDE_NOTHING = (
    FRESH,  # asks for a build, which is then as good as any other
    "_", "COLUMNS", "COLORTERM", "DBUS_SESSION_BUS_ADDRESS", "LINES", "MAKEFLAGS", "MAKELEVEL",
    "MAKEOVERRIDES", "MAKE_TERMERR", "MAKE_TERMOUT", "MFLAGS", "OLDPWD", "PWD", "SHLVL",
    "SSH_AUTH_SOCK", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "STY", "TERM", "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION", "TMUX", "TMUX_PANE", "WINDOWID", "XDG_SESSION_ID",
)  # fmt: skip
"""Variables that differ from one terminal to the next, or decide nothing of a book otherwise."""
_DEVICES = ("nvidia", "kfd", "dri")
_COMPILED = "__pycache__"
_COARSE = 0.02
"""Seconds by which the clock of files may be behind that of processes."""


@dataclass(frozen=True)
class Seen:
    """What a build that left everything in order has read and written, each a path.

    ``inputs`` are files and folders whose change calls for another build; ``data`` those of which
    only names and sizes count, since the build itself may have fetched them; ``written`` the
    folders of the built book.
    """

    said: str
    inputs: Sequence[str]
    data: Sequence[str]
    written: Sequence[str]


class LastBuild:
    """The note on the last build into a folder.

    Args:
        remembered: the folder of what Sphinx remembers, in which the note lies.
    """

    seen: Seen | None = None
    """What this process's build has seen, once it has ended in order."""

    def __init__(self, remembered: Path) -> None:
        self._note = remembered / NOTE

    def forget(self) -> None:
        """A build begins: what the note says will not be so for long."""
        LastBuild.seen = None
        self._note.unlink(missing_ok=True)

    def still_holds(self, around: Sequence[str]) -> str | None:
        """What the last build said of its pages, if it would be said again; None if not known.

        Args:
            around: :func:`surroundings` of the build that is asked for.
        """
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            seen = Seen(**note["seen"])
            return seen.said if note["state"] == self._state(seen, around) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, seen: Seen, around: Sequence[str], since: float) -> bool:
        """Note what a build has seen; tells whether it could be.

        It cannot where an input was changed while the build ran: who knows which it has read.

        Args:
            seen: what it has seen.
            around: :func:`surroundings` before it.
            since: when it began, in seconds of :func:`time.time`.

        Raises:
            OSError: if the note cannot be written.
        """
        if any(_changed(path) >= since - _COARSE for path in _files(seen.inputs)):
            return False
        note = {"state": self._state(seen, around), "seen": asdict(seen)}
        part = self._note.with_suffix(".part")
        part.write_text(json.dumps(note), encoding="utf-8")
        part.replace(self._note)
        return True

    def _state(self, seen: Seen, around: Sequence[str]) -> str:
        """A digest of everything that decides whether another build would do the same."""
        digest = hashlib.sha256(json.dumps(list(around)).encode())
        for path in _files([*seen.inputs, *seen.written]):
            if path.name != self._note.name:
                digest.update(_line(path, with_time=True))
        for path in _files(seen.data):
            digest.update(_line(path, with_time=False))
        return digest.hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build a book, if there is something to build; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    last = LastBuild(_remembered(arguments))
    around = surroundings(arguments)
    if not os.environ.get(FRESH) and not _ANEW.intersection(arguments):
        said = last.still_holds(around)
        if said is not None:
            print(f"nothing has changed since the last build; {said}")
            return 0
    since = time.time()
    from sphinx.cmd.build import main as sphinx_build

    status = sphinx_build(arguments)
    if status == 0 and LastBuild.seen is not None:
        last.remember(LastBuild.seen, around, since)
    return status


def loaded_files() -> Iterator[str]:
    """The files of all modules that this process has imported."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            yield file


def _remembered(arguments: Sequence[str]) -> Path:
    """The folder of what Sphinx remembers, as ``sphinx-build`` would have it."""
    parser = argparse.ArgumentParser(add_help=False)
    for option in ("-b", "--builder", "-c", "--conf-dir", "-D", "--define", "-A", "-t", "-j", "-w"):
        parser.add_argument(option)
    parser.add_argument("-d", "--doctree-dir")
    parser.add_argument("folders", nargs="*", default=[])
    options, _ = parser.parse_known_args(arguments)
    out = options.folders[1] if len(options.folders) > 1 else "."
    return Path(options.doctree_dir or Path(out, ".doctrees"))


def surroundings(arguments: Sequence[str]) -> list[str]:
    """What decides a build besides files: its arguments, the process, Python, the machine.

    Args:
        arguments: those of the build.
    """
    variables = [f"{name}={text}" for name, text in sorted(os.environ.items())
                 if name not in _DECIDE_NOTHING]  # fmt: skip
    installed = sorted(
        path.name for folder in sys.path for path in Path(folder).glob("*.dist-info")
    )
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    boot = Path("/proc/sys/kernel/random/boot_id")
    devices = sorted(path.name for path in Path("/dev").glob("*") if path.name.startswith(_DEVICES))
    return [
        *arguments,
        str(Path.cwd()),
        *variables,
        sys.executable,
        sys.version,
        *installed,
        str(platform.uname()),
        str(cores),
        boot.read_text(encoding="utf-8") if boot.exists() else "",
        *devices,
    ]


def _files(paths: Iterable[str]) -> Iterator[Path]:
    """Files, and all files of folders, in an order that is always the same."""
    for name in paths:
        path = Path(name)
        if not path.is_dir():
            yield path
            continue
        for base, folders, files in os.walk(path):
            folders[:] = sorted(folder for folder in folders if folder != _COMPILED)
            yield from (Path(base, file) for file in sorted(files))


def _line(path: Path, with_time: bool) -> bytes:
    try:
        found = path.stat()
    except OSError:
        return f"{path} is not there\n".encode("utf-8", "surrogateescape")
    times = f" {found.st_mtime_ns} {found.st_ctime_ns}" if with_time else ""
    return f"{path} {found.st_size}{times}\n".encode("utf-8", "surrogateescape")


def _changed(path: Path) -> float:
    """When a file was changed, renamed or given other rights; 0 for one that is not there."""
    try:
        found = path.stat()
    except OSError:
        return 0.0
    return max(found.st_mtime, found.st_ctime)


if __name__ == "__main__":
    # ``python -m`` calls this module __main__; Sphinx's side of the engine knows it by its name.
    from . import build

    sys.exit(build.main())
