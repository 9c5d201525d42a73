"""Put what the kit found into the book: from one report, or several of one machine, to a file.

    python -m tests.gpu.kit.results book/results/gpu.json OUT/report.json [MORE ...]

Of a step that stands in several reports the last one counts. How each step ended is kept.
"""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("--date", default=date.today().isoformat(), help="when the kit ran")
    options = parser.parse_args()
    steps: dict[str, Any] = {}
    for path in options.reports:
        steps |= json.loads(path.read_text())
    found = {"date": options.date, "reports": len(options.reports), **selected(steps)}
    options.results.write_text(json.dumps(found, indent=1) + "\n")


def selected(steps: dict[str, Any]) -> dict[str, Any]:
    """What the book shows, by step; a step without findings is left out."""
    found: dict[str, Any] = {"ended": {name: step["status"] for name, step in steps.items()}}
    for name, step in steps.items():
        values = {key: value for key, value in step["found"].items() if key != "lines"}
        if name == "tests" and "outcome" in values:
            outcomes = list(values["outcome"].values())
            values = {kind: outcomes.count(kind) for kind in sorted(set(outcomes))}
        if name == "pages":
            for page in values.get("pages", {}).values():
                page["differ"] = len(page.pop("problems"))
        if values:
            found[name] = values
    return found


if __name__ == "__main__":
    main()
