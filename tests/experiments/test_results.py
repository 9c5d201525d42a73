"""The results that the book shows are those of the studies as they stand in the code."""

from pathlib import Path

import pytest

from cnnbook import models
from cnnbook.experiments import STUDIES, Results, Study
from cnnbook.experiments.modern_training import ABLATION, FINAL, HELD_OUT, LONGER

RESULTS = Path(__file__).parents[2] / "book" / "results"

each_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


def results_of(study: Study) -> Results:
    return Results.read(RESULTS / f"{study.name}.json")


@each_study
def test_every_planned_run_is_there_with_the_settings_of_the_code(study: Study) -> None:
    results = results_of(study)
    assert results.study == study.name
    planned = study.plan()
    missing = [
        (name, seed)
        for name, seed in planned
        if not results.has(name, seed, study.variants[name].settings())
    ]
    assert missing == []
    assert len(results.runs) == len(planned)


@each_study
def test_every_run_says_what_it_was_judged_on_and_where_it_was_made(study: Study) -> None:
    for run in results_of(study).runs:
        held_out = study.variants[run.variant].config.validation
        assert (run.judged_on, run.images) == (
            ("validation", held_out) if held_out else ("test", 10_000)
        )
        assert run.parameters == sum(
            parameter.numel()
            for parameter in models.build(
                study.variants[run.variant].model, **study.variants[run.variant].changes
            ).parameters()
        )
        # The trial of depth holds what fails to learn: 56 layers without skip connections.
        least = 0.1 if study.name == "depth" else 0.5
        assert all(least < accuracy < 1 for accuracy in run.accuracy.values())
        assert run.processor_seconds > 0
        assert "torch" in run.machine


def test_what_is_chosen_is_chosen_on_held_out_images_only() -> None:
    assert all(variant.config.validation for variant in (ABLATION | HELD_OUT | LONGER).values())
    for name, variant in FINAL.items():
        assert variant.config.validation == 0
        assert HELD_OUT[f"{name}, held out"].settings()["config"] == {
            **variant.settings()["config"],
            "validation": 5000,
        }
