"""A page's key: what can change an output is in it, and nothing else."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from cnnbook import book
from cnnbook.cache import code_digest
from cnnbook.cli import environment
from pagecheck.page import Page, parse_page

FILES = {
    "__init__.py": "",
    "sizes.py": '"""Sizes."""\nRATE = 0.5\n\n\ndef size(n):\n    """A size."""\n    return n\n',
    "nets/__init__.py": "from .small import Small\n",
    "nets/small.py": "from ..sizes import size\n\n\nclass Small:\n    pass\n",
    "device.py": '"""Devices."""\n\n\ndef choose():\n    """The best."""\n    return "cpu"\n',
    "exercises/__init__.py": "from . import kernels, shapes, sizes\nfrom ._kit import check\n",
    "exercises/_kit.py": "def check(name, answer): ...\n",
    "exercises/kernels.py": 'from ._kit import check\n@exercise("kernels.blur")\nclass A: ...\n',
    "exercises/shapes.py": 'from .by_hand import ByHand\n\nByHand(\n    "shapes.one", right=1)\n',
    "exercises/sizes.py": 'from ..sizes import size\n\n@exercise("sizes.one")\nclass B: ...\n',
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cnnbook"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr(code_digest, "PACKAGE", folder)
    return folder


def page(code: str) -> Page:
    return parse_page(f"```{{code-cell}} python\n{code}\n```\n")


def fingerprint(code: str) -> str:
    return book.conditions_for(page(code)).fingerprint


NETS, DEVICE, PLAIN = "from cnnbook.nets import Small", "import cnnbook.device", "print(1)"
CHECKS = 'from cnnbook import exercises\nexercises.check("kernels.blur", 1)'


@pytest.mark.parametrize(
    ("changed", "edit", "again"),
    [
        ("sizes.py", lambda text: text.replace("0.5", "0.6"), {NETS}),
        ("sizes.py", lambda text: text.replace("A size", "One size"), set()),
        ("device.py", lambda text: text.replace("The best", "The better"), set()),
        ("device.py", lambda text: text.replace("cpu", "mps"), {DEVICE}),
        ("exercises/kernels.py", lambda text: text + "X = 1\n", {CHECKS}),
        ("exercises/sizes.py", lambda text: text + "X = 1\n", set()),
        ("exercises/shapes.py", lambda text: text + "X = 1\n", set()),
        ("exercises/_kit.py", lambda text: text + "X = 1\n", {CHECKS}),
    ],
)
def test_a_change_in_the_package_runs_the_pages_that_use_it(
    package: Path, changed: str, edit: Callable[[str], str], again: set[str]
) -> None:
    pages = (NETS, DEVICE, PLAIN, CHECKS)
    before = {code: fingerprint(code) for code in pages}
    path = package / changed
    path.write_text(edit(path.read_text()))
    assert {code for code in pages if fingerprint(code) != before[code]} == again


def test_installing_a_debugger_runs_nothing_and_another_torch_runs_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = environment.installed_versions()

    def with_versions(**more: str) -> str:
        environment.dependency_versions.cache_clear()
        book._versions.cache_clear()
        monkeypatch.setattr(environment, "installed_versions", lambda: {**installed, **more})
        return fingerprint(PLAIN)

    before = with_versions()
    assert with_versions(debugger="1.0") == before
    torch = installed["torch"]
    # torchvision asks for its torch exactly: a pair that fits.
    monkeypatch.setattr(metadata, "requires", _requiring(f"torch=={torch.partition('+')[0]}.1"))
    assert with_versions(torch=f"{torch.partition('+')[0]}.1") != before
    environment.dependency_versions.cache_clear()
    book._versions.cache_clear()


def _requiring(torch: str) -> Callable[[str], list[str]]:
    required = metadata.requires
    return lambda name: [torch] if name == "torchvision" else list(required(name) or [])


def test_the_device_and_its_number_format_are_in_the_key_and_on_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for device in (
        ("cpu", "CPU, 2 threads", "fp32"),
        ("cpu", "CPU, 2 threads", "bf16"),
        ("cuda", "a GPU", "bf16"),
        ("cpu", "CPU, 8 threads", "fp32"),
    ):
        monkeypatch.setattr(book, "_device", lambda device=device: device)
        found.append(book.conditions_for(page(PLAIN)))
    keys = [each.fingerprint for each in found]
    assert len(set(keys)) == 3
    assert keys[0] == keys[3], "the kind of device counts, not what it is called"
    assert found[1].about["on"] == "CPU, 2 threads"
    assert found[1].about["in"] == "bf16"


@pytest.mark.parametrize(
    ("cores", "gigabytes", "pages"), [(16, 80, 12), (16, 24, 4), (2, 80, 1), (8, 4, 1), (1, 6, 1)]
)
def test_pages_share_a_gpu_as_its_memory_and_the_cores_allow(
    cores: int, gigabytes: int, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "_device", lambda: ("cuda", "a GPU", "bf16"))
    monkeypatch.setattr(book, "_gpu_memory", lambda: gigabytes << 30)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(cores), raising=False)
    assert book.kernels_at_once() == pages


def test_pages_take_turns_on_other_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "_device", lambda: ("mps", "a GPU", "fp32"))
    assert book.kernels_at_once() == 1
    monkeypatch.setattr(book, "_device", lambda: ("cpu", "CPU", "fp32"))
    assert book.kernels_at_once() is None, "as many as there are cores"


def test_a_pages_kernel_computes_in_the_format_that_stands_in_its_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    from cnnbook import device

    monkeypatch.setattr(device, "supports_bf16", lambda device: True)
    monkeypatch.setattr(book, "_device", lambda: ("cpu", "CPU", "bf16"))
    told = book.conditions_for(page(PLAIN)).environment
    for numbers in (told["CNNBOOK_FORMAT"], "fp32"):
        monkeypatch.setenv("CNNBOOK_FORMAT", numbers)
        assert device.bf16_is_faster.__wrapped__(torch.device("cpu")) is (numbers == "bf16")
