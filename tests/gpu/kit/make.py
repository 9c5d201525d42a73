"""Make the kit: one archive with the project, the wheels that a GPU machine lacks, and MNIST.

    python -m tests.gpu.kit.make _build/gpu-kit.tar

On the machine, which has torch, torchvision, numpy, scipy, scikit-learn, matplotlib and pytest::

    tar xf gpu-kit.tar && bash cnnbook-gpu-kit/run.sh OUT
"""

import argparse
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from cnnbook.datasets import data_folder, prepare

ROOT = Path(__file__).parents[3]
LARGEST = 60 * 10**6
NAME = "cnnbook-gpu-kit"

# What an image for GPUs has, with all that it needs itself; and what the steps there do without.
THERE = """
certifi charset-normalizer contourpy cycler execnet filelock fonttools fsspec hypothesis idna
iniconfig jinja2 joblib kiwisolver markupsafe matplotlib mpmath narwhals networkx numpy
packaging pillow pluggy psutil pygments pyparsing pytest pytest-xdist python-dateutil pyyaml
requests scikit-learn scipy
setuptools six sortedcontainers sympy threadpoolctl torch torchvision tqdm triton typing-extensions
urllib3
"""
LEFT_OUT = "playwright greenlet pyee debugpy"


def main() -> None:
    """Write the archive and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--python", default="3.12", help="the version that the machine has")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, NAME)
        copy_project(folder / "project")
        fetch_wheels(folder / "wheels", options.python)
        wheel_of_project(folder / "project", folder / "wheels")
        pack_mnist(folder / "data" / "MNIST" / "raw")
        shutil.copy(Path(__file__).with_name("run.sh"), folder / "run.sh")
        write_archive(folder, options.archive)
    size = options.archive.stat().st_size
    if size > LARGEST:
        options.archive.unlink()
        sys.exit(f"the kit would take {size / 1e6:.1f} MB; {LARGEST / 1e6:.0f} are the most")
    print(f"{options.archive}: {size / 1e6:.1f} MB")


def copy_project(folder: Path) -> None:
    """What Git would commit now: tracked files and new ones that it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def lacking(python: str) -> list[str]:
    """Packages with their pinned versions that the machine has to be given.

    Of what is there already nothing is looked at that only it needs.
    """
    command = [
        sys.executable, "-m", "uv", "pip", "compile", "--quiet", "pyproject.toml",
        "--extra", "book", "--extra", "test", "--constraint", "constraints.txt",
        "--python-version", python, "--python-platform", "x86_64-manylinux_2_28",
        "--no-header", "--no-annotate",
    ]  # fmt: skip
    pinned = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    spared = {*THERE.split(), *LEFT_OUT.split()}
    names = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", pinned, re.MULTILINE)
    return [
        f"{name}=={version}"
        for name, version in names
        if name not in spared and not name.startswith(("nvidia-", "cuda-"))
    ]


def fetch_wheels(folder: Path, python: str) -> None:
    """Wheels for that version of CPython on Linux, x86-64."""
    folder.mkdir(parents=True)
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 17, 12, 5)]
    platforms += ["manylinux2014_x86_64", "manylinux1_x86_64"]
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
        "--only-binary=:all:", "--implementation", "cp", "--python-version", python,
        *[word for platform in platforms for word in ("--platform", platform)],
        "--dest", str(folder), *lacking(python),
    ]  # fmt: skip
    subprocess.run(command, check=True)


def wheel_of_project(project: Path, folder: Path) -> None:
    """The project itself as a wheel: without its metadata nothing can tell its version."""
    command = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", str(folder)]
    subprocess.run([*command, str(project)], check=True)
    Path(folder, ".gitignore").unlink(missing_ok=True)


def pack_mnist(folder: Path) -> None:
    """MNIST's files, compressed, the same bytes each time."""
    if replaced := prepare(["mnist"]):
        sys.exit(f"MNIST is not here: {replaced['mnist']}")
    folder.mkdir(parents=True)
    for path in sorted((data_folder() / "MNIST" / "raw").glob("*-ubyte")):
        packed = gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)
        Path(folder, path.name + ".gz").write_bytes(packed)


def write_archive(folder: Path, archive: Path) -> None:
    """The folder as a tar file, without owners and times; what is large in it is compressed."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w") as tar:
        for name in ("run.sh", "data", "wheels"):
            tar.add(folder / name, f"{NAME}/{name}", filter=_plain)
        inner = io.BytesIO()
        with tarfile.open(fileobj=inner, mode="w:xz") as project:
            project.add(folder / "project", "project", filter=_plain)
        member = tarfile.TarInfo(f"{NAME}/project.tar.xz")
        member.size = inner.tell()
        inner.seek(0)
        tar.addfile(member, inner)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
