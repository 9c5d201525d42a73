"""What holds for all tests: tests for hardware that is not there are left out, and said so."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_works() -> Iterator[None]:
    """Undo an ignored SIGINT, which a job in a shell's background inherits and hands on."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that need a GPU where there is none."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not has_cuda():
        config.hook.pytest_deselected(items=marked)
        items[:] = [item for item in items if item not in marked]


def pytest_report_header() -> list[str]:
    """What is left out on this machine."""
    from tests.browser.conftest import chromium

    lines = []
    if not has_cuda():
        lines.append("no CUDA device: tests marked gpu are left out")
    if chromium() is None:
        lines.append("no Chromium: tests/browser is left out (install Debian's chromium)")
    return lines
