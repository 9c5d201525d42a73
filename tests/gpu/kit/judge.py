"""Judge what pages showed on a GPU once more, by the bands that are recorded now.

    python -m tests.gpu.kit.judge OUT/shown.json

No GPU is needed. Where outputs fell out of their bands, measure these with this run as one more,
``python -m pagecheck accept --repeat 5 --shown OUT/shown.json PAGE``, and judge again.
"""

import argparse
import json
import sys
from pathlib import Path

from pagecheck.compare import agrees, difference
from pagecheck.page import read_page
from tests.gpu.kit.steps import ROOT


def main() -> int:
    """Print what differs; 1 if something does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shown", type=Path)
    shown: dict[str, list[str]] = json.loads(parser.parse_args().shown.read_text())
    outputs = problems = 0
    for name, texts in sorted(shown.items()):
        page = read_page(ROOT / name)
        for cell, text in zip(page.cells, texts, strict=False):
            if cell.output is None or cell.output.unchecked:
                continue
            outputs += 1
            if not agrees(cell.output.text, text):
                problems += 1
                print(f"{name}:{cell.output.line}:\n{difference(cell.output.text, text)}")
    print(f"{outputs} outputs of {len(shown)} pages, {problems} differ")
    return int(problems > 0)


if __name__ == "__main__":
    sys.exit(main())
