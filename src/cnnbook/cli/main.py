"""The commands ``info``, ``data``, ``train``, ``evaluate``, ``predict``, ``cache``, ``accept``.

Exit status: 0 done, 1 failed, 2 wrong use. An expected error is one line without a traceback.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .. import __version__

_READER_GONE = 128 + 13
"""The status of a program that SIGPIPE ends, as those before a pipe usually do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    >>> main(["data", "fetch", "digits"])
    digits is embedded: there is nothing to fetch
    0
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A file's name may have characters that the terminal lacks.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(given)
        if sys.stdout is not None:  # it is None where it was closed
            sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("cnnbook: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read has gone, as `head` does. What is left to write must not fail at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE


def _run(arguments: list[str]) -> int:
    # The flags of training are its settings, and to read those imports torch: not for other help.
    training = arguments[:1] == ["train"]
    options = None if training else _parser().parse_args(arguments)
    from .environment import EnvironmentProblem, check_torch_pair

    try:
        # Before torch is imported: without it, or with an odd pair, the imports below fail.
        check_torch_pair()
    except EnvironmentProblem as error:
        print(f"cnnbook: {error}", file=sys.stderr)
        return 1
    if options is None:
        from .commands import add_settings

        options = _parser(add_settings).parse_args(arguments)
    from ..datasets import DataError
    from ..device import DeviceError
    from ..training import TrainingError, TrainingInterrupted, place_in_line

    try:
        return int(options.run(options))
    except BrokenPipeError:
        raise
    except (DataError, DeviceError, OSError, RuntimeError, TrainingError, ValueError) as error:
        rank, workers, _ = place_in_line()
        who = f"cnnbook (worker {rank} of {workers})" if workers > 1 else "cnnbook"
        text = str(error)
        if isinstance(error, RuntimeError):  # PyTorch's own, with its C++ stack below
            text = text.partition("\n")[0] or type(error).__name__
        print(f"{who}: {text}", file=sys.stderr)
        return 130 if isinstance(error, TrainingInterrupted) else 1


def _parser(
    add_settings: Callable[[argparse.ArgumentParser, Callable[[str], Path]], None] | None = None,
) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cnnbook", description="The book's package at work.")
    parser.add_argument("--version", action="version", version=f"cnnbook {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    info = commands.add_parser("info", help="show versions, device, folders and data sets")
    info.set_defaults(run=_info)

    data = commands.add_parser("data", help="manage data sets")
    actions = data.add_subparsers(title="actions", required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="download a data set, replace its damaged files")
    fetch.add_argument("name", metavar="NAME", type=_data_name, help="as `cnnbook info` lists them")
    fetch.add_argument("--root", type=Path, help="data folder (default: CNNBOOK_DATA or a cache)")
    fetch.set_defaults(run=_fetch)

    train = commands.add_parser("train", help="train a model, keep everything in a folder")
    if add_settings is not None:
        add_settings(train, named_folder)

    evaluate = commands.add_parser("evaluate", help="judge a trained model on a data set")
    evaluate.add_argument(
        "folder", metavar="DIR", type=named_folder, help="what train --out has made"
    )
    evaluate.add_argument(
        "--data", metavar="NAME", type=_data_name, help="another data set than it was trained on"
    )
    evaluate.add_argument("--split", choices=("train", "test"), default="test")
    evaluate.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    evaluate.set_defaults(run=_evaluate)

    predict = commands.add_parser("predict", help="say what is on pictures")
    predict.add_argument(
        "folder", metavar="DIR", type=named_folder, help="what train --out has made"
    )
    predict.add_argument(
        "images", metavar="IMAGE", nargs="+", type=Path, help="PNG, JPEG, or what Pillow reads"
    )
    predict.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    predict.set_defaults(run=_predict)

    cache = commands.add_parser("cache", help="manage trained models and other long results")
    actions = cache.add_subparsers(title="actions", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="show what is kept, what was used last first")
    listed.set_defaults(run=_cache_list)
    prune = actions.add_parser("prune", help="remove what was not used for some days")
    prune.add_argument(
        "--days", type=float, default=30.0, metavar="N", help="0 removes all (default: 30)"
    )
    prune.set_defaults(run=_cache_prune)

    accept = commands.add_parser("accept", help="show and accept what pages show now")
    accept.add_argument(
        "pages", metavar="PAGE", nargs="*", type=Path, help="all when none is named"
    )
    accept.add_argument(
        "--repeat", metavar="N", default="2", help="runs; from 3 on all bands are measured"
    )
    accept.add_argument(
        "--widen",
        action="store_true",
        help="of the measured bands, change those that are too narrow",
    )
    accept.set_defaults(run=_accept)
    return parser


def named_folder(text: str) -> Path:
    """A folder by its name on the command line.

    Raises:
        ArgumentTypeError: if there is none.
    """
    if not text.strip():  # a variable that was not set, say; Path would take it for this folder
        raise argparse.ArgumentTypeError("its name is empty")
    return Path(text)


def _data_name(text: str) -> str:
    """A data set by its name; its errors name those that there are.

    Asked only where a name is given: importing the data sets imports torch, and help comes at once.
    """
    from .environment import EnvironmentProblem, check_torch_pair

    try:
        check_torch_pair()
    except EnvironmentProblem:
        return text  # what runs next says it
    from .. import datasets

    if text not in datasets.names():
        names = ", ".join(datasets.names())
        raise argparse.ArgumentTypeError(f"there is no data set {text!r}; there are {names}")
    return text


def _info(options: argparse.Namespace) -> int:
    from .. import datasets, device
    from ..cache import store
    from . import environment

    versions = environment.installed_versions()
    shown = ", ".join(f"{name} {versions[name]}" for name in ("python", "torch", "torchvision"))
    print(f"cnnbook {__version__}: {shown}")
    print(f"device: {device.describe_device(device.choose_device())}")
    print(f"data folder: {datasets.data_folder()}")
    for name in datasets.names():
        print(f"  {name}: {datasets.state(name)}")
    print(f"trained models: {store.cache_folder()}")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from .. import datasets

    folder = datasets.fetch_named(options.name, options.root)
    if datasets.state(options.name) == "embedded":
        print(f"{options.name} is embedded: there is nothing to fetch")
    else:
        print(f"{options.name} is in {folder}")
    return 0


def _cache_list(options: argparse.Namespace) -> int:
    from ..cache import store

    files = store.cached_files()
    for one in files:
        print(f"{one.size / 1e6:8.1f} MB  used {one.days:4.0f} days ago  {one.path.name}")
    together = sum(one.size for one in files)
    print(f"{len(files)} files, {together / 1e6:.1f} MB, in {store.cache_folder()}")
    return 0


def _cache_prune(options: argparse.Namespace) -> int:
    from ..cache import store

    removed = store.prune(options.days)
    freed = sum(one.size for one in removed)
    files = "1 file" if len(removed) == 1 else f"{len(removed)} files"
    print(f"removed {files}, {freed / 1e6:.1f} MB, from {store.cache_folder()}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from .commands import evaluate

    return evaluate(options)


def _predict(options: argparse.Namespace) -> int:
    from .commands import predict

    return predict(options)


def _accept(options: argparse.Namespace) -> int:
    try:
        import nbclient  # noqa: F401 - what a plain installation lacks
        import yaml  # noqa: F401
    except ModuleNotFoundError as error:
        print(
            f"cnnbook: accept runs pages, and {error.name} is not installed; "
            "run: pip install 'cnnbook[book]'",
            file=sys.stderr,
        )
        return 1
    from pagecheck.cli import main as pagecheck

    widen = ["--widen"] if options.widen else []
    return pagecheck(["accept", "--repeat", options.repeat, *widen, *map(str, options.pages)])
