"""How long a planted fault may run: processor seconds count, however busy the machine is."""

import time
from typing import Any

import pytest

from tests.drift import plant


def spinning(*_: Any) -> dict[str, Any]:
    while True:
        pass


def waiting(*_: Any) -> dict[str, Any]:
    time.sleep(1.2)
    return {"caught": False, "by": "no output differs"}


@pytest.mark.parametrize(
    ("fault", "processor", "wall", "said"),
    [
        (spinning, 0.2, 60, "still running"),
        (waiting, 0.2, 1, "still running"),
        (waiting, 0.2, 60, "no output differs"),
    ],
)
def test_a_fault_ends_after_its_processor_seconds_or_where_it_only_waits(
    fault: Any, processor: float, wall: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plant, "verdict_of", fault)
    monkeypatch.setattr(plant, "WAITING_SECONDS", wall)
    nothing: Any = None
    assert plant.in_child(nothing, nothing, 0, seconds=processor) == {"caught": False, "by": said}
