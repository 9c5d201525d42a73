"""``python -m cnnbook.experiments``: list the studies, or run one."""

import argparse
import sys
from pathlib import Path

from ..datasets import DataError
from ..training import TrainingError
from . import STUDIES, run_study


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m cnnbook.experiments", description=__doc__)
    parser.add_argument("study", nargs="?", choices=list(STUDIES), help="all are listed if missing")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="results: read, completed (default: STUDY.json)"
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="VARIANT", help="some variants")
    parser.add_argument("--limit", type=int, metavar="N", help="make at most N runs now")
    parser.add_argument("--plan", action="store_true", help="show the runs and make none")
    options = parser.parse_args(arguments)
    if options.study is None:
        for study in STUDIES.values():
            print(f"{study.name:20} {len(study.plan()):3} runs  {study.question}")
        return 0
    study = STUDIES[options.study]
    try:
        if options.plan:
            for name, seed in study.plan(options.only):
                print(f"{name}, seed {seed}")
            return 0
        run_study(
            study, options.out or Path(f"{study.name}.json"), only=options.only, limit=options.limit
        )
    except (DataError, TrainingError, ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped; the same command goes on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
