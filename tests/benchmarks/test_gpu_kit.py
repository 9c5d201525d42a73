"""The kit for a GPU machine without a network, tried without a GPU: its frame, what it packs."""

import ast
import json
import sys
import tarfile
from pathlib import Path

import psutil
import pytest

from tests.gpu.kit import judge, make, results
from tests.gpu.kit import steps as steps_of_the_kit
from tests.gpu.kit.steps import STEPS, Step, do

ROOT = Path(__file__).parents[2]
STEP = "from tests.gpu.kit.found import begin\nfindings, small = begin()\n"


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of steps made by a test."""
    folder = tmp_path / "tried"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    return folder


def test_a_step_that_fails_or_hangs_costs_no_other(steps: Path, tmp_path: Path) -> None:
    (steps / "fails.py").write_text(STEP + "findings.add('half', half=1)\nraise SystemExit(3)\n")
    (steps / "hangs.py").write_text(
        "import subprocess, sys, time\n" + STEP + "findings.add(f'small: {small}')\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "findings.add(child=child.pid)\ntime.sleep(600)\n"
    )
    (steps / "works.py").write_text(STEP + "findings.add('all is well', answer=42)\n")
    out = tmp_path / "out"
    wanted = [Step("fails", 60, "tried"), Step("hangs", 15, "tried"), Step("works", 60, "tried")]
    assert do(wanted, out, small=True) == 1
    report = json.loads((out / "report.json").read_text())
    assert [found["status"] for found in report.values()] == [
        "failed", "not done within 15 s", "done",
    ]  # fmt: skip
    assert report["fails"]["found"]["half"] == 1
    assert report["works"]["found"]["answer"] == 42
    assert "small: True" in (out / "report.md").read_text()
    assert ended(report["hangs"]["found"]["child"])
    assert do([wanted[2]], out) == 0


def ended(process: int) -> bool:
    """Whether a process is gone, or only waits for somebody to note that it has ended."""
    try:
        return bool(psutil.Process(process).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_each_step_is_a_module_and_their_limits_are_eight_minutes() -> None:
    folder = ROOT / "tests" / "gpu" / "kit"
    assert all((folder / f"{step.name}.py").exists() for step in STEPS)
    assert sum(step.seconds for step in STEPS) <= 8 * 60


def test_the_archive_is_the_same_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name in ("data", "wheels", "project"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file").write_text(name)
    (folder / "run.sh").write_text("exit\n")
    archives = []
    for number in range(2):
        path = tmp_path / f"{number}.tar"
        make.write_archive(folder, path)
        archives.append(path.read_bytes())
        (folder / "run.sh").touch()
    assert archives[0] == archives[1]
    with tarfile.open(tmp_path / "0.tar") as tar:
        names = set(tar.getnames())
    assert {f"{make.NAME}/{name}" for name in ("run.sh", "data/file", "project.tar.xz")} <= names


def test_the_project_goes_along_as_git_would_commit_it(tmp_path: Path) -> None:
    make.copy_project(tmp_path / "project")
    assert (tmp_path / "project" / "src" / "cnnbook" / "__init__.py").exists()
    assert not (tmp_path / "project" / ".venv").exists()
    assert not list((tmp_path / "project").rglob("__pycache__"))
    for path in (tmp_path / "project" / "tests" / "gpu").rglob("*.py"):
        ast.parse(path.read_text())


def test_tests_for_a_gpu_are_all_where_the_kit_looks_for_them() -> None:
    marked = [
        path.relative_to(ROOT / "tests").parts[0]
        for path in (ROOT / "tests").rglob("test_*.py")
        if "mark.gpu" in path.read_text() and path != Path(__file__)
    ]
    assert marked
    assert set(marked) == {"gpu"}


def test_steps_can_be_named_after_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["steps", str(tmp_path), "--small", "no-such-step"])
    with pytest.raises(SystemExit):
        steps_of_the_kit.main()
    asked: list[tuple[list[str], bool]] = []

    def do(steps: list[Step], out: Path, *, small: bool) -> int:
        asked.append(([step.name for step in steps], small))
        return 0

    monkeypatch.setattr(steps_of_the_kit, "do", do)
    monkeypatch.setattr(sys, "argv", ["steps", str(tmp_path), "--small", "rates", "pages"])
    assert steps_of_the_kit.main() == 0
    assert asked == [(["rates", "pages"], True)]


def test_what_leaves_its_band_is_told_again_without_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text(
        "```{code-cell} python\nprint(share)\n```\n\n```{output}\nright 98±1 %\n```\n"
    )
    monkeypatch.setattr(judge, "ROOT", tmp_path)
    shown = tmp_path / "shown.json"
    monkeypatch.setattr(sys, "argv", ["judge", str(shown)])
    for text, status in (("right 97.2 %\n", 0), ("right 96 %\n", 1)):
        shown.write_text(json.dumps({"page.md": [text]}))
        assert judge.main() == status
    assert "96 is not 98 (within 1)" in capsys.readouterr().out


def test_the_books_results_are_put_together_from_reports() -> None:
    report = {
        "tests": {"status": "failed", "found": {"lines": ["x"], "outcome": {"a": "passed"}}},
        "pages": {"status": "done", "found": {"pages": {"p": {"outputs": 3, "problems": ["y"]}}}},
        "notes": {"status": "not done within 55 s", "found": {}},
    }
    assert results.selected(report) == {
        "ended": {"tests": "failed", "pages": "done", "notes": "not done within 55 s"},
        "tests": {"passed": 1},
        "pages": {"pages": {"p": {"outputs": 3, "differ": 1}}},
    }
