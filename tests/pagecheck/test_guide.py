"""What the guide says is true: its lines make a book, its commands and its table are tried."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from pagecheck.compare import agrees
from pagecheck.figures import describe_figure

GUIDE = Path(__file__).parents[2] / "book" / "appendix" / "pagecheck.md"


def blocks(language: str) -> list[str]:
    text = GUIDE.read_text(encoding="utf-8")
    found = re.findall(rf"^(`{{3,}}){language}\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL)
    return [body for _, body in found]


@pytest.mark.slow
def test_the_ten_lines_of_the_guide_make_a_book(tmp_path: Path) -> None:
    conf, conftest, *_ = blocks("python")
    (page,) = blocks("md")
    for name, text in {"conf.py": conf, "conftest.py": conftest, "index.md": page}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (commands,) = (block for block in blocks("sh") if "pagecheck check" in block)
    check, _, build = commands.splitlines()
    for command in (check, build, "python -m pytest -q -p no:cacheprovider --rootdir ."):
        ended = subprocess.run(
            [sys.executable, *command.partition("#")[0].split()[1:]],
            cwd=tmp_path,
            env={**os.environ, "PYTEST_XDIST_TESTRUNUID": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "distance" in (tmp_path / "_build" / "html" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("recorded", "agreeing", "differing"),
    [
        ("loss 0.2248", "loss 0.2249", "loss 0.2250"),
        ("lr 0.001", "lr 0.001", "lr 0.002"),
        ("p 0.5", "p 0.5", "p 0.4"),
        ("1.0", "1.0", "0.9"),
        ("0.0000", "0.0000", "5.3e-05"),
        ("Python 3.11", "Python 3.11", "Python 3.12"),
        ("betas (0.9, 0.999)", "betas (0.9, 0.999)", "betas (0.9, 0.998)"),
        ("98.9±0.4", "98.5", "98.4"),
        ("98.9±0.4", "99.3", "99.4"),
        ("[[9.99 1.23]", "[[10.00  1.23]", "[[9.99  1.23]"),
    ],
)
def test_the_table_of_the_guide_is_right(recorded: str, agreeing: str, differing: str) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert f"`{recorded}`" in text
    assert agrees(recorded, agreeing)
    assert not agrees(recorded, differing)


def test_the_figure_of_the_guide_is_described_as_it_says() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    steps = np.arange(1, 21)
    left.plot(steps, 1 / steps, label="loss")
    left.set(title="training", xlabel="epoch", yscale="log")
    left.legend()
    right.bar(["cat", "dog"], [12, 7])
    right.set_title("mistakes")
    assert describe_figure(figure) + "\n" in blocks("text")
