"""Studies go on where they stopped, and never mix up what was judged on what."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from cnnbook.experiments import STUDIES, Results, Study, StudyRun, Variant, run_study, run_variant
from cnnbook.experiments.__main__ import main
from cnnbook.training import TrainConfig, Trainer

QUICK = TrainConfig(epochs=1, max_steps=3, batch_size=32)


def small(**changes: object) -> Study:
    variants = {
        "a": Variant("mlp", QUICK, data="digits"),
        "b": Variant("mlp", dataclasses.replace(QUICK, lr=0.01), data="digits"),
    }
    return dataclasses.replace(Study("small", "Is it?", variants, (0, 1)), **changes)  # type: ignore[arg-type]


def test_all_variants_are_run_with_one_seed_before_the_next() -> None:
    assert small().plan() == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
    assert small(seeds={"a": (3,), "b": (4, 5)}).plan() == [("a", 3), ("b", 4), ("b", 5)]
    assert small().plan(["b"]) == [("b", 0), ("b", 1)]


def test_an_unknown_variant_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="no variant 'c'; it has a, b"):
        small().plan(["c"])


def test_a_study_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path, said = tmp_path / "small.json", list[str]()
    run_study(small(), path, limit=3, say=said.append)
    first = Results.read(path)
    assert [(run.variant, run.seed) for run in first.runs] == [("a", 0), ("b", 0), ("a", 1)]
    whole = run_study(small(), path, say=said.append)
    assert len(said) == 4
    assert whole.runs[:3] == first.runs
    assert Results.read(path) == whole
    run_study(small(), path, say=said.append)
    assert len(said) == 4


def test_a_run_whose_settings_changed_is_made_again(tmp_path: Path) -> None:
    path, said = tmp_path / "small.json", list[str]()
    run_study(small(), path, say=said.append)
    changed = small()
    longer = Variant("mlp", dataclasses.replace(QUICK, max_steps=4), data="digits")
    changed = dataclasses.replace(changed, variants={**changed.variants, "a": longer})
    said.clear()
    results = run_study(changed, path, say=said.append)
    assert [line.split("  ")[1].split(":")[0] for line in said] == ["a, seed 0", "a, seed 1"]
    assert len(results.runs) == 4
    assert {run.settings["config"]["max_steps"] for run in results.of("a")} == {4}


def test_a_run_is_the_same_whenever_it_is_made() -> None:
    variant = small().variants["a"]
    first, again = (run_variant("a", variant, 1) for _ in range(2))
    assert first.accuracy == again.accuracy
    assert first.accuracy != run_variant("a", variant, 2).accuracy


def test_with_held_out_images_the_test_images_are_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cnnbook import datasets

    asked, load = [], datasets.load

    def watched(name: str, split: str) -> datasets.ImageSet:
        asked.append(split)
        return load(name, split)

    monkeypatch.setattr("cnnbook.datasets.load", watched)
    held_out = Variant("mlp", dataclasses.replace(QUICK, validation=37), data="digits")
    run = run_variant("a", held_out, 0)
    assert (run.judged_on, run.images, asked) == ("validation", 37, ["train"])
    run = run_variant("a", small().variants["a"], 0)
    assert (run.judged_on, run.images) == ("test", 360)


def test_a_variant_may_learn_from_the_first_images_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given, fit = [], Trainer.fit

    def watched(trainer: Trainer, model: Any, train: Any, *rest: Any) -> Any:
        given.append(len(train))
        return fit(trainer, model, train, *rest)

    monkeypatch.setattr(Trainer, "fit", watched)
    whole = Variant("mlp", dataclasses.replace(QUICK, validation=37), data="digits")
    few = dataclasses.replace(whole, first=100)
    run = run_variant("few", few, 0)
    run_variant("whole", whole, 0)
    assert given == [100, 1437 - 37]
    assert (run.settings["first"], "first" in whole.settings()) == (100, False)


def test_a_run_tells_its_number_format_and_the_losses_of_its_epochs(tmp_path: Path) -> None:
    run = run_variant("a", small().variants["a"], 0)
    assert (run.precision, len(run.train_losses)) == ("fp32", QUICK.epochs)
    older = dataclasses.replace(run, seed=1, precision="", train_losses=())
    Results("small", [run, older]).write(tmp_path / "small.json")
    again = Results.read(tmp_path / "small.json")
    assert [list(each.train_losses) for each in again.runs] == [list(run.train_losses), []]
    assert '"precision": ""' not in (tmp_path / "small.json").read_text()


def test_ways_to_answer_are_judged_beside_the_plain_one(tmp_path: Path) -> None:
    ways = {"upside down": lambda trainer, model, images: -trainer.predict(model, images)}
    variant = Variant("mlp", QUICK, data="digits", answers=ways)
    run = run_variant("a", variant, 0)
    assert 0 <= run.accuracy["upside down"] < run.accuracy["plain"] < 1
    results = Results("small", [run])
    assert results.accuracies("a", "upside down") == (run.accuracy["upside down"],)
    with pytest.raises(ValueError, match="'a' was not judged by 'turned', but by plain, upside"):
        results.accuracies("a", "turned")


def test_results_of_another_study_and_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    Results("other").write(path)
    with pytest.raises(ValueError, match="holds the study 'other', not 'small'"):
        run_study(small(), path)
    path.write_text("[]")
    with pytest.raises(ValueError, match="does not hold the results of a study"):
        Results.read(path)
    with pytest.raises(ValueError, match="there are no results at"):
        Results.read(tmp_path / "missing.json")


def test_an_interrupted_write_leaves_the_results_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "small.json"
    Results("small").write(path)

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    run = StudyRun("a", 0, {}, "test", 1, {"plain": 1.0}, 1.0, 1.0, 1, "machine", "2026-11-23")
    with pytest.raises(OSError, match="no space"):
        Results("small", [run]).write(path)
    assert Results.read(path).runs == []
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_line_lists_plans_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(STUDIES, "small", small())
    assert main([]) == 0
    assert "small                  4 runs  Is it?" in capsys.readouterr().out
    assert main(["small", "--plan", "--only", "b"]) == 0
    assert capsys.readouterr().out == "b, seed 0\nb, seed 1\n"
    path = tmp_path / "results.json"
    assert main(["small", "--out", str(path), "--limit", "1"]) == 0
    assert len(Results.read(path).runs) == 1
    assert main(["small", "--out", str(path), "--only", "x"]) == 1
    assert "no variant 'x'" in capsys.readouterr().err
