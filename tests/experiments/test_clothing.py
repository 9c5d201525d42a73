"""The study behind the page on clothing."""

from pathlib import Path

import pytest
import torch

from cnnbook.exercises import check
from cnnbook.experiments import clothing


def test_calibration_error_is_zero_for_what_keeps_its_word() -> None:
    probabilities = torch.tensor([[0.75, 0.25]] * 4)
    assert clothing.calibration_error(probabilities, torch.tensor([0, 0, 0, 1])) == 0
    assert clothing.calibration_error(probabilities, torch.tensor([1, 1, 1, 1])) == 0.75


def test_calibration_error_passes_the_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(confidence: torch.Tensor, right: torch.Tensor, bins: int) -> float:
        others = torch.zeros(len(confidence), 1)
        labels = torch.where(right > 0, 0, 1)
        return clothing.calibration_error(
            torch.cat([confidence[:, None], others], dim=1), labels, bins
        )

    check("clothing.calibration_error", answer)
    assert "right" in capsys.readouterr().out


def test_the_study_tells_methods_and_networks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CNNBOOK_CACHE", str(tmp_path))
    monkeypatch.setattr(clothing, "SEEDS", (0,))
    found = clothing.study("digits")
    assert list(found["methods"]) == list(clothing.METHODS)
    assert all(method["accuracy"] > 0.9 for method in found["methods"].values())
    (network,) = found["no smoothing"]
    assert network["accuracy"] > 0.5
    assert 0 <= network["error"] <= 1
    assert 0.1 <= network["said"] <= 1


def test_without_a_file_the_command_says_how_it_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert clothing.main([]) == 2
    assert "FILE" in capsys.readouterr().err
